"""DescribeTimeToLive: the expiry setting of a table."""

from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.tables.time_to_live import describe_time_to_live


def handle(call: Call) -> Answer:
    """Describe the expiry of the table of the request.

    Source: API_DescribeTimeToLive.
    """
    table = find_own_table(call, call.region.catalog)
    return {"TimeToLiveDescription": describe_time_to_live(table)}
