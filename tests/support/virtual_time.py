"""An event loop on which time passes only when nothing is left to do: minutes of waiting take no time, and repeat."""

import asyncio
from collections.abc import Callable
from typing import Any


class _NoSockets:
    """Stands for the selector: there is nothing to wait for but time."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        """Let time pass at once."""
        assert timeout is not None, "everybody waits, and for nothing"
        self._loop.now += timeout
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop of one thread without sockets.

    Args:
        in_executor: carries out what is given to a thread: the work, and what to call at its end.

    Attributes:
        now: seconds since the loop was made.
    """

    def __init__(
        self, in_executor: Callable[[Callable[..., Any], Callable[[], None]], None]
    ) -> None:
        super().__init__()
        self.now = 0.0
        self._selector = _NoSockets(self)
        self._in_executor = in_executor

    def time(self) -> float:
        """Return the virtual time."""
        return self.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[None]":
        """Return a future of work that a thread would do."""
        future: asyncio.Future[None] = self.create_future()

        def ended() -> None:
            if not future.done():
                future.set_result(None)

        self._in_executor(func, ended)
        return future

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody calls from another thread."""
