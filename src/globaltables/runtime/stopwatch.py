"""Real time for those who measure a running system from outside, as a client does; virtual time is of no use there."""

import time

#: Nanoseconds of a clock that never steps, for durations. It is called twice for every request.
monotonic_ns = time.monotonic_ns


class Stopwatch:
    """Measures from its making on."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def seconds(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self._begun

    def wait(self, seconds: float) -> None:
        """Hold the calling thread."""
        time.sleep(seconds)
