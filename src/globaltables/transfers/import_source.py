"""The items of an import's objects, in batches, from where an earlier run stopped. Every call blocks."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from globaltables.api.attribute_values import check_attributes
from globaltables.buckets.interface import BucketError, Buckets, ListedObject
from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.limits import (
    IMPORT_BATCH_BYTES,
    IMPORT_BATCH_ITEMS,
    IMPORT_ERRORS_LOGGED_MAX,
    IMPORT_OBJECTS_MAX,
    ITEM_BYTES_MAX,
)
from globaltables.items.values import Item, check_item
from globaltables.tables.definitions import Table
from globaltables.transfers.compression import ObjectLines, UnreadableFileError
from globaltables.transfers.input_formats import Parsed, parser_of

_log = logging.getLogger(__name__)
#: Returns the stored key of a checked item; raises ApiError when it does not fit the table.
KeyOf = Callable[[Table, Item], bytes]
_TOO_LARGE = "Item size has exceeded the maximum allowed size"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an import goes on.

    Attributes:
        after: the last object that is done.
        items: how many of the next one are.
        bytes: of the objects that are done.
    """

    after: str = ""
    items: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Batch:
    """Items that are written in one decision.

    Attributes:
        items: stored key, item and billed bytes.
        processed: how many were read, good or bad.
        errors: how many were bad, files that could not be read on included.
        place: behind it.
        bytes_read: of all objects so far, as they are stored.
    """

    place: Place
    bytes_read: int = 0
    items: list[tuple[bytes, Item, int]] = field(default_factory=list)
    processed: int = 0
    errors: int = 0


class ImportSource:
    """Reads the objects of an import.

    Args:
        name: of the import, for the log.
        buckets: where they are.
        members: of the request.
        table: into which they are imported.
        key_of: see `KeyOf`.
        place: where to begin.
    """

    def __init__(
        self,
        name: str,
        buckets: Buckets,
        members: dict[str, Any],
        table: Table,
        key_of: KeyOf,
        place: Place,
    ) -> None:
        source = members["S3BucketSource"]
        self._name = name
        self._buckets = buckets
        self._bucket: str = source["S3Bucket"]
        self._owner: str | None = source.get("S3BucketOwner")
        self._compression = members.get("InputCompressionType", "NONE")
        self._table = table
        self._key_of = key_of
        self._parse = parser_of(members, table)
        self._place = place
        self._items_read = place.items
        self._prefix: str = source.get("S3KeyPrefix", "")
        self._objects: Iterator[ListedObject] | None = None
        self._current: ListedObject | None = None
        self._lines: ObjectLines | None = None
        self._items: Iterator[Parsed] = iter(())
        self._errors = 0

    def next_batch(self) -> Batch | None:
        """Return the next items, None at the end.

        Raises:
            BucketError: the bucket cannot be used.
        """
        if self._current is None and not self._open_next():
            return None
        assert self._current is not None
        batch = Batch(self._place)
        size = 0
        while batch.processed < IMPORT_BATCH_ITEMS and size < IMPORT_BATCH_BYTES:
            try:
                parsed = next(self._items, None)
            except UnreadableFileError as error:
                self._bad(batch, error)
                parsed = None
            if parsed is None:
                done = self._place.bytes + self._current.size
                self._place = Place(self._current.key, 0, done)
                self._items_read = 0
                self._close()
                break
            self._items_read += 1
            try:
                prepared = self._prepared(parsed)
            except ApiError as error:
                self._bad(batch, error)
            else:
                batch.items.append(prepared)
                batch.processed += 1
                size += prepared[2]
        self._place = replace(self._place, items=self._items_read)
        batch.place = self._place
        read = 0 if self._lines is None else self._lines.bytes_read
        batch.bytes_read = self._place.bytes + read
        return batch

    def close(self) -> None:
        """Read no more."""
        self._close()

    def _prepared(self, parsed: Parsed) -> tuple[bytes, Item, int]:
        """Return what is written for an item.

        Raises:
            ApiError: DynamoDB would not take it.
        """
        if isinstance(parsed, ApiError):
            raise parsed
        check_attributes(parsed)
        size = check_item(parsed)
        if size > ITEM_BYTES_MAX:
            raise validation(_TOO_LARGE)
        return self._key_of(self._table, parsed), parsed, size

    def _open_next(self) -> bool:
        """Open the next object; tell whether there was one."""
        if self._objects is None:
            self._objects = self._buckets.objects(
                self._bucket, self._prefix, after=self._place.after, owner=self._owner
            )
        self._current = next(self._objects, None)
        if self._current is None:
            return False
        try:
            download = self._buckets.download(self._bucket, self._current.key, self._owner)
        except BucketError as error:
            if error.code != "NoSuchKey":
                raise
            self._items = self._parse(_GoneLines(error))
            return True
        self._lines = ObjectLines(download, self._compression)
        self._items = _behind(self._parse(self._lines), self._place.items)
        return True

    def _close(self) -> None:
        if self._lines is not None:
            self._lines.close()
        self._current = self._lines = None

    def _bad(self, batch: Batch, error: Exception) -> None:
        batch.processed += 1
        batch.errors += 1
        self._errors += 1
        if self._errors <= IMPORT_ERRORS_LOGGED_MAX and self._current is not None:
            _log.warning(
                "%s leaves out item %d of %s: %s",
                self._name,
                self._items_read,
                self._current.key,
                error,
            )


def list_sizes(buckets: Buckets, bucket: str, prefix: str, owner: str | None) -> tuple[int, int]:
    """Return how many objects an import has, at the most one more than it may have, and their bytes.

    Raises:
        BucketError: the bucket cannot be used.
    """
    count = total = 0
    for one in islice(buckets.objects(bucket, prefix, owner=owner), IMPORT_OBJECTS_MAX + 1):
        count += 1
        total += one.size
    return count, total


class _GoneLines:
    """The lines of an object that went away after it was listed."""

    def __init__(self, error: BucketError) -> None:
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        raise UnreadableFileError(str(self._error))


def _behind(items: Iterator[Parsed], count: int) -> Iterator[Parsed]:
    """Iterate over what comes behind items that are in the table already."""
    for _ in islice(items, count):
        pass
    yield from items
