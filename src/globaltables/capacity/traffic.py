"""What became of the requests for the items of a region since somebody last asked: how long they took, how they failed.

Taking note costs a request one look-up and one append; what is told of it is computed by who asks.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from globaltables.foundation.limits import TRAFFIC_SAMPLES_MAX

#: Durations are counted in steps of so many nanoseconds, as a power of two: 8 microseconds.
STEP_BITS = 13
#: Operation, account, table.
_Place = tuple[str, str, str]


class Event(NamedTuple):
    """Something that is counted.

    Attributes:
        account: whose.
        name: of the metric, e.g. "UserErrors".
        dimensions: of the metric, with their values.
    """

    account: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


class Durations:
    """How long requests of one kind took.

    Attributes:
        latest: in nanoseconds; what is not counted yet.
    """

    __slots__ = ("_counted", "latest")

    def __init__(self) -> None:
        self.latest: list[int] = []
        self._counted: Counter[int] = Counter()

    def count(self) -> None:
        """Make counts of the latest ones, so that they take no more memory."""
        latest, self.latest = self.latest, []
        self._counted.update([duration >> STEP_BITS for duration in latest])

    def milliseconds(self) -> Mapping[float, int]:
        """Return the durations in milliseconds with their counts, each the middle of its step."""
        self.count()
        step = (1 << STEP_BITS) / 1e6
        return {(steps + 0.5) * step: number for steps, number in self._counted.items()}


class Traffic:
    """The requests of one region."""

    def __init__(self) -> None:
        self._durations: dict[_Place, Durations] = {}
        self._events: dict[Event, Counter[float]] = {}

    def succeeded(self, operation: str, account: str, table: str, duration: int) -> None:
        """Take note of a request that succeeded.

        Args:
            operation: AWS's name.
            account: whose table.
            table: its name or ARN, as the request has it.
            duration: in nanoseconds.
        """
        known = self._durations.get((operation, account, table))
        if known is None:
            known = self._durations[operation, account, table] = Durations()
        latest = known.latest
        latest.append(duration)
        if len(latest) >= TRAFFIC_SAMPLES_MAX:
            known.count()

    def happened(self, event: Event, value: float = 1.0) -> None:
        """Take note of something with a value: 1 for what is only counted."""
        counts = self._events.get(event)
        if counts is None:
            counts = self._events[event] = Counter()
        counts[value] += 1

    def take(self) -> tuple[Mapping[_Place, Durations], Mapping[Event, Mapping[float, int]]]:
        """Return everything since the last call, by operation, account and table, and by event."""
        taken = self._durations, self._events
        self._durations, self._events = {}, {}
        return taken
