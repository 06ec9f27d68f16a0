"""CreateGlobalTable: equal, empty tables in several regions become a global table of version 2017.11.29."""

from typing import Any

from globaltables.foundation.errors import ApiError, invalid_parameters
from globaltables.operations.context import Answer, Call
from globaltables.operations.legacy_global_tables import (
    check_regions,
    check_served,
    check_write_maxima,
    description,
)
from globaltables.replication.legacy import (
    check_joinable,
    connect,
    find_global_table,
)
from globaltables.replication.membership import carry_out
from globaltables.replication.peer import GlobalTable, TableKey


async def handle(call: Call) -> Answer:
    """Create the global table of the request.

    Source: API_CreateGlobalTable.
    """
    check_served(call)
    key = TableKey(call.account, call.request["GlobalTableName"])
    names = _region_names(call.request["ReplicationGroup"])
    check_regions(call, names)
    if await find_global_table(call.node, key) is not None:
        raise ApiError(
            "GlobalTableAlreadyExistsException",
            f"Global table with name: '{key.name}' already exists.",
        )
    await check_joinable(call.node, key, (), names)
    check_write_maxima(call, key, names)
    created_ms = call.region.clock.now_ms()
    work = connect(call.node, key, created_ms, names)
    await carry_out(call.node, call.region, key, names, work)
    created = GlobalTable(key, created_ms, tuple(names))
    return {"GlobalTableDescription": description(call, created, "CREATING")}


def _region_names(group: list[dict[str, Any]]) -> list[str]:
    """Return the regions of a replication group, whose names AWS's model does not require.

    Raises:
        ApiError: ValidationException; there is none, or one has no name.
    """
    faults = [
        f"Value null at 'replicationGroup.{number}.member.regionName' failed to satisfy constraint: "
        "Member must not be null"
        for number, replica in enumerate(group, 1)
        if "RegionName" not in replica
    ]
    if not group:
        demand = "Member must have length greater than or equal to 1"
        faults = [f"Value '[]' at 'replicationGroup' failed to satisfy constraint: {demand}"]
    if faults:
        errors = "error" if len(faults) == 1 else "errors"
        raise invalid_parameters(f"{len(faults)} validation {errors} detected: {'; '.join(faults)}")
    return [replica["RegionName"] for replica in group]
