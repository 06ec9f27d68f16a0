"""A region of this process as a peer: every verb is a decision on its store, or a read of it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import orjson

from globaltables.foundation.errors import ApiError, OperationalError, resource_in_use
from globaltables.foundation.limits import (
    REPLICATION_BATCH_BYTES_MAX,
    REPLICATION_BATCH_RECORDS_MAX,
    REPLICATION_FEED_RECORDS_MAX,
    REPLICATION_SKIPPED_RECORDS_MAX,
)
from globaltables.items.item_encoding import decode_item
from globaltables.itemstore.data_keys import with_data_key
from globaltables.itemstore.index_backfills import start_backfills
from globaltables.itemstore.keyspaces import PREFIX_BYTES, item_prefix, tombstone_prefix, whole
from globaltables.itemstore.link_state import LinkState
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.settlements import start_settlements
from globaltables.itemstore.stage import Stage
from globaltables.replication import inspection
from globaltables.replication.departure import without_member
from globaltables.replication.inspection import replicates
from globaltables.replication.keyspace import (
    Cursor,
    conflict_range,
    cursor_key,
    decode_cursor,
    encode_cursor,
    legacy_key,
    ranges_of,
    settings_key,
)
from globaltables.replication.links import cursor_position, match_links, stop_links
from globaltables.replication.members import (
    CURRENT,
    LEGACY,
    opened,
    replica_in,
    with_overrides,
    with_replica,
)
from globaltables.replication.merge import load_versions
from globaltables.replication.peer import (
    NOT_A_MEMBER,
    NOT_AUTHORIZED,
    Backlog,
    BucketHash,
    Feed,
    GlobalTable,
    Peer,
    SnapshotPage,
    TableKey,
    Version,
    key_of,
)
from globaltables.replication.shared_settings import adopted
from globaltables.replication.strong.local_voters import LocalVoters
from globaltables.security.replication_access import replication_denied
from globaltables.tables.definitions import Encryption, Replica, StreamViewType, Table
from globaltables.tables.table_class import counted

_ITEMS = b"i"
_TOMBSTONES = b"d"


class LocalPeer(LocalVoters):
    """Implements `Peer` for a region of this process.

    Args:
        node: the regions of this process.
        region: the one to reach.
    """

    def __init__(self, node: Node, region: str) -> None:
        self._node = node
        self._name = region

    @property
    def region(self) -> str:
        """The region's name."""
        return self._name

    @property
    def distant(self) -> bool:
        """No: it is in this process."""
        return False

    @property
    def _region(self) -> Region:
        return self._node.region(self._name)

    # --- reading

    def acknowledged(self, key: TableKey, source: str) -> int:
        """Return the durable cursor of the region in the log of a source."""
        table = self._region.catalog.find(*key)
        return 0 if table is None else cursor_position(self._region, table, source)

    async def table(self, key: TableKey) -> Table | None:
        """Return the region's definition of a table."""
        return self._region.catalog.find(*key)

    async def spreads(self, key: TableKey) -> bool:
        """Tell whether a change of shared settings made here has not reached every member yet."""
        table = self._region.catalog.find(*key)
        if table is None:
            return False
        return self._region.store.reader().get(settings_key(table.number)) is not None

    async def legacy_tables(self, account: str) -> list[GlobalTable]:
        """Return the version 2017.11.29 global tables of an account that this region is a member of."""
        tables = self._region.catalog.list(account)
        return [
            self._legacy_table(table) for table in tables if table.global_table_version == LEGACY
        ]

    async def feed(self, key: TableKey, after: int, receiver: str, confirmed: int) -> Feed:
        """Return what originated here behind a position; waits until there is something."""
        store = self._region.store
        position, skipped = after, 0
        while True:
            table = self._copy(key)
            if table.global_table_version == CURRENT and replica_in(table, receiver) is None:
                raise ApiError(NOT_A_MEMBER, f"{receiver} is no member of {key.name}")
            if replication_denied(table, self._region.clock.now_ms()):
                raise ApiError(NOT_AUTHORIZED, f"the policies of {key.name} deny replication")
            found = store.originated(
                table.number,
                position,
                records_max=REPLICATION_FEED_RECORDS_MAX,
                bytes_max=REPLICATION_BATCH_BYTES_MAX,
            )
            if not found.seen:
                await store.changed(table.number, position)
                continue
            position = found.position
            originated = [record for record in found.records if replicates(table, record)]
            skipped += found.seen
            if originated or skipped >= REPLICATION_SKIPPED_RECORDS_MAX:
                return Feed(after, position, originated)

    async def unpulled(self, key: TableKey, after: int, until: int) -> bool:
        """Tell whether a change originated here with after < position <= until."""
        table = self._copy(key)
        while True:
            found = self._region.store.originated(
                table.number,
                after,
                until=until,
                records_max=REPLICATION_BATCH_RECORDS_MAX,
                bytes_max=REPLICATION_BATCH_BYTES_MAX,
            )
            if any(replicates(table, record) for record in found.records):
                return True
            if not found.seen:
                return False
            after = found.position

    async def position(self, key: TableKey) -> int:
        """Return the position behind every change that is durable here now."""
        return await self._region.store.submit(lambda stage: stage.tick())

    async def pulled(self, key: TableKey, source: str) -> int:
        """Return the position through which this region has durably applied the log of a source."""
        number = self._copy(key).number
        raw = await self._region.store.submit(lambda stage: stage.get(cursor_key(number, source)))
        return decode_cursor(raw).position

    async def snapshot_page(self, key: TableKey, page: bytes) -> SnapshotPage:
        """Return a page of items, then of tombstones; nothing that a power cut could take back."""
        table = self._copy(key)
        space = page[:1] or _ITEMS
        prefix = (item_prefix if space == _ITEMS else tombstone_prefix)(table.number)
        start, end = whole(prefix)
        if page[1:]:
            start = prefix + page[1:] + b"\0"
        found = self._region.store.reader().range(start, end)
        pairs, total = [], 0
        for stored, raw in islice(found, REPLICATION_BATCH_RECORDS_MAX):
            pairs.append((stored, raw))
            total += len(raw)
            if total >= REPLICATION_BATCH_BYTES_MAX:
                break
        version = _item_version if space == _ITEMS else _tombstone_version
        versions = [version(stored[PREFIX_BYTES:], raw) for stored, raw in pairs]
        if len(pairs) == REPLICATION_BATCH_RECORDS_MAX or total >= REPLICATION_BATCH_BYTES_MAX:
            next_page: bytes | None = space + versions[-1].key
        else:
            next_page = _TOMBSTONES if space == _ITEMS else None
        answer = self._region.store.when_durable(SnapshotPage(versions, next_page), table)
        return answer if isinstance(answer, SnapshotPage) else await answer

    # --- comparing

    async def backlog(self, key: TableKey, after: int) -> Backlog:
        """Return what originated here behind a position, in numbers."""
        return await inspection.backlog(self._region, self._copy(key), after)

    async def conflict_count(self, key: TableKey) -> int:
        """Return how many writes lost here, as far as they are remembered."""
        bounds = conflict_range(self._copy(key).number)
        return sum(1 for _ in self._region.store.reader().range(*bounds))

    async def item_count(self, key: TableKey) -> int:
        """Return how many items the copy has."""
        return self._region.store.statistics(self._copy(key))[0]

    async def bucket_hashes(self, key: TableKey) -> list[BucketHash]:
        """Return a hash for every range of stored keys."""
        return await inspection.bucket_hashes(self._region, self._copy(key))

    async def bucket_versions(self, key: TableKey, bucket: int) -> list[Version]:
        """Return the items and remembered deletions of one range."""
        return await inspection.bucket_versions(self._region, self._copy(key), bucket)

    async def link_state(self, key: TableKey, source: str) -> LinkState:
        """Return what the link from a source says of itself."""
        state = self._region.links.get((self._copy(key).number, source))
        return state or LinkState("WAITING", "the link is starting")

    # --- membership

    async def admit(self, copy: Table) -> None:
        """Create a restricted copy of a table, unless it is already there."""
        region = self._region
        encryption = await self._encryption_of(copy)

        def decide(stage: Stage) -> None:
            present = stage.catalog.find(copy.account, copy.name)
            if present is None:
                created_ms = region.clock.now_ms()
                made = replace(
                    copy,
                    number=stage.catalog.next_number(),
                    table_id=region.randomness.uuid(),
                    created_ms=created_ms,
                    encryption=encryption,
                )
                stage.save_table(with_data_key(region, made))
            elif present.restoring is not None or (
                not present.restricted and not _share_a_member(present, copy)
            ):
                raise resource_in_use(f"Table already exists: {copy.name}")

        await region.store.submit(decide)

    async def _encryption_of(self, copy: Table) -> Encryption | None:
        """Return the encryption of a new copy: with the key that it names, or AWS's own, of this region.

        Raises:
            ApiError: KMS refuses that key.
        """
        if copy.encryption is None:
            return None
        if self._region.keys is None:
            raise OperationalError(f"{self._region.name} has no key service")
        named = copy.encryption.kms_key_arn or None
        state = await self._region.keys().find(copy.account, named)
        return Encryption("KMS", state.arn, customer=state.customer)

    async def load(self, key: TableKey, versions: list[Version]) -> None:
        """Take over versions into a restricted copy; what is stored there and newer stays."""
        number = self._copy(key).number
        await self._region.store.submit(
            lambda stage: load_versions(stage, number, versions), urgent=True
        )

    async def activate(
        self, key: TableKey, cursors: dict[str, int], view_type: StreamViewType
    ) -> None:
        """Open a restricted copy to clients and begin to pull from the other members."""

        def change(stage: Stage, table: Table) -> Table:
            if not table.restricted:
                return table
            for source, position in cursors.items():
                cursor = encode_cursor(Cursor(position, position))
                stage.put(cursor_key(table.number, source), cursor)
            return opened(table, view_type, stage.tick())

        await self._change(key, change)

    async def put_replica(self, key: TableKey, replica: Replica) -> None:
        """Learn of another member, or of its new state; pull from it when it is active."""

        def change(stage: Stage, table: Table) -> Table:
            return with_replica(table, replica)

        await self._change(key, change)

    async def forget_replica(self, key: TableKey, region: str) -> None:
        """Stop pulling from a member that left and forget it."""

        def change(stage: Stage, table: Table) -> Table:
            return without_member(stage, table, region)

        await self._change(key, change)

    async def override(self, key: TableKey, replica: Replica) -> None:
        """Take over the settings that are overridden for this member."""
        now_ms = self._region.clock.now_ms()

        def change(stage: Stage, table: Table) -> Table:
            changed = with_overrides(table, replica)
            return changed if changed.table_class == table.table_class else counted(changed, now_ms)

        await self._change(key, change)

    async def adopt(self, key: TableKey, source: Table, changes: dict[str, Any]) -> None:
        """Take over shared settings from another member's definition; new indexes are filled from here."""
        region = self._region

        def change(stage: Stage, table: Table) -> Table:
            item_count, _ = region.store.statistics(table)
            taken = adopted(table, source, changes, empty=not item_count)
            for index in taken.dropped:
                stage.drop_index(table, index)
            return taken.table

        await self._change(key, change)
        start_backfills(region)
        start_settlements(region)

    async def begin_leaving(self, key: TableKey) -> None:
        """Refuse clients from now on."""
        await self._change(key, lambda _, table: replace(table, status="DELETING"))

    async def drop(self, key: TableKey) -> None:
        """Delete the copy with everything that is stored for it."""
        table = self._region.catalog.find(*key)
        if table is None:
            return
        stop_links(self._region, table)

        def decide(stage: Stage) -> None:
            current = stage.catalog.by_number(table.number)
            if current is not None:
                stage.drop_table(current)
                for start, end in ranges_of(table.number):
                    stage.delete_range(start, end)

        await self._region.store.submit(decide)

    async def connect(self, key: TableKey, members: list[str], positions: dict[str, int]) -> None:
        """Make the table a member of a version 2017.11.29 global table."""

        def change(stage: Stage, table: Table) -> Table:
            others = [name for name in members if name != self._name]
            for name in others:
                cursor = cursor_key(table.number, name)
                if stage.get(cursor) is None:
                    position = positions[name]
                    stage.put(cursor, encode_cursor(Cursor(position, position)))
            replicas = tuple(Replica(name, "ACTIVE") for name in others)
            return replace(table, global_table_version=LEGACY, replicas=replicas)

        await self._change(key, change)

    async def put_legacy_record(self, key: TableKey, record: bytes) -> None:
        """Remember the record of a version 2017.11.29 global table."""
        record_key = legacy_key(self._copy(key).number)
        await self._region.store.submit(lambda stage: stage.put(record_key, record))

    async def release(self, key: TableKey) -> None:
        """Make the copy an independent table, with its items and its stream."""

        def change(stage: Stage, table: Table) -> Table:
            for bounds in (*ranges_of(table.number), whole(tombstone_prefix(table.number))):
                stage.delete_range(*bounds)
            return replace(table, global_table_version=None, replicas=(), status="ACTIVE")

        await self._change(key, change)

    async def strong_open(self, key: TableKey) -> None:
        """Open the new replica of a strongly consistent table to clients; a stream is each replica's own."""

        def change(_: Stage, table: Table) -> Table:
            return replace(table, restricted=False, status="ACTIVE")

        await self._change(key, change)

    # --- parts

    def _legacy_table(self, table: Table) -> GlobalTable:
        stored = orjson.loads(self._region.store.reader().get(legacy_key(table.number)) or b"{}")
        current = {self._name, *(replica.region for replica in table.replicas)}
        members = tuple(name for name in stored.get("members", ()) if name in current)
        key = key_of(table)
        return GlobalTable(key, stored.get("created_ms", table.created_ms), members)

    def _copy(self, key: TableKey) -> Table:
        table = self._region.catalog.find(*key)
        if table is None:
            raise OperationalError(f"{self._name} has no table {key.name}")
        return table

    async def _change(self, key: TableKey, change: Callable[[Stage, Table], Table]) -> None:
        """Change the copy's definition in one decision, then let its links match it."""
        region = self._region

        def decide(stage: Stage) -> Table:
            table = stage.catalog.find(*key)
            if table is None:
                raise OperationalError(f"{self._name} has no table {key.name}")
            changed = change(stage, table)
            if changed is not table:
                stage.save_table(changed)
            return changed

        table = await region.store.submit(decide)
        match_links(region, table, partial(peer_of, self._node))


def peer_of(node: Node, region: str) -> Peer:
    """Return how a node reaches a region, its own or another node's: the one place that picks a transport."""
    remote: Peer | None = node.remote_peers.get(region)
    return LocalPeer(node, region) if remote is None else remote


def _share_a_member(present: Table, copy: Table) -> bool:
    """Tell whether a table is the copy that was admitted before, by now open to clients."""
    return any(replica_in(copy, replica.region) for replica in present.replicas)


def _item_version(key: bytes, raw: bytes) -> Version:
    item = decode_item(raw)
    return Version(key, item.stamp, item.origin, item.size, item.json)


def _tombstone_version(key: bytes, raw: bytes) -> Version:
    return Version(key, int.from_bytes(raw[:8], "big"), raw[8:].decode("ascii"), 0, None)
