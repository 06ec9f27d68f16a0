"""The background tasks that fill new indexes of a region."""

from globaltables.itemstore.backfill import backfill, unfinished
from globaltables.itemstore.region import Region


def start_backfills(region: Region) -> None:
    """Start to fill every index that is not complete and is not being filled; also after a restart."""
    for table, index in unfinished(region.store):
        name = f"{region.name}/backfill/{table.number}/{index.number}"
        if not region.tasks.running(name):
            region.tasks.spawn(name, backfill(region.store, table, index))
