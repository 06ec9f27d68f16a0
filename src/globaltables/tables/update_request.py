"""UpdateTable requests by themselves: what AWS refuses before it looks at the table."""

from collections.abc import Mapping, Sequence
from typing import Any

from globaltables.foundation.errors import invalid_parameters, validation
from globaltables.tables.capacity_settings import check_bounds
from globaltables.tables.refusals import refuse_at_update
from globaltables.tables.stream_setting import check_stream_request

#: The members of a request that change something, and AWS's word for each; two of them are in no public model.
_CHANGES = (
    ("ProvisionedThroughput", "ProvisionedThroughput"),
    ("BillingMode", "BillingMode"),
    ("StreamSpecification", "UpdateStreamEnabled"),
    ("GlobalSecondaryIndexUpdates", "GlobalSecondaryIndexUpdates"),
    ("SSESpecification", "SSESpecification"),
    ("ReplicaUpdates", "ReplicaUpdates"),
    (None, "MultiAccountReplicaReady"),
    (None, "ReplicaTransitRoleArn"),
    ("MultiRegionConsistency", "MultiRegionConsistency"),
    ("DeletionProtectionEnabled", "DeletionProtectionEnabled"),
    ("OnDemandThroughput", "OnDemandThroughput"),
    ("WarmThroughput", "WarmThroughput"),
    ("TableClass", "TableClass"),
)
_REPLICA_MEMBERS = ("ReplicaUpdates", "MultiRegionConsistency", "GlobalTableWitnessUpdates")
#: Members that AWS takes for absent when they are empty.
_ABSENT_WHEN_EMPTY = ("GlobalSecondaryIndexUpdates", "OnDemandThroughput", "WarmThroughput")
#: Members that AWS does not count as a change.
_NO_CHANGE_ALONE = frozenset(("MultiRegionConsistency", "GlobalTableWitnessUpdates"))
_EXCLUSIVE = (
    ("SSESpecification", "Server-Side Encryption modification"),
    ("TableClass", "TableClass modification"),
    ("DeletionProtectionEnabled", "DeletionProtection modification"),
    ("WarmThroughput", "WarmThroughput"),
)
_ACTIONS = ("Update", "Create", "Delete")


def changes_replicas(request: Mapping[str, Any]) -> bool:
    """Tell whether a request is about the members of a global table."""
    return any(request.get(member) for member in _REPLICA_MEMBERS)


def effective(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a request that change something."""
    members = [member for member, _ in _CHANGES if member is not None]
    members.append("GlobalTableWitnessUpdates")
    return {
        member: request[member]
        for member in members
        if member in request and (request[member] or member not in _ABSENT_WHEN_EMPTY)
    }


def check_update(request: Mapping[str, Any]) -> None:
    """Check a request that does not change replicas.

    Raises:
        ApiError: it changes nothing, or more than one thing, or is wrong in itself.
    """
    check_bounds(request.get("ProvisionedThroughput"))
    refuse_at_update(request)
    changes = effective(request)
    check_not_empty(changes)
    if not request.get("GlobalSecondaryIndexUpdates", True):
        raise invalid_parameters("List of GlobalSecondaryIndexUpdates is empty")
    updates = changes.get("GlobalSecondaryIndexUpdates", ())
    _check_index_updates(updates)
    _check_single_concern(changes, updates)
    if "StreamSpecification" in changes:
        check_stream_request(changes["StreamSpecification"])
    _check_billing(changes)


def check_not_empty(changes: Mapping[str, Any]) -> None:
    """Refuse a request without any change.

    Raises:
        ApiError: naming what could be changed.
    """
    if changes.keys() - _NO_CHANGE_ALONE:
        return
    words = [word for member, word in _CHANGES if member not in changes]
    raise validation(f"At least one of {', '.join(words[:-1])} or {words[-1]} is required")


def _check_index_updates(updates: Sequence[Mapping[str, Any]]) -> None:
    names: set[str] = set()
    for update in updates:
        actions = [update[action] for action in _ACTIONS if update.get(action) is not None]
        if not actions:
            msg = (
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            )
            raise invalid_parameters(msg)
        if len(actions) > 1:
            msg = (
                "Only one global secondary index action is allowed per "
                "GlobalSecondaryIndexUpdate object"
            )
            raise invalid_parameters(msg)
        name = actions[0]["IndexName"]
        if name in names:
            msg = (
                "Only one global secondary index update per index is allowed simultaneously. "
                f"Index: {name}"
            )
            raise invalid_parameters(msg)
        names.add(name)
        if update.get("Update") and update["Update"].get("WarmThroughput") == {}:
            msg = (
                "WarmThroughput must have at least one of ReadUnitsPerSecond or "
                f"WriteUnitsPerSecond specified for index: {name}"
            )
            raise invalid_parameters(msg)


def _check_single_concern(changes: Mapping[str, Any], updates: Sequence[Mapping[str, Any]]) -> None:
    """Refuse pairs of changes; which text AWS gives first was measured (SSE, class, protection, warm)."""
    creates = any(update.get("Create") for update in updates)
    creates_or_deletes = creates or any(update.get("Delete") for update in updates)
    for member, subject in _EXCLUSIVE:
        if member not in changes or len(changes) == 1:
            continue
        if member == "WarmThroughput" and changes.keys() == {member, "GlobalSecondaryIndexUpdates"}:
            if creates:
                msg = (
                    "Create global secondary index cannot be specified when updating WarmThroughput"
                )
                raise invalid_parameters(msg)
            continue
        raise invalid_parameters(f"{subject} must be the only operation in the request")
    if "OnDemandThroughput" in changes and changes.keys() - {"OnDemandThroughput", "BillingMode"}:
        msg = "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"
        raise invalid_parameters(msg)
    changes_units = (
        "ProvisionedThroughput" in changes or changes.get("BillingMode") == "PROVISIONED"
    )
    if changes_units and "StreamSpecification" in changes:
        raise invalid_parameters("You cannot modify stream status while updating table IOPS")
    if changes_units and creates_or_deletes:
        raise invalid_parameters("You cannot create or delete index while updating table IOPS")
    if creates_or_deletes and "StreamSpecification" in changes:
        raise invalid_parameters("You cannot create or delete index while changing stream status")


def _check_billing(changes: Mapping[str, Any]) -> None:
    billing_mode = changes.get("BillingMode")
    if billing_mode == "PAY_PER_REQUEST" and "ProvisionedThroughput" in changes:
        msg = "ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST"
        raise invalid_parameters(msg)
    if billing_mode == "PROVISIONED" and "ProvisionedThroughput" not in changes:
        msg = "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
        raise invalid_parameters(msg)
