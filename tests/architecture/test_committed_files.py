"""What may not be in the repository."""

import re

from tests.support.sources import DOCUMENTS, ROOT, committed_files

FILE_BYTES_MAX = 1_000_000
#: A folder of the machine on which something was written; relative paths and URLs do not match.
MACHINE_PATH = re.compile(rb"(?<![\w.:/*$}~-])/(?:work|root|tmp|home/\w+)(?=/|\b)")
HASHED_LINE = re.compile(r"^(?:[a-z0-9.-]+==|    --hash=sha256:[0-9a-f]{64}|$)")


def test_committed_files_name_no_folder_of_one_machine() -> None:
    """A clone works anywhere, so no file names a folder that only its author has."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in committed_files()
        if DOCUMENTS not in path.parents
        for number, line in enumerate(path.read_bytes().split(b"\n"), 1)
        if MACHINE_PATH.search(line)
    ]

    assert [] == found


def test_committed_files_are_small() -> None:
    """Data and binaries stay out of the history."""
    found = [
        f"{path.relative_to(ROOT)}: {size}"
        for path in committed_files()
        if (size := path.stat().st_size) > FILE_BYTES_MAX
    ]

    assert [] == found


def test_lock_files_name_packages_and_hashes_only() -> None:
    """A lock file works with every mirror: it names no registry."""
    found = [
        f"{path.name}:{number}"
        for path in sorted((ROOT / "requirements").glob("*.lock"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "//" in line or not HASHED_LINE.match(line)
    ]

    assert [] == found
