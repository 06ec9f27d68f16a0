"""UpdateTimeToLive: which attribute says when an item expires; shared by the members of a global table."""

from collections.abc import Awaitable

from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.operations.replicated_settings import apply_everywhere, check_no_replica_is_added
from globaltables.replication.shared_settings import TIME_TO_LIVE
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.definitions import Table
from globaltables.tables.durations import TIME_TO_LIVE_INTERVAL_MS
from globaltables.tables.in_progress import check_time_to_live_ready
from globaltables.tables.refusals import refuse_strong
from globaltables.tables.time_to_live import with_time_to_live


def handle(call: Call) -> Awaitable[Answer]:
    """Enable or disable the expiry of the table's items.

    Source: API_UpdateTimeToLive.
    """
    table = find_own_table(call, call.region.catalog)
    refuse_strong(table, "Time to live")
    return _update(call, table)


async def _update(call: Call, table: Table) -> Answer:
    specification = call.request["TimeToLiveSpecification"]
    interval_ms = TIME_TO_LIVE_INTERVAL_MS if call.region.settings.realistic else 0

    def change(current: Table, stage: Stage) -> None:
        check_time_to_live_ready(current)
        check_no_replica_is_added(current)
        now_ms = stamp_ms(stage.tick())
        stage.save_table(with_time_to_live(current, specification, now_ms, interval_ms=interval_ms))

    check_time_to_live_ready(table)
    check_no_replica_is_added(table)
    await apply_everywhere(call, table, change, {TIME_TO_LIVE: specification})
    return {"TimeToLiveSpecification": specification}
