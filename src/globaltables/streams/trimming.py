"""The background task that deletes log records which no reader may see any more."""

import asyncio
import logging

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import (
    STREAM_ITERATOR_LIFETIME_MS,
    STREAM_RETENTION_MS,
    STREAM_TRIM_INTERVAL_MS,
)
from globaltables.itemstore.keyspaces import log_range
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import stamp_at
from globaltables.tables.definitions import Table

_log = logging.getLogger(__name__)
#: An iterator in use may stand this far behind the horizon; what it missed must still be found there (reading.py).
_KEPT_MS = STREAM_RETENTION_MS + STREAM_ITERATOR_LIFETIME_MS


async def trim_log(region: Region) -> None:
    """Trim the logs of a region's tables until cancelled."""
    while True:
        await trim_once(region)
        await asyncio.sleep(STREAM_TRIM_INTERVAL_MS / 1000)


async def trim_once(region: Region) -> None:
    """Delete, per table, the records that are older than 24 hours and an iterator's life and that nobody else needs."""
    old = region.hlc.tick() - stamp_at(_KEPT_MS)
    for table in region.catalog.tables():
        floor = _floor(region, table, old)
        if floor <= 0:
            continue
        start, end = log_range(table.number, until=floor - 1)
        if next(region.store.reader().range(start, end), None) is None:
            continue

        def decide(stage: Stage, start: bytes = start, end: bytes = end) -> None:
            stage.delete_range(start, end)

        try:
            await region.store.submit(decide)
        except OperationalError as error:
            # Too many writes are waiting, or the disk failed: the next round tries again.
            _log.warning("trimming the log of table %s is put off: %s", table.name, error)


def _floor(region: Region, table: Table, old: int) -> int:
    """Return the lowest position that must stay: every other reader of the log names its own."""
    return min((old, *(floor(table) for floor in region.store.log_floors.values())))
