"""Global tables of version 2017.11.29: tables that exist already and are empty are joined, and may be parted again.

The record of every member says since when and in which order the table is global. While members are being joined, the
record of one of them also holds the positions from which they follow each other's logs; `resume` begins again from it.
"""

from dataclasses import dataclass

import orjson

from globaltables.foundation.errors import ApiError, OperationalError, validation
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.replication.keyspace import legacy_key
from globaltables.replication.local_peer import peer_of
from globaltables.replication.peer import GlobalTable, Peer, TableKey, key_of
from globaltables.tables.definitions import Table


@dataclass(frozen=True, slots=True)
class Connecting:
    """What joining needs to know, durable in one member until it is done."""

    created_ms: int
    members: list[str]
    positions: dict[str, int]


async def global_tables(node: Node, account: str) -> list[GlobalTable]:
    """Return an account's version 2017.11.29 global tables that a region within reach knows, sorted by name."""
    found: dict[str, GlobalTable] = {}
    for name in node.known_regions:
        try:
            tables = await peer_of(node, name).legacy_tables(account)
        except OperationalError:  # the other members of its tables are asked too
            continue
        for table in tables:
            found.setdefault(table.key.name, table)
    return [found[name] for name in sorted(found)]


async def find_global_table(node: Node, key: TableKey) -> GlobalTable | None:
    """Return the version 2017.11.29 global table of a name."""
    tables = await global_tables(node, key.account)
    return next((table for table in tables if table.key == key), None)


async def check_joinable(
    node: Node, key: TableKey, present: tuple[str, ...], new: list[str]
) -> None:
    """Check the tables of a group that is to become, or is to be added to, a global table.

    Raises:
        ApiError: one is missing, holds items, has no fitting stream, or differs from the others.
    """
    first: Table | None = None
    for name in (*present, *new):
        peer = peer_of(node, name)
        table = await peer.table(key)
        if table is None or table.restricted or table.status == "DELETING":
            raise ApiError(
                "TableNotFoundException",
                f"Table not found: Table: '{key.name}' not found in region: '{name}'.",
            )
        if name in new and table.replicated:
            raise _unfit(table, "is a replica of another global table already")
        if await peer.item_count(key):
            raise _unfit(table, "is not empty")
        if table.stream is None or table.stream.view_type != "NEW_AND_OLD_IMAGES":
            raise _unfit(table, "has no stream with both new and old images")
        first = first or table
        if _shape(table) != _shape(first):
            raise differing(table, first.region)


async def connect(node: Node, key: TableKey, created_ms: int, members: list[str]) -> None:
    """Join empty tables; returns when every member follows every other.

    Args:
        node: the regions of this process.
        key: account and name of the tables.
        created_ms: since when the table is global.
        members: every member, the present ones first.
    """
    peers = [peer_of(node, name) for name in members]
    positions = {peer.region: await peer.position(key) for peer in peers}
    job = Connecting(created_ms, members, positions)
    await _record(peers[0], key, job, job.positions)
    await _connect(peers, key, job)


async def resume_connecting(node: Node, region: Region, table: Table) -> None:
    """Go on with joining that a stop of the process interrupted."""
    stored = orjson.loads(region.store.reader().get(legacy_key(table.number)) or b"{}")
    positions = stored.pop("positions", None)
    if positions:
        job = Connecting(**stored, positions=positions)
        peers = [peer_of(node, name) for name in job.members]
        await _connect(peers, key_of(table), job)


async def _connect(peers: list[Peer], key: TableKey, job: Connecting) -> None:
    for peer in peers[1:]:
        await peer.connect(key, job.members, job.positions)
        await _record(peer, key, job, {})
    await peers[0].connect(key, job.members, job.positions)
    await _record(peers[0], key, job, {})


async def _record(peer: Peer, key: TableKey, job: Connecting, positions: dict[str, int]) -> None:
    body = {"created_ms": job.created_ms, "members": job.members, "positions": positions}
    await peer.put_legacy_record(key, orjson.dumps(body))


def _shape(table: Table) -> tuple[object, ...]:
    """Return what has to be equal in every member."""
    indexes = {
        (index.kind, index.name, index.schema, index.throughput and index.throughput.write_units)
        for index in table.indexes
    }
    return table.schema, indexes, table.billing_mode, table.throughput.write_units


def differing(table: Table, other: str) -> ApiError:
    """Return the refusal of a table that is not like that of another region."""
    return _unfit(table, f"differs in keys, indexes or write capacity from {other}")


def _unfit(table: Table, why: str) -> ApiError:
    return validation(
        "One or more parameter values were invalid: "
        f"Table '{table.name}' in region '{table.region}' {why}."
    )
