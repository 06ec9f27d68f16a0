"""DeleteTable: drops a table with everything that belongs to it; of a global table this region's replica."""

from collections.abc import Awaitable

from globaltables.foundation.errors import resource_in_use, validation
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_table
from globaltables.replication.membership import remove_member
from globaltables.tables.definitions import Table
from globaltables.tables.description import describe_deleted


def handle(call: Call) -> Awaitable[Answer]:
    """Delete the table of the request.

    Source: API_DeleteTable.
    """
    name = call.table_name()
    table = find_table(call.region.catalog, call.account, name)
    check_deletable(table)
    if table.replicated:
        return _remove_replica(call, table)

    def decide(stage: Stage) -> Answer:
        current = find_table(stage.catalog, call.account, name)
        check_deletable(current)
        answer = _answer(call, current)
        stage.drop_table(current)
        return answer

    return call.region.store.submit(decide)


def check_deletable(table: Table) -> None:
    """Check that nothing stands against the deletion of a table.

    Raises:
        ApiError: it is in use, or protected.
    """
    in_use = "Attempt to change a resource which is still in use: "
    if table.restricted:
        raise resource_in_use(f"{in_use}Table: {table.name} is being used.")
    if table.status in ("CREATING", "DELETING"):
        doing = "created" if table.status == "CREATING" else "deleted"
        raise resource_in_use(f"{in_use}Table is being {doing}: {table.name}")
    if table.status == "UPDATING":
        msg = f"{in_use}Table: {table.name} is in the process of being updated."
        raise resource_in_use(msg)
    if any(index.status != "ACTIVE" for index in table.indexes):
        msg = f"{in_use}Cannot delete table while indexes are being created, updated, or deleted."
        raise resource_in_use(msg)
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
