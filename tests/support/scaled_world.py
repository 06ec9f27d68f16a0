"""Regions in memory with one provisioned table, whose auto scaling a test drives minute by minute."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from globaltables.autoscaling.stored_targets import activities, put_target
from globaltables.autoscaling.targets import (
    Activity,
    ScalableTarget,
    ScaledResource,
    ScalingPolicy,
)
from globaltables.autoscaling.tracking import Tracker
from globaltables.capacity.usage import Kind
from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.settings import Settings
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.operations.scaled_throughput import change_units
from globaltables.runtime.clock import VirtualClock
from globaltables.runtime.randomness import SeededRandomness
from globaltables.runtime.tasks import Tasks
from globaltables.tables.definitions import Index, Replica, Table, Throughput
from tests.support.regions import ACCOUNT, make_table
from tests.support.stores import run

HOME, AWAY = "us-east-1", "eu-west-1"
NAME = "orders"
WRITES = ScaledResource(ACCOUNT, NAME, None, "write")
READS = ScaledResource(ACCOUNT, NAME, None, "read")
#: Midnight, so that a test has a whole UTC day before it.
START_MS = 1_700_006_400_000
MINUTE_MS = 60_000


class ScaledWorld:
    """One or more members of a table, on one clock.

    Args:
        names: the regions; more than one are members of a global table.
        indexes: of the table.
        realistic: whether changes take AWS's time.
    """

    def __init__(
        self, *names: str, indexes: tuple[Index, ...] = (), realistic: bool = False
    ) -> None:
        self.names = names
        self._settings = Settings(realistic=realistic)
        self.clock = VirtualClock(START_MS)
        self.node = Node(self._open)
        self._tasks = Tasks()
        self._indexes = indexes
        self._trackers: list[Tracker] = []

    def region(self, name: str = HOME) -> Region:
        """Return a region."""
        return self.node.region(name)

    def table(self, name: str = HOME) -> Table:
        """Return a region's definition of the table."""
        found = self.region(name).catalog.find(ACCOUNT, NAME)
        assert found is not None, name
        return found

    def units(self, name: str = HOME) -> tuple[int, int]:
        """Return the provisioned units of reads and writes."""
        throughput = self.table(name).throughput
        return throughput.read_units, throughput.write_units

    async def create(self, throughput: Throughput = Throughput(5, 5), **changes: Any) -> None:  # noqa: B008 - frozen
        """Create the table in every region, and begin to look at what is consumed."""
        for name in self.names:
            others = tuple(Replica(one, "ACTIVE") for one in self.names if one != name)
            table = replace(
                make_table(name=NAME),
                region=name,
                throughput=throughput,
                indexes=self._indexes,
                replicas=others,
                global_table_version="2019.11.21" if others else None,
                **changes,
            )
            await self.save(name, table)
            self._trackers.append(Tracker(self.node, self.region(name), change_units))

    async def save(self, name: str, table: Table) -> None:
        """Store a definition."""
        await self.region(name).store.submit(lambda stage: stage.save_table(table))

    async def scale(
        self,
        resource: ScaledResource,
        minimum: int = 1,
        maximum: int = 100,
        policy: ScalingPolicy | None = None,
    ) -> None:
        """Store a target with a policy of 70 percent, or the given one, in every region."""
        chosen = policy or ScalingPolicy("p", "id", 0, 70.0)
        target = ScalableTarget("id", 0, minimum, maximum, policies=(chosen,))

        def decide(stage: Stage) -> None:
            put_target(stage, resource, target)

        for name in self.names:
            await self.region(name).store.submit(decide)

    async def minutes(
        self,
        count: int,
        consumed: float = 0,
        *,
        region: str = HOME,
        index: str | None = None,
        kind: Kind = "write",
    ) -> None:
        """Let minutes pass, in each of which so many units are consumed; every region looks after each."""
        for _ in range(count):
            if consumed:
                usage = self.region(region).admission.usage
                meter = usage.consumed_meter(self.table(region).number, index, kind)
                meter.add(self.clock.now_ms() // 1000, consumed)
            self.clock.advance(MINUTE_MS)
            for tracker in self._trackers:
                await tracker.turn()

    def activities(self, resource: ScaledResource, name: str = HOME) -> list[Activity]:
        """Return the scaling activities of a dimension, the newest first."""
        return activities(self.region(name).store.reader(), resource)

    async def stop(self) -> None:
        """End what runs in the background."""
        await self._tasks.stop()

    def _open(self, name: str) -> Region:
        store = Store(name, MemoryEngine(), self.clock)
        return Region(
            name=name,
            settings=self._settings,
            store=store,
            catalog=store.catalog,
            hlc=store.hlc,
            clock=self.clock,
            randomness=SeededRandomness(len(name)),
            tasks=self._tasks,
        )


def in_world(
    work: Callable[[ScaledWorld], Coroutine[Any, Any, None]],
    *names: str,
    indexes: tuple[Index, ...] = (),
    realistic: bool = False,
) -> None:
    """Run a test in a world of these regions, of one when none is named."""

    async def do() -> None:
        world = ScaledWorld(*(names or (HOME,)), indexes=indexes, realistic=realistic)
        try:
            await work(world)
        finally:
            await world.stop()

    run(do)
