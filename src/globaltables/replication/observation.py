"""Seeing and proving replication over all members of a global table: status, barrier, comparison, repair.

AWS offers a metric of the lag and nothing else: no barrier, no record of conflicts, no proof that members are equal.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field, replace

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import (
    REPLICATION_BATCH_RECORDS_MAX,
    REPLICATION_DRAIN_POLL_MS,
    VERIFY_BUCKETS,
    VERIFY_ROUNDS,
)
from globaltables.itemstore.link_state import LinkState
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.replication.denials import denying_members
from globaltables.replication.disturbance import paused_by_policies
from globaltables.replication.local_peer import peer_of
from globaltables.replication.peer import Peer, TableKey, Version, key_of
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.definitions import Table

_log = logging.getLogger(__name__)

_FOLLOWED = ("ACTIVE", "UPDATING")
_UNREACHABLE = "UNREACHABLE"
#: Versions of one key, by member.
Versions = dict[str, Version]


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """How far a receiving region is behind a source.

    Attributes:
        lag_records: changes of the source that are not in the receiver yet; None when one of them cannot be asked.
        lag_ms: how long ago the first of them was committed; 0 without any, None as above.
    """

    source: str
    receiver: str
    state: LinkState
    lag_records: int | None
    lag_ms: float | None


@dataclass(frozen=True, slots=True)
class MemberStatus:
    """One member: its state (UNREACHABLE when it cannot be asked), its items, and the writes that lost there."""

    region: str
    status: str
    items: int
    conflicts: int


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of a comparison.

    Attributes:
        members: by region, item count and hash over everything.
        differences: by stored key, the version that each member has; a member without one is left out.
        repaired: how many of the differences are gone.
    """

    members: dict[str, tuple[int, bytes]]
    differences: dict[bytes, Versions] = field(default_factory=dict)
    repaired: int = 0


def active_members(table: Table) -> list[str]:
    """Return the regions whose copies clients may use, this one first."""
    others = [one.region for one in table.replicas if one.status in _FOLLOWED]
    return [table.region, *others]


async def link_statuses(node: Node, region: Region, table: Table) -> list[LinkStatus]:
    """Return the state of every link between the members of a table; a strongly consistent one has none."""
    if table.strong is not None:
        return []
    key = key_of(table)
    names = active_members(table)
    denying = await denying_members(node, table, names, region.clock.now_ms())
    denied = {member.region for member in denying}
    return [
        _held(await _link_status(node, region, key, source, receiver), denied)
        for receiver in names
        for source in names
        if source != receiver
    ]


async def member_statuses(node: Node, table: Table) -> list[MemberStatus]:
    """Return the state of every member of a table, also of those that come or go."""
    key = key_of(table)
    states: dict[str, str] = {table.region: table.status}
    states |= {one.region: one.status for one in table.replicas}
    found = []
    for name, status in states.items():
        peer = peer_of(node, name)
        try:
            exists = await peer.table(key) is not None
            counts = (
                (await peer.item_count(key), await peer.conflict_count(key)) if exists else (0, 0)
            )
        except OperationalError:
            status, counts = _UNREACHABLE, (0, 0)
        found.append(MemberStatus(name, status, *counts))
    return found


async def synchronise(node: Node, table: Table, timeout_s: float) -> None:
    """Return when every member has everything that any of them had acknowledged before the call.

    Raises:
        ApiError: ReplicationTimeoutException, naming the links that are behind.
    """
    key = key_of(table)
    peers = [peer_of(node, name) for name in active_members(table)]
    behind = {(s.region, r.region) for s in peers for r in peers if s is not r}
    try:
        async with asyncio.timeout(timeout_s):
            until = {peer.region: await _position(peer, key) for peer in peers}
            for source in peers:
                for receiver in peers:
                    if source is not receiver:
                        await _pulled(source, receiver, key, until[source.region])
                        behind.discard((source.region, receiver.region))
    except TimeoutError as error:
        links = ", ".join(f"{source} -> {receiver}" for source, receiver in sorted(behind))
        msg = f"Not every member has every change after {timeout_s:g} seconds: {links}"
        raise ApiError("ReplicationTimeoutException", msg) from error


