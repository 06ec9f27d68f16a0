"""Tests of named background tasks."""

import asyncio
import logging

import pytest

from globaltables.runtime.tasks import Tasks


async def _wait() -> None:
    await asyncio.Event().wait()


async def _fail() -> None:
    raise ValueError("broken")


async def _end() -> None:
    pass


def test_spawn_runs_under_its_name_until_it_ends() -> None:
    """The name is taken while the task runs, and free afterwards."""

    async def check() -> None:
        tasks = Tasks()
        tasks.spawn("b", _wait())
        ended = tasks.spawn("a", _end())
        assert (["a", "b"], True) == (tasks.names(), tasks.running("a"))
        await ended
        await asyncio.sleep(0)
        assert (["b"], False) == (tasks.names(), tasks.running("a"))
        tasks.spawn("a", _wait())
        await tasks.stop()
        assert [] == tasks.names()

    asyncio.run(check())


def test_spawn_under_a_name_in_use_is_our_bug() -> None:
    """Two tasks of one name would do the same work twice."""

    async def check() -> None:
        tasks = Tasks()
        tasks.spawn("a", _wait())
        second = _wait()
        with pytest.raises(AssertionError):
            tasks.spawn("a", second)
        second.close()
        await tasks.stop()

    asyncio.run(check())


def test_failure_of_a_task_is_logged_with_its_name(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody awaits a background task, so its failure must be seen elsewhere."""

    async def check() -> None:
        tasks = Tasks()
        task = tasks.spawn("sweep", _fail())
        await asyncio.wait([task])
        await asyncio.sleep(0)
        assert [] == tasks.names()

    with caplog.at_level(logging.ERROR):
        asyncio.run(check())
    assert ["background task sweep failed"] == [record.message for record in caplog.records]


def test_cancel_ends_one_task_and_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A task that was told to stop did not fail; a name that is not there is not missed."""

    async def check() -> None:
        tasks = Tasks()
        tasks.spawn("a", _wait())
        tasks.spawn("b", _wait())
        tasks.cancel("a")
        tasks.cancel("none")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert ["b"] == tasks.names()
        await tasks.stop()

    asyncio.run(check())
    assert [] == caplog.records
