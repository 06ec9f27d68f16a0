"""DescribeReplication (ours): members and links of global tables, with their lag and conflicts."""

from typing import Any

from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.replication.members import LEGACY
from globaltables.replication.observation import LinkStatus, link_statuses, member_statuses
from globaltables.tables.definitions import Table


async def handle(call: Call) -> Answer:
    """Return the replication of one table, or of every global table that this region has a copy of."""
    catalog = call.region.catalog
    if "TableName" in call.request:
        tables = [find_own_table(call, catalog)]
    else:
        tables = [table for table in catalog.list(call.account) if table.replicated]
    return {"Tables": [await _described(call, table) for table in tables]}


async def _described(call: Call, table: Table) -> dict[str, Any]:
    members = await member_statuses(call.node, table)
    links = await link_statuses(call.node, call.region, table)
    answer: dict[str, Any] = {
        "TableName": table.name,
        "Members": [
            {
                "RegionName": member.region,
                "Status": member.status,
                "ItemCount": member.items,
                "Conflicts": member.conflicts,
            }
            for member in members
        ],
        "Links": [_link(table, link) for link in links],
    }
    if table.global_table_version is not None:
        answer["GlobalTableVersion"] = table.global_table_version
    return answer


def _link(table: Table, link: LinkStatus) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "SourceRegion": link.source,
        "ReceivingRegion": link.receiver,
        "Status": link.state.status,
    }
    if link.lag_ms is not None and link.lag_records is not None:
        answer |= {"LagMilliseconds": link.lag_ms, "LagRecords": link.lag_records}
        if table.global_table_version == LEGACY:
            answer["PendingReplicationCount"] = link.lag_records
    if link.state.last_latency_ms is not None:
        answer["LastLatencyMilliseconds"] = link.state.last_latency_ms
    if link.state.reason:
        answer["Reason"] = link.state.reason
    return answer
