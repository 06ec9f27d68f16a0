"""What a table held at a position of its log: the present items, then the changes behind the position taken back.

    fix      the position, with the log held behind it (`retained.hold`)
    copy     the present items in pages, each as it is when it is read
    turn     take the position behind the copy; everything that any page showed is before it
    undo     walk the log backwards from there to the fixed position, and put the image from before each change

For every key that was changed since, the last image put is the one from before its first change behind the position;
for every other one a page showed what it was. So pages may be read while writes go on, and it does not matter how
often a page or a part of the log is read again. Readers of pages decide what they do with the rows.
"""

from itertools import islice
from typing import NamedTuple

from globaltables.changelog.record import decode_record
from globaltables.engine.interface import Reader
from globaltables.foundation.limits import COPY_BYTES_MAX, COPY_ROWS_MAX
from globaltables.items.item_encoding import decode_item
from globaltables.items.key_encoding import encode_key
from globaltables.itemstore.keyspaces import (
    POSITION_BYTES,
    PREFIX_BYTES,
    item_prefix,
    log_range,
    whole,
)
from globaltables.tables.definitions import Table


class Row(NamedTuple):
    """An item as it was, or that there was none.

    Attributes:
        key: stored key without the table's prefix.
        json: the item, None for none.
        size: its billed bytes.
        stamp: its version.
    """

    key: bytes
    json: bytes | None
    size: int
    stamp: int


class ItemsPage(NamedTuple):
    """Present items in the order of their keys, and whether they are the last."""

    rows: list[Row]
    last: bool


class UndoPage(NamedTuple):
    """What was before changes, the latest first; `until` is where the rest ends, None when nothing is left."""

    rows: list[Row]
    until: int | None


def items_page(reader: Reader, table_number: int, after: bytes | None) -> ItemsPage:
    """Return the next present items.

    Args:
        reader: of the table's store.
        table_number: the table.
        after: the last key that was read; None for the beginning.
    """
    prefix = item_prefix(table_number)
    start, end = whole(prefix)
    if after is not None:
        start = prefix + after + b"\0"
    rows, total = [], 0
    for key, raw in islice(reader.range(start, end), COPY_ROWS_MAX):
        item = decode_item(raw)
        rows.append(Row(key[PREFIX_BYTES:], item.json, item.size, item.stamp))
        total += len(raw)
        if total >= COPY_BYTES_MAX:
            break
    more = len(rows) == COPY_ROWS_MAX or total >= COPY_BYTES_MAX
    return ItemsPage(rows, not more)


def undo_page(reader: Reader, table: Table, after: int, until: int) -> UndoPage:
    """Return what was before the last changes with after < position <= until, each key once.

    Args:
        reader: of the table's store; what it shows up to `until` has to be durable.
        table: the table.
        after: the position to go back to.
        until: the position to begin at.
    """
    found = reader.range(*log_range(table.number, after, until), reverse=True)
    rows: dict[bytes, Row] = {}
    total, read, position = 0, 0, until
    for key, raw in islice(found, COPY_ROWS_MAX):
        position = int.from_bytes(key[-POSITION_BYTES:], "big")
        record = decode_record(position, raw)
        image = record.old_item if record.new is None else record.new_item
        assert image is not None, position
        item_key = encode_key(table.schema, image)
        rows[item_key] = Row(item_key, record.old, record.old_size, record.previous_stamp)
        read += 1
        total += len(raw)
        if total >= COPY_BYTES_MAX:
            break
    more = read == COPY_ROWS_MAX or total >= COPY_BYTES_MAX
    return UndoPage(list(rows.values()), position - 1 if more else None)
