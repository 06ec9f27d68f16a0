"""Whether what clients saw of one item could have happened one operation after the other, each between its ends.

A search with backtracking (Wing and Gong 1993) that remembers where it has been (Lowe 2017): for histories of some
dozens of operations of one item, of which few overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

#: When an operation ended whose client never heard of it again.
NEVER = float("inf")


@dataclass(frozen=True)
class Operation:
    """One operation on one item, as its client saw it.

    Attributes:
        kind: read returns the value; write leaves `argument`; swap leaves the second value of `argument` if the first
            one is there and returns whether it was; add adds `argument` to a number or to nothing and returns the sum.
        began: when it was sent.
        ended: when its answer was there; NEVER when it is not known whether it was done.
        argument: see `kind`.
        result: see `kind`; of no meaning when it never ended.
    """

    kind: Literal["read", "write", "swap", "add"]
    began: float
    ended: float
    argument: Any = None
    result: Any = None


def is_linearizable(history: Sequence[Operation]) -> bool:
    """Tell whether one order of the operations on an item, which is not there at first, explains them all."""
    left = (1 << len(history)) - 1
    seen: set[tuple[int, Any]] = set()
    stack: list[tuple[int, Any]] = [(left, None)]
    while stack:
        place = stack.pop()
        if place in seen:
            continue
        seen.add(place)
        left, value = place
        open_ones = [at for at in range(len(history)) if left >> at & 1]
        if all(history[at].ended == NEVER for at in open_ones):
            return True  # what nobody heard of need not have happened
        first_end = min(history[at].ended for at in open_ones)
        found: list[tuple[float, int, Any]] = []
        for at in open_ones:
            operation = history[at]
            if operation.began > first_end:
                continue  # something was over before it began
            fits, after = _done(operation, value)
            if not fits:
                continue
            if operation.ended != NEVER and (operation.kind == "read" or operation.result is False):
                found = [(operation.ended, at, after)]
                break  # what fits and never changes anything may as well come first
            found.append((operation.ended, at, after))
        # What ended first, and what is known to have ended, is tried first: it is what happened most of the time.
        for _, at, after in sorted(found, key=lambda one: one[0], reverse=True):
            stack.append((left & ~(1 << at), after))
    return False


def _done(operation: Operation, value: Any) -> tuple[bool, Any]:
    """Return whether an operation can have seen a value, and what it leaves."""
    known = operation.ended != NEVER
    match operation.kind:
        case "read":
            return operation.result == value, value
        case "write":
            return True, operation.argument
        case "swap":
            expected, new = operation.argument
            swapped = value == expected
            fits = not known or operation.result == swapped
            return fits, new if swapped else value
        case "add":
            total = (value or 0) + operation.argument
            return not known or operation.result == total, total
