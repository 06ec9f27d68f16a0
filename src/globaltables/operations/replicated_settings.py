"""Settings that all members of a global table share: a change is made here, then in every other member."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from globaltables.foundation.errors import ApiError, validation
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Call
from globaltables.operations.control_plane import find_table
from globaltables.operations.index_backfills import start_backfills
from globaltables.tables.definitions import Table

T = TypeVar("T")
#: Decides on a member's table as it is there, and stages the change.
Change = Callable[[Table, Stage], T]


async def apply_everywhere(
    call: Call, table: Table, change: Change[T], *, shared: bool = True
) -> T:
    """Make a change in this region, then in the regions that replicate the table.

    A refusal here leaves the others untouched. The regions are those of this process.

    Args:
        call: the request.
        table: any definition of the table; the change sees the one that is current in each region.
        change: stages the change in one region.
        shared: False for a setting that is each member's own.

    Returns:
        What the change returned in this region.

    Raises:
        ApiError: what the change raised.
    """
    outcome = await _apply(call, call.region.name, table, change)
    if shared and table.global_table_version == "2019.11.21":  # the old version shares nothing
        for replica in table.replicas:
            await _apply(call, replica.region, table, change)
    return outcome


def check_no_replica_is_added(table: Table) -> None:
    """Refuse a change while a member is being added.

    Raises:
        ApiError: ValidationException.
    """
    for replica in table.replicas:
        if replica.status == "CREATING":
            raise _being_added(table.name, replica.region)


async def _apply(call: Call, region_name: str, table: Table, change: Change[T]) -> T:
    region = call.node.region(region_name)
    outcome = await region.store.submit(partial(_decide, table.account, table.name, change))
    start_backfills(region)
    return outcome


def _decide(account: str, name: str, change: Change[T], stage: Stage) -> T:
    return change(find_table(stage.catalog, account, name), stage)


def _being_added(name: str, region: str) -> ApiError:
    return validation(
        "Create/Update/Delete of replica is not allowed while the replica is being added "
        f"to table with name: ‘{name}’ in region: ‘{region}’."  # noqa: RUF001 - AWS's quotes
    )
