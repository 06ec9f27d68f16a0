"""What a place of buckets can do, and how it fails."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from globaltables.foundation.errors import OperationalError


class BucketError(OperationalError):
    """A bucket or an object cannot be used.

    Args:
        code: as S3 calls it, e.g. "NoSuchBucket".
        text: S3's text.
        status: of S3's answer.
    """

    def __init__(self, code: str, text: str, status: int) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.status = status


@dataclass(frozen=True, slots=True)
class ObjectOptions:
    """How an object is stored.

    Attributes:
        content_type: of its content.
        owner: the account that the bucket has to belong to.
        encryption: "AES256" or "KMS".
        kms_key: with which it is encrypted; None is S3's own.
    """

    content_type: str = "application/octet-stream"
    owner: str | None = None
    encryption: str | None = None
    kms_key: str | None = None


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that is stored.

    Attributes:
        key: its name in the bucket.
        size: bytes.
        etag: without quotation marks.
        md5: hexadecimal digits, of the content.
    """

    key: str
    size: int
    etag: str
    md5: str


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object in a list."""

    key: str
    size: int


class Upload(Protocol):
    """An object that is being written; nobody sees it before `commit`."""

    def write(self, content: bytes, /) -> None:
        """Add to the content."""

    def commit(self) -> StoredObject:
        """Store the object, in the place of one that has its name; it is durable then.

        Raises:
            BucketError: it cannot be stored.
        """

    def discard(self) -> None:
        """Forget what was written."""


class Download(Protocol):
    """The content of an object, from its beginning."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at the most so many; none at the end.

        Raises:
            BucketError: the connection broke.
        """

    def close(self) -> None:
        """Read no more."""


class Buckets(Protocol):
    """The buckets that one account sees from one region."""

    def check(self, bucket: str, owner: str | None = None) -> None:
        """Return when a bucket is there.

        Raises:
            BucketError: NoSuchBucket, AccessDenied.
        """

    def upload(self, bucket: str, key: str, options: ObjectOptions) -> Upload:
        """Begin to write an object.

        Raises:
            BucketError: NoSuchBucket, or a name that cannot be stored.
        """

    def download(self, bucket: str, key: str, owner: str | None = None) -> Download:
        """Open an object.

        Raises:
            BucketError: NoSuchBucket, NoSuchKey, AccessDenied.
        """

    def objects(
        self, bucket: str, prefix: str, *, after: str = "", owner: str | None = None
    ) -> Iterator[ListedObject]:
        """Iterate over the objects whose key begins with a prefix and comes after another, in the order of UTF-8.

        Raises:
            BucketError: NoSuchBucket, AccessDenied.
        """

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, if there is one.

        Raises:
            BucketError: NoSuchBucket, AccessDenied.
        """


def no_such_bucket() -> BucketError:
    """Return S3's refusal of a bucket that is not there."""
    return BucketError("NoSuchBucket", "The specified bucket does not exist", 404)


def no_such_key() -> BucketError:
    """Return S3's refusal of an object that is not there."""
    return BucketError("NoSuchKey", "The specified key does not exist.", 404)
