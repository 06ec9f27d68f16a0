"""Tests of the judge: histories that could not have happened one operation after the other are told."""

from typing import Literal

import pytest

from tests.support.linearizability import NEVER, Operation, is_linearizable

W: Literal["write"] = "write"


@pytest.mark.parametrize(
    "history",
    [
        [Operation(W, 0, 1, 5), Operation("read", 2, 3, None, 5)],
        # Concurrent with the write, a read may see either value.
        [Operation(W, 0, 4, 5), Operation("read", 1, 2), Operation("read", 2.5, 3, None, 5)],
        [Operation("add", 0, 9, 1, 2), Operation("add", 0, 9, 1, 1)],
        [Operation("swap", 0, 1, (None, 3), True), Operation("swap", 2, 3, (None, 4), False)],
        # What nobody heard of may have happened late, or never.
        [Operation(W, 0, NEVER, 7), Operation("read", 5, 6), Operation("read", 7, 8, None, 7)],
        [Operation(W, 0, NEVER, 7), Operation("read", 5, 6)],
        # A write that changes nothing where it was sent may be the one that changes something later.
        [
            Operation(W, 0, 9),
            Operation(W, 1, 2, 5),
            Operation("read", 3, 4, None, 5),
            Operation("read", 6, 7),
        ],
    ],
)
def test_possible_history_is_accepted(history: list[Operation]) -> None:
    """One order explains it."""
    assert is_linearizable(history)


@pytest.mark.parametrize(
    "history",
    [
        # A lost write.
        [Operation(W, 0, 1, 5), Operation("read", 2, 3)],
        # A read that goes back.
        [
            Operation(W, 0, 9, 5),
            Operation("read", 1, 2, None, 5),
            Operation("read", 3, 4),
        ],
        # Two regions gave the same number.
        [Operation("add", 0, 9, 1, 1), Operation("add", 0, 9, 1, 1)],
        # Two conditions held that exclude each other.
        [Operation("swap", 0, 9, (None, 3), True), Operation("swap", 0, 9, (None, 4), True)],
        # A condition failed although nothing stood against it.
        [Operation("swap", 0, 1, (None, 3), False)],
        # Something is read that nobody wrote.
        [Operation(W, 0, NEVER, 7), Operation("read", 5, 6, None, 8)],
        # What was seen once does not vanish.
        [
            Operation(W, 0, NEVER, 7),
            Operation("read", 1, 2, None, 7),
            Operation("read", 3, 4),
        ],
    ],
)
def test_impossible_history_is_told(history: list[Operation]) -> None:
    """No order explains it."""
    assert not is_linearizable(history)
