"""Settings that the members of a global table share: what a member takes over from the one in which they changed.

A member takes over values and not the request, so that it never refuses what the first one has accepted, and taking
them over twice is the same as once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from globaltables.replication.members import replica_in, without_overrides
from globaltables.replication.scaled_units import SCALED_UNITS, with_scaled_units
from globaltables.tables.definitions import Index, OnDemandThroughput, Table
from globaltables.tables.table_class import counted

TIME_TO_LIVE = "TimeToLive"
#: Members of UpdateTable that change what is shared; everything else is each member's own.
_UPDATES = frozenset(
    {
        "BillingMode",
        "ProvisionedThroughput",
        "GlobalSecondaryIndexUpdates",
        "OnDemandThroughput",
        "TableClass",
        "WarmThroughput",
    }
)


@dataclass(frozen=True, slots=True)
class Adopted:
    """A member's definition after it took over a change, and the indexes that are gone with it."""

    table: Table
    dropped: tuple[Index, ...]


def shared_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an UpdateTable request that change what is shared."""
    return {member: value for member, value in changes.items() if member in _UPDATES}


def adopted(member: Table, source: Table, changes: Mapping[str, Any], *, empty: bool) -> Adopted:
    """Return a member's definition with the shared settings of another one.

    Args:
        member: the definition there.
        source: the definition in the region in which they were changed, after the change.
        changes: which settings changed: members of UpdateTable, TIME_TO_LIVE, or SCALED_UNITS.
        empty: whether the member has no items; a new index is then complete at once.
    """
    table = without_overrides(member, changes)
    if TIME_TO_LIVE in changes:
        table = replace(table, ttl=source.ttl)
    if SCALED_UNITS in changes:
        table = with_scaled_units(table, source, changes[SCALED_UNITS])
    if "TableClass" in changes and table.table_class_updated_ms != source.table_class_updated_ms:
        updated_ms = source.table_class_updated_ms
        assert updated_ms is not None
        table = replace(table, table_class=source.table_class, table_class_updated_ms=updated_ms)
        table = counted(table, updated_ms)
    if "BillingMode" in changes or "ProvisionedThroughput" in changes:
        table = replace(
            table,
            billing_mode=source.billing_mode,
            billing_mode_given=source.billing_mode_given,
            pay_per_request_since_ms=source.pay_per_request_since_ms,
            on_demand_switches_ms=source.on_demand_switches_ms,
            throughput=source.throughput,
            warm=source.warm,
        )
    if "BillingMode" in changes or "OnDemandThroughput" in changes:
        table = replace(table, on_demand=_on_demand(table, source))
    if "WarmThroughput" in changes:
        table = replace(table, warm=source.warm)
    takes_time = source.settling is not None and TIME_TO_LIVE not in changes
    if takes_time and table.status in ("ACTIVE", "UPDATING"):
        table = replace(table, status=source.status, settling=source.settling)
    return _with_indexes(table, source, changes, empty=empty)


def _on_demand(member: Table, source: Table) -> OnDemandThroughput | None:
    """Return the on-demand maximum of a member; that of reads is its own where one of the two overrides it."""
    theirs = source.on_demand
    entries = replica_in(member, source.region), replica_in(source, member.region)
    if source.billing_mode == "PROVISIONED" or all(
        entry is None or entry.max_read_units is None for entry in entries
    ):
        return theirs
    own_read = None if member.on_demand is None else member.on_demand.max_read_units
    both = OnDemandThroughput(own_read, None if theirs is None else theirs.max_write_units)
    return None if both == OnDemandThroughput() else both


def _with_indexes(
    table: Table, source: Table, changes: Mapping[str, Any], *, empty: bool
) -> Adopted:
    dropped: list[Index] = []
    for name in _touched(source, changes):
        theirs, own = source.index(name), table.index(name)
        if own is not None and (theirs is None or not _alike(own, theirs)):
            dropped.append(own)
            table = replace(table, indexes=tuple(one for one in table.indexes if one != own))
            own = None
        if theirs is None:
            continue
        if own is None:
            table = _with_new_index(table, theirs, empty=empty)
        else:
            taken = replace(
                own, throughput=theirs.throughput, on_demand=theirs.on_demand, warm=theirs.warm
            )
            if theirs.settling is not None:
                taken = replace(taken, status=theirs.status, settling=theirs.settling)
            indexes = tuple(taken if one == own else one for one in table.indexes)
            table = replace(table, indexes=indexes)
    if "GlobalSecondaryIndexUpdates" in changes:
        table = replace(table, attributes=source.attributes)
    return Adopted(table, tuple(dropped))


def _touched(source: Table, changes: Mapping[str, Any]) -> list[str]:
    """Return the names of the indexes that a change created, deleted or changed."""
    names = [
        action["IndexName"]
        for update in changes.get("GlobalSecondaryIndexUpdates", ())
        for action in update.values()
        if action is not None
    ]
    if "BillingMode" in changes:
        names += [index.name for index in source.indexes if index.kind == "GLOBAL"]
    return list(dict.fromkeys(names))


def _alike(own: Index, theirs: Index) -> bool:
    """Tell whether two indexes have the same entries."""
    parts = ("schema", "projection", "non_key_attributes")
    return all(getattr(own, part) == getattr(theirs, part) for part in parts)


def _with_new_index(table: Table, theirs: Index, *, empty: bool) -> Table:
    index = replace(
        theirs,
        number=table.next_index_number,
        status="ACTIVE" if empty and theirs.settling is None else "CREATING",
        backfilling=not empty,
    )
    return replace(
        table,
        indexes=(*table.indexes, index),
        next_index_number=table.next_index_number + 1,
    )
