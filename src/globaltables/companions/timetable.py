"""When what is due: fires schedules in the order of their times, once for each, as the region's clock passes them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from heapq import heappop, heappush

from globaltables.companions.schedule_expressions import Expression
from globaltables.foundation.message_limits import (
    SCHEDULES_FIRED_AT_ONCE_MAX,
    SCHEDULES_MISSED_MS_MAX,
)
from globaltables.itemstore.region import Region

#: Whose schedule it is: account and name.
Key = tuple[str, str]
#: Does what is due, in order, and keeps durably that it did.
Fire = Callable[[Sequence[tuple[Key, int]]], Awaitable[None]]


class Timetable:
    """The schedules of a service in a region.

    Args:
        region: whose clock counts.
        service: its name.
        fire: see `Fire`.
    """

    def __init__(self, region: Region, service: str, fire: Fire) -> None:
        self._region = region
        self._task = f"{region.name}/{service}/timetable"
        self._fire = fire
        self._entries: dict[Key, tuple[Expression, int]] = {}
        self._next: list[tuple[int, Key]] = []
        self._changed: asyncio.Future[None] | None = None

    def put(self, key: Key, expression: Expression, after_ms: int) -> None:
        """Add a schedule, or change one.

        Args:
            key: whose.
            expression: when it is due.
            after_ms: up to when it was done; what is further back than a day is passed over.
        """
        after_ms = max(after_ms, self._region.clock.now_ms() - SCHEDULES_MISSED_MS_MAX)
        self._plan(key, expression, after_ms)
        if not self._region.tasks.running(self._task):
            self._region.tasks.spawn(self._task, self._run())
        elif self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    def remove(self, key: Key) -> None:
        """Take a schedule out."""
        self._entries.pop(key, None)

    def _plan(self, key: Key, expression: Expression, after_ms: int) -> None:
        due_ms = expression.after(after_ms)
        if due_ms is None:
            self._entries.pop(key, None)
            return
        self._entries[key] = (expression, due_ms)
        heappush(self._next, (due_ms, key))

    async def _run(self) -> None:
        while True:
            due = self._take_due()
            if due:
                await self._fire(due)
                continue
            await self._wait()

    def _take_due(self) -> list[tuple[Key, int]]:
        """Return what is due, in order, and plan what comes after it; what is out of date is passed over."""
        now_ms = self._region.clock.now_ms()
        due: list[tuple[Key, int]] = []
        while self._next and self._next[0][0] <= now_ms and len(due) < SCHEDULES_FIRED_AT_ONCE_MAX:
            due_ms, key = heappop(self._next)
            entry = self._entries.get(key)
            if entry is None or entry[1] != due_ms:
                continue
            due.append((key, due_ms))
            self._plan(key, entry[0], due_ms)
        return due

    async def _wait(self) -> None:
        """Return when something is due, or a schedule was changed."""
        self._changed = asyncio.get_running_loop().create_future()
        waiting: list[asyncio.Future[None]] = [self._changed]
        if self._next:
            waiting.append(asyncio.ensure_future(self._region.clock.until(self._next[0][0])))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
