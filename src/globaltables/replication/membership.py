"""Changes of membership: begun by an operation, carried out in the background, resumed when the process starts.

One change of a table at a time: its task's name is the lock within the process, the statuses that it leaves in the
definitions are the lock over a restart.
"""

import asyncio
from collections.abc import Awaitable, Coroutine
from dataclasses import replace
from typing import Any

from globaltables.foundation.errors import ApiError, resource_in_use, resource_not_found
from globaltables.foundation.limits import (
    REPLICATION_DRAIN_POLL_MS,
    REPLICATION_LAST_STEP_MS_MAX,
)
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.replication.joining import begin_join, join
from globaltables.replication.leaving import check_not_source, leave
from globaltables.replication.legacy import resume_connecting
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.members import LEGACY, in_flight, replica_in, with_replica
from globaltables.replication.peer import TableKey
from globaltables.tables.definitions import Replica, Table


def in_use() -> ApiError:
    """Return AWS's refusal of a second change of a global table."""
    return resource_in_use("The resource which you are attempting to change is in use.")


async def add_replica(node: Node, region: Region, table: Table, replica: Replica) -> Table:
    """Begin to create a replica of a table; returns the table's definition as it is meanwhile.

    Raises:
        ApiError: another change is in flight.
    """
    key = await _idle(region, table)
    decided = region.store.submit(lambda stage: begin_join(stage, region, table.number, replica))
    work = join(node, region, key, replica.region)
    return await _in_background(region, key, decided, work)


async def remove_replica(node: Node, region: Region, table: Table, target: str) -> Table:
    """Begin to remove another member; returns the table's definition as it is meanwhile.

    Raises:
        ApiError: another change is in flight.
    """
    key = await _idle(region, table)
    decided = region.store.submit(lambda stage: _begin_removal(stage, table.number, target))
    return await _in_background(region, key, decided, leave(node, key, target))


async def remove_member(node: Node, account: str, table_name: str, region_name: str) -> None:
    """Delete a region's own copy of a global table, as DeleteTable there does; returns when it is gone.

    Raises:
        ApiError: it was the source of another member, or another change is in flight.
    """
    region = node.region(region_name)
    table = region.catalog.find(account, table_name)
    if table is None:
        raise resource_not_found(f"Requested resource not found: Table: {table_name} not found")
    if in_flight(table):
        raise in_use()
    check_not_source(table, region.clock.now_ms())
    await carry_out(region, table, leave(node, TableKey(account, table_name), region_name))


async def carry_out(region: Region, table: Table, work: Coroutine[Any, Any, None]) -> None:
    """Run a change of membership to its end, also when nobody waits for it any more.

    Raises:
        ApiError: another change is in flight.
    """
    try:
        key = await _idle(region, table)
    except ApiError:
        work.close()
        raise
    await asyncio.shield(region.tasks.spawn(_lock(key), work))


async def override_replica(
    node: Node, region: Region, table: Table, replica: Replica, entry: Replica
) -> Table:
    """Change the settings that are overridden for another member.

    Args:
        node: the regions of this process.
        region: the one that was asked.
        table: its definition.
        replica: the settings to take effect there.
        entry: what the other members list.

    Raises:
        ApiError: another change is in flight.
    """
    key = await _idle(region, table)
    await LocalPeer(node, replica.region).override(key, replica)
    for other in (region.name, *(one.region for one in table.replicas)):
        if other != replica.region:
            await LocalPeer(node, other).put_replica(key, entry)
    current = region.catalog.by_number(table.number)
    assert current is not None
    return replace(current, status="UPDATING")


def resume(node: Node, region: Region, table: Table) -> None:
    """Go on with a change of membership that a stop of the process interrupted."""
    key = TableKey(table.account, table.name)
    if region.tasks.running(_lock(key)):
        return
    if table.status == "DELETING":
        region.tasks.spawn(_lock(key), leave(node, key, region.name))
        return
    if table.global_table_version == LEGACY:
        region.tasks.spawn(_lock(key), resume_connecting(node, region, table))
        return
    for replica in table.replicas:
        if replica.status == "CREATING" and not table.restricted:
            region.tasks.spawn(_lock(key), join(node, region, key, replica.region))
            return
        if replica.status == "DELETING":
            region.tasks.spawn(_lock(key), leave(node, key, replica.region))
            return


def _lock(key: TableKey) -> str:
    return f"replication/{key.account}/{key.name}"


async def _idle(region: Region, table: Table) -> TableKey:
    """Return the table's key when no change of its membership is under way.

    A change that everybody can see to be complete may have its last step left; that is waited for.

    Raises:
        ApiError: a change is in flight.
    """
    key = TableKey(table.account, table.name)
    waited_ms = 0
    while region.tasks.running(_lock(key)):
        current = region.catalog.find(*key)
        if current is None or in_flight(current) or waited_ms > REPLICATION_LAST_STEP_MS_MAX:
            raise in_use()
        await asyncio.sleep(REPLICATION_DRAIN_POLL_MS / 1000)
        waited_ms += REPLICATION_DRAIN_POLL_MS
    return key


async def _in_background(
    region: Region,
    key: TableKey,
    decided: "asyncio.Future[Table]",
    work: Coroutine[Any, Any, None],
) -> Table:
    """Let the work follow the decision; return what was decided, whether or not the caller waits for more."""
    region.tasks.spawn(_lock(key), _follow(decided, work))
    return await asyncio.shield(decided)


async def _follow(decided: Awaitable[Table], work: Coroutine[Any, Any, None]) -> None:
    try:
        await decided
    except ApiError:  # the operation that asked answers with it
        work.close()
        return
    await work


def _begin_removal(stage: Stage, table_number: int, target: str) -> Table:
    table = stage.catalog.by_number(table_number)
    entry = None if table is None else replica_in(table, target)
    if table is None or entry is None:
        raise resource_not_found()
    if in_flight(table):
        raise in_use()
    leaving = replace(entry, status="DELETING")
    changed = replace(with_replica(table, leaving), status="UPDATING")
    stage.save_table(changed)
    return changed
