"""Code of functions and layers as files: zip archives by their hash, and beside them what is in them.

Archives are written before the records that name them and deleted after those, so that a record always has its
archive; what is unpacked is made again whenever it is missing.
"""

import asyncio
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Collection, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

from globaltables.companions.functions.refusals import invalid_parameter
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import LAMBDA_CODE_BYTES_MAX
from globaltables.runtime.threads import in_thread

_THREAD = "function-code"


class CodeStore:
    """The archives of one region.

    Args:
        folder: made when it is needed; None for a temporary one that ends with the store.
    """

    def __init__(self, folder: Path | None) -> None:
        self._is_temporary = folder is None
        self._folder = folder
        #: By hash, how many are about to be named by a record.
        self._arriving: dict[str, int] = {}
        #: One changes files at a time: what is just being deleted must not be taken for there.
        self._changing = asyncio.Lock()

    async def add(self, archive: bytes) -> str:
        """Keep an archive, and return its hash in hexadecimal digits; `arrived` tells when a record names it.

        Raises:
            ApiError: InvalidParameterValueException: it is no archive, or too much is in it.
            OperationalError: the disk refused.
        """
        digest = sha256(archive).hexdigest()
        self._arriving[digest] = self._arriving.get(digest, 0) + 1
        try:
            async with self._changing:
                await in_thread(partial(self._write, digest, archive), _THREAD)
        except BaseException:
            self.arrived(digest)
            raise
        return digest

    def arrived(self, digest: str) -> None:
        """Leave an archive to the records that name it."""
        self._arriving[digest] -= 1
        if not self._arriving[digest]:
            del self._arriving[digest]

    async def read(self, digest: str) -> bytes:
        """Return an archive."""
        return await in_thread((self._root() / f"{digest}.zip").read_bytes, _THREAD)

    def location(self, digest: str) -> str:
        """Return the URL of an archive, on this machine."""
        return (self._root() / f"{digest}.zip").absolute().as_uri()

    async def unpacked(self, digests: Sequence[str]) -> Path:
        """Return the folder that has what is in some archives; later ones replace files of earlier ones."""
        target = self._root() / "unpacked" / folder_name(digests)
        if target.is_dir():
            return target
        async with self._changing:
            if not target.is_dir():
                await in_thread(partial(self._unpack, digests, target), _THREAD)
        return target

    async def forget_others(self, in_use: Callable[[], Collection[str]]) -> None:
        """Delete what no record names.

        Args:
            in_use: tells the names that records have.
        """
        async with self._changing:
            names = {*in_use(), *self._arriving}
            await in_thread(partial(self._delete_others, names), _THREAD)

    def close(self) -> None:
        """End a temporary store."""
        if self._is_temporary and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _root(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="globaltables-functions-"))
        return self._folder

    def _write(self, digest: str, archive: bytes) -> None:
        _check(archive)
        root = self._root()
        target = root / f"{digest}.zip"
        if target.exists():
            return
        try:
            root.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=root, delete=False) as file:
                file.write(archive)
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(target)
            _sync_folder(root)
        except OSError as error:
            raise OperationalError(f"the code of a function cannot be stored: {error}") from error

    def _unpack(self, digests: Sequence[str], target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=target.parent))
        scratch.chmod(0o755)
        for digest in digests:
            with zipfile.ZipFile(self._root() / f"{digest}.zip") as archive:
                for member in archive.infolist():
                    path = Path(archive.extract(member, scratch))
                    mode = member.external_attr >> 16 & 0o777
                    if mode and path.is_file():
                        path.chmod(mode | 0o444)
        scratch.rename(target)

    def _delete_others(self, names: Collection[str]) -> None:
        root = self._root()
        for archive in root.glob("*.zip"):
            if archive.stem not in names:
                archive.unlink(missing_ok=True)
        for left in root.glob("tmp*"):  # by a process that was killed
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
        for folder in root.glob("unpacked/*"):
            if folder.name not in names:
                # A process that still runs may write into it: under another name it does no harm.
                gone = Path(tempfile.mkdtemp(dir=root)) / "gone"
                folder.rename(gone)
                shutil.rmtree(gone.parent, ignore_errors=True)


def folder_name(digests: Sequence[str]) -> str:
    """Return the name under which some archives are unpacked together."""
    if len(digests) == 1:
        return digests[0]
    return sha256("/".join(digests).encode()).hexdigest()


def _check(archive: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as found:
            members = found.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise invalid_parameter(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from None
    if not members:
        raise invalid_parameter("Uploaded file must be a non-empty zip")
    if sum(one.file_size for one in members) > LAMBDA_CODE_BYTES_MAX:
        raise invalid_parameter(f"Unzipped size must be smaller than {LAMBDA_CODE_BYTES_MAX} bytes")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
