"""The background tasks that complete changes of a region's tables when their time has come (`--realistic`).

One task for each time at which something of a table is due: it sleeps until then and ends. What is due is part of the
table's definition, so a change goes on after a restart, in whatever mode.
"""

import asyncio
import logging

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import SETTLING_RETRY_MS
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.tables.settling import due_times, settled

_log = logging.getLogger(__name__)


def start_settlements(region: Region) -> None:
    """Start to wait for every change that is not complete and is not being waited for; also after a restart."""
    for table in region.catalog.tables():
        for due_ms in due_times(table):
            name = f"{region.name}/settling/{table.number}/{due_ms}"
            if not region.tasks.running(name):
                region.tasks.spawn(name, _settle(region, table.number, due_ms))


async def _settle(region: Region, table_number: int, due_ms: int) -> None:
    """Complete what is due in a table at a time; ends early when the table is dropped meanwhile."""

    def decide(stage: Stage) -> None:
        table = stage.catalog.by_number(table_number)
        if table is None:
            return
        done = settled(table, due_ms)
        for index in done.dropped:
            stage.drop_index(table, index)
        if done.table is None:
            stage.drop_table(table)
        elif done.table != table:
            stage.save_table(done.table)

    await region.clock.until(due_ms)
    while True:
        try:
            await region.store.submit(decide)
        except OperationalError as error:
            _log.warning("a change of table %s is put off: %s", table_number, error)
            await asyncio.sleep(SETTLING_RETRY_MS / 1000)
        else:
            return
