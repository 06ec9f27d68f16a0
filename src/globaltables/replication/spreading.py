"""Bringing a change of settings from the member that was asked to every other one.

The change and the intent to spread it are one commit, and the intent stays until every member has it: a stop in between
is made good at the next start. One change at a time: the lock of membership.py holds here too.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import orjson

from globaltables.foundation.errors import OperationalError, resource_not_found
from globaltables.foundation.limits import REPLICATION_RETRY_MS
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.replication.keyspace import settings_key
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import replica_in, with_replica
from globaltables.replication.peer import Peer, TableKey
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.definitions import Replica, ReplicaIndexOverride, Table
from globaltables.tables.durations import EVERYWHERE_MS
from globaltables.tables.settling import busy

T = TypeVar("T")
_log = logging.getLogger(__name__)


def begin_spreading(
    stage: Stage, table_number: int, changes: Mapping[str, Any], change: Callable[[Stage], T]
) -> T:
    """Change the settings here and note what every other member has to take over; a decision."""
    outcome = change(stage)
    stage.put(settings_key(table_number), orjson.dumps({"changes": changes}))
    return outcome


def begin_overriding(
    stage: Stage, table_number: int, replica: Replica, entry: Replica, *, realistic: bool
) -> Table:
    """List the overrides of another member here and note that it has to take them over; a decision.

    Args:
        stage: of the region that was asked.
        table_number: the table.
        replica: the settings to take effect in the other member.
        entry: what everybody else lists.
        realistic: whether the table is UPDATING for AWS's time.

    Returns:
        The definition here.

    Raises:
        ApiError: the table is gone.
    """
    table = stage.catalog.by_number(table_number)
    if table is None:
        raise resource_not_found()
    listed = with_replica(table, entry)
    if realistic:
        listed = busy(listed, stamp_ms(stage.tick()), EVERYWHERE_MS)
    stage.save_table(listed)
    stage.put(settings_key(table_number), orjson.dumps({"override": replica}))
    return listed


def is_spreading(region: Region, table: Table) -> bool:
    """Tell whether a change made here has not reached every member yet."""
    return region.store.reader().get(settings_key(table.number)) is not None


async def spread(node: Node, region: Region, key: TableKey) -> None:
    """Carry out what `begin_spreading` noted; ends when every member has taken it over."""
    while True:
        try:
            await _spread(node, region, key)
        except OperationalError as error:
            _log.warning("changing the settings of %s everywhere waits: %s", key.name, error)
            await asyncio.sleep(REPLICATION_RETRY_MS / 1000)
        else:
            return


async def _spread(node: Node, region: Region, key: TableKey) -> None:
    table = region.catalog.find(*key)
    if table is None:
        return
    intent = settings_key(table.number)
    stored = region.store.reader().get(intent)
    if stored is None:
        return
    noted = orjson.loads(stored)
    for replica in table.replicas:
        peer = peer_of(node, replica.region)
        if await peer.table(key) is None:
            continue
        if "changes" in noted:
            await peer.adopt(key, table, noted["changes"])
        else:
            await _override(peer, key, table, _replica(noted["override"]))
    await region.store.submit(lambda stage: stage.delete(intent))


async def _override(peer: Peer, key: TableKey, table: Table, wanted: Replica) -> None:
    """Let a member take over its overrides, or list those of the other one as they are listed here."""
    if peer.region == wanted.region:
        await peer.override(key, wanted)
        return
    entry = replica_in(table, wanted.region)
    assert entry is not None, wanted.region
    await peer.put_replica(key, entry)


def _replica(stored: dict[str, Any]) -> Replica:
    indexes = tuple(ReplicaIndexOverride(**index) for index in stored["indexes"])
    return Replica(**{**stored, "indexes": indexes})
