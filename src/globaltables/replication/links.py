"""Which links a region runs: one per table and other member, each a named task, and what counts their changes."""

from collections.abc import Callable

from globaltables.itemstore.region import Region
from globaltables.replication.keyspace import cursor_key, decode_cursor
from globaltables.replication.link import Link
from globaltables.replication.members import LEGACY, sources_of
from globaltables.replication.peer import Peer
from globaltables.replication.pending import PendingCount
from globaltables.tables.definitions import Table

PeerOf = Callable[[str], Peer]


def match_links(region: Region, table: Table, peer_of: PeerOf) -> None:
    """Start the links that a region's copy of a table lacks, stop those whose source is gone."""
    wanted: set[str] = set()
    for source in sorted(sources_of(table)):
        name = _task_name(region, table, source)
        wanted.add(name)
        if not region.tasks.running(name):
            region.tasks.spawn(name, Link(region, peer_of(source), table).run())
        if table.global_table_version == LEGACY:
            counting = f"{name}/pending"
            wanted.add(counting)
            if not region.tasks.running(counting):
                count = PendingCount(region, peer_of(source), table)
                region.tasks.spawn(counting, count.run())
    prefix = _task_name(region, table, "")
    for name in region.tasks.names():
        if name.startswith(prefix) and name not in wanted:
            region.tasks.cancel(name)


def stop_links(region: Region, table: Table) -> None:
    """Stop every link of a copy that is gone."""
    prefix = _task_name(region, table, "")
    for name in region.tasks.names():
        if name.startswith(prefix):
            region.tasks.cancel(name)


def cursor_position(region: Region, table: Table, source: str) -> int:
    """Return the position through which a source's log was surely and durably applied in a region."""
    raw = region.store.reader().get(cursor_key(table.number, source))
    return decode_cursor(raw).confirmed


def _task_name(region: Region, table: Table, source: str) -> str:
    return f"{region.name}/replication/{table.number}/{source}"
