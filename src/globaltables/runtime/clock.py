"""Wall clocks (milliseconds since 1970) and the hybrid logical clock that stamps every change."""

import time
from typing import Protocol

from globaltables.foundation.errors import OperationalError

COUNTER_BITS = 16
COUNTER_MAX = (1 << COUNTER_BITS) - 1
#: A peer whose stamps are further ahead than this is quarantined, not followed.
DRIFT_MS_MAX = 60_000


class Clock(Protocol):
    """A wall clock."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970."""


class SystemClock:
    """The machine's clock, with an offset that an administrator can set."""

    def __init__(self) -> None:
        self.offset_ms = 0

    def now_ms(self) -> int:
        """Return milliseconds since 1970, shifted by the offset."""
        return time.time_ns() // 1_000_000 + self.offset_ms


class VirtualClock:
    """A clock that moves only when told to."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Return the time that was set."""
        return self._now_ms

    def advance(self, milliseconds: int) -> None:
        """Move the clock; a negative number steps it back."""
        self._now_ms += milliseconds


def stamp_ms(stamp: int) -> int:
    """Return the milliseconds since 1970 of a hybrid stamp."""
    return stamp >> COUNTER_BITS


def stamp_at(milliseconds: int) -> int:
    """Return the smallest stamp of a millisecond."""
    return milliseconds << COUNTER_BITS


class HybridLogicalClock:
    """Stamps that follow the wall clock, never repeat and never run backwards (Kulkarni et al. 2014).

    A stamp is 64 bits: 48 bits of milliseconds, 16 bits of counter. One clock per region: its stamps are both the
    last-writer-wins versions of locally written items and the positions of that region's change log.
    """

    def __init__(self, clock: Clock, last: int = 0) -> None:
        self._clock = clock
        self.last = last

    def tick(self) -> int:
        """Return a stamp greater than every one returned or observed before."""
        physical = self._clock.now_ms() << COUNTER_BITS
        self.last = physical if physical > self.last else self.last + 1
        return self.last

    def observe(self, stamp: int) -> None:
        """Follow a stamp of a peer, so that what is written after seeing it is later than it.

        Raises:
            OperationalError: the stamp is more than DRIFT_MS_MAX ahead of the wall clock; the clock is unchanged.
        """
        if stamp > self.last:
            ahead_ms = stamp_ms(stamp) - self._clock.now_ms()
            if ahead_ms > DRIFT_MS_MAX:
                msg = f"a peer's clock is {ahead_ms} ms ahead of ours"
                raise OperationalError(msg)
            self.last = stamp
