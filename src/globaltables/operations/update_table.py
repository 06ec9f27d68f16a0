"""UpdateTable: capacity, indexes, stream and settings of a table; replicas are another module's."""

from collections.abc import Awaitable, Mapping
from typing import Any

from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import description, find_own_table
from globaltables.operations.replicated_settings import apply_everywhere
from globaltables.operations.update_table_replicas import handle_replica_updates
from globaltables.replication.members import without_overrides
from globaltables.replication.membership import in_use
from globaltables.replication.shared_settings import shared_changes
from globaltables.tables.definitions import Table
from globaltables.tables.update_request import (
    changes_replicas,
    check_not_empty,
    check_update,
    effective,
)
from globaltables.tables.updates import Update, updated


def handle(call: Call) -> Awaitable[Answer]:
    """Change the table of the request.

    Source: API_UpdateTable.
    """
    request = call.request
    if changes_replicas(request):
        check_not_empty(effective(request))
        return handle_replica_updates(call, find_own_table(call, call.region.catalog))
    check_update(request)
    table = find_own_table(call, call.region.catalog)
    if any(replica.status != "ACTIVE" for replica in table.replicas):
        raise in_use()
    return _update(call, table)


async def _update(call: Call, table: Table) -> Answer:
    changes = effective(call.request)

    def change(current: Table, stage: Stage) -> Update:
        item_count, _ = call.region.store.statistics(current)
        update = updated(current, call.request, stage.tick(), empty=not item_count)
        if update.dropped is not None:
            stage.drop_index(current, update.dropped)
        stage.save_table(without_overrides(update.table, changes))
        return update

    update = await apply_everywhere(call, table, change, shared_changes(changes))
    answer = description(call.region, update.answer)
    _show_backfilling(answer, update)
    return {"TableDescription": answer}


def _show_backfilling(answer: Mapping[str, Any], update: Update) -> None:
    """Show a new index as AWS does in the first moment: it is being created, and not yet filled."""
    for index in answer.get("GlobalSecondaryIndexes", ()):
        if update.created is not None and index["IndexName"] == update.created.name:
            index["Backfilling"] = False
