"""What every table and index consumed and how often it was throttled, by the second and by the minute."""

from collections import Counter, deque
from collections.abc import Iterator
from math import inf
from typing import Literal

from globaltables.foundation.limits import USAGE_MINUTES_KEPT, USAGE_SECONDS_KEPT
from globaltables.runtime.series import Statistics

Kind = Literal["read", "write"]
_SECONDS_PER_MINUTE = 60
#: A table's number, an index's name (None is the table itself), and the kind.
Subject = tuple[int, str | None, Kind]


class Meter:
    """What was counted, by the second for the last seconds of use and by the minute for the last minutes of use.

    Only slots in which something happened take memory, and they are bounded in number. After a step of the clock the
    slots are out of order, which no sum minds.

    Attributes:
        second: the second that is being counted, since 1970.
        amount: what it has so far; whoever adds to it himself has to begin the second first, and to note the rest:
        samples: of how many counts that is the sum.
        least: of them.
        greatest: of them.
    """

    __slots__ = ("_minutes", "_seconds", "amount", "greatest", "least", "samples", "second")

    def __init__(self) -> None:
        self.second = 0
        self.amount = 0.0
        self.samples = 0
        self.least = inf
        self.greatest = 0.0
        self._seconds: deque[tuple[int, float]] = deque(maxlen=USAGE_SECONDS_KEPT)
        self._minutes: deque[tuple[int, Statistics]] = deque(maxlen=USAGE_MINUTES_KEPT)

    def add(self, second: int, amount: float) -> None:
        """Count an amount in a second."""
        if second != self.second:
            self.begin(second)
        self.amount += amount
        self.samples += 1
        if not self.least <= amount <= self.greatest:
            self.widen(amount)

    def widen(self, amount: float) -> None:
        """Take note of an amount that is less or greater than all others of the second."""
        self.least = min(self.least, amount)
        self.greatest = max(self.greatest, amount)

    def sum(self, since_ms: int, until_ms: int) -> float:
        """Return the sum of the seconds that begin in [since, until).

        When the seconds do not reach back so far, it is that of the minutes that begin there.
        """
        since, until = -(-since_ms // 1000), -(-until_ms // 1000)
        seconds = self._seconds
        if len(seconds) == USAGE_SECONDS_KEPT and since < seconds[0][0]:
            since = -(-since // _SECONDS_PER_MINUTE)
            until = -(-until // _SECONDS_PER_MINUTE)
            current = self.second // _SECONDS_PER_MINUTE
            total = sum(one.total for minute, one in self._minutes if since <= minute < until)
        else:
            current = self.second
            total = sum(amount for second, amount in seconds if since <= second < until)
        return total + self.amount if since <= current < until else total

    def minutes(self, since: int) -> dict[int, Statistics]:
        """Return what was counted in each minute of use from one on, the one that is being counted included."""
        found = {minute: one for minute, one in self._minutes if minute >= since}
        minute = self.second // _SECONDS_PER_MINUTE
        if self.samples and minute >= since:
            found[minute] = self._with_current(found.get(minute))
        return found

    def begin(self, second: int) -> None:
        """Close the second that was counted and begin with another."""
        if self.samples:
            if self.amount:
                self._seconds.append((self.second, self.amount))
            minute, minutes = self.second // _SECONDS_PER_MINUTE, self._minutes
            before = minutes.pop()[1] if minutes and minutes[-1][0] == minute else None
            minutes.append((minute, self._with_current(before)))
        self.second = second
        self.amount = 0.0
        self.samples = 0
        self.least = inf
        self.greatest = 0.0

    def _with_current(self, before: Statistics | None) -> Statistics:
        current = Statistics(self.samples, self.amount, self.least, self.greatest)
        return current if before is None else before.joined(current)


class Usage:
    """The meters of one region.

    Attributes:
        reasons: how many requests were throttled since somebody took them out, by what and by which limit.
    """

    def __init__(self) -> None:
        self.reasons: Counter[tuple[Subject, str]] = Counter()
        self._consumed: dict[Subject, Meter] = {}
        self._throttled: dict[Subject, Meter] = {}

    def consumed(
        self, table_number: int, index_name: str | None, kind: Kind, since_ms: int, until_ms: int
    ) -> float:
        """Return the units that were consumed in [since, until); see `Meter.sum` for the resolution."""
        meter = self._consumed.get((table_number, index_name, kind))
        return 0.0 if meter is None else meter.sum(since_ms, until_ms)

    def throttled(
        self, table_number: int, index_name: str | None, kind: Kind, since_ms: int, until_ms: int
    ) -> int:
        """Return how many requests were throttled in [since, until)."""
        meter = self._throttled.get((table_number, index_name, kind))
        return 0 if meter is None else int(meter.sum(since_ms, until_ms))

    def consumed_meter(self, table_number: int, index_name: str | None, kind: Kind) -> Meter:
        """Return the meter of consumed units of a table, or of a global index."""
        return self._consumed.setdefault((table_number, index_name, kind), Meter())

    def throttled_meter(self, table_number: int, index_name: str | None, kind: Kind) -> Meter:
        """Return the meter of throttled requests of a table, or of a global index."""
        return self._throttled.setdefault((table_number, index_name, kind), Meter())

    def minutes(self, since: int) -> Iterator[tuple[bool, Subject, int, Statistics]]:
        """Return what was counted in each minute from one on.

        Returns:
            Whether it is what was throttled; else it is what was consumed. Then of what, the minute, and the numbers.
        """
        for throttled, meters in ((False, self._consumed), (True, self._throttled)):
            for subject, meter in meters.items():
                for minute, statistics in meter.minutes(since).items():
                    yield throttled, subject, minute, statistics

    def forget(self, table_number: int) -> None:
        """Forget a table that is gone, with its indexes."""
        for meters in (self._consumed, self._throttled):
            for subject in [subject for subject in meters if subject[0] == table_number]:
                del meters[subject]
        for reason in [reason for reason in self.reasons if reason[0][0] == table_number]:
            del self.reasons[reason]
