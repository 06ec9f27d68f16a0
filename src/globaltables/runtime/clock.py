"""Wall clocks (milliseconds since 1970) and the hybrid logical clock that stamps every change."""

import asyncio
import time
from typing import Protocol

from globaltables.foundation.errors import OperationalError

COUNTER_BITS = 16
COUNTER_MAX = (1 << COUNTER_BITS) - 1
#: A peer whose stamps are further ahead than this is quarantined, not followed.
DRIFT_MS_MAX = 60_000
#: Whoever waits for a time looks at the clock again after so long, because it may have been set meanwhile.
_LOOK_SECONDS_MAX = 60


class Clock(Protocol):
    """A wall clock that can be set."""

    @property
    def offset_ms(self) -> int:
        """How far it is ahead of where it would be by itself; negative when it is behind."""

    def shift(self, offset_ms: int) -> None:
        """Set the offset; who waits for a time that is reached by it goes on."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970."""

    async def until(self, time_ms: int) -> None:
        """Return when the clock shows a time, at once when that is past."""


class SystemClock:
    """The machine's clock, with an offset that an administrator can set."""

    def __init__(self) -> None:
        self._offset_ms = 0
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def offset_ms(self) -> int:
        """How far the clock is ahead of the machine's; negative when it is behind."""
        return self._offset_ms

    def shift(self, offset_ms: int) -> None:
        """Set the offset; who waits for a time that is reached by it goes on."""
        self._offset_ms = offset_ms
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    def now_ms(self) -> int:
        """Return milliseconds since 1970, shifted by the offset."""
        return time.time_ns() // 1_000_000 + self._offset_ms

    async def until(self, time_ms: int) -> None:
        """Return when the clock shows a time, at once when that is past."""
        while (left_ms := time_ms - self.now_ms()) > 0:
            shifted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(shifted)
            try:
                await asyncio.wait({shifted}, timeout=min(left_ms / 1000, _LOOK_SECONDS_MAX))
            finally:
                self._waiting.discard(shifted)


class VirtualClock:
    """A clock that moves only when told to."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms
        self._offset_ms = 0
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    @property
    def offset_ms(self) -> int:
        """What `shift` set."""
        return self._offset_ms

    def shift(self, offset_ms: int) -> None:
        """Set the offset."""
        self.advance(offset_ms - self._offset_ms)
        self._offset_ms = offset_ms

    def now_ms(self) -> int:
        """Return the time that was set."""
        return self._now_ms

    async def until(self, time_ms: int) -> None:
        """Return when the clock was moved to a time, at once when that is past."""
        if time_ms > self._now_ms:
            reached = asyncio.get_running_loop().create_future()
            self._waiting.append((time_ms, reached))
            await reached

    def advance(self, milliseconds: int) -> None:
        """Move the clock; a negative number steps it back. Who waits for a time that is reached goes on."""
        self._now_ms += milliseconds
        waiting, self._waiting = self._waiting, []
        for time_ms, reached in waiting:
            if time_ms > self._now_ms:
                self._waiting.append((time_ms, reached))
            elif not reached.done():
                reached.set_result(None)


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
