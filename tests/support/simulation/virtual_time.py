"""An event loop whose time jumps to what is due next: hours pass in milliseconds, always in the same order."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, TypeVarTuple

from globaltables.runtime.clock import VirtualClock
from tests.support.simulation.losing_disk import LosingDisk

Ts = TypeVarTuple("Ts")
#: How long a synchronisation of the disk takes, in milliseconds, at the most.
_SYNC_MS_MAX = 4.0


class StandstillError(AssertionError):
    """Nothing is left that could ever happen, and somebody still waits."""


class VirtualTimeLoop(asyncio.BaseEventLoop):
    """Runs one history.

    Args:
        chance: draws how long the disk takes.

    Attributes:
        failures: exceptions in callbacks, which an event loop would only log.
    """

    _ready: "deque[asyncio.Handle]"

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.failures: list[BaseException] = []
        self._chance = chance
        self._now = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._numbers = count()
        self.set_exception_handler(self._note)

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Run a callback in the next turn."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run a callback at a time; those of one time in the order in which they were asked for."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        heappush(self._timers, (when, next(self._numbers), handle))
        return handle

    def _run_once(self) -> None:
        """Run what is ready; when nothing is, let the time pass that nothing happens in.

        The turn of `asyncio.BaseEventLoop`, which asks the operating system for events, takes three times as long.
        """
        ready = self._ready
        if not ready:
            if not self._timers:
                raise StandstillError
            when, _, timer = heappop(self._timers)
            self._now = max(self._now, when)
            ready.append(timer)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Let a timer that is not needed any more lie until its time comes."""

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """Run a function of another thread in this one, when the time that it takes is over."""
        future: asyncio.Future[Any] = self.create_future()

        def run() -> None:
            disk = getattr(func, "__self__", None)
            if not (isinstance(disk, LosingDisk) and disk.gone):
                try:
                    future.set_result(func(*args))
                except Exception as error:  # noqa: BLE001 - told to whoever waits
                    future.set_exception(error)

        self.call_later(self._chance.random() * _SYNC_MS_MAX / 1000, run)
        return future

    def _note(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Keep what a callback raised; tasks whose exception nobody asked for belong to killed processes."""
        error = context.get("exception")
        if error is not None and "handle" in context:
            self.failures.append(error)


class RegionClock(VirtualClock):
    """A wall clock that runs with the loop's time, off by what a story has set."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop
        self._began_ms = self._now_ms

    def now_ms(self) -> int:
        """Return milliseconds since 1970."""
        return self._began_ms + int(self._loop.time() * 1000) + self._offset_ms

    def shift(self, offset_ms: int) -> None:
        """Set the offset."""
        self._offset_ms = offset_ms

    async def until(self, time_ms: int) -> None:
        """Return when the clock shows a time, whatever it was set to meanwhile."""
        while (left_ms := time_ms - self.now_ms()) > 0:  # noqa: ASYNC110 - nothing tells of its shifts
            await asyncio.sleep(min(left_ms, 1_000) / 1000)
