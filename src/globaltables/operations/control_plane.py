"""What the operations on tables share: finding a table by name, and its description."""

import asyncio
from typing import Any, TypeVar

from globaltables.foundation.errors import ApiError, limit_exceeded, resource_not_found
from globaltables.foundation.limits import TABLES_CHANGING_MAX
from globaltables.itemstore.index_backfills import start_backfills
from globaltables.itemstore.region import Region
from globaltables.itemstore.settlements import start_settlements
from globaltables.operations.context import Call
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Table
from globaltables.tables.description import describe

T = TypeVar("T")


def table_not_found(name: str) -> ApiError:
    """Return AWS's refusal of a table that the control plane does not know."""
    return resource_not_found(f"Requested resource not found: Table: {name} not found")


def find_table(catalog: Catalog, account: str, name: str) -> Table:
    """Return an account's table of that name.

    Raises:
        ApiError: ResourceNotFoundException.
    """
    table = catalog.find(account, name)
    if table is None:
        raise table_not_found(name)
    return table


def find_own_table(call: Call, catalog: Catalog) -> Table:
    """Return the table that a request names, unless it is a copy that is still being filled.

    Raises:
        ApiError: ResourceNotFoundException.
    """
    name = call.table_name()
    table = find_table(catalog, call.account, name)
    if table.restricted:
        raise table_not_found(name)
    return table


def description(region: Region, table: Table) -> dict[str, Any]:
    """Return a table's TableDescription with the counts of now."""
    return describe(table, region.store, region.clock.now_ms())


def going_on(region: Region, decided: "asyncio.Future[T]") -> "asyncio.Future[T]":
    """Let what a decision began go on in the background, whether or not the caller waits for the answer."""

    def start(_: object) -> None:
        start_backfills(region)
        start_settlements(region)

    decided.add_done_callback(start)
    return asyncio.shield(decided)


def check_changes_under_way(catalog: Catalog, account: str) -> None:
    """Check that one more table of an account may be created, changed or deleted now.

    Raises:
        ApiError: LimitExceededException.
    """
    if sum(table.status != "ACTIVE" for table in catalog.list(account)) >= TABLES_CHANGING_MAX:
        raise limit_exceeded(
            f"Subscriber limit exceeded: Only {TABLES_CHANGING_MAX} tables can be created, "
            "updated, or deleted simultaneously"
        )
