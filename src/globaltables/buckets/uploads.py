"""Multipart uploads: parts that are stored one by one and become an object together."""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from globaltables.buckets.checksums import ALGORITHMS, encoded
from globaltables.buckets.interface import BucketError
from globaltables.buckets.store import ObjectStore
from globaltables.foundation.limits import MIB

_UPLOAD_COLUMNS = "id, bucket, key, started_ms, facts"


@dataclass(frozen=True, slots=True)
class MultipartUpload:
    """An upload that was begun.

    Attributes:
        facts: of the object that it becomes, and "algorithm", "checksum_type" of its checksum.
    """

    id: str
    bucket: str
    key: str
    started_ms: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A part.

    Attributes:
        facts: "etag", and "checksums" by algorithm.
    """

    number: int
    file: str
    size: int
    modified_ms: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Whole:
    """The content of all parts, in one file.

    Attributes:
        etag: S3's, of an object of several parts.
        checksum: of the content, when an algorithm was asked for.
    """

    file: Path
    etag: str
    checksum: str


class Uploads:
    """The uploads of a store.

    Args:
        store: where their objects go.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._index = store.index

    def begin(self, upload: MultipartUpload) -> None:
        """Store that an upload was begun."""
        self._store.upload_folder(upload.id).mkdir()
        self._index.rows(
            "INSERT INTO uploads VALUES (?, ?, ?, ?, ?)",
            upload.id,
            upload.bucket,
            upload.key.encode(),
            upload.started_ms,
            orjson.dumps(upload.facts),
        )

    def find(self, bucket: str, key: str, upload: str) -> MultipartUpload:
        """Return an upload.

        Raises:
            BucketError: NoSuchUpload.
        """
        sql = f"SELECT {_UPLOAD_COLUMNS} FROM uploads WHERE id = ?"  # noqa: S608
        found = [_upload(row) for row in self._index.rows(sql, upload)]
        if not found or (found[0].bucket, found[0].key) != (bucket, key):
            raise no_such_upload()
        return found[0]

    def of_bucket(self, bucket: str) -> Iterator[MultipartUpload]:
        """Return a bucket's uploads in the order of key and beginning."""
        sql = f"SELECT {_UPLOAD_COLUMNS} FROM uploads WHERE bucket = ? ORDER BY key, started_ms, id"  # noqa: S608
        return map(_upload, self._index.rows(sql, bucket))

    def put_part(self, upload: MultipartUpload, part: Part, file: Path) -> None:
        """Store a part, in the place of one that has its number.

        Args:
            upload: whose.
            part: its `file` is chosen here.
            file: complete, see `ObjectStore.temporary`.

        Raises:
            BucketError: NoSuchUpload: it was completed or aborted meanwhile.
        """
        name = f"{part.number}-{file.name}"
        with self._store.locked():
            self.find(upload.bucket, upload.key, upload.id)
            before = self._part_files(upload.id, part.number)
            file.replace(self._store.upload_folder(upload.id) / name)
            self._index.rows(
                "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)",
                upload.id,
                part.number,
                name,
                part.size,
                part.modified_ms,
                orjson.dumps(part.facts),
            )
            for path in before:
                path.unlink(missing_ok=True)

    def parts(self, upload: str) -> list[Part]:
        """Return the parts of an upload in the order of their numbers."""
        sql = "SELECT number, file, size, modified_ms, facts FROM parts WHERE upload = ? ORDER BY number"
        return [
            Part(number, file, size, modified_ms, orjson.loads(facts))
            for number, file, size, modified_ms, facts in self._index.rows(sql, upload)
        ]

    def join(self, upload: MultipartUpload, parts: list[Part], algorithm: str | None) -> Whole:
        """Write parts behind each other into a file that can be stored."""
        folder = self._store.upload_folder(upload.id)
        digest = None if algorithm is None else ALGORITHMS[algorithm]()
        target, path = self._store.temporary()
        try:
            for part in parts:
                with (folder / part.file).open("rb") as source:
                    while piece := source.read(MIB):
                        target.write(piece)
                        if digest is not None:
                            digest.update(piece)
            self._store.finish(target)
        except FileNotFoundError:
            path.unlink()
            raise no_such_upload() from None
        finally:
            target.close()
        joined = b"".join(bytes.fromhex(part.facts["etag"]) for part in parts)
        etag = hashlib.md5(joined, usedforsecurity=False).hexdigest()
        checksum = "" if digest is None else encoded(digest)
        return Whole(path, f"{etag}-{len(parts)}", checksum)

    def end(self, upload: str) -> None:
        """Forget an upload and its parts."""
        with self._index.change():
            self._index.rows("DELETE FROM parts WHERE upload = ?", upload)
            self._index.rows("DELETE FROM uploads WHERE id = ?", upload)
        shutil.rmtree(self._store.upload_folder(upload), ignore_errors=True)

    def _part_files(self, upload: str, number: int) -> list[Path]:
        sql = "SELECT file FROM parts WHERE upload = ? AND number = ?"
        folder = self._store.upload_folder(upload)
        return [folder / name for (name,) in self._index.rows(sql, upload, number)]


def no_such_upload() -> BucketError:
    """Return S3's refusal of an upload that is not there."""
    text = (
        "The specified upload does not exist. The upload ID may be invalid, "
        "or the upload may have been aborted or completed."
    )
    return BucketError("NoSuchUpload", text, 404)


def _upload(row: tuple[Any, ...]) -> MultipartUpload:
    number, bucket, key, started_ms, facts = row
    return MultipartUpload(number, bucket, key.decode(), started_ms, orjson.loads(facts))
