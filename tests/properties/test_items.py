"""Properties of numbers, keys and stored items."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from globaltables.items import numbers, values
from globaltables.items.item_encoding import decode_item, encode_item, item_json, to_json
from globaltables.items.key_encoding import (
    after_prefix,
    encode_key,
    encode_partition,
    encode_range,
    encode_range_prefix,
    segment_bounds,
)
from globaltables.tables.definitions import KeyAttribute, KeySchema

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
number_texts = st.builds(
    lambda digits, exponent: numbers.normalize(f"{digits}E{exponent}"),
    st.integers(-(10**37), 10**37),
    st.integers(-90, 80),
)
leaves: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda text: {"S": text}, texts),
    st.builds(lambda text: {"N": text}, number_texts),
    st.builds(lambda flag: {"BOOL": flag}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda members: {"SS": members}, st.lists(texts, min_size=1, unique=True)),
)
attribute_values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda items: {"L": items}, st.lists(inner, max_size=4)),
        st.builds(
            lambda items: {"M": items}, st.dictionaries(texts.filter(bool), inner, max_size=4)
        ),
    ),
    max_leaves=8,
)
items = st.dictionaries(texts.filter(bool), attribute_values, max_size=6)


@given(number_texts, number_texts)
def test_sortable_orders_as_numbers_do(left: str, right: str) -> None:
    """The bytes of numbers compare as the numbers do."""
    a, b = Decimal(left), Decimal(right)
    assert (a < b, a == b) == (
        numbers.sortable(left) < numbers.sortable(right),
        numbers.sortable(left) == numbers.sortable(right),
    )


@given(number_texts)
def test_normalize_of_canonical_changes_nothing(text: str) -> None:
    """Canonical text is a fixed point."""
    assert text == numbers.normalize(text)


@given(texts, texts)
def test_range_bytes_order_as_utf8_does(left: str, right: str) -> None:
    """Stored sort keys compare as UTF-8 does, zero bytes included."""
    assert (left.encode() < right.encode()) == (encode_range("S", left) < encode_range("S", right))


@given(texts.filter(bool), texts)
def test_range_prefix_holds_what_begins_with_it(prefix: str, rest: str) -> None:
    """A key that begins with the prefix lies in the prefix's range; another does not."""
    start = encode_range_prefix("S", prefix)
    end = after_prefix(start)
    assert start <= encode_range("S", prefix + rest) < end
    assert (start <= encode_range("S", rest) < end) == rest.startswith(prefix)


SCHEMA = KeySchema((KeyAttribute("p", "S"),), (KeyAttribute("s", "S"),))


@given(texts, texts, texts)
def test_partition_prefix_is_shared_by_its_keys_only(partition: str, other: str, sort: str) -> None:
    """A key begins with the prefix of its partition and of no other."""
    key = encode_key(SCHEMA, {"p": {"S": partition}, "s": {"S": sort}})
    assert key.startswith(encode_partition(SCHEMA, {"p": {"S": partition}}))
    assert (partition == other) == key.startswith(encode_partition(SCHEMA, {"p": {"S": other}}))


@given(st.integers(1, 300))
def test_segments_cover_the_hash_space_once(total: int) -> None:
    """The segments of a parallel scan join without gap or overlap."""
    bounds = [segment_bounds(segment, total) for segment in range(total)]
    assert bounds[0][0] == b"\0\0\0\0"
    assert bounds[-1][1] is None
    assert all(left[1] == right[0] for left, right in pairwise(bounds))


@given(items)
def test_stored_item_comes_back_as_it_was(item: dict[str, Any]) -> None:
    """Checking, storing and reading an item gives the same item, its size and its version."""
    size = values.check_item(item)
    raw = encode_item(7, b"eu-west-1", size, to_json(item))
    stored = decode_item(raw)
    assert (item, size, 7, "eu-west-1") == (stored.item, stored.size, stored.stamp, stored.origin)
    assert to_json(item) == item_json(raw)
    assert size == values.item_size(item)


@given(attribute_values, attribute_values)
def test_equal_is_symmetric_and_reflexive(left: dict[str, Any], right: dict[str, Any]) -> None:
    """Equality of values is an equivalence."""
    assert values.equal(left, left)
    assert values.equal(left, right) == values.equal(right, left)
