"""DescribeStorage (ours): what items, change records and backups take up in a region."""

from typing import Any

from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.recovery.usage import backup_bytes, log_usage
from globaltables.tables.definitions import Table


async def handle(call: Call) -> Answer:
    """Return the bytes of one table, or of every table of the account."""
    region = call.region
    name = None
    tables = region.catalog.list(call.account)
    if "TableName" in call.request:
        tables = [find_own_table(call, region.catalog)]
        name = tables[0].name
    return {
        "Tables": [await _described(call, table) for table in list(tables)],
        "BackupBytes": backup_bytes(region, call.account, name),
    }


async def _described(call: Call, table: Table) -> dict[str, Any]:
    store = call.region.store
    item_count, size_bytes = store.statistics(table)
    indexes = (store.index_statistics(table, index.number) for index in table.indexes)
    log = await log_usage(call.region, table)
    return {
        "TableName": table.name,
        "ItemCount": item_count,
        "ItemBytes": size_bytes,
        "IndexBytes": sum(size for _, size in indexes),
        "LogRecords": log.records,
        "LogBytes": log.bytes,
    }
