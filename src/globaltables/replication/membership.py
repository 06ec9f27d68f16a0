"""Changes of membership: begun by an operation, carried out in the background, resumed when the process starts.

One change of a table at a time: its task's name is the lock within the process, the statuses that it leaves in the
definitions are the lock over a restart.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from globaltables.foundation.errors import (
    ApiError,
    OperationalError,
    resource_in_use,
    resource_not_found,
)
from globaltables.foundation.limits import (
    REPLICATION_DRAIN_POLL_MS,
    REPLICATION_LAST_STEP_MS_MAX,
)
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.settlements import start_settlements
from globaltables.itemstore.stage import Stage
from globaltables.replication.joining import begin_join, is_joining, join
from globaltables.replication.leaving import check_not_source, leave
from globaltables.replication.legacy import resume_connecting
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import (
    LEGACY,
    in_flight,
    members_of,
    replica_in,
    with_replica,
)
from globaltables.replication.peer import Peer, TableKey, key_of
from globaltables.replication.spreading import (
    begin_overriding,
    begin_spreading,
    is_spreading,
    spread,
)
from globaltables.replication.strong.lifecycle import (
    begin_dissolving,
    begin_forming,
    dissolve,
    form,
    is_dissolving,
)
from globaltables.tables.definitions import Replica, Table
from globaltables.tables.durations import REPLICA_DELETION_UPDATING_MS
from globaltables.tables.settling import busy

T = TypeVar("T")
_log = logging.getLogger(__name__)


def in_use() -> ApiError:
    """Return AWS's refusal of a second change of a global table."""
    return resource_in_use("The resource which you are attempting to change is in use.")


async def add_replica(node: Node, region: Region, table: Table, replica: Replica) -> Table:
    """Begin to create a replica of a table; returns the table's definition as it is meanwhile.

    Raises:
        ApiError: another change is in flight.
    """
    key = key_of(table)
    await _idle(node, region, key, members_of(table))
    decided = region.store.submit(lambda stage: begin_join(stage, region, table.number, replica))
    work = partial(join, node, region, key, replica.region)
    return await _in_background(region, key, decided, work)


async def remove_replica(node: Node, region: Region, table: Table, target: str) -> Table:
    """Begin to remove another member; returns the table's definition as it is meanwhile.

    Raises:
        ApiError: another change is in flight.
    """
    key = key_of(table)
    await _idle(node, region, key, members_of(table))
    decided = region.store.submit(lambda stage: _begin_removal(stage, region, table.number, target))
    work = partial(leave, node, key, target, region)
    return await _in_background(region, key, decided, work)


