"""What one rule counted: the current minute in a sketch, and of the last hours what each minute had."""

from collections import deque
from collections.abc import Iterator

from globaltables.foundation.limits import METRIC_MINUTES_KEPT
from globaltables.insights.sketch import Key, Minute, Sketch

MINUTE_MS = 60_000


class Series:
    """Counts by minute; after a step of the clock back, what comes is counted in the minute that was begun."""

    __slots__ = ("_current", "_ends_ms", "_kept")

    def __init__(self) -> None:
        self._kept: deque[tuple[int, Minute]] = deque()
        self._current = Sketch()
        self._ends_ms = 0

    def add(self, key: Key, weight: int, now_ms: int) -> None:
        """Count an access, or a refusal, of a key."""
        if now_ms >= self._ends_ms:
            self._begin(now_ms)
        self._current.add(key, weight)

    def between(self, start_ms: int, end_ms: int) -> Iterator[tuple[int, Minute]]:
        """Yield the minutes that begin in [start, end), with the time at which they begin, oldest first."""
        minutes = list(self._kept)
        if self._current:
            minutes.append((self._ends_ms - MINUTE_MS, self._current.minute()))
        return (one for one in minutes if start_ms <= one[0] < end_ms)

    def _begin(self, now_ms: int) -> None:
        """End the minute that was counted, forget those that are too old, and begin the one of now."""
        if self._current:
            self._kept.append((self._ends_ms - MINUTE_MS, self._current.minute()))
        self._ends_ms = (now_ms // MINUTE_MS + 1) * MINUTE_MS
        oldest_ms = self._ends_ms - METRIC_MINUTES_KEPT * MINUTE_MS
        while self._kept and self._kept[0][0] < oldest_ms:
            self._kept.popleft()
        self._current = Sketch()
