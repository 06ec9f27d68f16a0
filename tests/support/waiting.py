"""Waiting for what happens soon, with a limit: replication, expiry, a status."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Between two looks; short, because most things that tests wait for take a few milliseconds.
POLL_SECONDS = 0.01


def eventually(
    look: Callable[[], T], *, seconds_max: float = 10, poll_seconds: float = POLL_SECONDS
) -> T:
    """Return the first truthy answer of `look`; the last answer when none came in time."""
    ends = time.monotonic() + seconds_max
    while True:
        answer = look()
        if answer or time.monotonic() > ends:
            return answer
        time.sleep(poll_seconds)
