"""Bodies that are too large for memory: written to a file by a thread as they come, while the client is held back."""

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from globaltables.buckets.folders import INCOMING, failed
from globaltables.foundation.limits import S3_SPOOL_WAITING_BYTES_MAX, S3_SPOOLED_BYTES_MIN
from globaltables.foundation.settings import Settings
from globaltables.runtime.threads import in_thread


class Spool:
    """One body on its way to a file.

    Args:
        folder: where the file is made.
        drained: called when there is room again after `is_full`.

    Attributes:
        path: of the file.
    """

    def __init__(self, folder: Path, drained: Callable[[], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        number, path = tempfile.mkstemp(dir=folder)
        self.path = Path(path)
        self._file = os.fdopen(number, "wb")
        self._drained = drained
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self._error: OSError | None = None
        self._taken = False

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the disk that no more should be read."""
        return self._waiting_bytes > S3_SPOOL_WAITING_BYTES_MAX

    def write(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._waiting.append(piece)
        self._waiting_bytes += len(piece)
        if self._writing is None and self._waiting_bytes >= S3_SPOOLED_BYTES_MIN:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def whole(self) -> None:
        """Return when everything is in the file.

        Raises:
            BucketError: the disk refused.
        """
        while self._writing is not None or self._waiting:
            if self._writing is None:
                self._writing = asyncio.get_running_loop().create_task(self._write())
            await self._writing
        self._file.close()
        if self._error is not None:
            raise failed(self._error) from self._error

    def take(self) -> None:
        """Leave the file to somebody else."""
        self._taken = True

    def discard(self) -> None:
        """Delete the file, unless somebody took it."""
        if self._writing is not None:
            self._writing.add_done_callback(lambda _: self._delete())
        else:
            self._delete()

    def _delete(self) -> None:
        self._file.close()
        if not self._taken:
            self.path.unlink(missing_ok=True)

    async def _write(self) -> None:
        """Write until nothing waits."""
        while self._waiting:
            pieces, self._waiting = self._waiting, []
            if self._error is None:
                try:
                    await in_thread(lambda: self._file.writelines(pieces), "spool")  # noqa: B023 - awaited
                except OSError as error:
                    self._error = error
            was_full = self.is_full
            self._waiting_bytes -= sum(map(len, pieces))
            if was_full and not self.is_full:
                self._drained()
        self._writing = None


Takes = Callable[[bytes, dict[bytes, bytes]], bool]


class Spools:
    """Decides which bodies go to files.

    Args:
        folder: where the files are made; None takes none.
        takes: tells from URL and headers whether a large body is for a service that reads it from a file.
    """

    def __init__(self, folder: Path | None, takes: Takes) -> None:
        self._folder = folder
        self._takes = takes

    def open(
        self, url: bytes, headers: dict[bytes, bytes], drained: Callable[[], None]
    ) -> Spool | None:
        """Return a file for the body of a request, None when it has to fit into memory.

        Raises:
            OSError: the file cannot be made.
        """
        if self._folder is None or not self._takes(url, headers):
            return None
        return Spool(self._folder, drained)


def open_spools(settings: Settings, takes: Takes) -> Spools:
    """Return what takes large bodies to files beside the buckets, so that a file becomes an object by its name."""
    here = settings.s3_endpoint is None and settings.buckets_dir is not None
    return Spools(settings.buckets_dir / INCOMING if here and settings.buckets_dir else None, takes)
