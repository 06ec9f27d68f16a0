"""Token buckets: how many units may be consumed now, when so many are given every second."""

from globaltables.foundation.limits import (
    ON_DEMAND_GROWTH_INTERVAL_MS,
    TABLE_THROUGHPUT_MAX,
)

_MINUTE_MS = 60_000


class Bucket:
    """Tokens that come at a rate and are kept up to a number of seconds of it.

    Whoever comes while tokens are there is let in and takes what it really costs, so the last one may take more than
    there is; the next one waits until that is made up for.

    Args:
        rate: tokens per second.
        seconds: for so long unused tokens are kept.
        now_ms: the time; the bucket is full then.
    """

    __slots__ = ("_at_ms", "_capacity", "level", "rate")

    def __init__(self, rate: float, seconds: int, now_ms: int) -> None:
        self.rate = rate
        self.level = self._capacity = rate * seconds
        self._at_ms = now_ms

    def open(self, now_ms: int) -> bool:
        """Tell whether there are tokens."""
        elapsed_ms = now_ms - self._at_ms
        if elapsed_ms:
            self._at_ms = now_ms
            if elapsed_ms > 0:  # else the clock was set back, which gives no tokens
                self.level = min(self._capacity, self.level + self.rate * elapsed_ms / 1000)
        return self.level > 0

    def take(self, tokens: float) -> None:
        """Take tokens; the level may fall below nothing."""
        self.level -= tokens

    def drain(self, tokens: float) -> None:
        """Take tokens as far as there are any: for what is done whether they are there or not."""
        if self.level > 0:
            self.level = max(0.0, self.level - tokens)

    def set_rate(self, rate: float, seconds: int, now_ms: int) -> None:
        """Change the rate; what is in the bucket stays, as far as the new one holds it."""
        self.open(now_ms)
        self.rate = rate
        self._capacity = rate * seconds
        self.level = min(self.level, self._capacity)


class GrowingBucket(Bucket):
    """The capacity of an on-demand table, which follows its peaks.

    A minute in which more than half of the rate was consumed raises the rate to twice that minute's average, at most
    once in 30 minutes (developer guide, on-demand capacity mode: growth within 30 minutes to more than twice the
    previous peak can be throttled).

    Args:
        rate: the warm throughput.
        since_ms: since when the table has it.
        now_ms: the time.
    """

    __slots__ = ("_minute", "_raised_ms", "_taken")

    def __init__(self, rate: float, since_ms: int, now_ms: int) -> None:
        super().__init__(rate, 1, now_ms)
        self._raised_ms = since_ms
        self._minute = now_ms // _MINUTE_MS
        self._taken = 0.0

    def open(self, now_ms: int) -> bool:
        """Tell whether there are tokens."""
        minute = now_ms // _MINUTE_MS
        if minute != self._minute:
            wanted = min(2 * self._taken / 60, TABLE_THROUGHPUT_MAX)
            self._minute, self._taken = minute, 0.0
            if wanted > self.rate and now_ms - self._raised_ms >= ON_DEMAND_GROWTH_INTERVAL_MS:
                self._raised_ms = now_ms
                self.set_rate(wanted, 1, now_ms)
        return super().open(now_ms)

    def take(self, tokens: float) -> None:
        """Take tokens."""
        self._taken += tokens
        super().take(tokens)

    def drain(self, tokens: float) -> None:
        """Take tokens as far as there are any."""
        self._taken += tokens
        super().drain(tokens)
