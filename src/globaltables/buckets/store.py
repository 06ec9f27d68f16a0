"""Objects of S3 as files that a person can read, with versions: the place that S3, exports and imports share.

The file in the bucket's folder is the current version; who replaces or deletes it in a bucket with versions keeps it in
`.s3/versions` first. The steps of a change are in such an order that a crash between two of them leaves the state
before or after it: rows first, then the older version's second name, then the file's name, then what is left over.
"""

import fcntl
import hashlib
import mimetypes
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from heapq import merge
from itertools import groupby, islice
from pathlib import Path
from typing import Any, BinaryIO

from globaltables.buckets.folders import INCOMING, failed
from globaltables.buckets.index import Index, Row
from globaltables.buckets.interface import BucketError, no_such_key
from globaltables.buckets.object_names import path_parts
from globaltables.buckets.placing import file_of, place, remove, sync_folder
from globaltables.buckets.records import BucketRecords, not_empty
from globaltables.buckets.walking import walk
from globaltables.foundation.limits import MIB

HIDDEN = ".s3"
_OPEN_ATTEMPTS = 100
_INCOMING_SECONDS_MAX = 24 * 3600
_LISTED_AT_ONCE = 500
#: Decides about a change with the current version in hand; raises what refuses it.
Guard = Callable[[Row | None], None]


