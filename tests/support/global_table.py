"""Many regions in memory with one replicated table, driven step by step: nothing moves unless a test moves it."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from globaltables.changelog.record import ChangeRecord
from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.settings import Settings
from globaltables.items.item_encoding import decode_item
from globaltables.items.key_encoding import encode_key
from globaltables.items.values import Item
from globaltables.itemstore.index_backfills import start_backfills
from globaltables.itemstore.keyspaces import PREFIX_BYTES, item_prefix, tombstone_prefix, whole
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.replication.conflicts import Conflict, conflicts
from globaltables.replication.joining import begin_join, join
from globaltables.replication.link import Link
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.members import sources_of
from globaltables.replication.membership import change_settings
from globaltables.replication.peer import Peer, TableKey
from globaltables.runtime.clock import VirtualClock
from globaltables.runtime.randomness import SeededRandomness
from globaltables.runtime.tasks import Tasks
from globaltables.tables.definitions import Index, KeyAttribute, KeySchema, Replica, Table

ACCOUNT = "000000000000"
NAME = "orders"
KEY = TableKey(ACCOUNT, NAME)
SCHEMA = KeySchema((KeyAttribute("pk", "S"),))
INDEX = Index("by-value", 1, "GLOBAL", KeySchema((KeyAttribute("v", "S"),)), "ALL")
INDEX_REQUEST = {"GlobalSecondaryIndexUpdates": [{"Create": {"IndexName": INDEX.name}}]}
#: (stamp, origin, JSON); None is a deletion.
StoredVersion = tuple[int, str, bytes | None]


class ParkedTasks(Tasks):
    """Background tasks that never run, so that a test decides when a link moves."""

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Put the work aside; what is returned ends at once."""
        work.close()
        return asyncio.get_running_loop().create_task(_nothing())


