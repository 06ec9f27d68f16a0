"""What the tables of a region did, brought to its measurements: every minute, and before somebody reads.

The counters of other packages are read, not doubled; what was told of a minute before is taken off what is found.
"""

import asyncio
import logging
from collections.abc import Iterator
from typing import NamedTuple

from globaltables.companions.cloudwatch import series
from globaltables.companions.cloudwatch.distribution import Distribution
from globaltables.companions.cloudwatch.intake import Intake, intake_of
from globaltables.companions.cloudwatch.provisioned import gauges_of
from globaltables.companions.cloudwatch.series import Measured, Metric
from globaltables.foundation.arns import parse_table_arn
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import METRIC_LINK_MS_MAX
from globaltables.itemstore.link_state import LinkState
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.replication.local_peer import peer_of
from globaltables.replication.peer import key_of
from globaltables.runtime.series import Statistics
from globaltables.tables.definitions import Table

_NAMESPACE = "AWS/DynamoDB"
_MINUTE_MS = 60_000
_GAUGES_MS = 5 * _MINUTE_MS
_DAY_MS = 24 * 3600 * 1000
#: A link may tell of a minute after its end.
_MINUTES_BACK = 2
_log = logging.getLogger(__name__)


class _Told(NamedTuple):
    """What is counted once: a metric of an account, and the minute."""

    account: str
    metric: Metric
    minute: int


