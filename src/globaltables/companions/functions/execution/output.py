"""What a process prints, cut into the events of a log."""

import asyncio
import contextlib
import os
from collections.abc import Callable

from globaltables.foundation.limits import LAMBDA_LOG_LINE_BYTES_MAX, LAMBDA_LOG_TAIL_BYTES

_READ_BYTES = 65_536
_PAUSE_SECONDS = 0.05
#: More than a pipe holds: who prints without end is not waited for.
_DRAINING_READS = 20

#: Takes one event's text.
TakeLine = Callable[[str], None]
#: Tells whether no more can be taken now.
IsFull = Callable[[], bool]


class Output:
    """Reads one pipe that a process has as its standard output and error.

    The reading stops while the log is full, so that a process that prints without end has to wait.

    Args:
        take_line: called with every line; the process may have put line feeds into it as carriage returns.
        is_full: asked before more is read.
    """

    def __init__(self, take_line: TakeLine, is_full: IsFull) -> None:
        self._take_line = take_line
        self._is_full = is_full
        self._loop = asyncio.get_running_loop()
        self._partial = b""
        self._tail = b""
        self._timer: asyncio.TimerHandle | None = None
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._open = True
        self._loop.add_reader(self._read_end, self._readable)

    def begin_tail(self) -> None:
        """Forget what was printed before."""
        self._tail = b""

    def say(self, text: str) -> None:
        """Add a line of the platform."""
        self._line(text.encode())

    def drain(self) -> None:
        """Take everything that was printed by now, also a line that has not ended."""
        for _ in range(_DRAINING_READS):
            if not self._open or not self._read():
                break
        if self._partial:
            self._line(self._partial)
            self._partial = b""

    @property
    def tail(self) -> bytes:
        """The last of what was printed since `begin_tail`."""
        return self._tail[-LAMBDA_LOG_TAIL_BYTES:]

    def close(self) -> None:
        """Stop reading."""
        if self._timer is not None:
            self._timer.cancel()
        if self._open:
            self._open = False
            self._loop.remove_reader(self._read_end)
            os.close(self._read_end)
            # Held until now, so that the pipe does not end with the process: a second one may follow.
            os.close(self.write_end)

    def _readable(self) -> None:
        if self._is_full():
            self._loop.remove_reader(self._read_end)
            self._timer = self._loop.call_later(_PAUSE_SECONDS, self._go_on)
        else:
            self._read()

    def _go_on(self) -> None:
        self._timer = None
        if self._open:
            self._loop.add_reader(self._read_end, self._readable)

    def _read(self) -> bool:
        """Take a piece; False when there is none now."""
        data = b""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._read_end, _READ_BYTES)
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._line(line)
        while len(self._partial) > LAMBDA_LOG_LINE_BYTES_MAX:
            self._line(self._partial[:LAMBDA_LOG_LINE_BYTES_MAX])
            self._partial = self._partial[LAMBDA_LOG_LINE_BYTES_MAX:]
        return len(data) > 0

    def _line(self, line: bytes) -> None:
        # The runtime interface client of Python joins the lines of one event so.
        line = line.replace(b"\r", b"\n")
        self._tail = (self._tail + line + b"\n")[-2 * LAMBDA_LOG_TAIL_BYTES :]
        self._take_line(line.decode("utf-8", "replace") + "\n")
