"""ListGlobalTables: the global tables of version 2017.11.29 that have a replica in a region."""

from itertools import islice

from globaltables.foundation.limits import GLOBAL_TABLES_LIST_MAX
from globaltables.operations.context import Answer, Call
from globaltables.operations.legacy_global_tables import group
from globaltables.replication.legacy import global_tables


async def handle(call: Call) -> Answer:
    """List a page of global tables, sorted by name.

    Source: API_ListGlobalTables.
    """
    request = call.request
    after = request.get("ExclusiveStartGlobalTableName", "")
    limit = min(request.get("Limit", GLOBAL_TABLES_LIST_MAX), GLOBAL_TABLES_LIST_MAX)
    region = request.get("RegionName")
    found = (
        table
        for table in await global_tables(call.node, call.account)
        if table.key.name > after and (region is None or region in table.members)
    )
    page = list(islice(found, limit + 1))
    tables = [
        {"GlobalTableName": table.key.name, "ReplicationGroup": group(table.members)}
        for table in page[:limit]
    ]
    answer: dict[str, object] = {"GlobalTables": tables}
    if len(page) > limit:
        answer["LastEvaluatedGlobalTableName"] = page[limit - 1].key.name
    return answer
