"""Faults that a person puts on the links that pull into a region: what the world does by chance, on demand.

They are kept in memory: a node that starts again has none.
"""

import asyncio
from dataclasses import dataclass
from math import log
from statistics import NormalDist
from typing import Literal

from globaltables.runtime.clock import Clock
from globaltables.runtime.randomness import Randomness

FaultKind = Literal["PAUSE", "CUT", "DELAY", "DROP", "DUPLICATE", "REORDER"]
Distribution = Literal["CONSTANT", "UNIFORM", "NORMAL", "EXPONENTIAL"]
#: The inverse of a normal distribution has no value at 0.
_LEAST_SHARE = 1e-9


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        fault_id: names it.
        kind: PAUSE holds the link; CUT makes its requests fail; DELAY lets changes arrive later; DROP loses batches,
            which are asked for again; DUPLICATE delivers batches twice; REORDER delivers the parts of a batch in the
            wrong order first.
        source: of the links that are concerned; None for every one.
        account: whose tables are concerned.
        table_name: None for every table of the account.
        distribution: how delays are drawn.
        delay_ms: constant delay, least of a uniform one, mean of the others.
        spread_ms: greatest delay of a uniform one, standard deviation of a normal one.
        probability: that a batch is concerned, for the last three kinds.
        until_ms: when it ends by itself; None for never.
    """

    fault_id: str
    kind: FaultKind
    account: str
    source: str | None = None
    table_name: str | None = None
    distribution: Distribution = "CONSTANT"
    delay_ms: float = 0.0
    spread_ms: float = 0.0
    probability: float = 1.0
    until_ms: int | None = None

    def concerns(self, source: str, account: str, table_name: str) -> bool:
        """Tell whether a link is concerned."""
        return (
            self.account == account
            and self.source in (None, source)
            and self.table_name in (None, table_name)
        )

    def drawn_delay_ms(self, randomness: Randomness) -> float:
        """Return how much later a batch is to arrive."""
        share = randomness.share()
        match self.distribution:
            case "UNIFORM":
                return self.delay_ms + share * (self.spread_ms - self.delay_ms)
            case "NORMAL":
                drawn = NormalDist(self.delay_ms, self.spread_ms).inv_cdf(max(share, _LEAST_SHARE))
                return max(0.0, drawn)
            case "EXPONENTIAL":
                return -self.delay_ms * log(1 - share)
            case _:
                return self.delay_ms


class LinkFaults:
    """The faults of one region's links."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._changed: asyncio.Future[None] | None = None

    def put(self, fault: Fault) -> None:
        """Add a fault; it takes effect at once."""
        self._faults[fault.fault_id] = fault
        self._tell()

    def remove(self, fault_id: str) -> bool:
        """Remove a fault; tell whether there was one of that name."""
        found = self._faults.pop(fault_id, None)
        self._tell()
        return found is not None

    def all(self, account: str, now_ms: int) -> list[Fault]:
        """Return the faults of an account that have not ended, in the order in which they were put."""
        self._end(now_ms)
        return [fault for fault in self._faults.values() if fault.account == account]

    def of(self, source: str, account: str, table_name: str, now_ms: int) -> tuple[Fault, ...]:
        """Return the faults that concern a link now."""
        if not self._faults:
            return ()
        self._end(now_ms)
        return tuple(
            fault for fault in self._faults.values() if fault.concerns(source, account, table_name)
        )

    async def wait(self, clock: Clock, until_ms: int | None) -> None:
        """Return when a fault was put or removed, or at a time."""
        if self._changed is None or self._changed.done():
            self._changed = asyncio.get_running_loop().create_future()
        changed = self._changed
        if until_ms is None:
            await asyncio.wait({changed})
            return
        reached = asyncio.ensure_future(clock.until(until_ms))
        try:
            await asyncio.wait({changed, reached}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reached.cancel()

    def _end(self, now_ms: int) -> None:
        """Remove the faults whose time is over."""
        for fault in list(self._faults.values()):
            if fault.until_ms is not None and fault.until_ms <= now_ms:
                del self._faults[fault.fault_id]

    def _tell(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)
