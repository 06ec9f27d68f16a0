"""What every table and index consumed and how often it was throttled, by the second and by the minute."""

from collections import deque
from typing import Literal

from globaltables.foundation.limits import USAGE_MINUTES_KEPT, USAGE_SECONDS_KEPT

Kind = Literal["read", "write"]
_SECONDS_PER_MINUTE = 60
#: A table's number, an index's name (None is the table itself), and the kind.
_Subject = tuple[int, str | None, Kind]


class Meter:
    """Sums of an amount, by the second for the last seconds of use and by the minute for the last minutes of use.

    Only slots in which something happened take memory, and they are bounded in number. After a step of the clock the
    slots are out of order, which no sum minds.

    Attributes:
        second: the second that is being counted, since 1970.
        amount: what it has so far; whoever adds to it himself has to begin the second first.
    """

    __slots__ = ("_minutes", "_seconds", "amount", "second")

    def __init__(self) -> None:
        self.second = 0
        self.amount = 0.0
        self._seconds: deque[tuple[int, float]] = deque(maxlen=USAGE_SECONDS_KEPT)
        self._minutes: deque[tuple[int, float]] = deque(maxlen=USAGE_MINUTES_KEPT)

    def add(self, second: int, amount: float) -> None:
        """Count an amount in a second."""
        if second != self.second:
            self.begin(second)
        self.amount += amount

    def sum(self, since_ms: int, until_ms: int) -> float:
        """Return the sum of the seconds that begin in [since, until).

        When the seconds do not reach back so far, it is that of the minutes that begin there.
        """
        since, until = -(-since_ms // 1000), -(-until_ms // 1000)
        slots = self._seconds
        if len(slots) == USAGE_SECONDS_KEPT and since < slots[0][0]:
            since = -(-since // _SECONDS_PER_MINUTE)
            until = -(-until // _SECONDS_PER_MINUTE)
            slots = self._minutes
            current = self.second // _SECONDS_PER_MINUTE
        else:
            current = self.second
        total = sum(amount for slot, amount in slots if since <= slot < until)
        return total + self.amount if since <= current < until else total

    def begin(self, second: int) -> None:
        """Close the second that was counted and begin with another."""
        if self.amount:
            self._seconds.append((self.second, self.amount))
            minute, minutes = self.second // _SECONDS_PER_MINUTE, self._minutes
            before = 0.0
            if minutes and minutes[-1][0] == minute:
                before = minutes.pop()[1]
            minutes.append((minute, before + self.amount))
        self.second = second
        self.amount = 0.0


class Usage:
    """The meters of one region."""

    def __init__(self) -> None:
        self._consumed: dict[_Subject, Meter] = {}
        self._throttled: dict[_Subject, Meter] = {}

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

    def forget(self, table_number: int) -> None:
        """Forget a table that is gone, with its indexes."""
        for meters in (self._consumed, self._throttled):
            for subject in [subject for subject in meters if subject[0] == table_number]:
                del meters[subject]
