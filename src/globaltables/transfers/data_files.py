"""The data files of an export: gzip, with what the manifest says of each. Every call blocks."""

import zlib
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from globaltables.buckets.interface import Buckets, ObjectOptions
from globaltables.foundation.limits import EXPORT_COMPRESSION_LEVEL

_GZIP = 16 + zlib.MAX_WBITS
CONTENT_TYPE = "application/x-gzip"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that is stored.

    Attributes:
        md5: of the stored bytes, in Base64.
    """

    key: str
    item_count: int
    etag: str
    md5: str

    def entry(self) -> dict[str, Any]:
        """Return what the manifest has of it."""
        return {
            "itemCount": self.item_count,
            "md5Checksum": self.md5,
            "etag": self.etag,
            "dataFileS3Key": self.key,
        }


class DataFileWriter:
    """Writes one file.

    Attributes:
        raw_bytes: what was written, before compression.
    """

    def __init__(self, buckets: Buckets, bucket: str, key: str, options: ObjectOptions) -> None:
        self._key = key
        self._upload = buckets.upload(bucket, key, options)
        self._gzip = zlib.compressobj(EXPORT_COMPRESSION_LEVEL, zlib.DEFLATED, _GZIP)
        self._count = 0
        self.raw_bytes = 0

    def write(self, lines: list[bytes]) -> None:
        """Add a line for each item."""
        content = b"".join(lines)
        self.raw_bytes += len(content)
        self._count += len(lines)
        self._upload.write(self._gzip.compress(content))

    def commit(self) -> DataFile:
        """Store the file.

        Raises:
            BucketError: it cannot be stored.
        """
        self._upload.write(self._gzip.flush())
        stored = self._upload.commit()
        md5 = b64encode(bytes.fromhex(stored.md5)).decode()
        return DataFile(self._key, self._count, stored.etag, md5)

    def discard(self) -> None:
        """Forget what was written."""
        self._upload.discard()
