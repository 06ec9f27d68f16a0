"""A value measured over time: count, sum, least and greatest for every minute of the last hours, in bounded memory."""

from collections import OrderedDict
from typing import NamedTuple

_MINUTE_MS = 60_000


class Statistics(NamedTuple):
    """What was measured in a minute; the average is `total / samples`."""

    samples: int
    total: float
    least: float
    greatest: float

    def joined(self, other: "Statistics") -> "Statistics":
        """Return both together."""
        return Statistics(
            self.samples + other.samples,
            self.total + other.total,
            min(self.least, other.least),
            max(self.greatest, other.greatest),
        )


class MinuteSeries:
    """Statistics by minute.

    Args:
        minutes: how many of the last minutes are kept.
    """

    __slots__ = ("_kept", "_minutes")

    def __init__(self, minutes: int) -> None:
        self._kept = minutes
        self._minutes: OrderedDict[int, Statistics] = OrderedDict()

    def add(self, now_ms: int, statistics: Statistics) -> None:
        """Count what was measured at a time."""
        minute = now_ms // _MINUTE_MS
        known = self._minutes.get(minute)
        if known is not None:
            statistics = known.joined(statistics)
        self._minutes[minute] = statistics
        while len(self._minutes) > self._kept:
            self._minutes.popitem(last=False)

    def latest(self, number: int) -> list[tuple[int, Statistics]]:
        """Return the minutes that were measured last, so many at the most, as `between` does."""
        return [
            (minute * _MINUTE_MS, statistics)
            for minute, statistics in sorted(self._minutes.items())[-number:]
        ]

    def since(self, since_ms: int) -> list[tuple[int, Statistics]]:
        """Return the minutes that begin at a time or later, as `between` does."""
        return [
            (minute * _MINUTE_MS, statistics)
            for minute, statistics in self._minutes.items()
            if minute * _MINUTE_MS >= since_ms
        ]

    def between(self, since_ms: int, until_ms: int) -> list[tuple[int, Statistics]]:
        """Return the minutes that begin in since <= start < until, as (start in milliseconds, statistics), in order."""
        found = (
            (minute * _MINUTE_MS, statistics)
            for minute, statistics in self._minutes.items()
            if since_ms <= minute * _MINUTE_MS < until_ms
        )
        return sorted(found)
