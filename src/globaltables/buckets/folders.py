"""Buckets as folders of this machine: one folder for each bucket, which a person makes, and a file for each object."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from globaltables.buckets.interface import (
    BucketError,
    Download,
    ListedObject,
    ObjectOptions,
    StoredObject,
    Upload,
    no_such_bucket,
    no_such_key,
)
from globaltables.buckets.object_names import path_parts
from globaltables.buckets.placing import file_of, place, remove
from globaltables.buckets.walking import walk

#: Where objects are written until they are whole; no bucket's name begins with a point.
INCOMING = ".incoming"
_BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class FolderBuckets:
    """The buckets below a folder. They belong to everybody, and what is in them is not encrypted.

    Args:
        root: the folder; it need not be there. None has no buckets.
    """

    def __init__(self, root: Path | None) -> None:
        self._root = root

    def check(self, bucket: str, owner: str | None = None) -> None:
        """Return when the bucket's folder is there."""
        self._folder(bucket)

    def upload(self, bucket: str, key: str, options: ObjectOptions) -> Upload:
        """Begin to write a file beside the buckets."""
        folder = self._folder(bucket)
        parts = path_parts(key)
        incoming = folder.parent / INCOMING
        if options.encryption == "KMS":
            raise BucketError(
                "KMS.NotFoundException", "Folders have no keys: use an S3 endpoint", 400
            )
        try:
            return _FileUpload(incoming, folder, parts, key)
        except OSError as error:
            raise failed(error) from error

    def download(self, bucket: str, key: str, owner: str | None = None) -> Download:
        """Open the object's file."""
        folder, parts = self._folder(bucket), path_parts(key)
        try:
            return _FileDownload(file_of(folder, parts).open("rb"))
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise no_such_key() from None
        except OSError as error:
            raise failed(error) from error

    def objects(
        self, bucket: str, prefix: str, *, after: str = "", owner: str | None = None
    ) -> Iterator[ListedObject]:
        """Walk the bucket's folders."""
        for _, key, entry in walk(self._folder(bucket), prefix, after.encode()):
            yield ListedObject(key, entry.stat().st_size)

    def delete(self, bucket: str, key: str) -> None:
        """Delete the object's file, and the folders that were there for it alone."""
        folder, parts = self._folder(bucket), path_parts(key)
        try:
            remove(file_of(folder, parts), folder, sync=False)
        except OSError as error:
            raise failed(error) from error

    def _folder(self, bucket: str) -> Path:
        """Return a bucket's folder.

        Raises:
            BucketError: NoSuchBucket.
        """
        if self._root is None or _BUCKET_NAME.fullmatch(bucket) is None:
            raise no_such_bucket()
        folder = self._root / bucket
        if not folder.is_dir():
            raise no_such_bucket()
        return folder


class _FileUpload:
    """A file that takes its object's name when it is whole."""

    def __init__(self, incoming: Path, folder: Path, parts: list[str], key: str) -> None:
        incoming.mkdir(parents=True, exist_ok=True)
        number, path = tempfile.mkstemp(dir=incoming)
        self._path = Path(path)
        self._file = os.fdopen(number, "wb")
        self._folder = folder
        self._parts = parts
        self._key = key
        self._md5 = hashlib.md5(usedforsecurity=False)

    def write(self, content: bytes, /) -> None:
        """Add to the file."""
        try:
            self._file.write(content)
        except OSError as error:
            raise failed(error) from error
        self._md5.update(content)

    def commit(self) -> StoredObject:
        """Sync the file, then give it its name."""
        try:
            self._file.flush()
            size = self._file.tell()
            os.fsync(self._file.fileno())
            self._file.close()
            self._path.chmod(0o644)
            place(self._path, self._folder, self._parts, sync=True)
        except OSError as error:
            raise failed(error) from error
        digest = self._md5.hexdigest()
        return StoredObject(self._key, size, digest, digest)

    def discard(self) -> None:
        """Delete the file."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class _FileDownload:
    """An open file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        """Read on."""
        try:
            return self._file.read(size)
        except OSError as error:
            raise failed(error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def failed(error: OSError) -> BucketError:
    """Return the refusal that an error of the file system is."""
    if isinstance(error, PermissionError):
        return BucketError("AccessDenied", "Access Denied", 403)
    return BucketError("InternalError", error.strerror or "the folder cannot be used", 500)
