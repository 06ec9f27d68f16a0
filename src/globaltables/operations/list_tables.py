"""ListTables: the names of an account's tables, in byte order."""

from bisect import bisect_right
from typing import Any

from globaltables.foundation.limits import TABLES_LIST_MAX
from globaltables.operations.context import Answer, Call


def handle(call: Call) -> Answer:
    """List table names; the start name need not exist, the last page has no LastEvaluatedTableName.

    Source: API_ListTables.
    """
    names = [table.name for table in call.region.catalog.list(call.account)]
    limit = call.request.get("Limit") or TABLES_LIST_MAX
    after = call.request.get("ExclusiveStartTableName")
    begin = 0 if after is None else bisect_right(names, after)
    page = names[begin : begin + limit]
    answer: dict[str, Any] = {"TableNames": page}
    if begin + limit < len(names):
        answer["LastEvaluatedTableName"] = page[-1]
    return answer
