"""Sequence numbers keep the log's order and AWS's length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.streams.sequence_numbers import position_of, sequence_number

positions = st.integers(min_value=0, max_value=(1 << 64) - 1)


@given(positions)
def test_position_of_sequence_number_any_position_round_trips(position: int) -> None:
    """A sequence number names exactly one log position."""
    assert position == position_of(sequence_number(position))


@given(positions, positions)
def test_sequence_number_two_positions_keeps_order_as_text(first: int, second: int) -> None:
    """Text order is the log's order."""
    assert (first < second) == (sequence_number(first) < sequence_number(second))


@given(positions)
def test_sequence_number_parsed_as_integer_keeps_its_digits(position: int) -> None:
    """A client may parse it as a big integer and print it again: 21 digits, no leading zero."""
    text = sequence_number(position)
    assert (21, text) == (len(text), str(int(text)))


@pytest.mark.parametrize("text", ["0" * 21, "9" * 40, "sdfsafglldfngjdafnasdflgn", "²" * 21])
def test_position_of_foreign_text_is_none(text: str) -> None:
    """What is no sequence number of ours names no position."""
    assert position_of(text) is None
