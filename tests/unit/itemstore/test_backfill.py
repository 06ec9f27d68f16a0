"""Tests of filling an index while writes go on."""

import asyncio
import random
from dataclasses import replace

import pytest

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.itemstore.backfill import backfill, unfinished
from globaltables.itemstore.store import Store
from globaltables.tables.definitions import Index, Table
from tests.support.stores import (
    deleting,
    dropping,
    entries,
    items,
    make_index,
    make_store,
    make_table,
    putting,
    run,
    saving,
    steps,
    turns,
)

_PLAIN = make_table()
_ITEMS = 350


def _created(index: Index) -> tuple[Table, Index]:
    index = replace(index, status="CREATING", backfilling=True)
    return make_table(index), index


_TABLE, _INDEX = _created(make_index(1, "g", projection="INCLUDE", include=("v",)))


async def _filled(store: Store, count: int = _ITEMS) -> None:
    """Put items into a table without index, then add the index."""
    await store.submit(saving(_PLAIN))
    await asyncio.gather(
        *(store.submit(putting(_PLAIN, pk=str(n), g=f"g{n % 7}", v="old")) for n in range(count))
    )
    await store.submit(saving(_TABLE))


def _wanted(store: Store) -> tuple[int, int]:
    found = entries(store, _TABLE, _INDEX)
    return len(found), sum(len(k) + len(v) for entry in found for k, v in entry.items())


def test_backfill_of_an_untouched_table_fills_and_activates() -> None:
    """Every item has its entry, the counts are exact, the index is ACTIVE."""

    async def check() -> None:
        store = make_store()
        await _filled(store)
        assert [(_TABLE, _INDEX)] == unfinished(store)
        await backfill(store, _TABLE, _INDEX)
        assert (_ITEMS, _wanted(store)) == (
            len(entries(store, _TABLE, _INDEX)),
            store.index_statistics(_TABLE, 1),
        )
        table = store.catalog.by_number(1)
        assert table is not None
        assert ("ACTIVE", False) == (table.indexes[0].status, table.indexes[0].backfilling)
        assert [] == unfinished(store)
        await store.close()

    run(check)


@pytest.mark.parametrize("change", ["value", "key", "lost key", "deleted"])
def test_item_changed_before_its_entry_was_filled_is_counted_once(change: str) -> None:
    """An item without entry yet is no item with an entry: its change adds one, or takes nothing away."""

    async def check() -> None:
        store = make_store()
        await _filled(store, 3)
        match change:
            case "value":
                await store.submit(putting(_TABLE, pk="1", g="g1", v="new!"))
            case "key":
                await store.submit(putting(_TABLE, pk="1", g="moved", v="old"))
            case "lost key":
                await store.submit(putting(_TABLE, pk="1", v="old"))
            case _:
                await store.submit(deleting(_TABLE, pk="1"))
        await backfill(store, _TABLE, _INDEX)
        assert (2 if change in ("lost key", "deleted") else 3) == _wanted(store)[0]
        assert _wanted(store) == store.index_statistics(_TABLE, 1)
        await store.close()

    run(check)


@pytest.mark.parametrize("seed", range(8))
def test_backfill_while_writes_go_on_ends_with_the_right_entries(seed: int) -> None:
    """Whatever writers do meanwhile, the index holds what the items say, and its counts are exact."""

    async def check() -> None:
        chance = random.Random(seed)
        store = make_store()
        await _filled(store)
        filling = asyncio.ensure_future(backfill(store, _TABLE, _INDEX))
        while not filling.done():
            name = str(chance.randrange(_ITEMS + 50))
            choice = chance.random()
            if choice < 0.3:
                store.submit(deleting(_TABLE, pk=name))
            elif choice < 0.5:
                store.submit(putting(_TABLE, pk=name, v="without"))
            else:
                group = f"g{chance.randrange(9)}"
                store.submit(putting(_TABLE, pk=name, g=group, v="new"))
            if chance.random() < 0.3:
                await asyncio.sleep(0)
        filling.result()
        await turns()
        found = {entry["pk"]: entry for entry in entries(store, _TABLE, _INDEX)}
        wanted = {item["pk"]: item for item in items(store, _TABLE) if "g" in item}
        assert wanted == found
        assert _wanted(store) == store.index_statistics(_TABLE, 1)
        await store.close()

    run(check)


def test_backfill_begun_again_after_a_stop_finishes() -> None:
    """What an interrupted backfill filled is not filled or counted twice."""

    async def check() -> None:
        engine = MemoryEngine()
        store = make_store(engine)
        await _filled(store)
        filling = asyncio.ensure_future(backfill(store, _TABLE, _INDEX))
        await turns(4)
        filling.cancel()
        await turns()
        assert 0 < len(entries(store, _TABLE, _INDEX)) < _ITEMS
        again = make_store(engine)
        assert [(_TABLE, _INDEX)] == unfinished(again)
        await backfill(again, _TABLE, _INDEX)
        assert _ITEMS == _wanted(again)[0]
        assert _wanted(again) == again.index_statistics(_TABLE, 1)
        await again.close()

    run(check)


def test_backfill_of_a_dropped_table_ends() -> None:
    """A backfill outlives neither its table nor leaves anything of it."""

    async def check() -> None:
        engine = MemoryEngine()
        store = make_store(engine)
        await _filled(store)
        filling = asyncio.ensure_future(backfill(store, _TABLE, _INDEX))
        await turns(2)
        await store.submit(dropping(_TABLE))
        await filling
        assert [] == [key for key, _ in engine.range(b"", b"\xff") if key[1:5] == b"\0\0\0\1"]
        await store.close()

    run(check)


def test_backfill_of_a_dropped_index_ends_at_once() -> None:
    """A backfill whose index is gone does not walk the rest of the table."""

    async def check() -> None:
        store = make_store()
        await _filled(store)
        filling = asyncio.ensure_future(backfill(store, _TABLE, _INDEX))
        await turns(2)
        await store.submit(steps(lambda stage: stage.drop_index(_TABLE, _INDEX), saving(_PLAIN)))
        await asyncio.wait_for(filling, 5)
        assert ([], (0, 0)) == (entries(store, _TABLE, _INDEX), store.index_statistics(_TABLE, 1))
        assert [_PLAIN] == list(store.catalog.tables())
        await store.close()

    run(check)
