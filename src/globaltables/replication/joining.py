"""Adding a replica: fix a position in the source's log, copy what is stored, follow the log from that position.

    begin      in ONE decision in the source: the new member's entry, the log is kept from now on, the position is
               fixed, and with it how far the source has applied the logs of the other members
    tell       the other members keep their logs for the new one
    admit      the restricted copy is created
    copy       items, then tombstones, in pages, each with its version, each read when it is asked for
    activate   in ONE decision in the new member: its cursors, and it is open to clients
    announce   everybody pulls from the new member

A page may show more than the position: what it shows comes again over the log and is dropped as delivered before. It
never shows less, because it is read after `begin` is durable. A crash anywhere leaves the entry CREATING and the job's
record, and `resume` begins with `tell` again; a version copied twice is written once.
"""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, replace

import orjson

from globaltables.foundation.errors import (
    ApiError,
    OperationalError,
    resource_in_use,
    resource_not_found,
)
from globaltables.foundation.limits import REPLICATION_PAGES_UNDER_WAY_MAX, REPLICATION_RETRY_MS
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.replication.keyspace import cursor_key, decode_cursor, joining_key
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import (
    CURRENT,
    copy_for,
    in_creation_order,
    in_flight,
    member_entry,
    replica_in,
    with_replica,
)
from globaltables.replication.peer import Peer, TableKey
from globaltables.tables import durations
from globaltables.tables.definitions import Replica, Table
from globaltables.tables.stream_setting import with_stream

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Joining:
    """The durable state of a replica that is being created.

    Attributes:
        position: the source's log behind the copied items begins here.
        cursors: how far the source had applied the log of each other member at that position.
    """

    position: int
    cursors: dict[str, int]


def begin_join(stage: Stage, region: Region, table_number: int, replica: Replica) -> Table:
    """Make another region a member; a decision in the source.

    Returns:
        The source's new definition.

    Raises:
        ApiError: another change is in flight, or the table is gone.
    """
    table = stage.catalog.by_number(table_number)
    if table is None:
        raise resource_not_found()
    if in_flight(table):
        raise resource_in_use("The resource which you are attempting to change is in use.")
    if table.stream is None:
        table = with_stream(table, "NEW_AND_OLD_IMAGES", stage.tick())
    since_ms = region.clock.now_ms() if region.settings.realistic else 0
    entry = replace(replica, status="CREATING", since_ms=since_ms)
    source_of = (*table.source_of, (replica.region, region.clock.now_ms()))
    changed = replace(
        with_replica(table, entry),
        status="UPDATING",
        global_table_version=CURRENT,
        source_of=source_of,
    )
    cursors = {
        other.region: decode_cursor(stage.get(cursor_key(table_number, other.region))).position
        for other in table.replicas
    }
    job = Joining(stage.tick(), cursors)
    stage.put(joining_key(table_number, replica.region), orjson.dumps(job))
    stage.save_table(changed)
    return changed


def is_joining(region: Region, table: Table, target: str) -> bool:
    """Tell whether a region is the source of a replica that is being created."""
    return region.store.reader().get(joining_key(table.number, target)) is not None


async def join(node: Node, source: Region, key: TableKey, target: str) -> None:
    """Carry out what `begin_join` decided, from wherever it was left; ends when the replica is active or refused."""
    while True:
        try:
            await _join(node, source, key, target)
        except OperationalError as error:
            _log.warning("creating replica %s of %s waits: %s", target, key.name, error)
            await asyncio.sleep(REPLICATION_RETRY_MS / 1000)
        else:
            return


async def _join(node: Node, source: Region, key: TableKey, target: str) -> None:
    table = source.catalog.find(*key)
    replica = None if table is None else replica_in(table, target)
    if table is None or replica is None:
        return
    stored = source.store.reader().get(joining_key(table.number, target))
    if stored is None:
        return
    job = Joining(**orjson.loads(stored))
    here, new = peer_of(node, source.name), peer_of(node, target)
    others: list[Peer] = [peer_of(node, name) for name in job.cursors]
    for other in others:
        await other.put_replica(key, replica)
    if replica.since_ms:
        await source.clock.until(replica.since_ms + durations.REPLICA_DESCRIBED_MS)
    try:
        await new.admit(await _copy_of(table, replica, key, others))
    except (
        ApiError
    ) as error:  # the name was taken meanwhile: AWS leaves no trace of such a replica either
        _log.warning("replica %s of %s was refused: %s", target, key.name, error)
        for member in (*others, here):
            await member.forget_replica(key, target)
        await source.store.submit(lambda stage: stage.delete(joining_key(table.number, target)))
        return
    copy = await new.table(key)
    if (
        copy is not None and copy.restricted
    ):  # else it was opened before the stop from which this is resumed
        await _copy(here, new, key)
        await _take_time(source, table, replica)
    assert table.stream is not None
    cursors = {source.name: job.position, **job.cursors}
    await new.activate(key, cursors, table.stream.view_type)
    active = replace(replica, status="ACTIVE", since_ms=0)
    for other in others:
        await other.put_replica(key, active)
    await source.store.submit(lambda stage: _finish(stage, table.number, active))
    await here.put_replica(key, active)


async def _take_time(source: Region, table: Table, replica: Replica) -> None:
    """Wait until a replica may become active, where that takes AWS's time."""
    if replica.since_ms:
        item_count, _ = source.store.statistics(table)
        duration_ms = (
            durations.REPLICA_CREATION_WITH_ITEMS_MS
            if item_count
            else durations.REPLICA_CREATION_MS
        )
        await source.clock.until(replica.since_ms + duration_ms)


async def _copy_of(table: Table, replica: Replica, key: TableKey, others: list[Peer]) -> Table:
    """Return the definition for the new member, which lists everybody else in creation order."""
    members = [table]
    for other in others:
        member = await other.table(key)
        if member is not None:
            members.append(member)
    entries = tuple(
        replica_in(table, member.region) or member_entry(member)
        for member in in_creation_order(members)
    )
    return copy_for(table, replica, entries)


async def _copy(source: Peer, target: Peer, key: TableKey) -> None:
    """Copy every version; the next pages are read while the last ones are being written, in whatever order."""
    writing: deque[asyncio.Future[None]] = deque()
    next_page: bytes | None = b""
    try:
        while next_page is not None:
            page = await source.snapshot_page(key, next_page)
            next_page = page.next_page
            if len(writing) == REPLICATION_PAGES_UNDER_WAY_MAX:
                await writing.popleft()
            writing.append(asyncio.ensure_future(target.load(key, page.versions)))
    finally:
        await asyncio.gather(*writing)


def _finish(stage: Stage, table_number: int, active: Replica) -> None:
    table = stage.catalog.by_number(table_number)
    if table is None:
        return
    stage.delete(joining_key(table_number, active.region))
    stage.save_table(replace(with_replica(table, active), status="ACTIVE"))
