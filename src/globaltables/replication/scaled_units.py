"""Units that auto scaling changed in one member: those of writes are taken over, those of reads are only told.

Writes happen in every member, so their units are equal everywhere. Reads are each member's own: the one that scaled
differs from the others from then on, which everybody lists as an override (measured on AWS:
aws-controllers-k8s/dynamodb-controller, docs/api-quirks, DDB-TABLE-321).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from globaltables.replication.members import replica_in, with_replica
from globaltables.tables.definitions import (
    Replica,
    ReplicaIndexOverride,
    Table,
    Throughput,
)

SCALED_UNITS = "ScaledUnits"


def scaled_change(index_name: str | None, kind: str) -> dict[str, Any]:
    """Return the change of one dimension in the form in which changes of shared settings are noted."""
    return {SCALED_UNITS: {"index_name": index_name, "kind": kind}}


def with_others_pinned(table: Table, before: Table, index_name: str | None) -> Table:
    """Return a definition whose read units were scaled, with the units that the other members keep.

    Args:
        table: with the new units.
        before: with the old ones, which every member has that lists no override.
        index_name: None is the table itself.
    """
    own, old = _read_units(table, index_name), _read_units(before, index_name)
    for replica in table.replicas:
        known = _override(replica, index_name)
        kept = old if known is None else known
        table = with_replica(table, _with_override(replica, index_name, kept, own))
    return table


def with_scaled_units(member: Table, source: Table, scaled: Mapping[str, Any]) -> Table:
    """Return a member's definition after another one has scaled.

    Args:
        member: the definition there.
        source: the definition in the region that scaled, after it.
        scaled: see `scaled_change`.
    """
    index_name = scaled["index_name"]
    if scaled["kind"] == "read":
        entry = replica_in(member, source.region)
        if entry is None:
            return member
        theirs, own = _read_units(source, index_name), _read_units(member, index_name)
        return with_replica(member, _with_override(entry, index_name, theirs, own))
    if index_name is None:
        throughput = _with_write_units(member.throughput, source.throughput)
        return replace(member, throughput=throughput, warm=source.warm)
    indexes = []
    for index in member.indexes:
        theirs_index = source.index(index.name)
        if index.name == index_name and index.throughput and theirs_index is not None:
            assert theirs_index.throughput is not None, index_name
            throughput = _with_write_units(index.throughput, theirs_index.throughput)
            index = replace(index, throughput=throughput, warm=theirs_index.warm)
        indexes.append(index)
    return replace(member, indexes=tuple(indexes))


def _with_write_units(own: Throughput, theirs: Throughput) -> Throughput:
    """Return a member's throughput with the write units of another one, and the time since when."""
    if theirs.write_units > own.write_units:
        own = replace(own, last_increase_ms=theirs.last_increase_ms)
    elif theirs.write_units < own.write_units:
        own = replace(
            own,
            last_decrease_ms=theirs.last_decrease_ms,
            decreases_today=theirs.decreases_today,
        )
    return replace(own, write_units=theirs.write_units)


def _read_units(table: Table, index_name: str | None) -> int | None:
    if index_name is None:
        return table.throughput.read_units
    index = table.index(index_name)
    return None if index is None or index.throughput is None else index.throughput.read_units


def _override(replica: Replica, index_name: str | None) -> int | None:
    if index_name is None:
        return replica.read_units
    return next((one.read_units for one in replica.indexes if one.name == index_name), None)


def _with_override(
    replica: Replica, index_name: str | None, units: int | None, own: int | None
) -> Replica:
    """Return the entry of a member with its read units; they are listed where they differ from one's own."""
    listed = None if units == own else units
    if index_name is None:
        return replace(replica, read_units=listed)
    known = {one.name: one for one in replica.indexes}
    changed = replace(known.get(index_name, ReplicaIndexOverride(index_name)), read_units=listed)
    known[index_name] = changed
    kept = (one for one in known.values() if (one.read_units, one.max_read_units) != (None, None))
    return replace(replica, indexes=tuple(kept))
