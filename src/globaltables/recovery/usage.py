"""What the ways back cost on the disk: the log of each table, and backups."""

import asyncio
from itertools import islice
from typing import NamedTuple

from globaltables.itemstore.keyspaces import log_range
from globaltables.itemstore.region import Region
from globaltables.recovery.backups import backups
from globaltables.tables.definitions import Table

#: Read at once; more would hold up clients.
_SLICE_RECORDS = 2_000


class LogUsage(NamedTuple):
    """How many change records a table has, and their bytes before compression."""

    records: int
    bytes: int


async def log_usage(region: Region, table: Table) -> LogUsage:
    """Count a table's change records by reading them, in slices."""
    records, total = 0, 0
    start, end = log_range(table.number)
    while True:
        key = b""
        for key, raw in islice(region.store.reader().range(start, end), _SLICE_RECORDS):
            records += 1
            total += len(key) + len(raw)
        if not key:
            return LogUsage(records, total)
        start = key + b"\0"
        await asyncio.sleep(0)


def backup_bytes(region: Region, account: str, table_name: str | None) -> int:
    """Return the billed bytes of the items of an account's backups, or of those of one table."""
    return sum(
        backup.size_bytes
        for backup in backups(region.store.reader(), account)
        if table_name in (None, backup.table.name)
    )
