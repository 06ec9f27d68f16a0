"""Named background tasks with an owner: started, supervised and stopped in one place."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_log = logging.getLogger(__name__)


class Tasks:
    """The background tasks of one node; every one has a name, and a failure is logged with it."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[None]] = {}

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task under a name that is not in use.

        Raises:
            AssertionError: a task of that name is running.
        """
        assert not self.running(name), name
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running[name] = task
        task.add_done_callback(self._ended)
        return task

    def running(self, name: str) -> bool:
        """Tell whether a task of that name is running; from its last step on it is not."""
        task = self._running.get(name)
        return task is not None and not task.done()

    def cancel(self, name: str) -> None:
        """Ask the task of that name, if there is one, to stop."""
        task = self._running.get(name)
        if task is not None:
            task.cancel()

    async def ended(self, name: str) -> None:
        """Return when the task of that name, if there is one, has ended, however it did."""
        task = self._running.get(name)
        if task is not None:
            await asyncio.wait({task})

    def names(self) -> list[str]:
        """Return the names of what is running, sorted."""
        return sorted(self._running)

    async def stop(self) -> None:
        """Cancel every task and wait until all have ended."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._running.get(task.get_name()) is task:  # else its name is in use again
            del self._running[task.get_name()]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("background task %s failed", task.get_name(), exc_info=error)
