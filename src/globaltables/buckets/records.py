"""Buckets as the index knows them; a folder that a person made is one too."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from globaltables.buckets.index import Index
from globaltables.buckets.interface import BucketError, no_such_bucket

#: What a folder may be called to be a bucket; S3's own rule is narrower and holds where one is created.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}")


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket.

    Attributes:
        account: that owns it; empty for a folder that a person made, which belongs to everybody.
        region: where it is; empty for such a folder, which is everywhere.
        settings: by name: "versioning" is "Enabled", "Suspended" or missing; the others are S3's documents.
    """

    name: str
    account: str
    region: str
    created_ms: int
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def versioning(self) -> str:
        """Whether versions are kept: "Enabled", "Suspended" or nothing."""
        return str(self.settings.get("versioning", ""))


class BucketRecords:
    """The buckets below a folder.

    Args:
        root: where their folders are.
        index: what is known of them.
    """

    def __init__(self, root: Path, index: Index) -> None:
        self._root = root
        self._index = index

    def find(self, name: str) -> Bucket:
        """Return a bucket.

        Raises:
            BucketError: NoSuchBucket.
        """
        folder = self.folder(name)
        found = self._index.rows(
            "SELECT account, region, created_ms, settings FROM buckets WHERE name = ?", name
        )
        if not found:
            return Bucket(name, "", "", folder.stat().st_mtime_ns // 1_000_000)
        ((account, region, created_ms, settings),) = found
        return Bucket(name, account, region, created_ms, orjson.loads(settings))

    def folder(self, name: str) -> Path:
        """Return a bucket's folder.

        Raises:
            BucketError: NoSuchBucket.
        """
        if not is_there(self._root, name):
            raise no_such_bucket()
        return self._root / name

    def everything(self) -> Iterator[Bucket]:
        """Return all buckets in the order of their names."""
        for folder in sorted(self._root.iterdir()):
            if folder.is_dir() and _NAME.fullmatch(folder.name):
                yield self.find(folder.name)

    def create(self, bucket: Bucket) -> None:
        """Store a new bucket.

        Raises:
            BucketError: BucketAlreadyExists.
        """
        folder = self._root / bucket.name
        if folder.exists():
            msg = "The requested bucket name is not available."
            raise BucketError("BucketAlreadyExists", msg, 409)
        # What is known of a bucket without a folder is of one that is gone.
        self._forget(bucket.name)
        self.save(bucket)
        folder.mkdir()

    def save(self, bucket: Bucket) -> None:
        """Store what is known of a bucket."""
        self._index.rows(
            "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?, ?)",
            bucket.name,
            bucket.account,
            bucket.region,
            bucket.created_ms,
            orjson.dumps(bucket.settings),
        )

    def delete(self, name: str) -> None:
        """Delete a bucket that has no objects, with the folders that were left in it.

        Raises:
            BucketError: NoSuchBucket, BucketNotEmpty.
        """
        folder = self.folder(name)
        try:
            for path, _, _ in os.walk(folder, topdown=False):
                Path(path).rmdir()
        except OSError:
            raise not_empty() from None
        self._forget(name)

    def _forget(self, name: str) -> None:
        with self._index.change():
            self._index.rows("DELETE FROM buckets WHERE name = ?", name)
            self._index.rows("DELETE FROM objects WHERE bucket = ?", name)
            self._index.rows(
                "DELETE FROM parts WHERE upload IN (SELECT id FROM uploads WHERE bucket = ?)", name
            )
            self._index.rows("DELETE FROM uploads WHERE bucket = ?", name)


def not_empty() -> BucketError:
    """Return the refusal to delete a bucket that has something in it."""
    return BucketError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409)


def is_there(root: Path, name: str) -> bool:
    """Tell whether a folder of buckets has one of a name, which need not be one that buckets can have."""
    return _NAME.fullmatch(name) is not None and (root / name).is_dir()
