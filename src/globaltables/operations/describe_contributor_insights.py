"""DescribeContributorInsights: the setting of a table or a global index, with the names of its rules."""

from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.tables.insights import describe_insights


def handle(call: Call) -> Answer:
    """Describe Contributor Insights of the table or index of the request.

    Source: API_DescribeContributorInsights.
    """
    region = call.region
    table = find_own_table(call, region.catalog)
    index_name = call.request.get("IndexName")
    now_ms = region.clock.now_ms()
    return describe_insights(table, index_name, now_ms, realistic=region.settings.realistic)
