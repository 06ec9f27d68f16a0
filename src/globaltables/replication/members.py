"""The membership of a global table, as pure changes to one region's definition of it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from globaltables.tables.definitions import (
    Encryption,
    GlobalTableVersion,
    Index,
    OnDemandThroughput,
    Replica,
    StreamViewType,
    Table,
    Throughput,
    WarmThroughput,
)
from globaltables.tables.stream_setting import with_stream

CURRENT: GlobalTableVersion = "2019.11.21"
LEGACY: GlobalTableVersion = "2017.11.29"
#: A member in one of these states has changes that others are to pull.
_FEEDING = ("ACTIVE", "UPDATING", "DELETING")


def replica_in(table: Table, region: str) -> Replica | None:
    """Return what a region knows of another member, or None when it is not one."""
    return next((replica for replica in table.replicas if replica.region == region), None)


def members_of(table: Table) -> list[str]:
    """Return the regions of a table's members, this one first, whatever their state."""
    return [table.region, *(replica.region for replica in table.replicas)]


def sources_of(table: Table) -> set[str]:
    """Return the regions from whose logs a region's copy of a table pulls."""
    if not table.feeds or table.restricted or table.status == "DELETING":
        return set()
    return {replica.region for replica in table.replicas if replica.status in _FEEDING}


def in_flight(table: Table) -> bool:
    """Tell whether a change of the table or of its membership is under way."""
    return table.status != "ACTIVE" or any(one.status != "ACTIVE" for one in table.replicas)


def with_replica(table: Table, replica: Replica) -> Table:
    """Return the definition with another member added at the end, or replaced where it stands."""
    if replica in table.replicas:
        return table
    if replica_in(table, replica.region) is None:
        return replace(table, replicas=(*table.replicas, replica))
    known = (replica if one.region == replica.region else one for one in table.replicas)
    return replace(table, replicas=tuple(known))


def without_replica(table: Table, region: str) -> Table:
    """Return the definition without another member.

    A table of the current version whose last other member leaves is regional again; its stream stays. A table of
    version 2017.11.29 stays a global table of one.
    """
    remaining = tuple(one for one in table.replicas if one.region != region)
    version = table.global_table_version
    if version == CURRENT and not remaining:
        version = None
    return replace(
        table,
        replicas=remaining,
        global_table_version=version,
        source_of=tuple(one for one in table.source_of if one[0] != region),
        status="ACTIVE" if table.status == "UPDATING" else table.status,
    )


def regional(table: Table) -> Table:
    """Return the definition of a strongly consistent replica that goes on alone."""
    return replace(table, strong=None, replicas=(), global_table_version=None)


def without_overrides(table: Table, changes: Mapping[str, Any]) -> Table:
    """Return the definition without the overrides that a change of the shared setting overwrites in every member.

    Args:
        table: a member's definition, with the change.
        changes: the members of an UpdateTable request.
    """
    read_units = "ProvisionedThroughput" in changes or "BillingMode" in changes
    max_read_units = "MaxReadRequestUnits" in changes.get("OnDemandThroughput", ())
    replicas = []
    for replica in table.replicas:
        if read_units:
            replica = replace(replica, read_units=None)
        if max_read_units:
            replica = replace(replica, max_read_units=None)
        if "TableClass" in changes:
            replica = replace(replica, table_class=None)
        replicas.append(replica)
    return replace(table, replicas=tuple(replicas))


def opened(table: Table, view_type: StreamViewType, stamp: int) -> Table:
    """Return a copy that clients may use; its stream begins at a position of its log."""
    active = replace(table, restricted=False, status="ACTIVE")
    return active if active.stream is not None else with_stream(active, view_type, stamp)


def in_creation_order(members: Iterable[Table]) -> list[Table]:
    """Return every region's definition of a table, the oldest first."""
    return sorted(members, key=lambda member: member.created_ms)


def _encryption_of(source: Table, replica: Replica) -> Encryption | None:
    """Return the encryption of a new copy: of the same kind, with the key of its own region; `admit` finds its ARN."""
    if source.encryption is None:
        return None
    return Encryption("KMS", replica.kms_key_id or "", customer=source.encryption.customer)


def copy_for(source: Table, replica: Replica, others: tuple[Replica, ...]) -> Table:
    """Return the definition of a new, still restricted copy of a table.

    What its own region gives (number, id, creation time) is the source's until `admit` replaces it. Tags, deletion
    protection, resource policies, Contributor Insights and Kinesis destinations are never copied.

    Args:
        source: the definition in the region that was asked.
        replica: the new member with its overrides.
        others: every other member, in creation order.
    """
    copy = replace(
        source,
        account=replica.account or source.account,
        region=replica.region,
        status="CREATING",
        indexes=tuple(_fresh_index(index) for index in source.indexes),
        throughput=_fresh(source.throughput),
        streams=(),
        tags=(),
        policy=None,
        deletion_protection=False,
        deletion_protection_changed_ms=None,
        table_class_changes_ms=(),
        settling=None,
        warm=_reached(source.warm),
        replicas=others,
        restricted=True,
        source_of=(),
        insights=(),
        past_insights=(),
        destinations=(),
        recovery=None,
        holds=(),
        encryption=_encryption_of(source, replica),
        layers=(),
    )
    if source.group:  # the class is each member's own then
        copy = replace(copy, table_class=None, table_class_updated_ms=None)
    return with_overrides(copy, replica)


def member_entry(table: Table) -> Replica:
    """Return the entry by which others list a table as an active member."""
    key = table.encryption
    return Replica(
        table.region,
        "ACTIVE",
        kms_key_id=key.kms_key_arn if key is not None and key.customer else None,
        account=table.account if table.group else "",
    )


def _fresh(throughput: Throughput) -> Throughput:
    return Throughput(throughput.read_units, throughput.write_units)


def _fresh_index(index: Index) -> Index:
    throughput = None if index.throughput is None else _fresh(index.throughput)
    return replace(
        index,
        status="ACTIVE",
        backfilling=False,
        settling=None,
        throughput=throughput,
        warm=_reached(index.warm),
    )


def _reached(warm: WarmThroughput | None) -> WarmThroughput | None:
    return None if warm is None else WarmThroughput(warm.read_units, warm.write_units)


def with_overrides(table: Table, replica: Replica) -> Table:
    """Return a copy's definition with the settings that the replica overrides."""
    changed = table
    if replica.read_units is not None and table.billing_mode == "PROVISIONED":
        throughput = replace(table.throughput, read_units=replica.read_units)
        changed = replace(changed, throughput=throughput)
    if replica.max_read_units is not None and table.billing_mode == "PAY_PER_REQUEST":
        base = table.on_demand or OnDemandThroughput()
        on_demand = replace(base, max_read_units=replica.max_read_units)
        changed = replace(changed, on_demand=on_demand)
    if replica.table_class is not None:
        changed = replace(changed, table_class=replica.table_class)
    overrides = {override.name: override for override in replica.indexes}
    indexes = []
    for index in changed.indexes:
        override = overrides.get(index.name)
        if override is not None and override.read_units is not None and index.throughput:
            throughput = replace(index.throughput, read_units=override.read_units)
            index = replace(index, throughput=throughput)
        if override is not None and override.max_read_units is not None:
            base = index.on_demand or OnDemandThroughput()
            on_demand = replace(base, max_read_units=override.max_read_units)
            index = replace(index, on_demand=on_demand)
        indexes.append(index)
    return replace(changed, indexes=tuple(indexes))
