"""A region in memory on a virtual clock, for tests of what stands above the store."""

from dataclasses import dataclass

from globaltables.engine.interface import Engine
from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.settings import Settings
from globaltables.items.key_encoding import encode_key
from globaltables.items.values import Item
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.runtime.clock import VirtualClock
from globaltables.runtime.randomness import SeededRandomness
from globaltables.runtime.tasks import Tasks
from globaltables.tables.definitions import KeyAttribute, KeySchema, Stream, Table

ACCOUNT = "000000000000"


@dataclass
class TestRegion:
    """A region, its clock, and short ways to change its items."""

    __test__ = False

    region: Region
    clock: VirtualClock

    async def save(self, table: Table) -> Table:
        """Store a table's definition."""

        def decide(stage: Stage) -> Table:
            stage.save_table(table)
            return table

        return await self.region.store.submit(decide)

    async def put(self, table: Table, item: Item) -> None:
        """Write an item."""
        await self._write(table, item, item)

    async def delete(self, table: Table, key: Item) -> None:
        """Delete an item."""
        await self._write(table, key, None)

    async def keys(self, table: Table, *keys: Item) -> list[bool]:
        """Tell for each key whether its item is there."""
        get = self.region.store.get_item
        return [get(table, encode_key(table.schema, key)) is not None for key in keys]

    async def _write(self, table: Table, key: Item, item: Item | None) -> None:
        encoded = encode_key(table.schema, key)
        await self.region.store.submit(lambda stage: stage.write(table, encoded, item))


def make_region(name: str = "eu-west-1", engine: Engine | None = None) -> TestRegion:
    """Return an empty region, on an engine of its own unless told otherwise."""
    clock = VirtualClock()
    store = Store(name, engine or MemoryEngine(), clock)
    region = Region(
        name=name,
        settings=Settings(),
        store=store,
        catalog=store.catalog,
        hlc=store.hlc,
        clock=clock,
        randomness=SeededRandomness(1),
        tasks=Tasks(),
    )
    return TestRegion(region, clock)


def make_table(number: int = 1, name: str = "orders", stream: Stream | None = None) -> Table:
    """Return a table of eu-west-1 with the string key `pk`."""
    key = KeyAttribute("pk", "S")
    return Table(
        name=name,
        account=ACCOUNT,
        region="eu-west-1",
        number=number,
        table_id=f"3e8d6d6c-0d6c-4a5e-9c5a-{number:012}",
        created_ms=0,
        schema=KeySchema((key,)),
        attributes=(key,),
        streams=() if stream is None else (stream,),
    )
