"""Pages of Query and Scan: a run of stored items or index entries, as JSON bytes that the response takes as they are.

A page ends where its items' billed sizes exceed 1 MiB, the item that exceeds it included, or after `limit` items,
whichever is first; filters see what was read and do not make a page longer (measured on AWS: dynalite's tests of
Query and Scan, "just over limit").
"""

from collections.abc import Callable, Iterable
from itertools import islice
from struct import Struct
from zlib import crc32

from globaltables.foundation.limits import PAGE_BYTES_MAX
from globaltables.items.item_encoding import (
    CHECKED_FROM,
    ORIGIN_AT,
    VERSION,
    decode_item,
)

#: The header of a stored item as items/item_encoding.py writes it: version, checksum, stamp, size, origin length.
_unpack_header = Struct(">BIQIB").unpack_from

#: Turns an item's JSON into what the page shows of it; None leaves the item out.
Keep = Callable[[bytes], bytes | None]


class Page:
    """What one read of a range gave.

    Attributes:
        items: JSON of each item that is shown.
        scanned: how many items were read.
        size: their billed bytes.
        last: JSON of the last item read when the page ended before the range did, or might have; else None.
    """

    __slots__ = ("items", "last", "scanned", "size")

    def __init__(self, items: list[bytes], scanned: int, size: int, last: bytes | None) -> None:
        self.items = items
        self.scanned = scanned
        self.size = size
        self.last = last


def read_page(
    rows: Iterable[tuple[bytes, bytes]], limit: int | None, keep: Keep | None = None
) -> Page:
    """Return the page at the beginning of a run of stored items.

    Args:
        rows: keys and stored values in the order in which they are to be returned.
        limit: most items to read; None is as many as the page holds.
        keep: filter and projection; None shows every item as it is stored.

    Raises:
        CorruptionError: a stored value does not match its checksum.
    """
    shown: list[bytes] = []
    show = shown.append
    unpack = _unpack_header
    size = 0
    json = b""
    stopped = False
    scanned = 0
    if limit is not None:
        rows = islice(rows, limit)
    # Written out instead of calling item_encoding.item_json: a page has thousands of items and a call costs as much
    # as the rest of its turn.
    for _, raw in rows:
        version, checksum, _, item_size, origin_length = unpack(raw)
        if crc32(raw[CHECKED_FROM:]) != checksum or version != VERSION:
            decode_item(raw)
        json = raw[ORIGIN_AT + origin_length :]
        if keep is None:
            show(json)
        else:
            scanned += 1
            kept = keep(json)
            if kept is not None:
                show(kept)
        size += item_size
        if size > PAGE_BYTES_MAX:
            stopped = True
            break
    if keep is None:
        scanned = len(shown)
    more = stopped or scanned == limit
    return Page(shown, scanned, size, json if more else None)
