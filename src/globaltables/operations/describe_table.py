"""DescribeTable: the definition of a table, its state, its exact counts."""

from typing import Any

from globaltables.itemstore.region import Region
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import description, find_table
from globaltables.security.replication_access import replication_denied
from globaltables.tables.definitions import Table
from globaltables.tables.description import INACCESSIBLE
from globaltables.tables.encryption import keyless

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
        _show_keys(call, table, described)
    return {"Table": described}


def _show_keys(call: Call, table: Table, described: dict[str, Any]) -> None:
    """Show which members' keys cannot be used, of those in this process."""
    catalogs = {region.name: region.catalog for region in call.node.open_regions}
    for replica in described.get("Replicas", ()):
        catalog = catalogs.get(replica["RegionName"])
        member = None if catalog is None else catalog.find(table.account, table.name)
        if member is not None and keyless(member) and replica["ReplicaStatus"] == "ACTIVE":
            replica["ReplicaStatus"] = INACCESSIBLE


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
