"""How a table becomes strongly consistent, all regions at once, and how one replica of it becomes regional again.

    form       the decision in the region that was asked gives the table its voters; from then on writes are agreed on,
               which works as soon as a second voter is there. Witness and replicas are admitted, then opened.
    dissolve   the region that was asked leads and writes the last entry; behind it the table is regional there with
               everything that was acknowledged. Then the other replicas are dropped and all votes forgotten.

Each is a task that begins again after a stop of the process: what is to be done is in the definition, or in a record.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from functools import partial

import orjson

from globaltables.foundation.errors import (
    ApiError,
    OperationalError,
    resource_in_use,
    resource_not_found,
    validation,
)
from globaltables.foundation.limits import REPLICATION_RETRY_MS
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.replication.keyspace import dissolving_key
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import CURRENT, copy_for, in_flight, regional
from globaltables.replication.peer import TableKey
from globaltables.replication.strong.registry import strong_tables
from globaltables.tables import durations
from globaltables.tables.definitions import Replica, StrongGroup, Table

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Dissolving:
    """What is left to do when a strongly consistent table has become regional.

    Attributes:
        voters: the key of what they keep, in hexadecimal digits.
        others: their regions, without the one that goes on.
    """

    voters: str
    others: tuple[str, ...]


def begin_forming(
    stage: Stage, region: Region, table_number: int, replicas: list[Replica], witness: str | None
) -> Table:
    """Make a table strongly consistent; a decision in the region that was asked.

    Returns:
        The new definition.

    Raises:
        ApiError: the table is gone, in use, or has items.
    """
    table = _idle(stage, table_number)
    item_count, _ = region.store.statistics(table)
    if item_count:
        raise validation(
            "A table that has items cannot become a global table with MultiRegionConsistency set to STRONG."
        )
    since_ms = region.clock.now_ms() if region.settings.realistic else 0
    others = [one.region for one in replicas] + ([] if witness is None else [witness])
    group = StrongGroup(region.randomness.uuid(), (region.name, *others), witness, "CREATING")
    changed = replace(
        table,
        status="UPDATING",
        strong=group,
        global_table_version=CURRENT,
        replicas=tuple(replace(one, status="CREATING", since_ms=since_ms) for one in replicas),
    )
    stage.save_table(changed)
    return changed


async def form(node: Node, region: Region, key: TableKey) -> None:
    """Carry out what `begin_forming` decided; returns when every region takes part, or the table is regional again."""
    while True:
        admitted: list[str] = []
        try:
            await _form(node, region, key, admitted)
        except ApiError as error:  # a name was taken meanwhile: nothing is left of the attempt
            _log.warning("%s is not made strongly consistent: %s", key.name, error)
            await region.store.submit(partial(_give_up, key, alone=not admitted))
            await dissolve(node, region, key)
            return
        except OperationalError as error:
            _log.warning("%s waits to be strongly consistent: %s", key.name, error)
            await asyncio.sleep(REPLICATION_RETRY_MS / 1000)
        else:
            return


def begin_dissolving(stage: Stage, region: Region, table_number: int) -> Table:
    """Let a strongly consistent table become regional here; a decision in the region that was asked.

    Raises:
        ApiError: the table is gone or in use.
    """
    table = _idle(stage, table_number)
    assert table.strong is not None, table.name
    since_ms = region.clock.now_ms() if region.settings.realistic else 0
    changed = replace(
        table,
        status="UPDATING",
        strong=replace(table.strong, status="DELETING"),
        replicas=tuple(replace(one, since_ms=since_ms) for one in table.replicas),
    )
    _save_job(stage, changed)
    stage.save_table(changed)
    return changed


def is_dissolving(region: Region, table: Table) -> bool:
    """Tell whether a region is to go on alone."""
    return region.store.reader().get(dissolving_key(table.number)) is not None


async def dissolve(node: Node, region: Region, key: TableKey) -> None:
    """Carry out what `begin_dissolving` decided; returns when nothing is left of the other replicas."""
    while True:
        try:
            await _dissolve(node, region, key)
        except OperationalError as error:
            _log.warning("%s waits to be regional again: %s", key.name, error)
            await asyncio.sleep(REPLICATION_RETRY_MS / 1000)
        else:
            return


def _idle(stage: Stage, table_number: int) -> Table:
    table = stage.catalog.by_number(table_number)
    if table is None:
        raise resource_not_found()
    if in_flight(table):
        raise resource_in_use("The resource which you are attempting to change is in use.")
    return table


async def _form(node: Node, region: Region, key: TableKey, admitted: list[str]) -> None:
    """Admit every region and open the table; `admitted` gets the regions that have a vote."""
    table = region.catalog.find(*key)
    if table is None or table.strong is None or table.strong.status != "CREATING":
        return
    ready = replace(table.strong, status="ACTIVE")
    if ready.witness is not None:
        await peer_of(node, ready.witness).strong_admit(ready.key)
        admitted.append(ready.witness)
    names = (region.name, *(one.region for one in table.replicas))
    for replica in table.replicas:
        others = tuple(Replica(name, "ACTIVE") for name in names if name != replica.region)
        copy = replace(copy_for(table, replica, others), strong=ready)
        await peer_of(node, replica.region).admit(copy)
        admitted.append(replica.region)
    since_ms = table.replicas[0].since_ms
    if since_ms:
        alone = ready.witness is None
        lasts_ms = durations.STRONG_CREATION_MS if alone else durations.STRONG_WITNESSED_CREATION_MS
        await region.clock.until(since_ms + lasts_ms)
    for replica in table.replicas:
        await peer_of(node, replica.region).strong_open(key)
    await region.store.submit(lambda stage: _formed(stage, key))


def _formed(stage: Stage, key: TableKey) -> None:
    table = stage.catalog.find(*key)
    if table is None or table.strong is None:
        return
    members = tuple(replace(one, status="ACTIVE", since_ms=0) for one in table.replicas)
    group = replace(table.strong, status="ACTIVE")
    stage.save_table(replace(table, status="ACTIVE", replicas=members, strong=group))


def _give_up(key: TableKey, stage: Stage, *, alone: bool) -> None:
    """Let a table be regional again that did not become what was asked; alone, it has agreed on nothing yet."""
    table = stage.catalog.find(*key)
    if table is not None and table.strong is not None:
        _save_job(stage, table)
        if alone:
            stage.save_table(regional(table))


def _save_job(stage: Stage, table: Table) -> None:
    assert table.strong is not None, table.name
    others = tuple(name for name in table.strong.voters if name != table.region)
    job = Dissolving(table.strong.key.hex(), others)
    stage.put(dissolving_key(table.number), orjson.dumps(job))


async def _dissolve(node: Node, region: Region, key: TableKey) -> None:
    table = region.catalog.find(*key)
    raw = None if table is None else region.store.reader().get(dissolving_key(table.number))
    if table is None or raw is None:
        return
    job = Dissolving(**orjson.loads(raw))
    if table.strong is not None:
        await _take_time(region, key, table)
        await strong_tables(region).table(table).dissolve()
    group = bytes.fromhex(job.voters)
    for name in job.others:
        peer = peer_of(node, name)
        copy = await peer.table(key)
        if copy is not None and copy.strong is not None and copy.strong.key == group:
            await peer.drop(key)
        await peer.strong_forget(group)
    await strong_tables(region).forget(group)
    await region.store.submit(lambda stage: _regional(stage, key))


async def _take_time(region: Region, key: TableKey, table: Table) -> None:
    """Wait until the table may be regional, where that takes AWS's time."""
    since_ms = max(one.since_ms for one in table.replicas)
    if since_ms:
        await region.clock.until(since_ms + durations.STRONG_DISSOLUTION_UPDATING_MS)
        await region.store.submit(lambda stage: _leaving(stage, key))
        await region.clock.until(since_ms + durations.STRONG_DISSOLUTION_MS)


def _leaving(stage: Stage, key: TableKey) -> None:
    table = stage.catalog.find(*key)
    if table is not None:
        members = tuple(replace(one, status="DELETING") for one in table.replicas)
        stage.save_table(replace(table, replicas=members))


def _regional(stage: Stage, key: TableKey) -> None:
    table = stage.catalog.find(*key)
    if table is None:
        return
    stage.delete(dissolving_key(table.number))
    stage.save_table(replace(table, status="ACTIVE"))
