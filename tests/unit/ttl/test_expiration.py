"""When an item is expired."""

from math import inf
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.foundation.limits import TTL_PAST_SECONDS_MAX
from globaltables.ttl.expiration import earliest_mention, expires_at, is_expired, marker_of

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"N": "1700000000"}, True),
        ({"N": "1699999999"}, True),
        ({"N": "1700000001"}, False),
        ({"N": str(int(NOW) - TTL_PAST_SECONDS_MAX)}, True),
        ({"N": str(int(NOW) - TTL_PAST_SECONDS_MAX - 1)}, False),
        ({"N": "0"}, False),
        ({"N": "1700000000000"}, False),
        ({"S": "1600000000"}, False),
        ({"NULL": True}, False),
    ],
)
def test_is_expired_number_of_seconds_within_five_years(
    value: dict[str, Any], *, expected: bool
) -> None:
    """Only a Number of seconds in the last five years makes an item expired."""
    assert expected == is_expired({"pk": {"S": "a"}, "ttl": value}, "ttl", NOW)


def test_is_expired_item_without_the_attribute_never() -> None:
    """An item without the attribute does not expire."""
    assert not is_expired({"pk": {"S": "a"}}, "ttl", NOW)


def test_earliest_mention_nested_attribute_counts_too() -> None:
    """A nested attribute of the same name only makes the bound lower."""
    item = {"m": {"M": {"ttl": {"N": "5"}}}, "ttl": {"N": "9"}}
    assert 5.0 == earliest_mention(orjson.dumps(item), marker_of("ttl"))


def test_earliest_mention_text_that_looks_like_it_does_not_count() -> None:
    """Text in a string value is no attribute."""
    item = {"s": {"S": '"ttl":{"N":"5"}'}}
    assert inf == earliest_mention(orjson.dumps(item), marker_of("ttl"))


@given(
    name=st.text(min_size=1, max_size=8),
    number=st.integers(min_value=-(10**12), max_value=10**12),
    others=st.dictionaries(st.text(max_size=4), st.text(max_size=20), max_size=4),
)
def test_earliest_mention_any_item_is_a_lower_bound(
    name: str, number: int, others: dict[str, str]
) -> None:
    """Whatever else an item holds, its expiry is not overlooked."""
    item: dict[str, dict[str, Any]] = {key: {"S": text} for key, text in others.items()}
    item[name] = {"N": str(number)}
    found = earliest_mention(orjson.dumps(item), marker_of(name))
    assert found <= expires_at(item, name)
