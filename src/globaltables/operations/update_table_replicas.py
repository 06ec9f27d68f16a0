"""UpdateTable with ReplicaUpdates: members of a global table (version 2019.11.21) come, change and go."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from globaltables.foundation.errors import ApiError, invalid_parameters, resource_in_use, validation
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import description
from globaltables.operations.replica_scaling import check_write_scaling, mirror_write_targets
from globaltables.operations.replicated_settings import check_class_changes_left
from globaltables.operations.update_table_encryption import check_replica_keys, replica_encryption
from globaltables.replication.denials import check_settings_allowed
from globaltables.replication.leaving import check_not_source
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import LEGACY, in_flight, members_of, replica_in
from globaltables.replication.membership import (
    add_replica,
    in_use,
    override_replica,
    remove_replica,
)
from globaltables.replication.peer import key_of
from globaltables.security.region_names import served_regions
from globaltables.tables.definitions import Replica, ReplicaIndexOverride, Table
from globaltables.tables.encryption import keyless
from globaltables.tables.refusals import not_supported
from globaltables.tables.update_request import effective

T = TypeVar("T")
_ACTIONS = ("Create", "Update", "Delete")
_NEITHER = (
    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
    "PAY_PER_REQUEST"
)


async def handle_replica_updates(call: Call, table: Table) -> Answer:
    """Carry out the ReplicaUpdates of an UpdateTable request.

    Args:
        call: the request.
        table: the region's definition of the table.

    Source: API_UpdateTable; measurements in reference/dynamodb-rules 1.2.
    """
    _check_alone(call.request)
    kind, actions = _actions(call.request["ReplicaUpdates"])
    if table.group:
        raise invalid_parameters(
            "Replicas of a multi-account global table are created by CreateTable and deleted by "
            "DeleteTable in their own accounts"
        )
    if table.global_table_version == LEGACY:
        raise not_supported("ReplicaUpdates on a global table of version 2017.11.29")
    for action in actions:
        check_region(call, action["RegionName"])
    now_ms = call.region.clock.now_ms()
    await check_settings_allowed(call.node, table, members_of(table), now_ms)
    if kind == "Create":
        changed = await _create(call, table, actions[0])
    elif kind == "Delete":
        changed = await _delete(call, table, actions[0]["RegionName"])
    else:
        changed = await _update(call, table, actions)
    return {"TableDescription": description(call.region, changed)}


def _check_alone(request: Mapping[str, Any]) -> None:
    if effective(request).keys() - {"ReplicaUpdates", "MultiRegionConsistency"}:
        raise invalid_parameters("Replica modification must be the only operation in the request")
    if not request.get("ReplicaUpdates"):
        raise not_supported("MultiRegionConsistency without ReplicaUpdates")


def _actions(updates: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Return the one kind of action of a request, and what is asked for; equal requests count once."""
    kinds: set[str] = set()
    actions: list[dict[str, Any]] = []
    for update in updates:
        given = [kind for kind in _ACTIONS if update.get(kind) is not None]
        if not given or (given == ["Update"] and update["Update"].keys() == {"RegionName"}):
            raise validation(
                "There are no actions specified in the Replica Update Action of the request."
            )
        kinds.update(given)
        actions += [update[kind] for kind in given if update[kind] not in actions]
    if len(kinds) > 1:
        raise validation(
            "Update table operation with more than one type of replica actions not allowed."
        )
    kind = kinds.pop()
    if kind != "Update" and len(actions) > 1:
        raise validation(
            "Update table operation with more than one create or delete replica actions not allowed"
        )
    return kind, actions


def check_region(call: Call, name: str) -> None:
    """Check that a region can be another member.

    Raises:
        ApiError: it is this one, or is not served.
    """
    if name == call.region.name:
        raise validation(
            "Cannot add or delete the local region through ReplicaUpdates. "
            "Use CreateTable, DeleteTable, or UpdateTable as required."
        )
    regions = call.region.settings.regions
    if name not in call.node.remote_peers and served_regions(regions)(name):
        known = (*regions, *call.node.remote_peers) if regions else call.node.known_regions
        raise validation(
            f"Region {name} is not supported. The latest version of global tables are only "
            f"supported in the following regions: [{', '.join(known)}]"
        )


async def _create(call: Call, table: Table, action: dict[str, Any]) -> Table:
    name = action["RegionName"]
    entry = replica_in(table, name)
    if entry is not None and entry.status == "CREATING":
        members = ", ".join(sorted((table.region, *(one.region for one in table.replicas))))
        raise resource_in_use(
            f"Global table with name: '{table.name}' already exists with replicas in regions: "
            f"'{members}'."
        )
    await check_new_members(call, table, [action])
    return await add_replica(call.node, call.region, table, wanted_replica(table, action))


async def check_new_members(call: Call, table: Table, actions: Sequence[dict[str, Any]]) -> None:
    """Check that replicas may be created, and mirror what scales the writes of the table.

    What an action calls its key with is replaced by the key's ARN.

    Raises:
        ApiError: a name is taken, another change is in flight, or the capacity does not allow it.
    """
    for action in actions:
        target = peer_of(call.node, action["RegionName"])
        if await target.table(key_of(table)) is not None:
            raise validation(
                f"Failed to create a the new replica of table with name: ‘{table.name}’ "  # noqa: RUF001 - AWS's quotes
                "because one or more replicas already existed as tables."
            )
    if in_flight(table):
        raise in_use()
    if table.billing_mode == "PROVISIONED":
        check_write_scaling(call.region, table)
    check_replica_keys(
        table, {action["RegionName"]: action.get("KMSMasterKeyId") for action in actions}
    )
    if keyless(table):
        raise validation(
            "Operation cannot be performed while replica server-side encryption status is in "
            "UPDATING state. Please retry the request after the status is updated to ENABLED."
        )
    for action in actions:
        if action["RegionName"] not in call.node.remote_peers:
            target_region = call.node.region(action["RegionName"])
            key = action.get("KMSMasterKeyId")
            found = await replica_encryption(target_region, table, key)
            if key is not None and found is not None:
                action["KMSMasterKeyId"] = found.kms_key_arn
    if table.billing_mode == "PROVISIONED":
        for action in actions:
            await mirror_write_targets(call.node, call.region, table, action["RegionName"])


