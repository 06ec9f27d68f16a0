"""The archive of one region: what begins when the region opens."""

import shutil
from pathlib import Path

from globaltables.archive.journal import Journal
from globaltables.archive.place import open_place
from globaltables.archive.shipping import Shipper
from globaltables.itemstore.region import Region

#: Below the data folder, beside the regions.
_FOLDER = "archive"


def start(region: Region) -> None:
    """Record and ship what the region applies from now on; on the event loop, before anything is applied."""
    settings = region.settings
    url, data_dir = settings.archive, settings.data_dir
    assert url is not None
    assert data_dir is not None
    journal = Journal(_folder(data_dir, region.name), region.name, url)
    journal.resume(region.store.applied_position)
    region.store.journal = journal
    scratch = data_dir / _FOLDER / f"{region.name}-checkpoint"
    shutil.rmtree(scratch, ignore_errors=True)
    endpoint = settings.s3_endpoint
    shipper = Shipper(region, lambda: open_place(url, endpoint), journal, scratch)
    region.archive = shipper
    region.tasks.spawn(f"{region.name}/archive", shipper.run())


def _folder(data_dir: Path, region: str) -> Path:
    return data_dir / _FOLDER / region