async def verify(node: Node, table: Table, *, repair: bool, timeout_s: float) -> Verification:
    """Compare the members of a table, and bring those in line that differ when that is asked for.

    A difference counts when it is still there after everything was replicated; the table may be written to meanwhile.
    A repair gives every member the latest version that any of them has, as a replicated write. Versions that are equal
    and hold different contents are reported and left: nothing says which is right.

    Raises:
        ApiError: ReplicationTimeoutException when replication does not come to rest.
    """
    key = key_of(table)
    peers = [peer_of(node, name) for name in active_members(table)]
    await synchronise(node, table, timeout_s)
    members, buckets = await _compare(peers, key)
    differences = await _differences(peers, key, buckets)
    for _ in range(VERIFY_ROUNDS):
        if not differences:
            break
        await synchronise(node, table, timeout_s)
        again = await _differences(peers, key, {stored[0] for stored in differences})
        differences = {stored: again[stored] for stored in differences if stored in again}
    if not repair or not differences:
        return Verification(members, differences)
    await _repair(peers, key, differences)
    remaining = await _differences(peers, key, {stored[0] for stored in differences})
    repaired = sum(1 for stored in differences if stored not in remaining)
    members, _ = await _compare(peers, key)
    return Verification(members, differences, repaired)


async def _link_status(
    node: Node, region: Region, key: TableKey, source: str, receiver: str
) -> LinkStatus:
    receiving = peer_of(node, receiver)
    try:
        state = await receiving.link_state(key, source)
    except OperationalError as error:
        return LinkStatus(source, receiver, LinkState("WAITING", str(error)), None, None)
    try:
        position = await receiving.pulled(key, source)
        backlog = await peer_of(node, source).backlog(key, position)
    except OperationalError:
        return LinkStatus(source, receiver, state, None, None)
    lag_ms = 0.0
    if backlog.records:
        lag_ms = float(max(0, region.clock.now_ms() - stamp_ms(backlog.oldest)))
    return LinkStatus(source, receiver, state, backlog.records, lag_ms)


def _held(link: LinkStatus, denied: set[str]) -> LinkStatus:
    """Return a link as paused when a member's policies do that; a link without changes does not know it yet."""
    regions = denied & {link.source, link.receiver}
    if not regions or link.state.status == "PAUSED":
        return link
    region = min(regions)
    state = LinkState(
        "PAUSED", paused_by_policies(region), link.state.last_latency_ms, denied_by=region
    )
    return replace(link, state=state)


async def _position(peer: Peer, key: TableKey) -> int:
    """Return the end of a member's log, as soon as it can be reached."""
    while True:
        try:
            return await peer.position(key)
        except OperationalError as error:
            _log.debug("the barrier of %s waits: %s", key.name, error)
        await asyncio.sleep(REPLICATION_DRAIN_POLL_MS / 1000)


async def _pulled(source: Peer, receiver: Peer, key: TableKey, until: int) -> None:
    """Return when a receiver has what originated in a source up to a position; one that is away may return."""
    while True:
        try:
            position = await receiver.pulled(key, source.region)
            if not await source.unpulled(key, position, until):
                return
        except OperationalError as error:
            _log.debug("the barrier of %s waits: %s", key.name, error)
        await asyncio.sleep(REPLICATION_DRAIN_POLL_MS / 1000)


async def _compare(
    peers: list[Peer], key: TableKey
) -> tuple[dict[str, tuple[int, bytes]], set[int]]:
    """Return item count and hash of every member, and the buckets in which they differ."""
    of_members = [await peer.bucket_hashes(key) for peer in peers]
    members = {}
    for peer, hashes in zip(peers, of_members, strict=True):
        whole = hashlib.blake2b(b"".join(one.digest for one in hashes), digest_size=16)
        members[peer.region] = (sum(one.items for one in hashes), whole.digest())
    differing = {
        bucket
        for bucket in range(VERIFY_BUCKETS)
        if len({hashes[bucket].digest for hashes in of_members}) > 1
    }
    return members, differing


async def _differences(
    peers: list[Peer], key: TableKey, buckets: set[int]
) -> dict[bytes, Versions]:
    """Return the keys that the members do not hold alike, with every member's version."""
    found: dict[bytes, Versions] = {}
    for bucket in sorted(buckets):
        by_key: dict[bytes, Versions] = {}
        for peer in peers:
            for version in await peer.bucket_versions(key, bucket):
                # Items come before remembered deletions; clients see an item although there is a deletion beside it.
                by_key.setdefault(version.key, {}).setdefault(peer.region, version)
        for stored, versions in by_key.items():
            shown = {_shown(versions.get(peer.region)) for peer in peers}
            if len(shown) > 1:
                found[stored] = versions
    return found


def _shown(version: Version | None) -> tuple[int, str, bytes] | None:
    """Return what clients and later writes can tell of a version; a remembered deletion is like none."""
    if version is None or version.json is None:
        return None
    return version.stamp, version.origin, version.json


async def _repair(peers: list[Peer], key: TableKey, differences: dict[bytes, Versions]) -> None:
    latest = [
        max(versions.values(), key=lambda version: (version.stamp, version.origin))
        for versions in differences.values()
    ]
    for begin in range(0, len(latest), REPLICATION_BATCH_RECORDS_MAX):
        for peer in peers:
            await peer.load(key, latest[begin : begin + REPLICATION_BATCH_RECORDS_MAX])
