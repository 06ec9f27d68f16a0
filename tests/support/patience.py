"""How long tests of global tables wait for a target, which may be AWS: there, members take minutes to come and go."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.support.waiting import eventually

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """Limits in seconds; a wait ends as soon as what it waits for is there.

    Attributes:
        write_s: until a write is in every region.
        change_s: until a change of a table or of its members is complete.
        expiry_s: until an expired item is deleted.
        poll_s: between two looks.
        rest_s: between two changes of a setting that has to rest in between (deletion protection, policies).
    """

    write_s: float
    change_s: float
    expiry_s: float
    poll_s: float
    rest_s: float

    def for_write(self, look: Callable[[], T]) -> T:
        """Wait for writes to arrive; returns the first truthy answer, or the last one."""
        return eventually(look, seconds_max=self.write_s, poll_seconds=self.poll_s)

    def for_change(self, look: Callable[[], T]) -> T:
        """Wait for a change of tables or members."""
        return eventually(look, seconds_max=self.change_s, poll_seconds=self.poll_s)

    def for_expiry(self, look: Callable[[], T]) -> T:
        """Wait for expiry."""
        return eventually(look, seconds_max=self.expiry_s, poll_seconds=self.poll_s)

    def rest(self) -> None:
        """Let a setting rest that may be changed only so often."""
        time.sleep(self.rest_s)

    def waiter(self) -> Any:
        """Return boto3's settings for a waiter."""
        seconds = max(1, round(self.poll_s))
        return {"Delay": seconds, "MaxAttempts": int(self.change_s / seconds)}


#: A server of the test run itself.
LOCAL = Patience(write_s=15, change_s=45, expiry_s=30, poll_s=0.02, rest_s=0)
#: Measured on AWS: a replica of a table with items takes up to 12 minutes, its removal 5, an index 17, expiry 30.
AWS = Patience(write_s=300, change_s=3600, expiry_s=3 * 3600, poll_s=2, rest_s=20)
