"""UpdateGlobalTable: regions join or leave a global table of version 2017.11.29."""

from typing import Any

from globaltables.foundation.errors import ApiError, validation
from globaltables.operations.context import Answer, Call
from globaltables.operations.legacy_global_tables import (
    check_regions,
    check_served,
    check_write_maxima,
    description,
    not_found,
)
from globaltables.replication.leaving import release
from globaltables.replication.legacy import (
    check_joinable,
    connect,
    find_global_table,
)
from globaltables.replication.membership import carry_out
from globaltables.replication.peer import GlobalTable, TableKey


async def handle(call: Call) -> Answer:
    """Add and remove the regions of the request; a table that leaves becomes independent.

    Source: API_UpdateGlobalTable.
    """
    check_served(call)
    key = TableKey(call.account, call.request["GlobalTableName"])
    added, removed = _regions(call.request["ReplicaUpdates"])
    check_regions(call, added + removed)
    found = await find_global_table(call.node, key)
    if found is None:
        raise not_found(key.name)
    for name in added:
        if name in found.members:
            raise ApiError(
                "ReplicaAlreadyExistsException",
                f"Global table with name: '{key.name}' already has a replica in region: '{name}'.",
            )
    for name in removed:
        if name not in found.members:
            raise ApiError(
                "ReplicaNotFoundException",
                f"Global table with name: '{key.name}' has no replica in region: '{name}'.",
            )
    if added:
        await check_joinable(call.node, key, found.members, added)
        check_write_maxima(call, key, [*found.members, *added])
    if added or removed:
        await _change(call, found, added, removed)
    kept = [name for name in (*found.members, *added) if name not in removed]
    changed = GlobalTable(key, found.created_ms, tuple(kept))
    return {"GlobalTableDescription": description(call, changed, "UPDATING")}


def _regions(updates: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the regions that join and those that leave."""
    added: list[str] = []
    removed: list[str] = []
    for update in updates:
        create, delete = update.get("Create"), update.get("Delete")
        if (create is None) == (delete is None):
            raise validation(
                "One or more parameter values were invalid: "
                "Exactly one of Create and Delete must be specified in each ReplicaUpdate."
            )
        if create is not None:
            added.append(create["RegionName"])
        elif delete is not None:
            removed.append(delete["RegionName"])
    return added, removed


async def _change(call: Call, found: GlobalTable, added: list[str], removed: list[str]) -> None:
    async def work() -> None:
        if added:
            members = [*found.members, *added]
            await connect(call.node, found.key, found.created_ms, members)
        for name in removed:
            await release(call.node, found.key, name)

    members = [*found.members, *added]
    await carry_out(call.node, call.region, found.key, members, work())
