"""CreateGlobalTable: equal, empty tables in several regions become a global table of version 2017.11.29."""

from globaltables.foundation.errors import ApiError
from globaltables.operations.context import Answer, Call
from globaltables.operations.legacy_global_tables import check_regions, check_served, description
from globaltables.replication.legacy import (
    GlobalTable,
    check_joinable,
    connect,
    find_global_table,
)
from globaltables.replication.membership import carry_out
from globaltables.replication.peer import TableKey


async def handle(call: Call) -> Answer:
    """Create the global table of the request.

    Source: API_CreateGlobalTable.
    """
    check_served(call)
    key = TableKey(call.account, call.request["GlobalTableName"])
    names = [replica["RegionName"] for replica in call.request["ReplicationGroup"]]
    check_regions(call, names)
    if find_global_table(call.node, key) is not None:
        raise ApiError(
            "GlobalTableAlreadyExistsException",
            f"Global table with name: '{key.name}' already exists.",
        )
    check_joinable(call.node, key, (), names)
    first = call.node.region(names[0])
    table = first.catalog.find(*key)
    assert table is not None
    created_ms = call.region.clock.now_ms()
    await carry_out(call.node, first, table, connect(call.node, key, created_ms, names))
    created = GlobalTable(key, created_ms, tuple(names))
    return {"GlobalTableDescription": description(call, created, "CREATING")}
