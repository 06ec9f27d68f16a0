"""One data file of an export as the event loop sees it: written in threads, opened when there is something to write."""

from collections.abc import Callable

from globaltables.foundation.limits import EXPORT_FILE_BYTES_MAX
from globaltables.runtime.threads import in_thread
from globaltables.transfers.data_files import DataFile, DataFileWriter


class FileTask:
    """A data file that is being written.

    Args:
        make: opens it; blocks.

    Attributes:
        billed_bytes: of what was added.
    """

    def __init__(self, make: Callable[[], DataFileWriter]) -> None:
        self._make = make
        self._writer: DataFileWriter | None = None
        self._stored = False
        self.billed_bytes = 0

    @property
    def full(self) -> bool:
        """Whether what follows belongs into another file."""
        return self._writer is not None and self._writer.raw_bytes >= EXPORT_FILE_BYTES_MAX

    async def add(self, lines: Callable[[], list[bytes]], billed_bytes: int) -> None:
        """Write lines; they are made in the thread that writes them.

        Raises:
            BucketError: the bucket cannot be written.
        """

        def write() -> None:
            made = lines()
            if made:
                self._open().write(made)

        await in_thread(write, "export")
        self.billed_bytes += billed_bytes

    async def commit(self) -> DataFile:
        """Store the file, also when nothing was added: AWS has an empty file for an empty part.

        Raises:
            BucketError: the bucket cannot be written.
        """
        stored = await in_thread(lambda: self._open().commit(), "export")
        self._stored = True
        return stored

    def discard(self) -> None:
        """Forget what was written, unless it is stored."""
        if self._writer is not None and not self._stored:
            self._writer.discard()

    def _open(self) -> DataFileWriter:
        if self._writer is None:
            self._writer = self._make()
        return self._writer
