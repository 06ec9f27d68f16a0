"""What was measured in a stretch of time: count, sum, least, greatest, and how the values are distributed.

Few different values are kept as they are. More are kept in buckets that grow by two per cent, so that a percentile is
within one per cent of what was measured (Masson et al. 2019, DDSketch). Of statistics that were sent without their
values the distribution is unknown, and so are its percentiles, as on AWS.
"""

from collections.abc import Iterable, Mapping
from math import ceil, exp, log
from typing import TypeVar

import orjson

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import METRIC_BUCKETS_MAX, METRIC_VALUES_KEPT

K = TypeVar("K", int, float)
_GROWTH = 1.02
_LOG_GROWTH = log(_GROWTH)
#: The middle of a bucket, measured by the ratio to its upper end.
_MIDDLE = 2 / (1 + _GROWTH)
#: Of the bucket of zero; those of other values are smaller in number.
_ZERO = 1_000_000
#: Of a value and of its weight.
Weighted = list[tuple[float, float]]


class Distribution:
    """Measurements that can be merged.

    Attributes:
        count: of the measurements; a weight may be a fraction.
        total: their sum.
        least: of them.
        greatest: of them.
    """

    __slots__ = ("_buckets", "_values", "count", "greatest", "least", "total")

    def __init__(self, count: float, total: float, least: float, greatest: float) -> None:
        self.count = float(count)
        self.total = float(total)
        self.least = float(least)
        self.greatest = float(greatest)
        self._values: dict[float, float] | None = None
        self._buckets: dict[int, float] | None = None

    @classmethod
    def of(cls, values: Iterable[tuple[float, float]]) -> "Distribution":
        """Return the distribution of values with their counts; there has to be one."""
        weights: dict[float, float] = {}
        for value, weight in values:
            weights[value] = weights.get(value, 0.0) + weight
        made = cls(
            sum(weights.values()),
            sum(value * weight for value, weight in weights.items()),
            min(weights),
            max(weights),
        )
        made._values = weights
        made._limit()
        return made

    @classmethod
    def of_statistics(
        cls, count: float, total: float, least: float, greatest: float
    ) -> "Distribution":
        """Return what statistics tell; the values are known when they are all the same."""
        made = cls(count, total, least, greatest)
        if least == greatest:
            made._values = {least: count}
        return made

    @property
    def average(self) -> float:
        """The mean; 0 of nothing."""
        return self.total / self.count if self.count else 0.0

    @property
    def known(self) -> bool:
        """Whether percentiles can be told."""
        return self._values is not None or self._buckets is not None

    def weighted(self) -> Weighted:
        """Return values with their weights in ascending order; empty when they are not known."""
        if self._values is not None:
            return sorted(self._values.items())
        if self._buckets is None:
            return []
        found = ((_value(bucket), weight) for bucket, weight in self._buckets.items())
        return sorted(
            (min(max(value, self.least), self.greatest), weight) for value, weight in found
        )

    def merge(self, other: "Distribution") -> None:
        """Add what another one measured."""
        self.count += other.count
        self.total += other.total
        self.least = min(self.least, other.least)
        self.greatest = max(self.greatest, other.greatest)
        if not self.known or not other.known:
            self._values = self._buckets = None
            return
        values, buckets = other.shape()
        if self._values is not None and values is not None:
            self._values = _summed(self._values, values)
            self._limit()
            return
        more = _in_buckets(values) if buckets is None else buckets
        own = _in_buckets(self._values) if self._buckets is None else self._buckets
        self._values, self._buckets = None, _fewer(_summed(own, more))

    def shape(self) -> tuple[dict[float, float] | None, dict[int, float] | None]:
        """Return the weights by value, or else by bucket."""
        return self._values, self._buckets

    def encode(self) -> bytes:
        """Return the stored bytes."""
        shape: object = None
        if self._values is not None:
            shape = [0, list(self._values), list(self._values.values())]
        elif self._buckets is not None:
            shape = [1, list(self._buckets), list(self._buckets.values())]
        return orjson.dumps([self.count, self.total, self.least, self.greatest, shape])

    @classmethod
    def decode(cls, raw: bytes) -> "Distribution":
        """Return what stored bytes hold.

        Raises:
            OperationalError: they are damaged.
        """
        try:
            count, total, least, greatest, shape = orjson.loads(raw)
            made = cls(count, total, least, greatest)
            if shape is not None:
                weights = dict(zip(shape[1], shape[2], strict=True))
                if shape[0] == 0:
                    made._values = weights
                else:
                    made._buckets = weights
        except (TypeError, ValueError, IndexError) as error:
            raise OperationalError(f"a stored measurement is damaged: {error}") from error
        return made

    def _limit(self) -> None:
        if self._values is not None and len(self._values) > METRIC_VALUES_KEPT:
            self._buckets = _fewer(_in_buckets(self._values))
            self._values = None


def _in_buckets(values: Mapping[float, float] | None) -> dict[int, float]:
    buckets: dict[int, float] = {}
    for value, weight in (values or {}).items():
        bucket = _bucket(value)
        buckets[bucket] = buckets.get(bucket, 0.0) + weight
    return buckets


def _summed(left: Mapping[K, float], right: Mapping[K, float]) -> dict[K, float]:
    summed = dict(left)
    for key, weight in right.items():
        summed[key] = summed.get(key, 0.0) + weight
    return summed


def _bucket(value: float) -> int:
    """Return the number of a value's bucket; numbers are positive for positive values."""
    if value == 0:
        return 0
    place = _ZERO + ceil(log(abs(value)) / _LOG_GROWTH)
    return place if value > 0 else -place


def _value(bucket: int) -> float:
    if bucket == 0:
        return 0.0
    size = exp((abs(bucket) - _ZERO) * _LOG_GROWTH) * _MIDDLE
    return size if bucket > 0 else -size


def _fewer(buckets: dict[int, float]) -> dict[int, float]:
    """Return the buckets with the lowest ones joined when they are too many."""
    if len(buckets) <= METRIC_BUCKETS_MAX:
        return buckets
    ordered = sorted(buckets.items())
    excess = len(ordered) - METRIC_BUCKETS_MAX
    kept = dict(ordered[excess:])
    kept[ordered[excess][0]] += sum(weight for _, weight in ordered[:excess])
    return kept