async def remove_member(node: Node, account: str, table_name: str, region_name: str) -> None:
    """Delete a region's own copy of a global table, as DeleteTable there does.

    Returns when it is gone, or when it refuses clients, where the rest takes AWS's time (`--realistic`) or longer than
    a caller can be kept waiting, because another member is away.

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
    key = key_of(table)
    if region.settings.realistic:
        await _idle(node, region, key, members_of(table))
        begun = asyncio.ensure_future(peer_of(node, region_name).begin_leaving(key))
        work = partial(leave, node, key, region_name, region)
        region.tasks.spawn(_lock(key), _follow(region, begun, work))
        await asyncio.shield(begun)
    else:
        await _idle(node, region, key, members_of(table))
        removing = region.tasks.spawn(_lock(key), leave(node, key, region_name))
        await asyncio.wait({removing}, timeout=REPLICATION_LAST_STEP_MS_MAX / 1000)
        if removing.done():
            removing.result()


async def carry_out(
    node: Node,
    region: Region,
    key: TableKey,
    members: list[str],
    work: Coroutine[Any, Any, None],
) -> None:
    """Run a change of membership to its end, also when nobody waits for it any more.

    Args:
        node: the regions of this process.
        region: the one that was asked; it need not be a member.
        key: the table.
        members: the regions that are concerned.
        work: the change.

    Raises:
        ApiError: another change is in flight.
    """
    try:
        await _idle(node, region, key, members)
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
    key = key_of(table)
    await _idle(node, region, key, members_of(table))
    decided = region.store.submit(
        lambda stage: begin_overriding(
            stage, table.number, replica, entry, realistic=region.settings.realistic
        )
    )
    current = await _spread_everywhere(node, region, key, decided)
    return replace(current, status="UPDATING")


async def change_settings(
    node: Node,
    region: Region,
    table: Table,
    changes: Mapping[str, Any],
    change: Callable[[Stage], T],
) -> T:
    """Change what the members share: in this region at once, then in every other one.

    Returns:
        What the change returned; usually every member has it by then, and always later.

    Args:
        node: the regions of this process.
        region: the one that was asked.
        table: its definition.
        changes: which settings change, see `shared_settings.adopted`.
        change: the decision for this region.

    Raises:
        ApiError: the change was refused, or another one is in flight.
    """
    key = key_of(table)
    await _idle(node, region, key, members_of(table))
    decided = region.store.submit(
        lambda stage: begin_spreading(stage, table.number, changes, change)
    )
    return await _spread_everywhere(node, region, key, decided)


async def make_strong(
    node: Node, region: Region, table: Table, replicas: list[Replica], witness: str | None
) -> Table:
    """Begin to make a table strongly consistent; returns its definition as it is meanwhile.

    Raises:
        ApiError: it has items, or another change is in flight.
    """
    key = key_of(table)
    await _idle(node, region, key, members_of(table))
    decided = region.store.submit(
        lambda stage: begin_forming(stage, region, table.number, replicas, witness)
    )
    return await _in_background(region, key, decided, partial(form, node, region, key))


async def make_regional(node: Node, region: Region, table: Table) -> Table:
    """Begin to let a strongly consistent table go on here alone; returns its definition as it is meanwhile.

    Raises:
        ApiError: another change is in flight.
    """
    key = key_of(table)
    await _idle(node, region, key, members_of(table))
    decided = region.store.submit(lambda stage: begin_dissolving(stage, region, table.number))
    return await _in_background(region, key, decided, partial(dissolve, node, region, key))


def resume(node: Node, region: Region, table: Table) -> None:
    """Go on with a change that a stop of the process interrupted, now or behind one that is under way."""
    work = _interrupted(node, region, table)
    if work is None:
        return
    lock = _lock(key_of(table))
    if region.tasks.running(lock):
        name = f"{region.name}/replication-resuming/{table.number}"
        region.tasks.spawn(name, _resume_later(node, region, table.number, lock))
    else:
        region.tasks.spawn(lock, work())


async def _resume_later(node: Node, region: Region, table_number: int, lock: str) -> None:
    """Look again when the change that is under way, perhaps the same one, has ended."""
    while region.tasks.running(lock):
        await region.tasks.ended(lock)
    table = region.catalog.by_number(table_number)
    if table is not None:
        resume(node, region, table)


def _interrupted(
    node: Node, region: Region, table: Table
) -> Callable[[], Coroutine[Any, Any, None]] | None:
    """Return the rest of the change that a region has begun, if there is one."""
    key = key_of(table)
    if is_dissolving(region, table):
        return partial(dissolve, node, region, key)
    if table.strong is not None:
        return partial(form, node, region, key) if table.strong.status == "CREATING" else None
    if table.status == "DELETING":
        return partial(leave, node, key, region.name, region)
    if table.global_table_version == LEGACY:
        return partial(resume_connecting, node, region, table)
    if is_spreading(region, table):
        return partial(spread, node, region, key)
    for replica in table.replicas:
        if replica.status == "CREATING" and is_joining(region, table, replica.region):
            return partial(join, node, region, key, replica.region)
        if replica.status == "DELETING":
            return partial(leave, node, key, replica.region, region)
    return None


def _lock(key: TableKey) -> str:
    return f"replication/{key.account}/{key.name}"


async def _idle(node: Node, region: Region, key: TableKey, names: list[str]) -> None:
    """Return when no change of a table's membership or of its shared settings is under way.

    The members' regions are opened first: what a stop of the process interrupted in one of them goes on then.

    A change that everybody can see to be complete may have its last step left; that is waited for.

    Raises:
        ApiError: a change is in flight.
    """
    members = [peer_of(node, name) for name in names]
    waited_ms = 0
    # The lock is looked at last: no other request comes between it and what the caller does next.
    while await _any_changes(members, key) or region.tasks.running(_lock(key)):
        current = region.catalog.find(*key)
        if current is None or in_flight(current) or waited_ms > REPLICATION_LAST_STEP_MS_MAX:
            raise in_use()
        await asyncio.sleep(REPLICATION_DRAIN_POLL_MS / 1000)
        waited_ms += REPLICATION_DRAIN_POLL_MS


async def _any_changes(members: list[Peer], key: TableKey) -> bool:
    """Tell whether a member within reach knows of a change that is not complete.

    Two nodes that are asked within the time of one of these questions both go on.
    """
    for member in members:
        try:
            if await member.spreads(key) or _changes(await member.table(key)):
                return True
        except OperationalError as error:
            _log.warning(
                "%s is not asked before a change of %s: %s", member.region, key.name, error
            )
    return False


def _changes(table: Table | None) -> bool:
    """Tell whether a member comes or goes, as another one sees it."""
    return table is not None and (
        table.status == "DELETING"
        or any(one.status in ("CREATING", "DELETING") for one in table.replicas)
    )


async def _in_background(
    region: Region,
    key: TableKey,
    decided: "asyncio.Future[Table]",
    work: Callable[[], Awaitable[None]],
) -> Table:
    """Let the work follow the decision; return what was decided, whether or not the caller waits for more."""
    region.tasks.spawn(_lock(key), _follow(region, decided, work))
    return await asyncio.shield(decided)


async def _spread_everywhere(
    node: Node, region: Region, key: TableKey, decided: "asyncio.Future[T]"
) -> T:
    """Let the other members follow the decision; wait for them as long as a caller can be kept waiting."""
    work = _follow(region, decided, partial(spread, node, region, key))
    spreading = region.tasks.spawn(_lock(key), work)
    outcome = await asyncio.shield(decided)
    await asyncio.wait({spreading}, timeout=REPLICATION_LAST_STEP_MS_MAX / 1000)
    return outcome


async def _follow(
    region: Region, decided: Awaitable[object], work: Callable[[], Awaitable[None]]
) -> None:
    try:
        await decided
    except (ApiError, OperationalError):  # the operation that asked answers with it
        return
    start_settlements(region)
    await work()


def _begin_removal(stage: Stage, region: Region, table_number: int, target: str) -> Table:
    table = stage.catalog.by_number(table_number)
    entry = None if table is None else replica_in(table, target)
    if table is None or entry is None:
        raise resource_not_found()
    if in_flight(table):
        raise in_use()
    now_ms, realistic = region.clock.now_ms(), region.settings.realistic
    leaving = replace(entry, status="DELETING", since_ms=now_ms if realistic else 0)
    changed = replace(with_replica(table, leaving), status="UPDATING")
    if realistic:
        changed = busy(changed, now_ms, REPLICA_DELETION_UPDATING_MS)
    stage.save_table(changed)
    return changed
