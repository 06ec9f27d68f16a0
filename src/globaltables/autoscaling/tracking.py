"""The background task that lets a region's provisioned throughput follow what was consumed."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from globaltables.autoscaling.stored_targets import (
    put_target,
    record_activity,
    target,
    targets,
    trim_activities,
)
from globaltables.autoscaling.target_tracking import wanted_units
from globaltables.autoscaling.targets import Activity, ScalableTarget, ScaledResource, Scaling
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import SCALE_IN_MINUTES, SCALING_LOOK_MS
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.tables.definitions import Table

_MINUTE_MS = 60_000
_MINUTES_PER_DAY = 24 * 60
_log = logging.getLogger(__name__)


class ChangeUnits(Protocol):
    """How provisioned units are changed: as by UpdateTable, in every region that shares them."""

    async def __call__(
        self, node: Node, region: Region, resource: ScaledResource, units: int
    ) -> bool:
        """Change the units of a dimension; tell whether they were others before.

        Raises:
            ApiError: UpdateTable would refuse it now.
        """


async def run(node: Node, region: Region, change: ChangeUnits) -> None:
    """Scale the tables and indexes of a region until cancelled."""
    tracker = Tracker(node, region, change)
    while True:
        await asyncio.sleep(SCALING_LOOK_MS / 1000)
        try:
            await tracker.turn()
        except OperationalError as error:
            # Too many writes are waiting, or the disk failed: the next minute finds the same again.
            _log.warning("auto scaling in %s is put off: %s", region.name, error)


class Tracker:
    """Evaluates every scalable target of a region once a minute.

    What was consumed before the region opened is not known, so that a restart alone never scales in.

    Args:
        node: the regions of this process; what is written to a global table is consumed in every member.
        region: the one whose targets are evaluated.
        change: how units are changed.
    """

    def __init__(self, node: Node, region: Region, change: ChangeUnits) -> None:
        self._node = node
        self._region = region
        self._change = change
        self._evaluated = region.clock.now_ms() // _MINUTE_MS
        self._first = self._evaluated + 1

    async def turn(self) -> None:
        """Evaluate every target, if a minute has passed since the last time.

        Raises:
            OperationalError: the region's storage failed.
        """
        region = self._region
        minute = region.clock.now_ms() // _MINUTE_MS
        if minute == self._evaluated:
            return
        if minute // _MINUTES_PER_DAY != self._evaluated // _MINUTES_PER_DAY:
            now_ms = region.clock.now_ms()
            await region.store.submit(lambda stage: trim_activities(stage, now_ms))
        self._evaluated = minute
        for resource, known in list(targets(region.store.reader())):
            table = region.catalog.find(resource.account, resource.table_name)
            if table is not None and known.policies and is_scaled(table):
                await self._evaluate(table, resource, known, minute)

    async def _evaluate(
        self, table: Table, resource: ScaledResource, known: ScalableTarget, minute: int
    ) -> None:
        units = resource.units(table)
        if units is None:
            return
        minutes = self._demand(table, resource, minute)
        wanted = wanted_units(known, minutes, units, self._region.clock.now_ms())
        if wanted is None:
            return
        changed, policy = wanted
        alarm = "AlarmHigh" if changed > units else "AlarmLow"
        cause = (
            f"monitor alarm TargetTracking-{resource.resource_id}-{alarm}-{policy.id} "
            f"in state ALARM triggered policy {policy.name}"
        )
        if await set_units(self._node, self._region, resource, changed, cause, self._change):
            done = Scaling(self._region.clock.now_ms(), units, changed)
            await self._region.store.submit(lambda stage: _remember(stage, resource, done))

    def _demand(self, table: Table, resource: ScaledResource, minute: int) -> Sequence[float]:
        """Return the units that were asked for in each of the last minutes, the newest last.

        What was throttled counts as a unit for each request, although AWS's alarms see only what was consumed: a
        request that was refused would have consumed at least that.
        """
        members = [(self._region, table)]
        if resource.kind == "write" and table.global_table_version == "2019.11.21":
            others = {replica.region for replica in table.replicas}
            for region in self._node.open_regions:
                copy = region.catalog.find(table.account, table.name)
                if region.name in others and copy is not None:
                    members.append((region, copy))
        return [
            sum(_consumed(region, copy.number, resource, one) for region, copy in members)
            for one in range(max(self._first, minute - SCALE_IN_MINUTES), minute)
        ]


def is_scaled(table: Table) -> bool:
    """Tell whether a table has provisioned units that can be changed now."""
    return table.billing_mode == "PROVISIONED" and table.status == "ACTIVE" and not table.restricted


async def set_units(
    node: Node,
    region: Region,
    resource: ScaledResource,
    units: int,
    cause: str,
    change: ChangeUnits,
) -> bool:
    """Change the units of a dimension and record the activity, also when the change is refused for now.

    Returns:
        Whether the units were changed.

    Raises:
        OperationalError: the region's storage failed.
    """
    started_ms = region.clock.now_ms()
    failure = None
    try:
        if not await change(node, region, resource, units):
            return False
    except ApiError as error:
        failure = error.message or error.code
    activity = Activity(
        region.randomness.uuid(), started_ms, region.clock.now_ms(), cause, units, failure
    )
    await region.store.submit(lambda stage: record_activity(stage, resource, activity))
    return failure is None


def _consumed(region: Region, table_number: int, resource: ScaledResource, minute: int) -> float:
    usage = region.admission.usage
    since_ms, until_ms = minute * _MINUTE_MS, (minute + 1) * _MINUTE_MS
    index_name, kind = resource.index_name, resource.kind
    return usage.consumed(table_number, index_name, kind, since_ms, until_ms) + usage.throttled(
        table_number, index_name, kind, since_ms, until_ms
    )


def _remember(stage: Stage, resource: ScaledResource, done: Scaling) -> None:
    known = target(stage, resource)
    if known is not None:
        put_target(stage, resource, replace(known, last=done))
