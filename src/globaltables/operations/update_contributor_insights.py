"""UpdateContributorInsights: whether the keys of a table or a global index are counted; each replica for itself."""

from collections.abc import Awaitable

from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.insights import (
    status,
    subject_of,
    summary,
    with_insights,
    without_insights,
)


def handle(call: Call) -> Awaitable[Answer]:
    """Enable Contributor Insights, change their mode, or disable them.

    What is so already is answered with the status that it has; a mode that comes with DISABLE is ignored (measured:
    ack-api-quirks, DDB-TABLE-091 and DDB-TABLE-092).

    Source: API_UpdateContributorInsights.
    """
    request = call.request
    enable = request["ContributorInsightsAction"] == "ENABLE"
    index_name = request.get("IndexName")

    def decide(stage: Stage) -> Answer:
        table = find_own_table(call, stage.catalog)
        now_ms = stamp_ms(stage.tick())
        if enable:
            mode = request.get("ContributorInsightsMode")
            changed = with_insights(table, index_name, mode, stage.catalog, now_ms)
        else:
            changed = without_insights(table, index_name, now_ms)
        realistic = call.region.settings.realistic
        subject = subject_of(changed, index_name)
        shown, setting = status(changed, subject, now_ms, realistic=realistic)
        if changed is not table:
            stage.save_table(changed)
            shown = "ENABLING" if enable else "DISABLING"
        elif shown == "DISABLED":
            setting = None
        return summary(changed, subject, shown, setting)

    return call.region.store.submit(decide)
