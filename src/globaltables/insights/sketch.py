"""The heaviest of any number of keys, in bounded memory: the Space-Saving sketch, with evictions by the half.

Source: Metwally, Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements in Data Streams (2005); by
the half, so that an eviction costs little for each key: Anderson et al., A High-Performance Algorithm for Identifying
Frequent Items in Data Streams (2017).

A key that was forgotten had at most `error` by then, and `error` is at most 2 x total / INSIGHTS_SKETCH_KEYS_MAX: the
upper bounds of the heavier half never add up to more than the total, because a key that enters that half has one that
is at most its own weight above that of the key that leaves it.
"""

from array import array
from heapq import nlargest
from operator import itemgetter
from typing import NamedTuple

from globaltables.foundation.limits import INSIGHTS_MINUTE_KEYS_MAX, INSIGHTS_SKETCH_KEYS_MAX
from globaltables.insights.distinct import DistinctKeys

#: A partition key, or a pair of partition and sort key, as shown.
Key = tuple[str, ...]
_weight = itemgetter(1)


class Minute(NamedTuple):
    """What one minute had.

    Attributes:
        heaviest: keys with their weights, the heaviest first; a weight is at most `error` too low.
        error: 0 while there were no more keys than the sketch holds.
        total: the weight of all keys.
        accesses: how many there were.
        least: the weight of the smallest access.
        greatest: the weight of the largest access.
        hashes: `distinct_keys` tells from those of several minutes how many keys they had.
    """

    heaviest: tuple[tuple[Key, int], ...]
    error: int
    total: int
    accesses: int
    least: int
    greatest: int
    hashes: "array[int]"


class Sketch:
    """Counts one minute.

    Args:
        keys_max: how many keys are held.

    Attributes:
        error: what a key that is not held may have had at most.
    """

    __slots__ = (
        "_accesses",
        "_bounds",
        "_distinct",
        "_greatest",
        "_keys_max",
        "_least",
        "_missed",
        "_total",
        "error",
    )

    def __init__(self, keys_max: int = INSIGHTS_SKETCH_KEYS_MAX) -> None:
        self.error = 0
        self._keys_max = keys_max
        #: What a key may have had at most, and how much of it may be from before it was held; absent is nothing.
        self._bounds: dict[Key, int] = {}
        self._missed: dict[Key, int] = {}
        self._distinct = DistinctKeys()
        self._total = self._accesses = self._least = self._greatest = 0

    def __len__(self) -> int:
        return len(self._bounds)

    def add(self, key: Key, weight: int) -> None:
        """Count an access."""
        try:
            self._bounds[key] += weight
        except KeyError:
            self._hold(key, weight)
        self._total += weight
        self._accesses += 1
        if not self._least <= weight <= self._greatest:
            self._least = min(weight, self._least) if self._least else weight
            self._greatest = max(weight, self._greatest)

    def minute(self) -> Minute:
        """Return what was counted; only the heaviest keys are kept of it."""
        missed = self._missed.get
        weights = ((key, most - missed(key, 0)) for key, most in self._bounds.items())
        return Minute(
            heaviest=tuple(nlargest(INSIGHTS_MINUTE_KEYS_MAX, weights, key=_weight)),
            error=self.error,
            total=self._total,
            accesses=self._accesses,
            least=self._least,
            greatest=self._greatest,
            hashes=self._distinct.smallest(),
        )

    def _hold(self, key: Key, weight: int) -> None:
        if len(self._bounds) >= self._keys_max:
            self._evict()
        error = self.error
        self._bounds[key] = error + weight
        if error:
            self._missed[key] = error
        self._distinct.add(key)

    def _evict(self) -> None:
        """Forget the lighter half, judged by the bounds, and what is equal to its heaviest."""
        ascending = sorted(self._bounds.values())
        error = self.error = ascending[len(ascending) // 2 - 1]
        kept = self._bounds = {key: most for key, most in self._bounds.items() if most > error}
        missed = self._missed
        self._missed = {key: missed[key] for key in kept if key in missed}
