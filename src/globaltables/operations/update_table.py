"""UpdateTable: capacity, indexes, stream and settings of a table; replicas are another module's."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import (
    check_changes_under_way,
    description,
    find_own_table,
)
from globaltables.operations.replica_scaling import (
    check_hosted,
    check_write_scaling,
    scale_new_index,
)
from globaltables.operations.replicated_settings import (
    apply_everywhere,
    check_class_changes_left,
)
from globaltables.operations.settings_replication import set_settings_mode
from globaltables.operations.update_table_consistency import (
    handle_consistency,
    is_about_consistency,
)
from globaltables.operations.update_table_encryption import (
    handle_encryption,
    is_about_encryption,
)
from globaltables.operations.update_table_replicas import handle_replica_updates
from globaltables.replication.members import CURRENT, without_overrides
from globaltables.replication.membership import in_use
from globaltables.replication.shared_settings import shared_changes
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.creation import check_changed_units
from globaltables.tables.definitions import Table
from globaltables.tables.in_progress import check_ready
from globaltables.tables.settling import updating
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
    if "GlobalTableSettingsReplicationMode" in request:
        return set_settings_mode(call, find_own_table(call, call.region.catalog))
    if is_about_encryption(request):
        return handle_encryption(call, _settled_table(call, effective(request)))
    if changes_replicas(request):
        check_not_empty(effective(request))
        table = find_own_table(call, call.region.catalog)
        if is_about_consistency(request, table):
            return handle_consistency(call, table)
        return handle_replica_updates(call, table)
    check_update(request)
    table = find_own_table(call, call.region.catalog)
    if any(replica.status != "ACTIVE" for replica in table.replicas):
        raise in_use()
    return _update(call, table)


def _settled_table(call: Call, changes: Mapping[str, Any]) -> Table:
    """Return the table of a request when nothing else of it is being changed.

    Raises:
        ApiError: there is none, or something is.
    """
    table = find_own_table(call, call.region.catalog)
    check_ready(table, changes)
    if any(replica.status != "ACTIVE" for replica in table.replicas):
        raise in_use()
    return table


async def _update(call: Call, table: Table) -> Answer:
    changes = effective(call.request)
    realistic = call.region.settings.realistic

    def change(current: Table, stage: Stage) -> Update:
        item_count, _ = call.region.store.statistics(current)
        stamp = stage.tick()
        update = updated(current, call.request, stamp, empty=not item_count, realistic=realistic)
        check_changed_units(stage.catalog.list(call.account), current, update.table)
        if current.status == "ACTIVE":
            check_changes_under_way(stage.catalog, call.account)
        table = update.table
        if realistic:
            table = updating(current, update, changes, stamp_ms(stamp))
        elif update.dropped is not None:
            stage.drop_index(current, update.dropped)
        stage.save_table(without_overrides(table, changes))
        return update

    if "TableClass" in changes:
        members = [replica.region for replica in table.replicas]
        await check_class_changes_left(call, table, members)
    scaled = table.billing_mode == "PROVISIONED" and table.global_table_version == CURRENT
    if scaled and changes.get("GlobalSecondaryIndexUpdates"):
        _check_index_creation(call, table, changes["GlobalSecondaryIndexUpdates"])
    update = await apply_everywhere(call, table, change, shared_changes(changes))
    if scaled and update.created is not None:
        await scale_new_index(call.node, update.table, update.created.name)
    answer = description(call.region, update.answer)
    _show_backfilling(answer, update)
    return {"TableDescription": answer}


def _check_index_creation(call: Call, table: Table, updates: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a new index of a provisioned global table while the writes of another one are not scaled (measured)."""
    if any(update.get("Create") for update in updates):
        check_write_scaling(call.region, table)
        check_hosted(call.node, (replica.region for replica in table.replicas))


def _show_backfilling(answer: Mapping[str, Any], update: Update) -> None:
    """Show a new index as AWS does in the first moment: it is being created, and not yet filled."""
    for index in answer.get("GlobalSecondaryIndexes", ()):
        if update.created is not None and index["IndexName"] == update.created.name:
            index["Backfilling"] = False
