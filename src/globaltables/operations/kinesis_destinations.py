"""What the operations on Kinesis destinations share: the table, the decision, and what begins after it."""

import asyncio
from collections.abc import Callable

from globaltables.destinations.service import match_destinations
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Call
from globaltables.operations.control_plane import find_own_table, table_not_found
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Table

#: Returns the new definition of a table at a position of its log.
Change = Callable[[Table, int], Table]


def find_table_with_destinations(call: Call, catalog: Catalog) -> Table:
    """Return the table of a request that changes its destinations.

    Raises:
        ApiError: ResourceNotFoundException, also while the table is being created.
    """
    table = find_own_table(call, catalog)
    if table.status == "CREATING":
        raise table_not_found(table.name)
    return table


async def change_destination(call: Call, change: Change) -> Table:
    """Change the destinations of the request's table, and start what that needs; return the new definition.

    Raises:
        ApiError: ResourceNotFoundException, or what the change raised.
    """

    def decide(stage: Stage) -> Table:
        table = find_table_with_destinations(call, stage.catalog)
        changed = change(table, stage.tick())
        if changed != table:
            stage.save_table(changed)
        return changed

    def start(done: "asyncio.Future[Table]") -> None:
        if not done.cancelled() and done.exception() is None:
            match_destinations(call.region, done.result())

    decided = call.region.store.submit(decide)
    decided.add_done_callback(start)
    return await asyncio.shield(
        decided
    )  # what was decided goes on when nobody waits for the answer
