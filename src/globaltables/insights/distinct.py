"""About how many different keys there were: the smallest of their hashes tell it (Bar-Yossef et al. 2002)."""

from array import array
from bisect import insort
from collections.abc import Hashable, Iterable

from globaltables.foundation.limits import INSIGHTS_HASHES_MAX

_HASHES = 1 << 64


class DistinctKeys:
    """Keeps the smallest hashes of keys; Python's own hashes, so they mean nothing to another process."""

    __slots__ = ("_known", "_limit", "_sorted")

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._sorted: list[int] = []
        self._limit = _HASHES

    def add(self, key: Hashable) -> None:
        """Count a key; one that was counted before changes nothing."""
        hashed = hash(key) & (_HASHES - 1)
        if hashed >= self._limit or hashed in self._known:
            return
        self._known.add(hashed)
        insort(self._sorted, hashed)
        if len(self._sorted) > INSIGHTS_HASHES_MAX:
            self._known.discard(self._sorted.pop())
        if len(self._sorted) == INSIGHTS_HASHES_MAX:
            self._limit = self._sorted[-1]

    def smallest(self) -> "array[int]":
        """Return the hashes that are kept."""
        return array("Q", self._sorted)


def distinct_keys(several: Iterable["array[int]"]) -> int:
    """Return about how many keys several counts had together; exactly, while they are few."""
    union = sorted(set().union(*several))[:INSIGHTS_HASHES_MAX]
    if len(union) < INSIGHTS_HASHES_MAX:
        return len(union)
    return round((INSIGHTS_HASHES_MAX - 1) * _HASHES / union[-1])
