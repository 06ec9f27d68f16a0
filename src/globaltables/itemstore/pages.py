"""Pages of Query and Scan: a run of stored items or index entries, as JSON bytes that the response takes as they are.

A page ends where its items' billed sizes exceed 1 MiB, the item that exceeds it included, or after `limit` items,
whichever is first; filters see what was read and do not make a page longer (measured on AWS: dynalite's tests of
Query and Scan, "just over limit").
"""

from collections.abc import Callable, Iterable
from itertools import islice
from operator import itemgetter
from struct import Struct
from zlib import crc32

from globaltables.foundation.limits import PAGE_BYTES_MAX
from globaltables.items.item_encoding import (
    CHECKED_FROM,
    ORIGIN_AT,
    VERSION,
    decode_item,
)

#: Stored items opened at a time: few at first, because they may be large, then as many as the page may still hold.
_FIRST_CHUNK = 8
_CHUNK_MAX = 256
_value = itemgetter(1)
_checked_part = itemgetter(slice(CHECKED_FROM, None))
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
    rows: Iterable[tuple[bytes, bytes]],
    limit: int | None,
    keep: Keep | None = None,
    *,
    ahead: bool = True,
) -> Page:
    """Return the page at the beginning of a run of stored items.

    Args:
        rows: keys and stored values in the order in which they are to be returned.
        limit: most items to read; None is as many as the page holds.
        keep: filter and projection; None shows every item as it is stored.
        ahead: whether rows behind the page's end may be taken from `rows`, which is faster.

    Raises:
        CorruptionError: a stored value does not match its checksum.
    """
    left = iter(rows) if limit is None else islice(rows, limit)
    count = _FIRST_CHUNK if ahead else 1
    shown: list[bytes] = []
    scanned = size = 0
    last = b""
    full = False
    while raws := list(map(_value, islice(left, count))):
        items, sizes = _opened(raws)
        size += sum(sizes)
        if size > PAGE_BYTES_MAX:
            full = True
            while size - sizes[len(items) - 1] > PAGE_BYTES_MAX:
                items.pop()
                size -= sizes[len(items)]
        scanned += len(items)
        last = items[-1]
        if keep is not None:
            items = [kept for kept in map(keep, items) if kept is not None]
        shown += items
        if full or len(raws) < count:
            break
        if ahead:
            count = min(_CHUNK_MAX, (PAGE_BYTES_MAX - size) * scanned // size + 1)
    return Page(shown, scanned, size, last if full or scanned == limit else None)


def _opened(raws: list[bytes]) -> tuple[list[bytes], tuple[int, ...]]:
    """Return the JSON and the billed size of each stored item.

    One pass for each thing instead of one turn for each item: a page has thousands of items, and most of these passes
    are loops in C.

    Raises:
        CorruptionError: one does not match its checksum.
    """
    versions, checksums, _, sizes, lengths = zip(*map(_unpack_header, raws), strict=True)
    if list(map(crc32, map(_checked_part, raws))) != list(checksums) or versions.count(
        VERSION
    ) != len(versions):
        for raw in raws:
            decode_item(raw)
    items = [raw[ORIGIN_AT + length :] for raw, length in zip(raws, lengths, strict=True)]
    return items, sizes
