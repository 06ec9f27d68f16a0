"""The buckets of S3 as exports and imports use them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from globaltables.buckets.folders import failed
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
from globaltables.buckets.store import ObjectStore
from globaltables.buckets.walking import walk
from globaltables.runtime.randomness import new_secret


class SharedBuckets:
    """Every bucket below a folder, for whoever works in the name of DynamoDB.

    Args:
        root: the folder; None has no buckets.
        sync: whether what was stored has to survive a loss of power.
    """

    def __init__(self, root: Path | None, *, sync: bool) -> None:
        self._root = root
        self._sync = sync
        self._opened: ObjectStore | None = None

    def check(self, bucket: str, owner: str | None = None) -> None:
        """Look for the bucket's folder, and at who owns it."""
        found = self._store().buckets.find(bucket)
        if owner is not None and found.account not in ("", owner):
            raise BucketError("AccessDenied", "Access Denied", 403)

    def upload(self, bucket: str, key: str, options: ObjectOptions) -> Upload:
        """Begin to write a file beside the buckets."""
        self.check(bucket, options.owner)
        if options.encryption == "KMS":
            raise BucketError(
                "KMS.NotFoundException", "Folders have no keys: use an S3 endpoint", 400
            )
        try:
            return _StoreUpload(self._store(), bucket, key, options)
        except OSError as error:
            raise failed(error) from error

    def download(self, bucket: str, key: str, owner: str | None = None) -> Download:
        """Open the object's current version."""
        self.check(bucket, owner)
        _, file = self._store().open(bucket, key)
        if file is None:
            raise no_such_key()
        return file

    def objects(
        self, bucket: str, prefix: str, *, after: str = "", owner: str | None = None
    ) -> Iterator[ListedObject]:
        """Walk the bucket's folders."""
        self.check(bucket, owner)
        for _, key, entry in walk(self._store().buckets.folder(bucket), prefix, after.encode()):
            yield ListedObject(key, entry.stat().st_size)

    def delete(self, bucket: str, key: str) -> None:
        """Delete the object, or put a mark of deletion on its versions."""
        store = self._store()
        store.delete(bucket, key, marker_version=new_secret()[:32])

    def _store(self) -> ObjectStore:
        if self._opened is None:
            if self._root is None:
                raise no_such_bucket()
            try:
                self._opened = ObjectStore(self._root, sync=self._sync)
            except OSError as error:
                raise failed(error) from error
        return self._opened


class _StoreUpload:
    """A file that takes its object's name when it is whole."""

    def __init__(self, store: ObjectStore, bucket: str, key: str, options: ObjectOptions) -> None:
        self._store = store
        self._bucket = bucket
        self._key = key
        self._options = options
        self._file, self._path = store.temporary()
        self._md5 = hashlib.md5(usedforsecurity=False)

    def write(self, content: bytes, /) -> None:
        """Add to the file."""
        try:
            self._file.write(content)
        except OSError as error:
            raise failed(error) from error
        self._md5.update(content)

    def commit(self) -> StoredObject:
        """Store the file."""
        digest = self._md5.hexdigest()
        facts = {"etag": digest, "type": self._options.content_type}
        if self._options.encryption is not None:
            facts["encryption"] = self._options.encryption
        try:
            self._store.finish(self._file)
            row = self._store.put(
                self._bucket, self._key, self._path, facts, version=new_secret()[:32]
            )
        except OSError as error:
            raise failed(error) from error
        return StoredObject(self._key, row.size, digest, digest)

    def discard(self) -> None:
        """Delete the file."""
        self._file.close()
        self._path.unlink(missing_ok=True)
