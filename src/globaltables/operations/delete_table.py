"""DeleteTable: drops a table with everything that belongs to it; of a global table this region's replica."""

from collections.abc import Awaitable

from globaltables.foundation.errors import validation
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import check_changes_under_way, find_table, going_on
from globaltables.replication.membership import remove_member
from globaltables.runtime.clock import stamp_ms
from globaltables.tables import in_progress
from globaltables.tables.definitions import Table
from globaltables.tables.description import describe_deleted
from globaltables.tables.refusals import only_as_a_whole
from globaltables.tables.settling import deleting


def handle(call: Call) -> Awaitable[Answer]:
    """Delete the table of the request.

    Source: API_DeleteTable.
    """
    name, region = call.table_name(), call.region
    realistic = region.settings.realistic
    table = find_table(region.catalog, call.account, name)
    check_deletable(table)
    if table.strong is not None:
        raise only_as_a_whole()
    if table.replicated:
        return _remove_replica(call, table)

    def decide(stage: Stage) -> Answer:
        current = find_table(stage.catalog, call.account, name)
        check_deletable(current)
        check_changes_under_way(stage.catalog, call.account)
        answer = _answer(call, current)
        if realistic:
            stage.save_table(deleting(current, stamp_ms(stage.tick())))
        else:
            stage.drop_table(current)
        return answer

    decided = region.store.submit(decide)
    return going_on(region, decided) if realistic else decided


def check_deletable(table: Table) -> None:
    """Check that nothing stands against the deletion of a table.

    Raises:
        ApiError: it is in use, or protected.
    """
    in_progress.check_deletable(table)
    if table.deletion_protection:
        raise validation(
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )


async def _remove_replica(call: Call, table: Table) -> Answer:
    answer = _answer(call, table)
    await remove_member(call.node, call.account, table.name, call.region.name)
    return answer


def _answer(call: Call, table: Table) -> Answer:
    region = call.region
    return {"TableDescription": describe_deleted(table, region.store, region.clock.now_ms())}
