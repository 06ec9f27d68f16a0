"""What AWS refuses while another change of a table is under way, and how it says so.

What may be changed meanwhile depends on both changes (measured: docs/api-quirks of dynamodb-controller, 2026): the
protection against deletion always, warm throughput except while an index is being created, an index that is being
filled may be deleted. Where no measurement has the text of a pair, it is put together as AWS puts the others together.
"""

from collections.abc import Mapping
from typing import Any

from globaltables.foundation.errors import ApiError, resource_in_use
from globaltables.tables.definitions import Index, Settling, Table

_PREFIX = "Attempt to change a resource which is still in use: "
_IN_TRANSITION: Mapping[str, str] = {
    "CREATING": "created",
    "UPDATING": "updated",
    "DELETING": "deleted",
}
#: Member of UpdateTable -> how AWS names a change of it that cannot be made now.
_CANNOT: Mapping[str, str] = {
    "StreamSpecification": "Can't change stream status",
    "TableClass": "Can't update table class",
    "ProvisionedThroughput": "Can't change table IOPS",
    "BillingMode": "Can't change table IOPS",
    "GlobalSecondaryIndexUpdates": "Can't create or delete index",
}
_UNITS = ("ProvisionedThroughput", "BillingMode")


def global_table_in_use() -> ApiError:
    """Return AWS's refusal of a second change of a global table, which names no reason."""
    return resource_in_use("The resource which you are attempting to change is in use.")


def check_ready(table: Table, changes: Mapping[str, Any]) -> None:
    """Check that an UpdateTable request may change a table now.

    Args:
        table: as it is.
        changes: the members of the request that change something.

    Raises:
        ApiError: ResourceInUseException.
    """
    if table.status == "ACTIVE":
        return
    settling = table.settling
    if table.status == "UPDATING" and settling is not None:
        if changes.keys() == {"DeletionProtectionEnabled"}:
            return
        if changes.keys() == {"WarmThroughput"} and settling.kind != "index":
            return
        if changes.keys() == {"GlobalSecondaryIndexUpdates"} and settling.kind == "index":
            return  # which of them are refused, and why, index by index
        if table.replicas:
            raise global_table_in_use()
        raise resource_in_use(_PREFIX + _refusal(table, settling, changes))
    if table.status == "UPDATING" and changes.keys() == {"DeletionProtectionEnabled"}:
        return
    raise resource_in_use(f"{_PREFIX}Table is being {_IN_TRANSITION[table.status]}: {table.name}")


def check_time_to_live_ready(table: Table) -> None:
    """Check that the expiry of a table may be changed now: also while something else is (measured).

    Raises:
        ApiError: ResourceInUseException, in words that UpdateTable does not use.
    """
    if table.status in ("CREATING", "DELETING"):
        doing = _IN_TRANSITION[table.status]
        raise resource_in_use(f"{_PREFIX}Table {table.name} is being {doing}")


def check_index_ready(table: Table, index: Index, verb: str) -> None:
    """Check that an index may be updated or deleted now.

    Args:
        table: the index's table.
        index: the index.
        verb: "update" or "delete".

    Raises:
        ApiError: ResourceInUseException.
    """
    where = f"Table: {table.name} Index: {index.name}"
    if index.status in ("UPDATING", "DELETING"):
        doing = _IN_TRANSITION[index.status]
        raise resource_in_use(f"{_PREFIX}Index is being {doing}. {where}")
    if index.status == "CREATING" and table.status != "ACTIVE":
        if verb == "delete":
            raise resource_in_use(
                f"{_PREFIX}Index creation is in resource allocation phase. Retry deletion during "
                f"backfilling phase or when the index is active. {where}"
            )
        raise resource_in_use(
            f"{_PREFIX}Index is being created but is not backfilling yet.  {where}"
        )


