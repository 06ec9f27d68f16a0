"""Tests of the durable records of long work."""

import logging
from functools import partial

import pytest

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import JOB_LOG_INTERVAL_MS, JOBS_FINISHED_KEPT
from globaltables.itemstore import jobs
from globaltables.itemstore.backfill import cancel_stopped
from globaltables.itemstore.keyspaces import job_key
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import VirtualClock
from tests.support.formats import cases
from tests.support.stores import make_store, run

_ACCOUNT = "000000000000"


def _begun(stage: Stage, kind: jobs.JobKind = "RESTORE", total: int | None = 10) -> jobs.Job:
    return jobs.begin(stage, kind, _ACCOUNT, "arn:of:t", "t", total=total, state="begun")


def test_jobs_are_stored_as_documented() -> None:
    """Both ways, and with the documented percentage and rate."""
    for case in cases("jobs.md", "Cases"):
        raw = case["json"].encode()
        job = jobs.decode_job(raw)
        assert raw == jobs.encode_job(job)
        assert case["key"] == job_key(int(case["number"])).hex()
        assert (case["percent"], case["rate"]) == (job.percent, job.rate)


@pytest.mark.parametrize("raw", [b"{}", b"x", b'{"format":1,"job":{}}', b'{"format":2,"job":{}}'])
def test_job_that_is_damaged_is_refused(raw: bytes) -> None:
    """Damaged bytes end in an error of the storage."""
    with pytest.raises(OperationalError):
        jobs.decode_job(raw)


def test_job_advances_and_survives_a_restart() -> None:
    """What was done is kept; the rate begins anew when the work is taken up again."""

    async def check() -> None:
        clock, engine = VirtualClock(), MemoryEngine()
        store = make_store(engine, clock)
        number = (await store.submit(_begun)).number
        clock.advance(1000)
        advanced = await store.submit(lambda stage: jobs.advance(stage, number, 4, state="on"))
        assert advanced is not None
        assert (4, 40.0, 4.0, "on") == (
            advanced.done,
            advanced.percent,
            advanced.rate,
            advanced.state,
        )
        store = make_store(engine, clock)
        (found,) = jobs.running(store.reader(), "RESTORE")
        assert advanced == found
        resumed = await store.submit(lambda stage: jobs.resume(stage, number))
        assert resumed is not None
        assert (4, None) == (resumed.done, resumed.rate)

    run(check)


def test_job_that_has_ended_does_not_advance() -> None:
    """Its owner learns that it is to stop."""

    async def check() -> None:
        store = make_store()
        number = (await store.submit(_begun)).number
        ended = await store.submit(lambda stage: jobs.finish(stage, number))
        assert ended is not None
        assert ("COMPLETED", 100.0) == (ended.status, ended.percent)
        assert await store.submit(lambda stage: jobs.advance(stage, number, 1)) is None
        assert await store.submit(lambda stage: jobs.resume(stage, number)) is None
        assert [] == jobs.running(store.reader(), "RESTORE")

    run(check)


def test_jobs_that_ended_are_kept_up_to_a_number() -> None:
    """The oldest go first; what runs stays."""

    async def check() -> None:
        store = make_store()
        running = (await store.submit(_begun)).number
        numbers = []
        for _ in range(JOBS_FINISHED_KEPT + 3):
            number = (await store.submit(_begun)).number
            await store.submit(partial(jobs.finish, number=number))
            numbers.append(number)
        kept = [job.number for job in jobs.jobs(store.reader(), _ACCOUNT)]
        assert [running, *numbers[3:]] == kept

    run(check)


def test_backfill_without_its_index_is_cancelled_at_the_start() -> None:
    """An index that was dropped while nobody filled it leaves no job that runs for ever."""

    async def check() -> None:
        store = make_store()
        number = (await store.submit(lambda stage: _begun(stage, "BACKFILL"))).number
        await cancel_stopped(store)
        found = jobs.find(store.reader(), number)
        assert found is not None
        assert "CANCELLED" == found.status

    run(check)


def test_progress_is_logged_at_intervals_and_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """Not with every step."""

    async def check() -> None:
        clock = VirtualClock()
        store = make_store(clock=clock)
        number = (await store.submit(_begun)).number
        progress = jobs.ProgressLog()
        for step_ms in (0, 1, JOB_LOG_INTERVAL_MS, 1):
            clock.advance(step_ms)
            job = await store.submit(lambda stage: jobs.advance(stage, number, 1))
            progress.tell(job)
        progress.tell(await store.submit(lambda stage: jobs.finish(stage, number)))

    with caplog.at_level(logging.INFO):
        run(check)
    assert [
        "restore of arn:of:t running: 1 items (10 %)",
        "restore of arn:of:t running: 3 items (30 %), 0.3 items/s",
        "restore of arn:of:t completed: 4 items (100 %), 0.4 items/s",
    ] == [record.getMessage() for record in caplog.records]
