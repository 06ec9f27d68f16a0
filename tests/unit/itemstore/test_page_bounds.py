"""Tests of the bounds between which pages are read."""

import pytest

from globaltables.items.key_encoding import encode_range
from globaltables.itemstore.page_bounds import (
    continued,
    in_segment,
    position_of,
    prefix_of,
    range_bounds,
    scan_bounds,
)
from globaltables.tables.definitions import Index, KeyAttribute, KeySchema, Table, Throughput

_PK = KeyAttribute("pk", "S")
_SK = KeyAttribute("sk", "S")
_TABLE = Table(
    name="t",
    account="000000000000",
    region="eu-west-1",
    number=7,
    table_id="id",
    created_ms=0,
    schema=KeySchema((_PK,), (_SK,)),
    attributes=(_PK, _SK),
    throughput=Throughput(1, 1),
)
_INDEX = Index("i", 2, "GLOBAL", KeySchema((_SK,)), "ALL")
_SAME = Index("j", 3, "GLOBAL", KeySchema((KeyAttribute("x", "S"),)), "ALL")
_CONTENTS = ["", "a", "a\0", "a\0b", "ab", "b", "ba", "c", "\U0001f600"]


@pytest.mark.parametrize(
    ("operator", "operands", "selected"),
    [
        ("=", ["a"], ["a"]),
        ("<", ["ab"], ["", "a", "a\0", "a\0b"]),
        ("<=", ["ab"], ["", "a", "a\0", "a\0b", "ab"]),
        (">", ["b"], ["ba", "c", "\U0001f600"]),
        (">=", ["b"], ["b", "ba", "c", "\U0001f600"]),
        ("BETWEEN", ["a\0", "b"], ["a\0", "a\0b", "ab", "b"]),
        ("begins_with", ["a\0"], ["a\0", "a\0b"]),
        ("begins_with", [""], _CONTENTS),
    ],
)
def test_range_bounds_of_a_condition_hold_what_it_selects(
    operator: str, operands: list[str], selected: list[str]
) -> None:
    """The stored keys between the bounds are those whose range fulfils the condition."""
    start, end = range_bounds(b"base", operator, "S", operands)

    got = [text for text in _CONTENTS if start <= b"base" + encode_range("S", text) < end]

    assert got == selected


def test_position_in_an_index_ends_with_the_item_key() -> None:
    """Two items with equal index keys have different positions, ordered by their table keys."""
    first = position_of(_TABLE, _INDEX, {"pk": {"S": "a"}, "sk": {"S": "x"}})
    second = position_of(_TABLE, _INDEX, {"pk": {"S": "b"}, "sk": {"S": "x"}})

    assert first != second
    assert first.startswith(prefix_of(_TABLE, _INDEX))


@pytest.mark.parametrize("total", [1, 2, 3, 4096])
def test_segments_of_a_scan_cover_every_key_once(total: int) -> None:
    """Each stored key lies in exactly one segment."""
    prefix = prefix_of(_TABLE, None)
    for number in range(50):
        key = position_of(_TABLE, None, {"pk": {"S": str(number)}, "sk": {"S": ""}})
        holding = []
        for segment in range(total):
            start, end = scan_bounds(prefix, segment, total)
            assert (start <= key < end) == in_segment(prefix, key, segment, total)
            if start <= key < end:
                holding.append(segment)
        assert len(holding) == 1


def test_continued_forward_starts_behind_the_position() -> None:
    """The starting key itself is not returned again."""
    assert continued((b"a", b"z"), b"m", forward=True) == (b"m\0", b"z")


def test_continued_backward_ends_before_the_position() -> None:
    """Backwards, the starting key is the end, which ranges leave out."""
    assert continued((b"a", b"z"), b"m", forward=False) == (b"a", b"m")


def test_continued_without_a_position_is_the_whole_range() -> None:
    """Without a starting key everything is left."""
    assert continued((b"a", b"z"), None, forward=True) == (b"a", b"z")


def test_positions_of_equal_index_keys_are_in_the_order_of_the_item_keys_hashes() -> None:
    """AWS orders entries with equal index keys by a hash of the item's whole key."""
    names = ("aa", "ba", "ca", "cb", "da", "db")

    def position(name: str) -> bytes:
        return position_of(
            _TABLE, _SAME, {"pk": {"S": name[0]}, "sk": {"S": name[1]}, "x": {"S": "1"}}
        )

    assert ["aa", "da", "ba", "ca", "db", "cb"] == sorted(names, key=position)
