"""Objects of imports, decompressed as they are read, line by line. Every call blocks."""

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any

from globaltables.buckets.interface import Download
from globaltables.foundation.limits import IMPORT_LINE_BYTES_MAX

_BUFFER_BYTES = 256 * 1024


class UnreadableFileError(ValueError):
    """A file is not what it was said to be; what follows in it cannot be read."""


class ObjectLines:
    """The lines of an object, without their ends; empty ones are left out.

    Args:
        download: the object.
        compression: "NONE", "GZIP" or "ZSTD".

    Attributes:
        bytes_read: of the object, as it is stored.
    """

    def __init__(self, download: Download, compression: str) -> None:
        self._raw = _Raw(download)
        self._compression = compression

    @property
    def bytes_read(self) -> int:
        """How much of the object was read, as it is stored."""
        return self._raw.count

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the lines.

        Raises:
            UnreadableFileError: the compression is another, the file is damaged, or a line is too long.
            BucketError: the object cannot be read any more.
        """
        from zstandard import ZstdError  # noqa: PLC0415 - see _zstd

        try:
            stream = self._open()
            while line := stream.readline(IMPORT_LINE_BYTES_MAX):
                if len(line) == IMPORT_LINE_BYTES_MAX:
                    raise UnreadableFileError("a line is too long")
                line = line.strip(b"\r\n")
                if line:
                    yield line
        except (EOFError, gzip.BadGzipFile, zlib.error, ZstdError) as error:
            raise UnreadableFileError(str(error)) from error

    def close(self) -> None:
        """Read no more of the object."""
        self._raw.close()

    def _open(self) -> io.BufferedReader:
        if self._compression == "GZIP":
            # A member may be followed by others, as when files were put together.
            unpacked: Any = gzip.GzipFile(fileobj=io.BufferedReader(self._raw, _BUFFER_BYTES))
        elif self._compression == "ZSTD":
            unpacked = _zstd(self._raw)
        else:
            unpacked = self._raw
        return io.BufferedReader(unpacked, _BUFFER_BYTES)


class _Raw(io.RawIOBase):
    """A download as Python's readers want it, which counts."""

    def __init__(self, download: Download) -> None:
        self._download = download
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._download.read(len(buffer))
        buffer[: len(content)] = content
        self.count += len(content)
        return len(content)

    def close(self) -> None:
        self._download.close()
        super().close()


def _zstd(raw: Any) -> Any:
    # Needed by few; its import would be part of every start.
    from zstandard import ZstdDecompressor  # noqa: PLC0415

    return ZstdDecompressor().stream_reader(raw, read_across_frames=True)
