"""DescribeGlobalTable: one global table of version 2017.11.29."""

from globaltables.operations.context import Answer, Call
from globaltables.operations.legacy_global_tables import description, not_found
from globaltables.replication.legacy import find_global_table
from globaltables.replication.peer import TableKey


async def handle(call: Call) -> Answer:
    """Describe the global table of the request; it has no region, so that every region knows it.

    Source: API_DescribeGlobalTable.
    """
    name = call.request["GlobalTableName"]
    found = await find_global_table(call.node, TableKey(call.account, name))
    if found is None:
        raise not_found(name)
    return {"GlobalTableDescription": description(call, found)}
