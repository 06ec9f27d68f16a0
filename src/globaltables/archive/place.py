"""Where an archive is: objects below a folder of this machine or a prefix of an S3 bucket. Every call blocks."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from globaltables.buckets.folders import FolderBuckets
from globaltables.buckets.interface import BucketError, Buckets, ObjectOptions
from globaltables.buckets.s3 import AWS, S3Buckets
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import MIB
from globaltables.foundation.settings import DEFAULT_ACCOUNT, DEFAULT_REGION

#: The folder below the one that a person names, which holds what is ours.
_FOLDER = "globaltables-archive"
_NO_SUCH_KEY = "NoSuchKey"
_READ_BYTES = 1 * MIB
#: Follows the slash in the order of names, so that a name with it comes after everything in the folder of that name.
_AFTER_SLASH = "0"


class Place:
    """The objects of one archive.

    Args:
        buckets: where its bucket is.
        bucket: the bucket.
        prefix: of every object's key; empty, or with a slash at its end.
    """

    def __init__(self, buckets: Buckets, bucket: str, prefix: str) -> None:
        self._buckets = buckets
        self._bucket = bucket
        self._prefix = prefix

    def check(self) -> None:
        """Return when the bucket is there.

        Raises:
            BucketError: it is not, or cannot be reached.
        """
        self._buckets.check(self._bucket)

    def put(self, name: str, content: bytes) -> None:
        """Store an object, durably and in one step.

        Raises:
            BucketError: it could not be stored.
        """
        upload = self._buckets.upload(self._bucket, self._prefix + name, ObjectOptions())
        try:
            upload.write(content)
            upload.commit()
        except BucketError:
            upload.discard()
            raise

    def put_file(self, name: str, path: Path) -> str:
        """Store a file's content and return its SHA-256.

        Raises:
            BucketError: it could not be stored.
        """
        digest = hashlib.sha256()
        upload = self._buckets.upload(self._bucket, self._prefix + name, ObjectOptions())
        try:
            with path.open("rb") as file:
                while content := file.read(_READ_BYTES):
                    digest.update(content)
                    upload.write(content)
            upload.commit()
        except (BucketError, OSError):
            upload.discard()
            raise
        return digest.hexdigest()

    def get(self, name: str) -> bytes | None:
        """Return an object's content, None when there is no such object.

        Raises:
            BucketError: it could not be read.
        """
        try:
            download = self._buckets.download(self._bucket, self._prefix + name)
        except BucketError as error:
            if error.code == _NO_SUCH_KEY:
                return None
            raise
        try:
            return download.read()
        finally:
            download.close()

    def get_file(self, name: str, path: Path) -> str:
        """Write an object's content to a new file, durably, and return its SHA-256.

        Raises:
            BucketError: it could not be read.
            OSError: the file could not be written.
        """
        digest = hashlib.sha256()
        download = self._buckets.download(self._bucket, self._prefix + name)
        try:
            with path.open("xb") as file:
                while content := download.read(_READ_BYTES):
                    digest.update(content)
                    file.write(content)
                file.flush()
                os.fsync(file.fileno())
        finally:
            download.close()
        return digest.hexdigest()

    def names(self, prefix: str, after: str = "") -> Iterator[str]:
        """Iterate over the names that begin with a prefix and come after another name, in order.

        Raises:
            BucketError: they could not be listed.
        """
        start = self._prefix + after if after else ""
        for found in self._buckets.objects(self._bucket, self._prefix + prefix, after=start):
            yield found.key.removeprefix(self._prefix)

    def folders(self, prefix: str) -> Iterator[str]:
        """Iterate over what follows a prefix up to the next slash, each once, without listing what is below.

        Raises:
            BucketError: they could not be listed.
        """
        after = ""
        while (first := next(self.names(prefix, after), None)) is not None:
            folder = first.removeprefix(prefix).partition("/")[0]
            yield folder
            after = prefix + folder + _AFTER_SLASH

    def delete(self, name: str) -> None:
        """Delete an object, if there is one.

        Raises:
            BucketError: it could not be deleted.
        """
        self._buckets.delete(self._bucket, self._prefix + name)


def open_place(url: str, s3_endpoint: str | None) -> Place:
    """Return the place that a URL names.

    Args:
        url: file:///folder, or s3://bucket or s3://bucket/prefix.
        s3_endpoint: URL of the S3 that has the bucket; None is AWS's own.

    Raises:
        OperationalError: the URL has another form, or its folder is missing.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3" and parts.netloc and not parts.query:
        prefix = parts.path.strip("/")
        # botocore follows AWS to the region that a bucket is in.
        buckets = S3Buckets(s3_endpoint or AWS, DEFAULT_REGION, DEFAULT_ACCOUNT)
        return Place(buckets, parts.netloc, f"{prefix}/" if prefix else "")
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return _folder(Path(unquote(parts.path)))
    raise OperationalError(f"{url!r} is no archive: name file:///folder or s3://bucket/prefix")


def _folder(path: Path) -> Place:
    # Not made here: where a disk is not mounted, the archive would go to the disk that it is to be safe from.
    if not path.is_dir():
        raise OperationalError(f"the archive's folder {path} is missing; make it")
    try:
        (path / _FOLDER).mkdir(exist_ok=True)
    except OSError as error:
        raise OperationalError(
            f"cannot use the archive's folder {path}: {error.strerror}"
        ) from error
    return Place(FolderBuckets(path), _FOLDER, "")
