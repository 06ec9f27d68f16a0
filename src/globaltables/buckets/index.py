"""What is known of buckets and objects beside their names and contents: one SQLite database beside the buckets.

A row of `objects` describes one version: the file that has its size and time of change, in the bucket's folder or, when
it is no longer the current one, in `.s3/versions`. A file that no row describes is an object all the same: a person
put it there. So giving a file its name is what stores an object; a row without a file is forgotten. See
docs/formats/buckets.md.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from globaltables.buckets.interface import BucketError

_BUSY_SECONDS = 30
_SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (
    name TEXT PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, created_ms INTEGER NOT NULL,
    settings BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    id INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, key BLOB NOT NULL, version TEXT NOT NULL,
    size INTEGER NOT NULL, changed_ns INTEGER NOT NULL, marker INTEGER NOT NULL, modified_ms INTEGER NOT NULL,
    facts BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_key ON objects (bucket, key, id);
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, started_ms INTEGER NOT NULL, facts BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL, facts BLOB NOT NULL, PRIMARY KEY (upload, number)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of a version.

    Attributes:
        id: greater than those of older versions.
        version: "null" for one that was stored while the bucket had no versions.
        changed_ns: time of change of its file.
        marker: whether it says that the object was deleted.
        facts: everything else, as JSON.
    """

    id: int
    key: str
    version: str
    size: int
    changed_ns: int
    marker: bool
    modified_ms: int
    facts: dict[str, Any]


_COLUMNS = "id, key, version, size, changed_ns, marker, modified_ms, facts"


class Index:
    """The database; several processes may have it open, and one of them several times.

    Args:
        path: of its file.
        sync: whether what was written has to survive a loss of power.
    """

    def __init__(self, path: Path, *, sync: bool) -> None:
        self._lock = threading.RLock()
        try:
            self._database = sqlite3.connect(
                path, _BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise BucketError("InternalError", f"{path}: {error}", 500) from error
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute(f"PRAGMA synchronous = {'FULL' if sync else 'OFF'}")
            self._database.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise BucketError("InternalError", f"{path}: {error}", 500) from error

    def close(self) -> None:
        """Use it no more."""
        with self._lock:
            self._database.close()

    def __del__(self) -> None:
        # Exports and imports have one for as long as they run, and nothing of it is lost with it.
        if hasattr(self, "_database"):
            self._database.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Make everything inside one change, which nobody sees before its end."""
        with self._lock:
            self._run("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._run("ROLLBACK")
                raise
            self._run("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        return self._run(sql, *values)

    def versions(self, bucket: str, key: str) -> list[Row]:
        """Return the versions of an object, the newest first."""
        sql = f"SELECT {_COLUMNS} FROM objects WHERE bucket = ? AND key = ? ORDER BY id DESC"  # noqa: S608
        return [_row(one) for one in self._run(sql, bucket, key.encode())]

    def versions_of_keys(self, bucket: str, keys: list[bytes]) -> list[Row]:
        """Return the versions of several objects in the order of their keys, the newest of each first."""
        places = ", ".join("?" * len(keys))
        sql = (
            f"SELECT {_COLUMNS} FROM objects WHERE bucket = ? AND key IN ({places}) "  # noqa: S608
            "ORDER BY key, id DESC"
        )
        return [_row(one) for one in self._run(sql, bucket, *keys)]

    def keys(self, bucket: str, after: bytes, count: int) -> list[bytes]:
        """Return the next keys that have rows, in order."""
        sql = "SELECT DISTINCT key FROM objects WHERE bucket = ? AND key > ? ORDER BY key LIMIT ?"
        return [key for (key,) in self._run(sql, bucket, after, count)]

    def add(self, bucket: str, row: Row) -> Row:
        """Store a version as the newest, and return it with its id."""
        sql = (
            "INSERT INTO objects (bucket, key, version, size, changed_ns, marker, modified_ms, facts) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
        )
        values = (row.version, row.size, row.changed_ns, row.marker, row.modified_ms)
        ((number,),) = self._run(sql, bucket, row.key.encode(), *values, orjson.dumps(row.facts))
        return Row(number, row.key, *values, row.facts)

    def remove(self, number: int) -> None:
        """Forget a version."""
        self._run("DELETE FROM objects WHERE id = ?", number)

    def set_facts(self, number: int, facts: dict[str, Any]) -> None:
        """Store other facts of a version."""
        self._run("UPDATE objects SET facts = ? WHERE id = ?", orjson.dumps(facts), number)

    def _run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._database.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise BucketError("InternalError", f"the buckets' index: {error}", 500) from error


def _row(one: tuple[Any, ...]) -> Row:
    number, key, version, size, changed_ns, marker, modified_ms, facts = one
    return Row(
        number,
        key.decode(),
        version,
        size,
        changed_ns,
        bool(marker),
        modified_ms,
        orjson.loads(facts),
    )