def check_deletable(table: Table) -> None:
    """Check that no change stands against the deletion of a table.

    Raises:
        ApiError: ResourceInUseException.
    """
    name = table.name
    if table.restricted:
        raise resource_in_use(f"{_PREFIX}Table: {name} is being used.")
    if table.status in ("CREATING", "DELETING"):
        doing = _IN_TRANSITION[table.status]
        raise resource_in_use(f"{_PREFIX}Table is being {doing}: {name}")
    if table.status == "UPDATING" and table.replicas and table.settling is not None:
        raise global_table_in_use()
    if table.settling is not None and table.settling.kind == "stream":
        raise resource_in_use(
            f"{_PREFIX}Cannot delete table while stream is being enabled/disabled."
        )
    if any(index.status != "ACTIVE" for index in table.indexes):
        raise resource_in_use(
            f"{_PREFIX}Cannot delete table while indexes are being created, updated, or deleted."
        )
    warming = table.warm is not None and table.warm.due_ms is not None
    if table.status == "UPDATING" or warming:
        raise resource_in_use(f"{_PREFIX}Table: {name} is in the process of being updated.")


def _refusal(table: Table, settling: Settling, changes: Mapping[str, Any]) -> str:
    """Return the second half of AWS's refusal."""
    if settling.kind in ("billing", "throughput"):
        return _refusal_of_units(table, changes)
    if settling.kind == "stream":
        return _refusal_of_stream(table, changes)
    if settling.kind == "table_class":
        return _refusal_of_class(table, changes)
    if settling.kind == "index":
        return _refusal_of_index(table, changes)
    return f"Table is being updated: {table.name}"


def _refusal_of_units(table: Table, changes: Mapping[str, Any]) -> str:
    where = f"Table: {table.name}"
    if any(member in changes for member in _UNITS):
        return f"Table IOPS are currently being updated. {where}"
    if "OnDemandThroughput" in changes:
        return "OnDemandThroughput cannot be updated while BillingMode update is in progress"
    if "StreamSpecification" in changes:
        return f"Can't enable or disable stream while table IOPS are being updated. {where}"
    return f"{_cannot(changes)} while table IOPS are being updated. {where}"


def _refusal_of_stream(table: Table, changes: Mapping[str, Any]) -> str:
    life = table.streams[-1]
    operation = "ENABLE" if life.ended_stamp is None else "DISABLE"
    where = f"Table: {table.name} Stream: {life.label} Operation: {operation}"
    if "StreamSpecification" in changes:
        return f"A stream status change is currently in progress. {where}"
    if "OnDemandThroughput" in changes:
        return "OnDemandThroughput cannot be updated while stream status update is in progress"
    return f"{_cannot(changes)} when stream status is being updated. {where}"


def _refusal_of_class(table: Table, changes: Mapping[str, Any]) -> str:
    wanted = f"TableClassUpdateInProgress: {table.table_class}"
    if "OnDemandThroughput" in changes:
        return (
            f"OnDemandThroughput cannot be updated while TableClass update is in progress. {wanted}"
        )
    return (
        f"{_cannot(changes)} when a table class update is in progress. Table: {table.name} {wanted}"
    )


def _refusal_of_index(table: Table, changes: Mapping[str, Any]) -> str:
    created = [index.name for index in table.indexes if index.status == "CREATING"]
    names = created or [index.name for index in table.indexes if index.status == "DELETING"]
    listed = f"[{', '.join(names)}]"
    if "OnDemandThroughput" in changes:
        doing = "creation" if created else "deletion"
        return (
            f"OnDemandThroughput cannot be updated while index {doing} is in progress "
            f"for indexes: {listed}"
        )
    doing = "created" if created else "deleted"
    return (
        f"{_cannot(changes)} when an index is being {doing}. Table: {table.name} Indexes: {listed}"
    )


def _cannot(changes: Mapping[str, Any]) -> str:
    return next((text for member, text in _CANNOT.items() if member in changes), "Can't update")
