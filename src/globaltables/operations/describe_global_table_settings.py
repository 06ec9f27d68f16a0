"""DescribeGlobalTableSettings: capacity and auto scaling of every member of a version 2017.11.29 global table."""

from typing import Any

from globaltables.autoscaling.targets import ScaledResource
from globaltables.foundation.errors import ApiError
from globaltables.operations.context import Answer, Call
from globaltables.operations.replica_scaling import check_hosted, describe
from globaltables.replication.legacy import find_global_table
from globaltables.replication.peer import TableKey
from globaltables.tables.definitions import Index, Table
from globaltables.tables.description import seconds


async def handle(call: Call) -> Answer:
    """Describe the settings of the global table of the request; it has no region, so that every region knows them.

    Source: API_DescribeGlobalTableSettings.
    """
    name = call.request["GlobalTableName"]
    return description(call, name, await find_members(call, name))


async def find_members(call: Call, name: str) -> dict[str, Table]:
    """Return the definition of a global table in each of its members, in the order in which they were named.

    Raises:
        ApiError: GlobalTableNotFoundException, with the text that these two operations have; another node hosts a
            member.
    """
    key = TableKey(call.account, name)
    found = await find_global_table(call.node, key)
    if found is None:
        raise ApiError(
            "GlobalTableNotFoundException", f"Global table with name: '{name}' does not exist."
        )
    check_hosted(call.node, found.members)
    members = {region: call.node.region(region).catalog.find(*key) for region in found.members}
    return {region: table for region, table in members.items() if table is not None}


def description(call: Call, name: str, members: dict[str, Table]) -> dict[str, Any]:
    """Return the answer of both operations."""
    return {
        "GlobalTableName": name,
        "ReplicaSettings": [_replica(call, region, table) for region, table in members.items()],
    }


def _replica(call: Call, name: str, table: Table) -> dict[str, Any]:
    region = call.node.region(name)
    key = table.account, table.name
    settings: dict[str, Any] = {
        "RegionName": name,
        "ReplicaStatus": table.status,
        "ReplicaBillingModeSummary": _billing_mode(table),
        "ReplicaProvisionedReadCapacityUnits": table.throughput.read_units,
        "ReplicaProvisionedReadCapacityAutoScalingSettings": describe(
            region, table, ScaledResource(*key, None, "read")
        ),
        "ReplicaProvisionedWriteCapacityUnits": table.throughput.write_units,
        "ReplicaProvisionedWriteCapacityAutoScalingSettings": describe(
            region, table, ScaledResource(*key, None, "write")
        ),
    }
    indexes = [
        _index(call, name, table, index) for index in table.indexes if index.kind == "GLOBAL"
    ]
    if indexes:
        settings["ReplicaGlobalSecondaryIndexSettings"] = indexes
    if table.table_class is not None:
        settings["ReplicaTableClassSummary"] = {"TableClass": table.table_class}
    return settings


def _billing_mode(table: Table) -> dict[str, Any]:
    summary: dict[str, Any] = {"BillingMode": table.billing_mode}
    if table.pay_per_request_since_ms is not None:
        summary["LastUpdateToPayPerRequestDateTime"] = seconds(table.pay_per_request_since_ms)
    return summary


def _index(call: Call, name: str, table: Table, index: Index) -> dict[str, Any]:
    region = call.node.region(name)
    key = table.account, table.name, index.name
    settings: dict[str, Any] = {"IndexName": index.name, "IndexStatus": index.status}
    if index.throughput is not None and table.billing_mode == "PROVISIONED":
        settings["ProvisionedReadCapacityUnits"] = index.throughput.read_units
        settings["ProvisionedWriteCapacityUnits"] = index.throughput.write_units
    reads, writes = (ScaledResource(*key, "read"), ScaledResource(*key, "write"))
    settings["ProvisionedReadCapacityAutoScalingSettings"] = describe(region, table, reads)
    settings["ProvisionedWriteCapacityAutoScalingSettings"] = describe(region, table, writes)
    return settings
