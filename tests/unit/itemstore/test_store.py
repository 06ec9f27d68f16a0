"""Tests of the commit loop: order, atomicity, what one group of decisions sees of itself."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import ApiError, OperationalError, resource_not_found
from globaltables.foundation.limits import COMMIT_GROUP_MAX, COMMIT_QUEUE_MAX
from globaltables.itemstore.keyspaces import LAST_STAMP_KEY, LAST_TABLE_NUMBER_KEY
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.runtime.clock import VirtualClock
from tests.support.stores import (
    deleting,
    dropping,
    failure_of,
    make_index,
    make_store,
    make_table,
    put,
    putting,
    read,
    run,
    saving,
    steps,
    turns,
)

_TABLE = make_table()


class _MistakeError(Exception):
    """What a decision of these tests fails with."""


def _raw(key: bytes) -> Callable[[Stage], None]:
    return lambda stage: stage.put(key, b"old")


def test_submit_many_runs_in_order() -> None:
    """Decisions run in the order of their submission, each seeing what those before it staged."""

    async def check() -> None:
        store = make_store()

        def append(stage: Stage, letter: bytes) -> bytes:
            text = (stage.get(b"z") or b"") + letter
            stage.put(b"z", text)
            return text

        found = await asyncio.gather(
            *(store.submit(partial(append, letter=letter)) for letter in (b"a", b"b"))
        )
        found.append(await store.submit(partial(append, letter=b"c")))
        assert [b"a", b"ab", b"abc"] == found
        await store.close()

    run(check)


def test_submit_more_than_a_group_runs_all_in_order() -> None:
    """What does not fit into one group is done in the next."""

    async def check() -> None:
        store = make_store()
        seen: list[int] = []

        def note(stage: Stage, number: int) -> None:
            seen.append(number)

        count = 2 * COMMIT_GROUP_MAX + 1
        await asyncio.gather(
            *(store.submit(partial(note, number=number)) for number in range(count))
        )
        assert list(range(count)) == seen
        await store.close()

    run(check)


def test_submit_over_the_queue_is_refused() -> None:
    """A queue without limit would only hide that the disk is too slow."""

    async def check() -> None:
        store = make_store()
        waiting = [store.submit(lambda _: None) for _ in range(COMMIT_QUEUE_MAX)]
        assert isinstance(await failure_of(store.submit(lambda _: None)), OperationalError)
        await asyncio.gather(*waiting)
        await store.submit(lambda _: None)
        await store.close()

    run(check)


def test_submit_raising_discards_all_that_it_staged_and_nothing_of_others() -> None:
    """Keys, ranges, tables and counts of a decision that fails are gone; its neighbours' are there."""

    async def check() -> None:
        engine = MemoryEngine()
        store = make_store(engine)
        other, created = make_table(number=2), make_table(number=3)
        await store.submit(saving(_TABLE, other))
        await store.submit(putting(other, pk="kept"))

        def fail(stage: Stage) -> None:
            put(stage, _TABLE, pk="a", v="changed")
            put(stage, _TABLE, pk="b")
            stage.delete_range(b"z", b"zz")
            stage.save_table(created)
            put(stage, created, pk="c")
            stage.drop_table(other)
            stage.put(b"z1", b"changed")
            raise _MistakeError

        futures = [
            store.submit(steps(putting(_TABLE, pk="a"), lambda stage: stage.put(b"z0", b"0"))),
            store.submit(fail),
            store.submit(steps(putting(_TABLE, pk="d"))),
        ]
        _, failed, last = await asyncio.gather(*futures, return_exceptions=True)
        assert isinstance(failed, _MistakeError)
        assert last is None
        assert b"0" == await store.submit(lambda stage: stage.get(b"z0"))
        assert {"pk": "a"} == read(store, _TABLE, pk="a")
        assert (None, {"pk": "d"}) == (read(store, _TABLE, pk="b"), read(store, _TABLE, pk="d"))
        assert {"pk": "kept"} == read(store, other, pk="kept")
        assert (2, 6) == store.statistics(_TABLE)
        assert ["t1", "t2"] == [table.name for table in store.catalog.tables()]
        assert [] == [key for key, _ in engine.range(b"", b"\xff") if key[1:5] == b"\0\0\0\3"]
        assert (b"0", None) == (engine.get(b"z0"), engine.get(b"z1"))
        await store.close()

    run(check)


def test_submit_raising_restores_what_neighbours_staged_under_the_same_keys() -> None:
    """A failing decision that overwrote, deleted and range-deleted staged keys leaves them as they were staged."""

    async def check() -> None:
        store = make_store()

        def stage_some(stage: Stage) -> None:
            stage.put(b"z1", b"one")
            stage.delete(b"z2")
            stage.delete_range(b"z3", b"z5")
            stage.put(b"z4", b"four")

        def fail(stage: Stage) -> None:
            stage.delete(b"z1")
            stage.put(b"z2", b"two")
            stage.put(b"z3", b"three")
            stage.delete_range(b"z1", b"z5")
            stage.put(b"z4", b"five")
            raise _MistakeError

        def look(stage: Stage) -> list[bytes | None]:
            return [stage.get(key) for key in (b"z1", b"z2", b"z3", b"z4")]

        await store.submit(steps(*(_raw(key) for key in (b"z2", b"z3", b"z4"))))
        first, failing = store.submit(stage_some), store.submit(fail)
        seen = store.submit(look)
        assert isinstance(await failure_of(failing), _MistakeError)
        await first
        assert [b"one", None, None, b"four"] == await seen
        assert [b"one", None, None, b"four"] == await store.submit(look)
        await store.close()

    run(check)


