"""Tests of pages of stored items."""

from collections.abc import Iterator

import orjson
import pytest

from globaltables.foundation.limits import PAGE_BYTES_MAX
from globaltables.items.item_encoding import CorruptionError, encode_item
from globaltables.itemstore.pages import read_page


def _rows(count: int, size: int = 10) -> Iterator[tuple[bytes, bytes]]:
    for number in range(count):
        json = orjson.dumps({"pk": {"N": str(number)}})
        yield b"%06d" % number, encode_item(1, b"eu-west-1", size, json)


def test_page_of_a_short_run_ends_without_a_last_key() -> None:
    """A run that ends before the page does has nothing to continue from."""
    page = read_page(_rows(3), None)

    assert page.items == [b'{"pk":{"N":"0"}}', b'{"pk":{"N":"1"}}', b'{"pk":{"N":"2"}}']
    assert (page.scanned, page.size, page.last) == (3, 30, None)


def test_page_of_exactly_limit_items_has_a_last_key() -> None:
    """AWS names the last key when the limit is reached, even if nothing follows."""
    page = read_page(_rows(3), 3)

    assert (page.scanned, page.last) == (3, b'{"pk":{"N":"2"}}')


def test_page_with_a_larger_limit_has_no_last_key() -> None:
    """A limit that is not reached leaves no last key."""
    assert read_page(_rows(3), 4).last is None


def test_page_that_exceeds_its_size_contains_the_item_that_exceeds_it() -> None:
    """The page ends behind the item with which the sizes exceed 1 MiB."""
    page = read_page(_rows(10, PAGE_BYTES_MAX // 4), None)

    assert (page.scanned, len(page.items), page.last) == (5, 5, b'{"pk":{"N":"4"}}')


def test_page_of_exactly_its_size_goes_on() -> None:
    """A page that is exactly full goes on to the next item."""
    assert read_page(_rows(4, PAGE_BYTES_MAX // 4), None).last is None


def test_filter_leaves_items_out_but_they_count_as_scanned() -> None:
    """Limit and size are those of what was read, before the filter."""
    page = read_page(_rows(10), 4, lambda json: json if b'"2"' in json else None)

    assert page.items == [b'{"pk":{"N":"2"}}']
    assert (page.scanned, page.size, page.last) == (4, 40, b'{"pk":{"N":"3"}}')


def test_a_damaged_value_stops_the_page() -> None:
    """Bytes that do not match their checksum are never returned."""
    ((key, raw),) = _rows(1)
    damaged = raw[:-1] + bytes([raw[-1] ^ 1])

    with pytest.raises(CorruptionError):
        read_page([(key, damaged)], None)


def test_page_of_many_items_ends_where_it_would_one_by_one() -> None:
    """Reading ahead does not change where a page ends or what it holds."""
    rows = list(_rows(5000, 300))

    fast, slow = read_page(rows, None), read_page(rows, None, ahead=False)

    assert (fast.items, fast.size, fast.last) == (slow.items, slow.size, slow.last)
    assert len(fast.items) == fast.scanned == PAGE_BYTES_MAX // 300 + 1


def test_page_without_reading_ahead_takes_no_row_behind_its_end() -> None:
    """What costs something to take is taken only when it is shown."""
    rows = _rows(10, PAGE_BYTES_MAX // 4)

    read_page(rows, None, ahead=False)

    assert 5 == len(list(rows))