def no_guard(current: Row | None) -> None:
    """Let every change pass."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Everything there is of a key.

    Attributes:
        current: None when there is none, or it was deleted.
        others: older versions and marks of deletion, the newest first; the first one may be newer than `current`
            only when that is None.
        file: where the current version is, or would be.
    """

    current: Row | None
    others: tuple[Row, ...]
    file: Path

    @property
    def in_order(self) -> list[Row]:
        """All of them, the newest first."""
        return [*self.others] if self.current is None else [self.current, *self.others]


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did.

    Attributes:
        version: that was deleted, or that the mark of deletion has; empty in a bucket without versions.
        marker: whether a mark was made, or was what was deleted.
    """

    version: str = ""
    marker: bool = False


class ObjectStore:
    """The buckets below a folder, which is made when it is missing. Every call blocks.

    Args:
        root: the folder.
        sync: whether what was stored has to survive a loss of power.
    """

    def __init__(self, root: Path, *, sync: bool) -> None:
        self.incoming = root / INCOMING
        self._hidden = root / HIDDEN
        self._sync = sync
        for folder in (self.incoming, self._hidden / "versions", self._hidden / "uploads"):
            folder.mkdir(parents=True, exist_ok=True)
        self._sweep()
        self.index = Index(self._hidden / "index.sqlite3", sync=sync)
        self.buckets = BucketRecords(root, self.index)

    def close(self) -> None:
        """Use it no more."""
        self.index.close()

    def _sweep(self) -> None:
        """Delete what a process that was killed was writing; what is younger may be another process's work."""
        lock = self._hidden / "lock"
        lock.touch()
        oldest = lock.stat().st_mtime - _INCOMING_SECONDS_MAX
        for path in self.incoming.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def upload_folder(self, upload: str) -> Path:
        """Return where the parts of a multipart upload are."""
        return self._hidden / "uploads" / upload

    def temporary(self) -> tuple[BinaryIO, Path]:
        """Return a new file for content that is to be stored."""
        number, path = tempfile.mkstemp(dir=self.incoming)
        os.fchmod(number, 0o644)
        return os.fdopen(number, "w+b"), Path(path)

    def finish(self, file: BinaryIO) -> None:
        """Close a complete file, durable if it has to be."""
        file.flush()
        if self._sync:
            os.fsync(file.fileno())
        file.close()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be alone with the buckets' names, among the threads and processes that use this folder."""
        number = os.open(self._hidden / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            yield
        except OSError as error:
            raise failed(error) from error
        finally:
            os.close(number)

    # Reading

    def versions(self, bucket: str, key: str) -> Versions:
        """Return what there is of a key."""
        file = file_of(self.buckets.folder(bucket), path_parts(key))
        return self._versions(bucket, key, file, _status(file))

    def find(self, bucket: str, key: str, version: str | None = None) -> Row:
        """Return what is known of a version; the current one when none is named. It may be a mark of deletion.

        Raises:
            BucketError: NoSuchBucket, NoSuchKey, NoSuchVersion.
        """
        row, file = self.open(bucket, key, version)
        if file is not None:
            file.close()
        return row

    def find_content(self, bucket: str, key: str, version: str | None = None) -> Row:
        """Return what is known of a version that is no mark of deletion.

        Raises:
            BucketError: NoSuchBucket, NoSuchKey, NoSuchVersion, MethodNotAllowed.
        """
        row = self.find(bucket, key, version)
        if row.marker:
            if version is None:
                raise no_such_key()
            text = "The specified method is not allowed against this resource."
            raise BucketError("MethodNotAllowed", text, 405)
        return row

    def open(
        self, bucket: str, key: str, version: str | None = None
    ) -> tuple[Row, BinaryIO | None]:
        """Return a version with its content, which stays the same whatever is stored meanwhile.

        A mark of deletion, which is returned when it is named or the newest, has none.

        Raises:
            BucketError: NoSuchBucket, NoSuchKey, NoSuchVersion.
        """
        folder, parts = self.buckets.folder(bucket), path_parts(key)
        for _ in range(_OPEN_ATTEMPTS):
            path = file_of(folder, parts)
            status = _status(path)
            found = self._versions(bucket, key, path, status)
            row = _chosen(found, version)
            if row.marker:
                return row, None
            where = path if row is found.current else self._kept(bucket, row)
            try:
                file = where.open("rb")
            except FileNotFoundError:
                continue  # replaced or deleted since
            now = os.fstat(file.fileno())
            if (now.st_size, now.st_mtime_ns) == (row.size, row.changed_ns):
                return self._described(bucket, row, file), file
            file.close()
        raise BucketError("InternalError", "the object does not come to rest", 500)

    def listed(self, bucket: str, prefix: str, after: bytes) -> Iterator[Row]:
        """Iterate over current versions in the order of their keys; see `walk`."""
        found = walk(self.buckets.folder(bucket), prefix, after)
        while chunk := list(islice(found, _LISTED_AT_ONCE)):
            rows = self.index.versions_of_keys(bucket, [raw for raw, _, _ in chunk])
            by_key = {key: list(some) for key, some in groupby(rows, lambda row: row.key)}
            for _, key, entry in chunk:
                status = _status(Path(entry.path))
                known = by_key.get(key, [])
                current = None if status is None else _current(key, known, status)
                if current is not None:
                    yield self._with_digest(bucket, current, Path(entry.path))

    def listed_versions(
        self, bucket: str, prefix: str, after: bytes
    ) -> Iterator[tuple[bytes, list[Row]]]:
        """Iterate over keys with all their versions, the newest first."""
        walked = (raw for raw, _, _ in walk(self.buckets.folder(bucket), prefix, after))
        for raw, _ in groupby(merge(walked, self._known_keys(bucket, prefix, after))):
            found = self.versions(bucket, raw.decode())
            if found.in_order:
                described = [
                    row if row.marker else self._with_digest(bucket, row, where)
                    for row in found.in_order
                    for where in (found.file if row is found.current else self._kept(bucket, row),)
                ]
                yield raw, described

    # Changing

    def delete_bucket(self, name: str) -> None:
        """Delete a bucket without objects.

        Raises:
            BucketError: NoSuchBucket, BucketNotEmpty.
        """
        with self.locked():
            if next(self.listed_versions(name, "", b""), None) is not None:
                raise not_empty()
            self.buckets.delete(name)
            shutil.rmtree(self._hidden / "versions" / name, ignore_errors=True)

    def put(
        self,
        bucket: str,
        key: str,
        file: Path,
        facts: dict[str, Any],
        *,
        modified_ms: int | None = None,
        guard: Guard = no_guard,
        version: str = "",
    ) -> Row:
        """Give a complete file of `incoming` the name of its object.

        Args:
            bucket: which.
            key: of the object.
            file: see `temporary` and `finish`.
            facts: see `Row`.
            modified_ms: when; the file's own time when it is not given.
            guard: see `Guard`.
            version: the new version's id, in a bucket that keeps versions.

        Raises:
            BucketError: NoSuchBucket, or what the guard raises.
        """
        parts = path_parts(key)
        with self.locked():
            found = self._settled(bucket, key)
            guard(found.current)
            settings = self.buckets.find(bucket)
            status = file.stat()
            time_ms = status.st_mtime_ns // 1_000_000 if modified_ms is None else modified_ms
            name = version if settings.versioning == "Enabled" else "null"
            row = Row(0, key, name, status.st_size, status.st_mtime_ns, False, time_ms, facts)
            if settings.versioning:
                self._keep(bucket, found)
            row = self.index.add(bucket, row)
            place(file, self.buckets.folder(bucket), parts, sync=self._sync)
            self._forget_others(bucket, row, found.in_order)
        return row

    def delete(
        self,
        bucket: str,
        key: str,
        version: str | None = None,
        *,
        now_ms: int = 0,
        marker_version: str = "",
        guard: Guard = no_guard,
    ) -> Deleted:
        """Delete an object, or one of its versions.

        Args:
            bucket: which.
            key: of the object.
            version: None deletes the current one, which in a bucket with versions is to put a mark on top.
            now_ms: when.
            marker_version: the mark's id.
            guard: see `Guard`.

        Raises:
            BucketError: NoSuchBucket, or what the guard raises.
        """
        with self.locked():
            found = self._settled(bucket, key)
            guard(found.current)
            settings = self.buckets.find(bucket)
            if version is not None:
                return self._delete_version(bucket, found, version)
            if not settings.versioning:
                remove(found.file, self.buckets.folder(bucket), sync=self._sync)
                self._forget(bucket, found.in_order)
                return Deleted()
            self._keep(bucket, found)
            name = marker_version if settings.versioning == "Enabled" else "null"
            marker = self.index.add(bucket, Row(0, key, name, 0, 0, True, now_ms, {}))
            remove(found.file, self.buckets.folder(bucket), sync=self._sync)
            self._forget_others(bucket, marker, found.in_order)
            return Deleted(name, marker=True)

    def describe(
        self, bucket: str, key: str, version: str | None, change: Callable[[dict[str, Any]], None]
    ) -> Row:
        """Change the facts of a version.

        Raises:
            BucketError: as `find`.
        """
        with self.locked():
            row = self.find_content(bucket, key, version)
            change(row.facts)
            self.index.set_facts(row.id, row.facts)
        return row

    def _versions(
        self, bucket: str, key: str, file: Path, status: os.stat_result | None
    ) -> Versions:
        rows = self.index.versions(bucket, key)
        current = None if status is None else _current(key, rows, status)
        others = tuple(
            row
            for row in rows
            if (current is None or row.id != current.id)
            and (row.marker or self._kept(bucket, row).exists())
        )
        return Versions(current, others, file)

    def _settled(self, bucket: str, key: str) -> Versions:
        """Return what there is of a key after finishing a deletion that a crash interrupted."""
        found = self.versions(bucket, key)
        if found.current is None and found.others and found.file.is_file():
            remove(found.file, self.buckets.folder(bucket), sync=self._sync)
        return found

    def _delete_version(self, bucket: str, found: Versions, version: str) -> Deleted:
        row = next((row for row in found.in_order if row.version == version), None)
        if row is None:
            return Deleted(version)
        rest = [one for one in found.in_order if one is not row]
        was_newest = row is found.in_order[0]
        folder = self.buckets.folder(bucket)
        if was_newest and rest and not rest[0].marker:
            # The next one is current again.
            link = self.incoming / f"{bucket}-{rest[0].id}"
            with suppress(FileNotFoundError):
                link.unlink()
            os.link(self._kept(bucket, rest[0]), link)
            place(link, folder, path_parts(row.key), sync=self._sync)
            self._forget(bucket, [row])
            self._kept(bucket, rest[0]).unlink()
        else:
            if row is found.current:
                remove(found.file, folder, sync=self._sync)
            self._forget(bucket, [row])
        return Deleted(version, marker=row.marker)

    def _keep(self, bucket: str, found: Versions) -> None:
        """Give the current version a second name, under which it stays."""
        row = found.current
        if row is None:
            return
        if row.id == 0:
            row = self.index.add(bucket, row)
        kept = self._kept(bucket, row)
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            os.link(found.file, kept)
            if self._sync:
                sync_folder(kept.parent)

    def _forget_others(self, bucket: str, newest: Row, rows: list[Row]) -> None:
        """Delete what a new version takes the place of, and rows of which no content came."""
        known = {row.id for row in rows}
        self._forget(
            bucket,
            [
                row
                for row in self.index.versions(bucket, newest.key)
                if row.id != newest.id
                and (
                    row.version == newest.version
                    or not (row.marker or row.id in known or self._kept(bucket, row).exists())
                )
            ],
        )

    def _forget(self, bucket: str, rows: list[Row]) -> None:
        if not rows:
            return
        with self.index.change():
            for row in rows:
                self.index.remove(row.id)
        for row in rows:
            if row.id:
                self._kept(bucket, row).unlink(missing_ok=True)

    def _kept(self, bucket: str, row: Row) -> Path:
        return self._hidden / "versions" / bucket / str(row.id)

    def _known_keys(self, bucket: str, prefix: str, after: bytes) -> Iterator[bytes]:
        start = prefix.encode()
        if after < start:
            if self.index.versions(bucket, prefix):
                yield start
            after = start
        while keys := self.index.keys(bucket, after, _LISTED_AT_ONCE):
            for raw in keys:
                if not raw.startswith(start):
                    return
                yield raw
            after = keys[-1]

    def _with_digest(self, bucket: str, row: Row, where: Path) -> Row:
        """Return a version with the digest of its content, which a file has not that a person put there."""
        if "etag" in row.facts:
            return row
        try:
            with where.open("rb") as file:
                return self._described(bucket, row, file)
        except FileNotFoundError:
            return replace(row, facts={"etag": ""})

    def _described(self, bucket: str, row: Row, file: BinaryIO) -> Row:
        if "etag" in row.facts:
            return row
        digest = hashlib.md5(usedforsecurity=False)
        while piece := file.read(MIB):
            digest.update(piece)
        file.seek(0)
        kind = mimetypes.guess_type(row.key)[0] or "binary/octet-stream"
        row = replace(row, facts={"type": kind, **row.facts, "etag": digest.hexdigest()})
        if row.id:
            self.index.set_facts(row.id, row.facts)
            return row
        return self.index.add(bucket, row)


def _status(file: Path) -> os.stat_result | None:
    """Return the status of a file, None when there is none."""
    try:
        return file.stat() if file.is_file() else None
    except (FileNotFoundError, NotADirectoryError):
        return None


def _current(key: str, rows: list[Row], status: os.stat_result) -> Row | None:
    """Return the version that a file in the bucket's folder is, None when it is about to go."""
    size, changed_ns = status.st_size, status.st_mtime_ns
    for row in rows:  # the newest first
        if not row.marker and (row.size, row.changed_ns) == (size, changed_ns):
            return None if any(one.marker and one.id > row.id for one in rows) else row
    return Row(0, key, "null", size, changed_ns, False, changed_ns // 1_000_000, {})


def _chosen(found: Versions, version: str | None) -> Row:
    if version is None:
        if not found.in_order:
            raise no_such_key()
        return found.in_order[0]
    for row in found.in_order:
        if row.version == version:
            return row
    raise BucketError("NoSuchVersion", "The specified version does not exist.", 404)
