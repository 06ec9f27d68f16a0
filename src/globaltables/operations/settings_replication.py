"""GlobalTableSettingsReplicationMode: whether other accounts may have replicas of a table, with its settings."""

from dataclasses import replace

from globaltables.foundation.errors import validation
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import description, find_table
from globaltables.replication.membership import in_use
from globaltables.tables.definitions import Table
from globaltables.tables.refusals import not_supported, refuse_mode_of_regional_table
from globaltables.tables.update_request import effective

ENABLED = "ENABLED"
SETTINGS_MODE = "GlobalTableSettingsReplicationMode"


async def set_settings_mode(call: Call, table: Table) -> Answer:
    """Let other accounts join a table, or end that, as UpdateTable asks.

    Args:
        call: the request.
        table: the region's definition.

    Source: developer guide, V2globaltables_MA_HowItWorks.
    """
    mode = call.request[SETTINGS_MODE]
    if not table.replicas:
        refuse_mode_of_regional_table(mode)
    elif mode != ENABLED or not table.group:
        raise not_supported(f"{SETTINGS_MODE} {mode} on a global table")
    if effective(call.request):
        raise validation(f"{SETTINGS_MODE} must be the only change in the request")

    def decide(stage: Stage) -> Answer:
        current = find_table(stage.catalog, table.account, table.name)
        if current.status != "ACTIVE":
            raise in_use()
        changed = with_settings_mode(current, mode)
        stage.save_table(changed)
        answer = description(call.region, changed)
        return {"TableDescription": {**answer, "TableStatus": "UPDATING"}}

    return await call.region.store.submit(decide)


def with_settings_mode(table: Table, mode: str | None) -> Table:
    """Return a table as a mode leaves it: one that others may join has a name for what they are copies of."""
    if mode is None or table.replicas:
        return table
    return replace(table, group=table.table_id if mode == ENABLED else "")