def test_create_drop_and_put_in_one_group_see_each_other() -> None:
    """A table lives and dies within one group; what follows its end does not find it."""

    async def check() -> None:
        engine = MemoryEngine()
        store = make_store(engine)
        again = replace(make_table(number=2), name=_TABLE.name)
        created = store.submit(saving(_TABLE))
        written = store.submit(putting(_TABLE, pk="a"))
        dropped = store.submit(dropping(_TABLE))
        late = store.submit(putting(_TABLE, pk="b"))
        recreated = store.submit(saving(again))
        rewritten = store.submit(putting(again, pk="c"))
        for future in (created, written, dropped, recreated, rewritten):
            await future
        error = await failure_of(late)
        assert isinstance(error, ApiError)
        assert resource_not_found().code == error.code
        assert [again] == list(store.catalog.tables())
        assert {"pk": "c"} == read(store, again, pk="c")
        assert [] == [key for key, _ in engine.range(b"", b"\xff") if key[1:5] == b"\0\0\0\1"]
        await store.close()

    run(check)


def test_save_table_changes_the_layout_for_the_next_decision() -> None:
    """An index that a decision adds gets entries from the next decision of the same group on."""

    async def check() -> None:
        store = make_store()
        indexed = make_table(make_index(1, "g"))
        decisions = (
            saving(_TABLE),
            putting(_TABLE, pk="a", g="x"),
            saving(indexed),
            putting(_TABLE, pk="b", g="x"),
        )
        await asyncio.gather(*(store.submit(steps(decision)) for decision in decisions))
        assert (1, 5) == store.index_statistics(indexed, 1)
        await store.close()

    run(check)


def test_cancelled_future_does_not_stop_its_decision() -> None:
    """A client that goes away takes its answer with it, not the write."""

    async def check() -> None:
        store = make_store()
        await store.submit(saving(_TABLE))
        store.submit(putting(_TABLE, pk="a")).cancel()
        await store.submit(putting(_TABLE, pk="b"))
        assert {"pk": "a"} == read(store, _TABLE, pk="a")
        await store.close()

    run(check)


def test_store_opened_again_has_tables_counts_and_a_later_clock() -> None:
    """Tables, counts, the last stamp and the last table number are those of the engine, also over a stepped clock."""

    async def check() -> None:
        engine, clock = MemoryEngine(), VirtualClock()
        first = make_store(engine, clock)
        dropped = make_table(number=7)
        await first.submit(saving(_TABLE, dropped))
        await first.submit(steps(putting(_TABLE, pk="a"), dropping(dropped)))
        last = first.hlc.last
        clock.advance(-3_600_000)
        second = Store("eu-west-1", engine, clock)
        assert [_TABLE] == list(second.catalog.tables())
        assert 8 == second.catalog.next_number()
        assert (1, 3) == second.statistics(_TABLE)
        assert last == second.durable_position
        assert last < await second.submit(lambda stage: stage.tick())
        await second.close()

    run(check)


def test_stamp_that_only_was_told_is_not_given_again_after_a_restart() -> None:
    """Peers keep positions of the log; one that was told them must not come again when a clock stepped back."""

    async def check() -> None:
        engine, clock = MemoryEngine(), VirtualClock()
        told = await make_store(engine, clock).submit(lambda stage: stage.tick())
        clock.advance(-1_000)
        again = make_store(engine, clock)
        assert told < await again.submit(lambda stage: stage.tick())
        await again.close()

    run(check)


def test_decision_that_stages_nothing_stores_nothing() -> None:
    """A refused or repeated write costs no commit."""

    async def check() -> None:
        engine = MemoryEngine()
        store = make_store(engine)
        await store.submit(saving(_TABLE))
        await store.submit(putting(_TABLE, pk="a"))
        before = list(engine.range(b"", b"\xff"))
        await store.submit(putting(_TABLE, pk="a"))
        await store.submit(deleting(_TABLE, pk="none"))
        assert before == list(engine.range(b"", b"\xff"))
        assert engine.get(LAST_STAMP_KEY) is not None
        assert (1).to_bytes(8, "big") == engine.get(LAST_TABLE_NUMBER_KEY)
        await store.close()

    run(check)


def test_counts_below_zero_fail_the_store_in_place_of_answering() -> None:
    """A batch that cannot be built is our bug: it stops the store, nobody is told that it was stored."""

    async def check() -> None:
        store = make_store()
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        await store.submit(saving(_TABLE))

        def miscount(stage: Stage) -> None:
            put(stage, _TABLE, pk="a")
            stage._counts.append((1, 0, -5, 0))

        assert isinstance(await failure_of(store.submit(miscount)), OperationalError)
        await turns()
        assert isinstance(await failure_of(store.submit(lambda _: None)), OperationalError)
        assert read(store, _TABLE, pk="a") is None
        await store.close()

    run(check)


@pytest.mark.parametrize("number", [0, 1, 5])
def test_feed_after_close_watchers_are_cancelled(number: int) -> None:
    """Whoever waits for changes is let go when the store closes."""

    async def check() -> None:
        store = make_store()
        await store.submit(saving(_TABLE))
        waiting = asyncio.ensure_future(store.changed(number, 0))
        await turns()
        await store.close()
        await turns()
        assert waiting.cancelled()

    run(check)
