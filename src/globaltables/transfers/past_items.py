"""A table's items as they were behind a position of the log, in pages, while writes go on.

What was written since is in the log, with what stood there before: for every key the first change since then has the
item as it was, and every other item is as it is now. The first changes are kept by key in a keyspace of their own (the
spool), so that they can be merged with the items page by page; the newest of them are held in memory until they are
enough to be spooled. A page is read in one turn of the event loop together with the newest part of the log, so nothing
can come in between.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from globaltables.changelog.record import decode_record
from globaltables.foundation.limits import (
    EXPORT_PAGE_BYTES,
    EXPORT_PAGE_ITEMS,
    EXPORT_RECORDS_MAX,
)
from globaltables.items.item_encoding import item_json, stored_size
from globaltables.items.key_encoding import encode_key
from globaltables.itemstore.keyspaces import POSITION_BYTES, item_prefix, log_range, spool_prefix
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.transfers.records import Export

_ABSENT = b""
_SIZE_BYTES = 4


@dataclass(frozen=True, slots=True)
class Page:
    """Items in the order of their keys.

    Attributes:
        items: JSON and billed bytes of each.
        next: the key from which the next page begins; None at the end.
    """

    items: list[tuple[bytes, int]]
    next: bytes | None


@dataclass(slots=True)
class PastItems:
    """The items behind an export's position.

    Args:
        store: where the table is.
        export: which table, and when.
        spooled: the position up to which changes are in the spool.
        keep: stages, in the decision that spools, up to which position is spooled then.
    """

    store: Store
    export: Export
    spooled: int
    keep: Callable[[Stage, int], None]
    _read: int = field(init=False)
    #: By key the stored form of what the first change behind `spooled` replaced.
    _newest: dict[bytes, bytes] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._read = self.spooled

    async def catch_up(self) -> None:
        """Spool changes until those that are left can be held in memory."""
        while not self._read_log():
            await self.store.submit(partial(self._spool, self._read, self._newest))
            self.spooled, self._newest = self._read, {}

    def page(self, start: bytes, end: bytes) -> Page | None:
        """Return the items from a key on, up to another; None when the log has to be caught up with first."""
        if not self._read_log():
            return None
        reader, prefix = self.store.reader(), item_prefix(self.export.table_number)
        found: dict[bytes, tuple[bytes, int]] = {}
        total, boundary = 0, end
        for key, raw in reader.range(prefix + start, prefix + end):
            if len(found) == EXPORT_PAGE_ITEMS or total >= EXPORT_PAGE_BYTES:
                boundary = key[len(prefix) :]
                break
            found[key[len(prefix) :]] = item_json(raw), stored_size(raw)
            total += len(raw)
        replaced: set[bytes] = set()
        spool = spool_prefix(self.export.table_number, self.export.job)
        spooled = islice(reader.range(spool + start, spool + boundary), EXPORT_PAGE_ITEMS + 1)
        for key, value in spooled:
            key = key[len(spool) :]
            if len(replaced) == EXPORT_PAGE_ITEMS or total >= 2 * EXPORT_PAGE_BYTES:
                boundary = key
                break
            replaced.add(key)
            _put_back(found, key, value)
            total += len(value)
        for key, value in self._newest.items():
            if start <= key < boundary and key not in replaced:
                _put_back(found, key, value)
        items = [found[key] for key in sorted(found) if key < boundary]
        return Page(items, None if boundary == end else boundary)

    def _spool(self, read: int, newest: dict[bytes, bytes], stage: Stage) -> None:
        """Stage the first changes of keys that the spool has not yet."""
        prefix = spool_prefix(self.export.table_number, self.export.job)
        for key, value in newest.items():
            if stage.get(prefix + key) is None:
                stage.put(prefix + key, value)
        self.keep(stage, read)

    def _read_log(self) -> bool:
        """Read on in the log; tell whether its end was reached before memory was full."""
        newest, schema = self._newest, self.export.schema
        after = max(self._read, self.export.position)
        for key, raw in self.store.reader().range(*log_range(self.export.table_number, after)):
            if len(newest) >= EXPORT_RECORDS_MAX:
                return False
            position = int.from_bytes(key[-POSITION_BYTES:], "big")
            record = decode_record(position, raw)
            self._read = position
            item = record.new_item if record.old is None else record.old_item
            assert item is not None
            item_key = encode_key(schema, item)
            if item_key not in newest:
                newest[item_key] = (
                    _ABSENT
                    if record.old is None
                    else record.old_size.to_bytes(_SIZE_BYTES, "big") + record.old
                )
        return True


def _put_back(found: dict[bytes, tuple[bytes, int]], key: bytes, value: bytes) -> None:
    """Let an item be as the spool has it."""
    if value == _ABSENT:
        found.pop(key, None)
    else:
        found[key] = value[_SIZE_BYTES:], int.from_bytes(value[:_SIZE_BYTES], "big")
