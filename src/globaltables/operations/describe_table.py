"""DescribeTable: the definition of a table, its state, its exact counts."""

from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import description, find_table


def handle(call: Call) -> Answer:
    """Describe the table of the request.

    Source: API_DescribeTable.
    """
    name = call.table_name()
    table = find_table(call.region.catalog, call.account, name)
    return {"Table": description(call.region, table)}
