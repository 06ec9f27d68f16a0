"""Custom::DynamoDBReplica, with which the CDK's Table gives a table replicas: done here, without its functions.

On AWS its functions ask DynamoDB for a replica and a state machine waits for it, looking every ten seconds. What they
ask for is asked for here. Properties: TableName, Region, SkipReplicationCompletedWait, SkipReplicaDeletion.
"""

from typing import Any

from globaltables.companions.cloudformation.engine.resource_type import ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.foundation.errors import ApiError

_TRUE = "true"


async def _create(work: ResourceWork) -> None:
    table, region = str(work.properties["TableName"]), str(work.properties["Region"])
    replicas = await _replicas(work, table)
    if region not in (replicas or {}):
        await _change(work, table, {"Create": {"RegionName": region}})
    await work.made(f"{table}-{region}")
    if _is_true(work, "SkipReplicationCompletedWait"):
        return
    since_ms = work.now_ms()
    while (await _replicas(work, table) or {}).get(region) != "ACTIVE":
        await work.keep_waiting(since_ms)


async def _update(work: ResourceWork) -> None:
    """Make the replica that is wanted now; a change of table or region makes it beside the old one."""
    await _create(work)


async def _delete(work: ResourceWork) -> None:
    table, region = str(work.properties["TableName"]), str(work.properties["Region"])
    if _is_true(work, "SkipReplicaDeletion"):
        return
    replicas = await _replicas(work, table)
    if replicas is None or region not in replicas:
        return
    await _change(work, table, {"Delete": {"RegionName": region}})
    since_ms = work.now_ms()
    while region in (await _replicas(work, table) or {}):
        await work.keep_waiting(since_ms)


async def _read(work: ResourceWork) -> dict[str, Any] | None:
    replicas = await _replicas(work, str(work.properties["TableName"]))
    return None if str(work.properties["Region"]) not in (replicas or {}) else {}


async def _change(work: ResourceWork, table: str, update: dict[str, Any]) -> None:
    """Change the replicas of a table, when it is not being changed by another resource."""
    since_ms = work.now_ms()
    while True:
        try:
            await work.call("dynamodb", "UpdateTable", TableName=table, ReplicaUpdates=[update])
        except ApiError as error:
            if error.code != "ResourceInUseException":
                raise
        else:
            return
        await work.keep_waiting(since_ms)


async def _replicas(work: ResourceWork, table: str) -> dict[str, str] | None:
    """Return the statuses of a table's replicas by region; None when there is no such table."""
    answer = await work.found("dynamodb", "DescribeTable", TableName=table)
    if answer is None:
        return None
    found = answer["Table"].get("Replicas", ())
    return {replica["RegionName"]: replica["ReplicaStatus"] for replica in found}


def _is_true(work: ResourceWork, name: str) -> bool:
    return str(work.properties.get(name, "")).lower() == _TRUE


TYPES = (
    ResourceType(
        "Custom::DynamoDBReplica",
        create=_create,
        delete=_delete,
        read=_read,
        update=_update,
        kept_by=("ServiceToken",),
        replaced_by=("TableName", "Region"),
    ),
)
