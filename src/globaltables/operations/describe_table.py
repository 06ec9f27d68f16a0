"""DescribeTable: the definition of a table, its state, its exact counts."""

from typing import Any

from globaltables.itemstore.region import Region
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import description, find_table
from globaltables.security.replication_access import replication_denied
from globaltables.tables.definitions import Table

_NOT_AUTHORIZED = "REPLICATION_NOT_AUTHORIZED"


def handle(call: Call) -> Answer:
    """Describe the table of the request.

    Source: API_DescribeTable.
    """
    name = call.table_name()
    table = find_table(call.region.catalog, call.account, name)
    described = description(call.region, table)
    if table.replicas and table.status == "ACTIVE":
        _show_denials(call.region, table, described)
    return {"Table": described}


def _show_denials(region: Region, table: Table, described: dict[str, Any]) -> None:
    """Show which members' policies deny replication: this one's by itself, the others' as the links found it.

    Source: developer guide, globaltables-security.
    """
    if replication_denied(table, region.clock.now_ms()):
        described["TableStatus"] = _NOT_AUTHORIZED
    for replica in described.get("Replicas", ()):
        link = region.links.get((table.number, replica["RegionName"]))
        denied = link is not None and link.denied_by == replica["RegionName"]
        if denied and replica["ReplicaStatus"] == "ACTIVE":
            replica["ReplicaStatus"] = _NOT_AUTHORIZED
