"""What the operations on version 2017.11.29 global tables share: the switch, the description, the refusals."""

from typing import Any

from globaltables.autoscaling.stored_targets import target
from globaltables.autoscaling.targets import ScaledResource
from globaltables.foundation.arns import global_table_arn
from globaltables.foundation.errors import ApiError, invalid_parameters, validation
from globaltables.operations.context import Call
from globaltables.replication.legacy import differing
from globaltables.replication.peer import GlobalTable, TableKey
from globaltables.security.region_names import served_regions
from globaltables.tables.definitions import Table
from globaltables.tables.description import seconds


def check_served(call: Call) -> None:
    """Refuse changes when the node is to behave as AWS does since 2026.

    Raises:
        ApiError: ValidationException.
    """
    if call.region.settings.aws_2026:
        raise invalid_parameters(
            "DynamoDB global tables version 2017.11.29 is not supported. We recommend using "
            "DynamoDB global tables version 2019.11.21, instead of version 2017.11.29 (Legacy)."
        )


def check_regions(call: Call, names: list[str]) -> None:
    """Check the regions of a request.

    Raises:
        ApiError: one is not served or named twice.
    """
    fault = served_regions(call.region.settings.regions)
    for name in names:
        if name not in call.node.remote_peers and fault(name):
            raise validation(f"Region {name} is not supported.")
    if len(set(names)) < len(names):
        raise invalid_parameters("A region was specified more than once.")


def check_write_maxima(call: Call, key: TableKey, names: list[str]) -> None:
    """Check that auto scaling has the same maximum for the writes of every table and index, or none.

    Of members that other nodes host it is not known.

    Raises:
        ApiError: ValidationException.

    Source: API_UpdateGlobalTable: "the same provisioned and maximum write capacity units".
    """
    tables = [
        table
        for name in names
        if name not in call.node.remote_peers
        and (table := call.node.region(name).catalog.find(*key)) is not None
    ]
    for table in tables[1:]:
        if _write_maxima(call, table) != _write_maxima(call, tables[0]):
            raise differing(table, tables[0].region)


def _write_maxima(call: Call, table: Table) -> dict[str | None, int]:
    reader = call.node.region(table.region).store.reader()
    names = [None, *(index.name for index in table.indexes if index.kind == "GLOBAL")]
    targets = {
        name: target(reader, ScaledResource(table.account, table.name, name, "write"))
        for name in names
    }
    return {name: found.maximum for name, found in targets.items() if found is not None}


def not_found(name: str) -> ApiError:
    """Return AWS's refusal of a global table that does not exist."""
    return ApiError(
        "GlobalTableNotFoundException",
        f"Global table not found: Global table with name: '{name}' does not exist.",
    )


def group(members: tuple[str, ...] | list[str]) -> list[dict[str, str]]:
    """Return regions as the API lists them."""
    return [{"RegionName": name} for name in members]


def description(call: Call, table: GlobalTable, status: str = "ACTIVE") -> dict[str, Any]:
    """Return a GlobalTableDescription."""
    return {
        "ReplicationGroup": group(table.members),
        "GlobalTableArn": global_table_arn(call.region.name, table.key.account, table.key.name),
        "CreationDateTime": seconds(table.created_ms),
        "GlobalTableStatus": status,
        "GlobalTableName": table.key.name,
    }