async def _delete(call: Call, table: Table, name: str) -> Table:
    check_member(table, name)
    if in_flight(table):
        raise in_use()
    leaving = await peer_of(call.node, name).table(key_of(table))
    if leaving is not None:
        check_unprotected(leaving)
        check_not_source(leaving, call.region.clock.now_ms())
    return await remove_replica(call.node, call.region, table, name)


def check_unprotected(leaving: Table) -> None:
    """Refuse to remove a replica that is protected against it.

    Raises:
        ApiError: ValidationException.
    """
    if leaving.deletion_protection:
        raise validation(
            f"Cannot delete table {leaving.name} in region {leaving.region} because it has "
            "deletion protection enabled. Disable deletion protection first."
        )


async def _update(call: Call, table: Table, actions: list[dict[str, Any]]) -> Table:
    for action in actions:
        check_member(table, action["RegionName"])
        _check_overrides(table, action)
    if in_flight(table):
        raise in_use()
    reclassed = [action["RegionName"] for action in actions if "TableClassOverride" in action]
    await check_class_changes_left(call, table, reclassed)
    changed = table
    for action in actions:
        entry = replica_in(table, action["RegionName"])
        assert entry is not None
        wanted = wanted_replica(table, action)
        listed = _listed(table, entry, wanted)
        changed = await override_replica(call.node, call.region, table, wanted, listed)
    return changed


def check_member(table: Table, name: str) -> None:
    """Check that a region is another member.

    Raises:
        ApiError: it is none.
    """
    if replica_in(table, name) is None:
        raise validation(
            "Update global table operation failed because one or more replicas were not part of "
            f"the global table. Please retry the request without these replicas: [{name}]."
        )


def _check_overrides(table: Table, action: Mapping[str, Any]) -> None:
    """Refuse overrides that do not fit the billing mode; AWS checks them at Update only.

    Raises:
        ApiError: ValidationException.
    """
    if "KMSMasterKeyId" in action:
        raise invalid_parameters("KMSMasterKeyId must be specified for each replica.")
    parts = (action, *action.get("GlobalSecondaryIndexes", ()))
    if table.billing_mode == "PAY_PER_REQUEST":
        if any(part.get("ProvisionedThroughputOverride") for part in parts):
            raise validation(_NEITHER)
    elif any(part.get("OnDemandThroughputOverride") for part in parts):
        raise _no_on_demand()


def _no_on_demand() -> ApiError:
    return invalid_parameters(
        "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table "
        "BillingMode is PROVISIONED"
    )


def wanted_replica(table: Table, action: Mapping[str, Any]) -> Replica:
    """Return the overrides that an action asks for; names of unknown indexes are ignored, as on AWS."""
    read_units, max_read_units = _units(table, action)
    indexes = (
        ReplicaIndexOverride(index["IndexName"], *_units(table, index))
        for index in action.get("GlobalSecondaryIndexes", ())
        if table.index(index["IndexName"]) is not None
    )
    return Replica(
        region=action["RegionName"],
        status="ACTIVE",
        table_class=action.get("TableClassOverride"),
        read_units=read_units,
        max_read_units=max_read_units,
        indexes=tuple(indexes),
        kms_key_id=action.get("KMSMasterKeyId"),
    )


def _units(table: Table, action: Mapping[str, Any]) -> tuple[int | None, int | None]:
    provisioned = action.get("ProvisionedThroughputOverride") or {}
    on_demand = action.get("OnDemandThroughputOverride") or {}
    if table.billing_mode == "PAY_PER_REQUEST":
        return None, on_demand.get("MaxReadRequestUnits")
    return provisioned.get("ReadCapacityUnits"), None


def _listed(table: Table, entry: Replica, wanted: Replica) -> Replica:
    """Return the entry of a member after new overrides: an override equal to the table's own setting vanishes."""
    own_max = table.on_demand.max_read_units if table.on_demand else None
    indexes = {index.name: index for index in entry.indexes}
    for override in wanted.indexes:
        index = table.index(override.name)
        assert index is not None
        own_read = index.throughput.read_units if index.throughput else None
        own_index_max = index.on_demand.max_read_units if index.on_demand else None
        before = indexes.get(override.name, ReplicaIndexOverride(override.name))
        indexes[override.name] = ReplicaIndexOverride(
            override.name,
            _merged(before.read_units, override.read_units, own_read),
            _merged(before.max_read_units, override.max_read_units, own_index_max),
        )
    kept = (one for one in indexes.values() if (one.read_units, one.max_read_units) != (None, None))
    return replace(
        entry,
        table_class=_merged(entry.table_class, wanted.table_class, table.table_class or "STANDARD"),
        read_units=_merged(entry.read_units, wanted.read_units, table.throughput.read_units),
        max_read_units=_merged(entry.max_read_units, wanted.max_read_units, own_max),
        indexes=tuple(kept),
    )


def _merged(before: T | None, wanted: T | None, own: T | None) -> T | None:
    if wanted is None:
        return before
    return None if wanted == own else wanted
