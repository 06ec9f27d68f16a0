"""SyncTable (ours): an exact barrier over the members of a global table."""

from globaltables.foundation.limits import SYNC_TIMEOUT_DEFAULT_S
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.replication.observation import active_members, synchronise
from globaltables.tables.refusals import refuse_strong


async def handle(call: Call) -> Answer:
    """Answer when every member holds everything that any of them had acknowledged before the request."""
    table = find_own_table(call, call.region.catalog)
    refuse_strong(table, "SyncTable")
    begun_ms = call.region.clock.now_ms()
    await synchronise(call.node, table, call.request.get("TimeoutSeconds", SYNC_TIMEOUT_DEFAULT_S))
    elapsed_ms = call.region.clock.now_ms() - begun_ms
    return {"RegionNames": active_members(table), "ElapsedMilliseconds": elapsed_ms}
