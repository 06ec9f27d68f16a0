"""The way in for measurements: gathered in memory, written together.

Other services of the process measure through `intake_of(region)`; what clients send goes the same way and is answered
when it is durable. What the process measures itself is written within a minute, and when somebody reads.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from globaltables.companions.cloudwatch import series
from globaltables.companions.cloudwatch.distribution import Distribution
from globaltables.companions.cloudwatch.series import Measured, Metric
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage


class _Place(NamedTuple):
    """What is merged before it is written."""

    account: str
    metric: Metric
    unit: str
    second: int
    high: bool


class Intake:
    """Gathers the measurements of one region.

    Args:
        region: where they are stored.

    Attributes:
        collect: brings what the region's tables did; None where nothing collects.
    """

    def __init__(self, region: Region) -> None:
        self.collect: Callable[[], Awaitable[None]] | None = None
        self._region = region
        self._gathered: dict[_Place, Distribution] = {}
        self._writing: asyncio.Future[None] | None = None

    def record(
        self,
        account: str,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        value: float,
        *,
        unit: str = "None",
        time_ms: int | None = None,
    ) -> None:
        """Take one measurement of a service of this process, of now unless a time is given."""
        metric = Metric(namespace, name, tuple(sorted(dimensions.items())))
        now_ms = self._region.clock.now_ms() if time_ms is None else time_ms
        self.add(account, Measured(metric, unit, now_ms, Distribution.of([(float(value), 1.0)])))

    def add(self, account: str, measured: Measured) -> None:
        """Take measurements."""
        second = measured.time_ms // 1000
        second -= 0 if measured.high else second % 60
        place = _Place(account, measured.metric, measured.unit, second, measured.high)
        known = self._gathered.get(place)
        if known is None:
            self._gathered[place] = measured.distribution
        else:
            known.merge(measured.distribution)

    async def up_to_date(self) -> None:
        """Return when everything that was measured before the call can be read."""
        if self.collect is not None:
            await self.collect()
        await self.flush()

    async def flush(self) -> None:
        """Write what was gathered, and return when it is durable.

        Raises:
            OperationalError: the region's storage failed.
        """
        if self._gathered:
            self._writing = self._region.store.submit(self._write)
        if self._writing is not None:
            await asyncio.shield(self._writing)

    def leave(self) -> None:
        """Have what was gathered written by the stop of the region's store."""
        if self._gathered:
            self._region.store.submit(self._write)

    def _write(self, stage: Stage) -> None:
        gathered, self._gathered = self._gathered, {}
        for place, distribution in gathered.items():
            measured = Measured(
                place.metric, place.unit, place.second * 1000, distribution, place.high
            )
            series.add(stage, place.account, measured)


def intake_of(region: Region) -> Intake:
    """Return the way in of a region."""
    if region.metrics is None:
        region.metrics = Intake(region)
    intake: Intake = region.metrics
    return intake
