"""Tests of who waits for the disk, and of what happens when the disk fails."""

import asyncio

import pytest

from globaltables.foundation.errors import ApiError, OperationalError, validation
from globaltables.items.key_encoding import encode_key
from globaltables.itemstore.keyspaces import item_prefix
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from tests.support.stores import (
    HeldEngine,
    failure_of,
    make_store,
    make_table,
    put,
    putting,
    read,
    run,
    text_item,
    turns,
)

_TABLE = make_table()
_OTHER = make_table(number=2)


def _stored_key(name: str) -> bytes:
    return item_prefix(_TABLE.number) + encode_key(_TABLE.schema, text_item(pk=name))


async def _opened(engine: HeldEngine) -> Store:
    """Return a store with two tables and the item `old`, all durable."""
    store = make_store(engine)
    engine.let_sync()

    def decide(stage: Stage) -> None:
        stage.save_table(_TABLE)
        stage.save_table(_OTHER)
        put(stage, _TABLE, pk="old")

    await store.submit(decide)
    return store


async def _settled(future: "asyncio.Future[object]") -> None:
    """Wait until a sync on the other thread has had its effect."""
    await asyncio.wait_for(asyncio.shield(asyncio.wait([future])), 10)


def test_write_is_answered_after_its_sync() -> None:
    """What was applied is visible at once; its writer is told when it is on the disk."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        before = store.durable_position
        writing = store.submit(putting(_TABLE, pk="new"))
        await turns()
        assert {"pk": "new"} == read(store, _TABLE, pk="new")
        assert (False, before) == (writing.done(), store.durable_position)
        engine.let_sync()
        await writing
        assert before < store.durable_position
        await store.close()

    run(check)


def test_one_sync_answers_every_write_applied_before_it_began() -> None:
    """Writes that come during a sync share the next one."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        first = store.submit(putting(_TABLE, pk="1"))
        await turns()
        later = []
        for number in range(2, 6):
            later.append(store.submit(putting(_TABLE, pk=str(number))))
            await turns()
        engine.let_sync()
        await first
        assert [False] * 4 == [future.done() for future in later]
        engine.let_sync()
        await asyncio.gather(*later)
        assert 3 == engine.syncs
        await store.close()

    run(check)


def test_read_of_an_undurable_key_waits_and_others_do_not() -> None:
    """Only an answer that a power cut could take back waits for the disk."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        writing = store.submit(putting(_TABLE, pk="new"))
        await turns()
        assert "old" == store.when_durable("old", _TABLE, _stored_key("old"))
        assert "other" == store.when_durable("other", _OTHER)
        reading = store.when_durable("new", _TABLE, _stored_key("new"))
        scanning = store.when_durable("all", _TABLE)
        assert isinstance(reading, asyncio.Future)
        assert isinstance(scanning, asyncio.Future)
        await turns()
        assert (False, False) == (reading.done(), scanning.done())
        engine.let_sync()
        assert ("new", "all") == (await reading, await scanning)
        await writing
        assert "new" == store.when_durable("new", _TABLE, _stored_key("new"))
        await store.close()

    run(check)


def test_write_that_comes_during_a_sync_waits_for_the_next_one() -> None:
    """It is applied after the sync that is under way, and it and its readers are told after the one that follows."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        first = store.submit(putting(_TABLE, pk="1"))
        await turns()
        second = store.submit(putting(_TABLE, pk="2"))
        await turns()
        assert read(store, _TABLE, pk="2") is None
        engine.let_sync()
        await first
        await turns()
        assert {"pk": "2"} == read(store, _TABLE, pk="2")
        reading = store.when_durable("2", _TABLE, _stored_key("2"))
        assert isinstance(reading, asyncio.Future)
        assert (False, False) == (second.done(), reading.done())
        engine.let_sync()
        assert "2" == await reading
        assert second.done()
        await store.close()

    run(check)


def test_refusal_decided_on_undurable_state_waits_too() -> None:
    """That a condition failed tells of the item that made it fail."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        writing = store.submit(putting(_TABLE, pk="new"))
        await turns()

        def refuse(stage: Stage) -> None:
            raise validation("no")

        refused = store.submit(refuse)
        await turns()
        assert not refused.done()
        engine.let_sync(2)
        assert isinstance(await failure_of(refused), ApiError)
        await writing
        await store.close()

    run(check)


def test_feed_shows_only_durable_changes() -> None:
    """No reader of the log learns of what a power cut could take back."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        after = store.durable_position
        writing = store.submit(putting(_TABLE, pk="new"))
        waiting = asyncio.ensure_future(store.changed(_TABLE.number, after))
        await turns()
        assert [] == store.feed(_TABLE.number, after, records_max=9, bytes_max=9_999)
        assert not waiting.done()
        engine.let_sync()
        await writing
        await asyncio.wait_for(waiting, 10)
        (record,) = store.feed(_TABLE.number, after, records_max=9, bytes_max=9_999)
        assert {"pk": {"S": "new"}} == record.new_item
        await store.close()

    run(check)