class Collector:
    """Collects for one region.

    Args:
        node: the regions of this process; the lag of a link is measured where its changes arrive.
        region: whose tables.
    """

    def __init__(self, node: Node, region: Region) -> None:
        self._node = node
        self._region = region
        self._intake: Intake = intake_of(region)
        self._told: dict[_Told, tuple[int, float]] = {}
        self._since_ms = region.clock.now_ms()
        #: What others remember of the time before was told by this region's process before it stopped.
        self._first = self._since_ms // _MINUTE_MS
        self._gauged = -1
        self._trimmed = self._since_ms // _DAY_MS

    async def collect(self) -> None:
        """Leave everything that is not told yet with the region's measurements."""
        since = max(self.collect_own(), self._first)
        tables = [one for one in self._region.catalog.tables() if one.replicas and not one.strong]
        asked = [
            self._take_link(table, replica.region, since)
            for table in tables
            for replica in table.replicas
        ]
        if asked:
            await asyncio.gather(*asked)

    def collect_own(self) -> int:
        """Leave what this region itself can tell, and return from which minute on it was looked at."""
        since = self._since_ms // _MINUTE_MS - _MINUTES_BACK
        began_ms, self._since_ms = self._since_ms, self._region.clock.now_ms()
        self._take_traffic(began_ms)
        self._take_usage(since)
        self._take_gauges()
        self._told = {told: seen for told, seen in self._told.items() if told.minute >= since}
        return since

    async def trim(self) -> None:
        """Forget what is too old, once a day."""
        now_ms = self._region.clock.now_ms()
        if now_ms // _DAY_MS != self._trimmed:
            self._trimmed = now_ms // _DAY_MS
            store = self._region.store
            await store.submit(lambda stage: series.forget_old(store.reader(), stage, now_ms))

    def _take_traffic(self, began_ms: int) -> None:
        durations, events = self._region.traffic.take()
        for (operation, account, table), found in durations.items():
            arn = parse_table_arn(table) if table.startswith("arn:") else None
            if arn is not None:
                account, table = arn.account, arn.table_name
            dimensions = (("Operation", operation), ("TableName", table))
            values = found.milliseconds().items()
            metric = Metric(_NAMESPACE, "SuccessfulRequestLatency", dimensions)
            self._add(account, metric, "Milliseconds", began_ms, Distribution.of(values))
        for event, counts in events.items():
            metric = Metric(_NAMESPACE, event.name, event.dimensions)
            unit = "Bytes" if event.name == "ReturnedBytes" else "Count"
            self._add(event.account, metric, unit, began_ms, Distribution.of(counts.items()))

    def _take_usage(self, since: int) -> None:
        usage = self._region.admission.usage
        for throttled, (number, index, kind), minute, found in usage.minutes(since):
            named = self._named(number, index)
            if named is not None:
                account, dimensions = named
                name = f"{kind.title()}ThrottleEvents"
                if not throttled:
                    name = f"Consumed{kind.title()}CapacityUnits"
                self._add_new(account, Metric(_NAMESPACE, name, dimensions), "Count", minute, found)
        reasons = list(usage.reasons.items())
        usage.reasons.clear()
        for ((number, index, kind), limit), count in reasons:
            named = self._named(number, index)
            if named is not None:
                account, dimensions = named
                name = f"{kind.title()}{_limit_name(limit)}ThrottleEvents"
                counted = Distribution.of([(1.0, float(count))])
                metric = Metric(_NAMESPACE, name, dimensions)
                self._add(account, metric, "Count", self._since_ms, counted)

    def _take_gauges(self) -> None:
        now_ms = self._since_ms
        if now_ms // _GAUGES_MS == self._gauged:
            return
        self._gauged = now_ms // _GAUGES_MS
        for account, name, dimensions, unit, value in gauges_of(self._region.catalog.tables()):
            metric = Metric(_NAMESPACE, name, dimensions)
            self._add(account, metric, unit, now_ms, Distribution.of([(value, 1.0)]))

    async def _take_link(self, table: Table, receiver: str, since: int) -> None:
        """Take what another member says of the changes that it pulls from here."""
        peer = peer_of(self._node, receiver)
        try:
            async with asyncio.timeout(METRIC_LINK_MS_MAX / 1000):
                state = await peer.link_state(key_of(table), self._region.name)
        except (OperationalError, TimeoutError):
            return  # a member that is away has nothing new
        dimensions = (("ReceivingRegion", receiver), ("TableName", table.name))
        for name, unit, minute, found in _of_link(state, since):
            metric = Metric(_NAMESPACE, name, dimensions)
            self._add_new(table.account, metric, unit, minute, found)

    def _named(self, number: int, index: str | None) -> tuple[str, series.Dimensions] | None:
        """Return the account of a table and the dimensions of it or of an index; None when it is gone."""
        table = self._region.catalog.by_number(number)
        if table is None:
            return None
        if index is None:
            return table.account, (("TableName", table.name),)
        return table.account, (("GlobalSecondaryIndexName", index), ("TableName", table.name))

    def _add_new(
        self, account: str, metric: Metric, unit: str, minute: int, found: Statistics
    ) -> None:
        """Take what was counted in a minute, without what was told of it before."""
        told = _Told(account, metric, minute)
        samples, total = self._told.get(told, (0, 0.0))
        if found.samples <= samples:
            return
        self._told[told] = found.samples, found.total
        counted = Distribution.of_statistics(
            found.samples - samples, found.total - total, found.least, found.greatest
        )
        self._add(account, metric, unit, minute * _MINUTE_MS, counted)

    def _add(
        self, account: str, metric: Metric, unit: str, time_ms: int, found: Distribution
    ) -> None:
        self._intake.add(account, Measured(metric, unit, time_ms, found))


async def run(node: Node, region: Region) -> None:
    """Collect for a region at the end of every minute until cancelled; what is left then is written too."""
    collector = Collector(node, region)
    intake = intake_of(region)
    intake.collect = collector.collect
    clock = region.clock
    try:
        while True:
            now_ms = clock.now_ms()
            await clock.until(now_ms - now_ms % _MINUTE_MS + _MINUTE_MS)
            try:
                await intake.up_to_date()
                await collector.trim()
            except OperationalError as error:
                # The disk failed or too many writes are waiting; the next minute tells of this one too.
                _log.warning("measurements of %s are put off: %s", region.name, error)
    finally:
        collector.collect_own()
        intake.leave()


def _of_link(state: LinkState, since: int) -> Iterator[tuple[str, str, int, Statistics]]:
    for name, unit, measured in (
        ("ReplicationLatency", "Milliseconds", state.latency_ms),
        ("PendingReplicationCount", "Count", state.pending),
    ):
        for start_ms, found in measured.since(since * _MINUTE_MS):
            yield name, unit, start_ms // _MINUTE_MS, found


def _limit_name(limit: str) -> str:
    """Return a limit as the names of metrics have it: ProvisionedThroughput, AccountLimit."""
    return limit.removesuffix("Exceeded")
