"""DescribeTableReplicaAutoScaling: the auto scaling settings of every member of a global table."""

from typing import Any

from globaltables.autoscaling.targets import ScaledResource
from globaltables.foundation.errors import resource_not_found
from globaltables.operations.context import Answer, Call
from globaltables.operations.replica_scaling import describe, members_of
from globaltables.replication.members import CURRENT, replica_in
from globaltables.tables.definitions import Table


def handle(call: Call) -> Answer:
    """Describe the auto scaling of the table of the request, which every member describes alike.

    Source: API_DescribeTableReplicaAutoScaling.
    """
    table = find_global_table(call, call.table_name())
    return {"TableAutoScalingDescription": description(call, table)}


def find_global_table(call: Call, name: str) -> Table:
    """Return the definition of a global table of the current version.

    Raises:
        ApiError: ResourceNotFoundException, also for a table of one region.
    """
    table = call.region.catalog.find(call.account, name)
    if table is None or table.restricted or table.global_table_version != CURRENT:
        raise resource_not_found(f"Global table with name: '{name}' does not exist.")
    return table


def description(call: Call, table: Table, status: str = "ACTIVE") -> dict[str, Any]:
    """Return a TableAutoScalingDescription; its status tells of changes of units alone, as measured on AWS."""
    members = members_of(call.node, table)
    return {
        "TableName": table.name,
        "TableStatus": status,
        "Replicas": [_replica(call, table, name, copy) for name, copy in members.items()],
    }


def _replica(call: Call, table: Table, name: str, copy: Table) -> dict[str, Any]:
    region = call.node.region(name)
    key = table.account, table.name
    listed = replica_in(table, name)
    return {
        "RegionName": name,
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index.name,
                "IndexStatus": index.status,
                "ProvisionedReadCapacityAutoScalingSettings": describe(
                    region, copy, ScaledResource(*key, index.name, "read")
                ),
                "ProvisionedWriteCapacityAutoScalingSettings": describe(
                    region, copy, ScaledResource(*key, index.name, "write")
                ),
            }
            for index in copy.indexes
            if index.kind == "GLOBAL" and index.status not in ("CREATING", "DELETING")
        ],
        "ReplicaProvisionedReadCapacityAutoScalingSettings": describe(
            region, copy, ScaledResource(*key, None, "read")
        ),
        "ReplicaProvisionedWriteCapacityAutoScalingSettings": describe(
            region, copy, ScaledResource(*key, None, "write")
        ),
        "ReplicaStatus": "ACTIVE" if listed is None else listed.status,
    }
