"""What changed in a window of a table's log: for every item how it was before and how it is behind it.

The changes are gathered by key in a keyspace of their own (the spool), because the log is in the order of time: of each
item the first old image and the last new one. What came and went within the window has neither and is left out.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import orjson

from globaltables.changelog.record import ChangeRecord
from globaltables.foundation.limits import (
    EXPORT_PAGE_BYTES,
    EXPORT_PAGE_ITEMS,
    EXPORT_RECORDS_MAX,
)
from globaltables.items.key_encoding import encode_key
from globaltables.items.values import Item
from globaltables.itemstore.keyspaces import spool_prefix
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.transfers.records import Export

#: Position of the last change, length of the old image, length of the new one.
_HEADER = struct.Struct(">QII")
_ABSENT = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an item in the window.

    Attributes:
        position: of its last change.
        keys: its key attributes.
        old: JSON of the item before the window, None when there was none.
        new: JSON of the item behind it, None when it was deleted.
    """

    position: int
    keys: Item
    old: bytes | None
    new: bytes | None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Changes in the order of the items' keys.

    Attributes:
        next: the key from which the next page begins; None at the end.
        bytes: of what was read.
    """

    changes: list[Change]
    next: bytes | None
    bytes: int


@dataclass(slots=True)
class ChangedItems:
    """The changes that an incremental export shows.

    Args:
        store: where the table is.
        export: which table, and which window.
        spooled: the position up to which changes are in the spool.
        keep: stages, in the decision that spools, up to which position is spooled then.
    """

    store: Store
    export: Export
    spooled: int
    keep: Callable[[Stage, int], None]

    async def catch_up(self) -> None:
        """Spool every change of the window."""
        export = self.export
        if self.store.durable_position < export.position:
            await self.store.submit(lambda stage: stage.tick())
        while True:
            found = self.store.feed(
                export.table_number,
                self.spooled,
                until=export.position,
                records_max=EXPORT_RECORDS_MAX // 4,
                bytes_max=EXPORT_PAGE_BYTES,
            )
            if not found:
                return
            await self.store.submit(partial(self._spool_all, found))
            self.spooled = found[-1].position

    def page(self, start: bytes, end: bytes) -> ChangePage:
        """Return the changes of the items from a key on, up to another."""
        prefix = spool_prefix(self.export.table_number, self.export.job)
        changes: list[Change] = []
        total = 0
        found = self.store.reader().range(prefix + start, prefix + end)
        for seen, (key, value) in enumerate(found):
            if seen == EXPORT_PAGE_ITEMS or total >= EXPORT_PAGE_BYTES:
                return ChangePage(changes, key[len(prefix) :], total)
            total += len(value)
            position, old, new = _parts(value)
            image = new or old
            if image is not None:
                item = orjson.loads(image)
                keys = {name: item[name] for name in self.export.schema.names}
                changes.append(Change(position, keys, old, new))
        return ChangePage(changes, None, total)

    def _spool_all(self, records: list[ChangeRecord], stage: Stage) -> None:
        for record in records:
            self._spool(stage, record)
        self.keep(stage, records[-1].position)

    def _spool(self, stage: Stage, record: ChangeRecord) -> None:
        """Stage what a change makes of its item's entry."""
        item = record.new_item if record.old is None else record.old_item
        assert item is not None
        key = spool_prefix(self.export.table_number, self.export.job) + encode_key(
            self.export.schema, item
        )
        entry = stage.get(key)
        old = record.old if entry is None else _parts(entry)[1]
        header = _HEADER.pack(
            record.position,
            _ABSENT if old is None else len(old),
            _ABSENT if record.new is None else len(record.new),
        )
        stage.put(key, header + (old or b"") + (record.new or b""))


def _parts(value: bytes) -> tuple[int, bytes | None, bytes | None]:
    """Return position, old image and new image of an entry."""
    position, old_length, new_length = _HEADER.unpack_from(value)
    start = _HEADER.size
    end = start if old_length == _ABSENT else start + old_length
    return (
        position,
        None if old_length == _ABSENT else value[start:end],
        None if new_length == _ABSENT else value[end:],
    )
