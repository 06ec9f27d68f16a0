"""The exports and imports of one region: what begins when the region opens, and after every request."""

from globaltables.itemstore import jobs
from globaltables.itemstore.region import Region
from globaltables.transfers.exporting import Exporting
from globaltables.transfers.import_source import KeyOf
from globaltables.transfers.importing import Importing
from globaltables.transfers.records import find_export, find_import


def start_exports(region: Region) -> None:
    """Start every export that is not done and not at work; also after a restart."""
    reader = region.store.reader()
    for job in jobs.running(reader, "EXPORT"):
        name = f"{region.name}/export/{job.number}"
        export = find_export(reader, job.account, job.resource.rpartition("/")[2])
        if export is not None and not region.tasks.running(name):
            region.tasks.spawn(name, Exporting(region, export).run())


def start_imports(region: Region, key_of: KeyOf) -> None:
    """Start every import that is not done and not at work; also after a restart.

    Args:
        region: where the tables are made.
        key_of: see `KeyOf`.
    """
    reader = region.store.reader()
    for job in jobs.running(reader, "IMPORT"):
        name = f"{region.name}/import/{job.number}"
        one = find_import(reader, job.account, job.resource.rpartition("/")[2])
        if one is not None and not region.tasks.running(name):
            region.tasks.spawn(name, Importing(region, one, key_of).run())
