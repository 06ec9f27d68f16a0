"""Indexes that are not complete are filled, also after a restart."""

import asyncio

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.settings import Settings
from globaltables.items.key_encoding import encode_key
from globaltables.itemstore.index_backfills import start_backfills
from globaltables.itemstore.region import Region
from globaltables.itemstore.store import Store
from globaltables.runtime.clock import VirtualClock
from globaltables.runtime.randomness import SeededRandomness
from globaltables.runtime.tasks import Tasks
from globaltables.tables.definitions import Index, KeyAttribute, KeySchema, Table

_KEY = KeyAttribute("pk", "S")
_SCHEMA = KeySchema((_KEY,))
_INDEX = Index(
    "gsi",
    1,
    "GLOBAL",
    KeySchema((KeyAttribute("g", "S"),)),
    "ALL",
    status="CREATING",
    backfilling=True,
)
_PLAIN = Table("abc", "000000000000", "us-east-1", 1, "id", 0, _SCHEMA, (_KEY,))
_INDEXED = Table(
    "abc", "000000000000", "us-east-1", 1, "id", 0, _SCHEMA, (_KEY,), indexes=(_INDEX,)
)


def _region() -> Region:
    clock = VirtualClock()
    store = Store("us-east-1", MemoryEngine(), clock)
    return Region(
        name="us-east-1",
        settings=Settings(),
        store=store,
        catalog=store.catalog,
        hlc=store.hlc,
        clock=clock,
        randomness=SeededRandomness(1),
        tasks=Tasks(),
    )


async def _interrupted(items: int) -> Region:
    """Return a region whose table has an index of which nothing is filled, as a stop may leave it."""
    region = _region()
    await region.store.submit(lambda stage: stage.save_table(_PLAIN))
    for number in range(items):
        item = {"pk": {"S": str(number)}, "g": {"S": "x"}}
        key = encode_key(_SCHEMA, item)
        await region.store.submit(
            lambda stage, key=key, item=item: stage.write(_PLAIN, key, item)  # type: ignore[misc]
        )
    await region.store.submit(lambda stage: stage.save_table(_INDEXED))
    return region


def test_start_backfills_unfinished_index_becomes_active() -> None:
    """Every item gets its entry, and started twice it is filled once."""

    async def run() -> None:
        region = await _interrupted(items=250)
        start_backfills(region)
        start_backfills(region)
        assert ["us-east-1/backfill/1/1"] == region.tasks.names()
        own = asyncio.current_task()
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not own))
        table = region.catalog.by_number(1)
        assert table is not None
        assert ("ACTIVE", False) == (table.indexes[0].status, table.indexes[0].backfilling)
        assert 250 == region.store.index_statistics(table, 1)[0]
        await region.store.close()

    asyncio.run(run())


def test_start_backfills_nothing_unfinished_starts_nothing() -> None:
    """A region whose indexes are complete has nothing to do."""

    async def run() -> None:
        region = _region()
        await region.store.submit(lambda stage: stage.save_table(_PLAIN))
        start_backfills(region)
        assert [] == region.tasks.names()
        await region.store.close()

    asyncio.run(run())
