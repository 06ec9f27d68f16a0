"""Removing a member: it refuses clients, the others pull what it still has, then it is dropped and forgotten.

It is dropped before it is forgotten, so that whoever sees it gone may create it again. A crash anywhere leaves its
table DELETING, or its entry DELETING in other members; `resume` begins again.
"""

import asyncio
import logging
from dataclasses import replace

from globaltables.foundation.errors import OperationalError, validation
from globaltables.foundation.limits import (
    REPLICA_SOURCE_MS,
    REPLICATION_DRAIN_MS_MAX,
    REPLICATION_DRAIN_POLL_MS,
    REPLICATION_RETRY_MS,
)
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import replica_in
from globaltables.replication.peer import Peer, TableKey
from globaltables.tables.definitions import Table
from globaltables.tables.durations import REPLICA_DELETION_MS

_log = logging.getLogger(__name__)


def check_not_source(table: Table, now_ms: int) -> None:
    """Refuse to remove a member from which another one was created within 24 hours and still exists.

    Raises:
        ApiError: ValidationException.
    """
    if any(now_ms - created_ms < REPLICA_SOURCE_MS for _, created_ms in table.source_of):
        raise validation(
            "Replica cannot be deleted because it has acted as a source region for new replica(s) "
            "being added to the table in the last 24 hours."
        )


async def leave(node: Node, key: TableKey, region: str, here: Region | None = None) -> None:
    """Remove a region's copy of a global table; returns when nobody knows of it any more.

    A member that cannot be reached is tried again: every step may be repeated.

    Args:
        node: the regions of this process.
        key: the table.
        region: whose copy is removed.
        here: the region that carries it out, and that may want it to take AWS's time (`--realistic`).
    """
    while True:
        try:
            await _leave(node, key, region, here)
        except OperationalError as error:
            _log.warning("removing replica %s of %s waits: %s", region, key.name, error)
            await asyncio.sleep(REPLICATION_RETRY_MS / 1000)
        else:
            return


async def release(node: Node, key: TableKey, region: str) -> None:
    """Take a region out of a version 2017.11.29 global table; its copy becomes an independent table."""
    leaving = peer_of(node, region)
    others = await _others(node, key, region, await leaving.table(key))
    await _drain(leaving, others, key)
    for other in others:
        await other.forget_replica(key, region)
    await leaving.release(key)


async def _leave(node: Node, key: TableKey, region: str, here: Region | None) -> None:
    leaving = peer_of(node, region)
    table = await leaving.table(key)
    others = await _others(node, key, region, table)
    if table is not None:
        await leaving.begin_leaving(key)
    since_ms = here.clock.now_ms() if here is not None and here.settings.realistic else 0
    for other in others:
        since_ms = await _mark_leaving(other, key, region, since_ms) or since_ms
    if table is not None:
        await _drain(leaving, others, key)
    if here is not None and since_ms:
        await here.clock.until(since_ms + REPLICA_DELETION_MS)
    await leaving.drop(key)
    for other in others:
        await other.forget_replica(key, region)


async def _others(node: Node, key: TableKey, region: str, table: Table | None) -> list[Peer]:
    """Return the members that know the leaving one, also when its own table is gone already."""
    if table is not None:
        names = {replica.region for replica in table.replicas}
    else:
        names = set()
        for known in node.known_regions:
            copy = await peer_of(node, known).table(key)
            if copy is not None:
                names |= {known, *(replica.region for replica in copy.replicas)}
    found: list[Peer] = []
    for name in sorted(names - {region}):
        peer = peer_of(node, name)
        member = await peer.table(key)
        if member is not None and replica_in(member, region) is not None:
            found.append(peer)
    return found


async def _mark_leaving(other: Peer, key: TableKey, region: str, since_ms: int) -> int:
    """Let a member know of the removal, and return when that began, which it may know already."""
    member = await other.table(key)
    entry = None if member is None else replica_in(member, region)
    if entry is None:
        return 0
    if entry.status == "DELETING":
        since_ms = entry.since_ms
    await other.put_replica(key, replace(entry, status="DELETING", since_ms=since_ms))
    return since_ms


async def _drain(leaving: Peer, others: list[Peer], key: TableKey) -> None:
    """Wait until every other member has everything that was written in the leaving one, or time is up."""
    until = await leaving.position(key)
    missing = [other.region for other in others]
    try:
        async with asyncio.timeout(REPLICATION_DRAIN_MS_MAX / 1000):
            for other in others:
                await _pulled_through(leaving, other, key, until)
                missing.remove(other.region)
    except TimeoutError:
        _log.error(
            "%s leaves the global table %s although its last writes may be missing in %s",
            leaving.region,
            key.name,
            ", ".join(missing),
        )


async def _pulled_through(leaving: Peer, other: Peer, key: TableKey, until: int) -> None:
    """Return when a member has every change that originated in the leaving one up to a position."""
    while True:
        try:
            if not await leaving.unpulled(key, await other.pulled(key, leaving.region), until):
                return
        except OperationalError as error:  # who cannot be reached now may be before time is up
            _log.warning("%s is not drained yet: %s", leaving.region, error)
            await asyncio.sleep(REPLICATION_RETRY_MS / 1000)
        await asyncio.sleep(REPLICATION_DRAIN_POLL_MS / 1000)
