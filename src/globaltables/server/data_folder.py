"""The folder that a node keeps its data in: one process at a time, one format."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from globaltables.foundation.errors import OperationalError

#: Of everything below the folder; a node refuses what it would misread.
FORMAT_VERSION = "1"


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a data folder; the system lets it go when the process ends in whatever way.

    Args:
        path: made when it is missing.

    Raises:
        OperationalError: it cannot be written, another process holds it, or its format is not ours.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / "lock").open("a")
    except OSError as error:
        raise OperationalError(f"cannot use the data folder {path}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperationalError(
                f"another process is using the data folder {path}; "
                "stop it, or choose another folder with --data-dir"
            ) from None
        _check_format(path)
        yield


def stored_regions(path: Path) -> list[str]:
    """Return the names of the regions that have storage in a data folder."""
    regions = path / "regions"
    if not regions.is_dir():
        return []
    return sorted(each.name for each in regions.iterdir() if each.is_dir())


def region_folder(path: Path, region: str) -> Path:
    """Return where a region's storage lies in a data folder."""
    return path / "regions" / region


def _check_format(path: Path) -> None:
    """Write the format's version into a new folder, compare it in an old one."""
    file = path / "format"
    if not file.exists():
        file.write_text(f"{FORMAT_VERSION}\n")
        return
    found = file.read_text().strip()
    if found != FORMAT_VERSION:
        raise OperationalError(
            f"the data folder {path} has format {found!r}; this version of globaltables reads format {FORMAT_VERSION}"
        )