class World:
    """Regions of one process on clocks of their own.

    Args:
        names: the regions; the first one gets the table.
    """

    def __init__(self, *names: str) -> None:
        self.names = names
        self.clocks = {name: VirtualClock() for name in names}
        self.node = Node(self._open)
        self._engines = {name: MemoryEngine() for name in names}

    def region(self, name: str) -> Region:
        """Return a region."""
        return self.node.region(name)

    def table(self, name: str) -> Table:
        """Return a region's definition of the table."""
        found = self.region(name).catalog.find(*KEY)
        assert found is not None, name
        return found

    async def create(self) -> None:
        """Create the table in the first region."""
        region = self.region(self.names[0])
        table = Table(
            name=NAME,
            account=ACCOUNT,
            region=region.name,
            number=1,
            table_id="3e8d6d6c-0d6c-4a5e-9c5a-000000000001",
            created_ms=region.clock.now_ms(),
            schema=SCHEMA,
            attributes=SCHEMA.hash,
            billing_mode="PAY_PER_REQUEST",
        )
        await region.store.submit(lambda stage: stage.save_table(table))

    async def add(self, source: str, target: str) -> None:
        """Create a replica and return when it is active."""
        await self.begin_add(source, target)
        await join(self.node, self.region(source), KEY, target)

    async def begin_add(self, source: str, target: str) -> None:
        """Decide to create a replica, and do no more."""
        region, table = self.region(source), self.table(source)
        replica = Replica(target, "CREATING")
        await region.store.submit(lambda stage: begin_join(stage, region, table.number, replica))

    async def replicate(self) -> None:
        """Create the table and make every region a member."""
        await self.create()
        for name in self.names[1:]:
            self.tick()
            await self.add(self.names[0], name)

    def tick(self, milliseconds: int = 1) -> None:
        """Let time pass everywhere."""
        for clock in self.clocks.values():
            clock.advance(milliseconds)

    async def put(self, name: str, key: str, value: str) -> StoredVersion:
        """Write an item in a region; returns its version."""
        return await self.write(name, key, {"pk": {"S": key}, "v": {"S": value}})

    async def delete(self, name: str, key: str) -> StoredVersion:
        """Delete an item in a region; returns the version of the deletion."""
        return await self.write(name, key, None)

    async def index(self, name: str) -> None:
        """Change the shared settings in a region: a new index, and every member takes it over."""
        table = self.table(name)
        change = partial(_with_index, table)
        await change_settings(self.node, self.region(name), table, INDEX_REQUEST, change)
        start_backfills(self.region(name))

    async def write(self, name: str, key: str, item: Item | None) -> StoredVersion:
        """Write or delete an item in a region; returns the version that is stored then."""
        table = self.table(name)
        encoded = encode_key(SCHEMA, {"pk": {"S": key}})
        await self.region(name).store.submit(lambda stage: stage.write(table, encoded, item))
        return self.version(name, key)

    def version(self, name: str, key: str) -> StoredVersion:
        """Return what a region has stored under a key."""
        return self.versions(name).get(encode_key(SCHEMA, {"pk": {"S": key}}), (0, "", None))

    def value(self, name: str, key: str) -> str | None:
        """Return the value that `put` wrote, as a region has it."""
        stored = self.region(name).store.get_item(
            self.table(name), encode_key(SCHEMA, {"pk": {"S": key}})
        )
        return None if stored is None else stored.item["v"]["S"]

    def versions(self, name: str) -> dict[bytes, StoredVersion]:
        """Return every item and tombstone of a region."""
        number = self.table(name).number
        reader = self.region(name).store.reader()
        found: dict[bytes, StoredVersion] = {}
        for key, raw in reader.range(*whole(item_prefix(number))):
            item = decode_item(raw)
            found[key[PREFIX_BYTES:]] = (item.stamp, item.origin, item.json)
        for key, raw in reader.range(*whole(tombstone_prefix(number))):
            assert key[PREFIX_BYTES:] not in found, "an item and its tombstone"
            found[key[PREFIX_BYTES:]] = (int.from_bytes(raw[:8], "big"), raw[8:].decode(), None)
        return found

    def log(self, name: str) -> list[ChangeRecord]:
        """Return every change record of a region."""
        store = self.region(name).store
        number = self.table(name).number
        return store.feed(number, 0, records_max=1_000_000, bytes_max=1 << 40)

    def conflicts(self, name: str) -> list[Conflict]:
        """Return the writes that lost, as a region found them."""
        return list(conflicts(self.region(name).store.reader(), self.table(name).number))

    async def pull(self, receiver: str, source: str, peer: Peer | None = None) -> bool:
        """Let one link take one step, unless it would have to wait; tell whether it moved."""
        transport = LocalPeer(self.node, source) if peer is None else peer
        position = await LocalPeer(self.node, receiver).pulled(KEY, source)
        if not await transport.unpulled(KEY, position, self.region(source).store.durable_position):
            return False
        return await self.link(receiver, source, peer).step() is not None

    def link(self, receiver: str, source: str, peer: Peer | None = None) -> Link:
        """Return a link."""
        transport = LocalPeer(self.node, source) if peer is None else peer
        return Link(self.region(receiver), transport, self.table(receiver))

    def links(self) -> list[tuple[str, str]]:
        """Return every (receiver, source) that the definitions ask for."""
        members = [name for name in self.names if self.region(name).catalog.find(*KEY)]
        return [
            (name, source) for name in members for source in sorted(sources_of(self.table(name)))
        ]

    async def heal(self) -> None:
        """Let every link move until nothing is left to pull."""
        while any([await self.pull(receiver, source) for receiver, source in self.links()]):
            pass

    def restart(self, name: str) -> None:
        """Open a region anew from what it had stored."""
        self.node._regions.pop(name, None)

    def _open(self, name: str) -> Region:
        clock = self.clocks[name]
        store = Store(name, self._engines[name], clock)
        return Region(
            name=name,
            settings=Settings(),
            store=store,
            catalog=store.catalog,
            hlc=store.hlc,
            clock=clock,
            randomness=SeededRandomness(len(name)),
            tasks=ParkedTasks(),
        )


async def _nothing() -> None:
    """End."""


def _with_index(table: Table, stage: Stage) -> None:
    """Stage the index, to be filled."""
    index = replace(INDEX, status="CREATING", backfilling=True)
    attributes = (*table.attributes, *INDEX.schema.hash)
    changed = replace(table, indexes=(index,), attributes=attributes, next_index_number=2)
    stage.save_table(changed)
