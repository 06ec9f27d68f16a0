"""What the operations on tables share: finding a table by name, and its description."""

from typing import Any

from globaltables.foundation.errors import ApiError, resource_not_found
from globaltables.itemstore.region import Region
from globaltables.operations.context import Call
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Table
from globaltables.tables.description import describe


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
