"""Replication of one region: what begins when the region opens, and what it owes to others while it is open."""

import asyncio
from functools import partial

from globaltables.foundation.limits import REPLICATION_TRIM_INTERVAL_MS
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.replication.conflicts import trim_conflicts
from globaltables.replication.giving_up import watch
from globaltables.replication.links import match_links
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import replica_in
from globaltables.replication.membership import resume
from globaltables.replication.peer import key_of
from globaltables.replication.strong.lifecycle import is_dissolving
from globaltables.tables.definitions import Table

_NOBODY = (1 << 63) - 1


def start(node: Node, region: Region) -> None:
    """Resume every link and every unfinished change of a region that was just opened, on the event loop."""
    region.store.log_floors["replication"] = partial(log_floor, node, region.name)
    for table in region.catalog.tables():
        if table.replicated or is_dissolving(region, table):
            match_links(region, table, partial(peer_of, node))
            resume(node, region, table)
    region.tasks.spawn(f"{region.name}/replication-opening", _open_sources(node, region))
    region.tasks.spawn(f"{region.name}/replication-trimming", _trim(region))
    region.tasks.spawn(f"{region.name}/replication-denials", watch(node, region))


def log_floor(node: Node, region: str, table: Table) -> int:
    """Return the lowest log position of a table that another member may still ask for.

    A member that is away holds the log until it comes back or is given up (giving_up.py).
    """
    if table.strong is not None:  # what others lack of it is in the log that they agree on
        return _NOBODY
    key = key_of(table)
    confirmed = [
        peer_of(node, replica.region).acknowledged(key, region) for replica in table.replicas
    ]
    return min(confirmed, default=_NOBODY - 1) + 1


async def _open_sources(node: Node, region: Region) -> None:
    """Open the regions from which a copy is being filled: what a stop interrupted goes on there.

    Members that are complete need no such help: their links open each other's regions.
    """
    for table in list(region.catalog.tables()):
        if table.restricted:
            for replica in table.replicas:
                if replica.region not in node.remote_peers:
                    node.region(replica.region)
            await _drop_unknown(node, region, table)


async def _drop_unknown(node: Node, region: Region, copy: Table) -> None:
    """Drop a copy that was made for an account just before a stop, and of which no member has heard."""
    members = [
        await peer_of(node, replica.region).table(key_of(copy))
        for replica in copy.replicas
        if copy.group and replica.region not in node.remote_peers
    ]
    if members and not any(one and replica_in(one, region.name) for one in members):
        await peer_of(node, region.name).drop(key_of(copy))


async def _trim(region: Region) -> None:
    """Delete old conflicts until cancelled."""
    while True:
        await region.store.submit(partial(trim_conflicts, region))
        await asyncio.sleep(REPLICATION_TRIM_INTERVAL_MS / 1000)
