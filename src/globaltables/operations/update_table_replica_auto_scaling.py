"""UpdateTableReplicaAutoScaling: auto scaling of a global table, for writes in every member and for reads in each."""

from collections.abc import Mapping
from typing import Any

from globaltables.operations.context import Answer, Call
from globaltables.operations.describe_table_replica_auto_scaling import (
    description,
    find_global_table,
)
from globaltables.operations.global_settings import (
    check_form,
    check_members,
    check_provisioned,
    check_rules,
    scaling_changes,
)
from globaltables.operations.replica_scaling import carry_out, members_of
from globaltables.replication.members import in_flight
from globaltables.replication.membership import in_use

_WRITE = "ProvisionedWriteCapacityAutoScalingUpdate"
#: A member at any depth, and its name in the form of UpdateGlobalTableSettings.
_NAMES: Mapping[str, str] = {
    _WRITE: "ProvisionedWriteCapacityAutoScalingSettingsUpdate",
    "GlobalSecondaryIndexUpdates": "GlobalTableGlobalSecondaryIndexSettingsUpdate",
    "ReplicaUpdates": "ReplicaSettingsUpdate",
    "ReplicaProvisionedReadCapacityAutoScalingUpdate": (
        "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"
    ),
    "ReplicaGlobalSecondaryIndexUpdates": "ReplicaGlobalSecondaryIndexSettingsUpdate",
    "ProvisionedReadCapacityAutoScalingUpdate": "ProvisionedReadCapacityAutoScalingSettingsUpdate",
}


async def handle(call: Call) -> Answer:
    """Change the auto scaling of the table of the request.

    The answer has the new settings; AWS's still has those of before.

    Source: API_UpdateTableReplicaAutoScaling.
    """
    name = call.table_name()
    request = _as_settings(call.request)
    changes = list(scaling_changes(call.account, name, request))
    check_form(name, request, changes)
    table = find_global_table(call, name)
    members = members_of(call.node, table)
    not_found = "ResourceNotFoundException"
    check_members(name, request, members, no_replica=not_found, no_index=not_found)
    check_provisioned(name, request, members)
    check_rules(call.region, call.account, changes)
    if in_flight(table):
        raise in_use()
    changed = await carry_out(call.node, members, changes)
    answer = description(call, table, "UPDATING" if changed else "ACTIVE")
    return {"TableAutoScalingDescription": answer}


def _as_settings(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request in the form of UpdateGlobalTableSettings."""
    settings = {
        member: value for member, value in request.items() if member not in ("TableName", _WRITE)
    }
    renamed: dict[str, Any] = _renamed(settings)
    if _WRITE in request:
        renamed[f"GlobalTable{_NAMES[_WRITE]}"] = request[_WRITE]
    return renamed


def _renamed(part: Any) -> Any:
    if isinstance(part, list):
        return [_renamed(one) for one in part]
    if isinstance(part, dict):
        return {_NAMES.get(member, member): _renamed(value) for member, value in part.items()}
    return part