@pytest.mark.parametrize("error", [OperationalError("disk"), OSError("disk")])
def test_failing_sync_fails_every_waiting_write_and_all_that_follow(error: Exception) -> None:
    """After a failed sync nobody knows what is on the disk, so nothing more is accepted."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        first = store.submit(putting(_TABLE, pk="1"))
        await turns()
        second = store.submit(putting(_TABLE, pk="2"))
        await turns()
        reading = store.when_durable("1", _TABLE, _stored_key("1"))
        queued = store.submit(putting(_TABLE, pk="3"))
        assert isinstance(reading, asyncio.Future)
        engine.failure = error
        engine.let_sync()
        for future in (first, second, reading, queued):
            assert isinstance(await failure_of(future), OperationalError)
        assert isinstance(await failure_of(store.submit(lambda _: None)), OperationalError)
        await store.close()

    run(check)


def test_failed_sync_is_not_tried_again() -> None:
    """A second fsync may succeed though the first lost the data; the log must not become durable by it."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        before = store.durable_position
        first = store.submit(putting(_TABLE, pk="1"))
        await turns()
        engine.failure = OperationalError("disk")
        engine.let_sync()
        while not first.done():
            # A turn is asked for in every round, so that one is pending when the failure arrives.
            store.submit(putting(_TABLE, pk="2")).add_done_callback(
                lambda future: future.exception()
            )
            await asyncio.sleep(0)
        first.exception()
        engine.failure = None
        engine.let_sync(5)
        await turns(20)
        await asyncio.sleep(0.01)
        assert before == store.durable_position
        assert 2 == engine.syncs
        await store.close()

    run(check)


def test_read_of_an_undurable_key_after_a_failed_sync_fails() -> None:
    """It would otherwise wait for ever, because no sync follows."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        writing = store.submit(putting(_TABLE, pk="new"))
        await turns()
        engine.failure = OperationalError("disk")
        engine.let_sync()
        await failure_of(writing)
        reading = store.when_durable("new", _TABLE, _stored_key("new"))
        assert isinstance(reading, asyncio.Future)
        error = await asyncio.wait_for(failure_of(reading), 5)
        assert isinstance(error, OperationalError)
        assert "old" == store.when_durable("old", _TABLE, _stored_key("old"))
        await store.close()

    run(check)


def test_refused_batch_fails_its_writes_and_leaves_what_was_durable_readable() -> None:
    """A disk that takes nothing more stops the writes, not the reads."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        engine.refusal = OperationalError("disk full")
        writing = store.submit(putting(_TABLE, pk="new"))
        assert isinstance(await failure_of(writing), OperationalError)
        assert isinstance(await failure_of(store.submit(lambda _: None)), OperationalError)
        assert {"pk": "old"} == read(store, _TABLE, pk="old")
        assert "old" == store.when_durable("old", _TABLE, _stored_key("old"))
        await store.close()

    run(check)


def test_close_finishes_what_was_submitted() -> None:
    """A stop loses nothing that was asked for before it."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        futures = [store.submit(putting(_TABLE, pk=str(number))) for number in range(5)]
        engine.let_sync(5)
        await store.close()
        assert [True] * 5 == [future.done() for future in futures]

    run(check)


def test_close_on_a_failing_disk_tells_only_what_nobody_was_told() -> None:
    """A stop after refused writes is an ordinary stop; a disk that fails at the stop itself is an error."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        engine.refusal = OperationalError("disk full")
        with pytest.raises(OperationalError):
            await store.close()

        engine = HeldEngine()
        store = await _opened(engine)
        engine.refusal = OperationalError("disk full")
        await failure_of(store.submit(putting(_TABLE, pk="new")))
        await store.close()

    run(check)


def test_urgent_decision_is_applied_while_the_disk_is_waited_for() -> None:
    """With what was queued before it; both are told after the next sync."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        first = store.submit(putting(_TABLE, pk="1"))
        await turns()
        queued = store.submit(putting(_TABLE, pk="2"))
        await turns()
        assert read(store, _TABLE, pk="2") is None
        urgent = store.submit(putting(_TABLE, pk="3"), urgent=True)
        await turns()
        assert {"pk": "2"} == read(store, _TABLE, pk="2")
        assert {"pk": "3"} == read(store, _TABLE, pk="3")
        engine.let_sync()
        await first
        assert (False, False) == (queued.done(), urgent.done())
        engine.let_sync()
        await asyncio.gather(queued, urgent)
        assert 3 == engine.syncs
        await store.close()

    run(check)


def test_decision_queued_behind_an_urgent_one_shares_its_sync() -> None:
    """It does not wait for one more."""

    async def check() -> None:
        engine = HeldEngine()
        store = await _opened(engine)
        first = store.submit(putting(_TABLE, pk="1"))
        await turns()
        urgent = store.submit(putting(_TABLE, pk="2"), urgent=True)
        await turns()
        queued = store.submit(putting(_TABLE, pk="3"))
        engine.let_sync(2)
        await asyncio.gather(first, urgent, queued)
        assert 3 == engine.syncs
        await store.close()

    run(check)
