"""Provisioned units follow what is consumed: the tracker, the change of the units and their spreading together."""

from dataclasses import replace

import pytest

from globaltables.autoscaling.targets import ScaledResource, ScalingPolicy
from globaltables.foundation.errors import ApiError
from globaltables.operations.replica_scaling import members_of
from globaltables.tables.definitions import (
    Index,
    KeyAttribute,
    KeySchema,
    Replica,
    ReplicaIndexOverride,
    Throughput,
)
from tests.support.regions import ACCOUNT
from tests.support.scaled_world import (
    AWAY,
    HOME,
    MINUTE_MS,
    NAME,
    READS,
    START_MS,
    WRITES,
    ScaledWorld,
    in_world,
)
from tests.support.stores import turns

FAR = "ap-northeast-1"
INDEX = Index(
    "by-v", 1, "GLOBAL", KeySchema((KeyAttribute("v", "S"),)), "ALL", throughput=Throughput(5, 5)
)
INDEX_WRITES = ScaledResource(ACCOUNT, NAME, "by-v", "write")
INDEX_READS = ScaledResource(ACCOUNT, NAME, "by-v", "read")


def test_units_rise_with_consumption_and_fall_after_it() -> None:
    """Two busy minutes raise the units, fifteen idle ones lower them; the table says when it was."""

    async def work(world: ScaledWorld) -> None:
        await world.create()
        await world.scale(WRITES)
        await world.minutes(
            1
        )  # the minute in which the region opened is not known from its beginning
        await world.minutes(1, 300)
        assert (5, 5) == world.units()
        await world.minutes(1, 300)
        assert (5, 8) == world.units()
        throughput = world.table().throughput
        assert START_MS + 3 * MINUTE_MS == throughput.last_increase_ms
        assert None is throughput.last_decrease_ms
        await world.minutes(14)
        assert (5, 8) == world.units()
        await world.minutes(1)
        assert (5, 1) == world.units()
        throughput = world.table().throughput
        assert START_MS + 18 * MINUTE_MS == throughput.last_decrease_ms
        assert 1 == throughput.decreases_today
        low, high = world.activities(WRITES)
        assert ["Successful", "Successful"] == [low.status, high.status]
        assert (1, 8) == (low.units, high.units)
        assert "AlarmHigh" in high.cause
        assert low.cause.endswith("in state ALARM triggered policy p")

    in_world(work)


def test_units_of_reads_leave_those_of_writes_alone() -> None:
    """Each dimension has a target of its own."""

    async def work(world: ScaledWorld) -> None:
        await world.create()
        await world.scale(READS)
        await world.minutes(3, 300, kind="read")
        assert (8, 5) == world.units()
        await world.minutes(3, 6_000)
        assert (8, 5) == world.units()

    in_world(work)


def test_units_of_an_index_follow_its_own_consumption() -> None:
    """A global index is scaled for itself."""

    async def work(world: ScaledWorld) -> None:
        await world.create()
        await world.scale(INDEX_WRITES)
        await world.minutes(3, 300, index="by-v")
        index = world.table().index("by-v")
        assert index is not None
        assert index.throughput is not None
        assert (5, 8) == (index.throughput.read_units, index.throughput.write_units)
        assert (5, 5) == world.units()

    in_world(work, indexes=(INDEX,))


def test_throttled_requests_count_as_demand() -> None:
    """What was refused would have been consumed."""

    async def work(world: ScaledWorld) -> None:
        await world.create()
        await world.scale(WRITES)
        await world.minutes(1)
        for _ in range(2):
            meter = world.region().admission.usage.throttled_meter(
                world.table().number, None, "write"
            )
            meter.add(world.clock.now_ms() // 1000, 120)
            await world.minutes(1, 300)
        assert (5, 10) == world.units()

    in_world(work)


def test_decrease_that_is_one_too_many_today_is_made_later() -> None:
    """A refused decrease is an activity that failed once, and is tried again every minute."""

    async def work(world: ScaledWorld) -> None:
        used_up = Throughput(5, 50, last_decrease_ms=START_MS, decreases_today=4)
        await world.create(used_up)
        await world.scale(WRITES)
        await world.minutes(20)
        assert (5, 50) == world.units()
        (refused,) = world.activities(WRITES)
        assert "Failed" == refused.status
        assert "Provisioned throughput decreases are limited" in (refused.failure or "")
        await world.minutes(40)
        assert (5, 1) == world.units()
        assert ["Successful", "Failed"] == [one.status for one in world.activities(WRITES)]

    in_world(work)


def test_cooldown_is_measured_from_the_last_change() -> None:
    """The second increase waits until the cooldown of the first has ended."""

    async def work(world: ScaledWorld) -> None:
        await world.create()
        await world.scale(WRITES, policy=ScalingPolicy("p", "id", 0, 50.0, scale_out_cooldown=240))
        await world.minutes(3, 300)
        assert (5, 10) == world.units()
        await world.minutes(3, 450)  # 15 are wanted, as large a step as before
        assert (5, 10) == world.units()
        await world.minutes(1, 450)
        assert (5, 15) == world.units()

    in_world(work)


def test_tables_that_cannot_be_scaled_are_left_alone() -> None:
    """On demand, in transition, or gone: the target waits."""

    async def work(world: ScaledWorld) -> None:
        await world.create(billing_mode="PAY_PER_REQUEST")
        await world.scale(WRITES)
        await world.scale(INDEX_WRITES)
        await world.minutes(3, 300)
        assert (5, 5) == world.units()
        await world.save(
            HOME, replace(world.table(), billing_mode="PROVISIONED", status="UPDATING")
        )
        await world.minutes(3, 300)
        assert (5, 5) == world.units()
        await world.region().store.submit(lambda stage: stage.drop_table(world.table()))
        await world.minutes(2)
        assert [] == world.activities(WRITES)

    in_world(work)


def test_units_of_writes_of_a_global_table_change_in_every_member() -> None:
    """Writes happen in every member, so what each region writes counts together."""

    async def work(world: ScaledWorld) -> None:
        await world.create()
        await world.scale(WRITES)
        await world.minutes(1)
        for _ in range(2):
            meter = world.region(AWAY).admission.usage.consumed_meter(
                world.table(AWAY).number, None, "write"
            )
            meter.add(world.clock.now_ms() // 1000, 180)
            await world.minutes(1, 120)
        assert [(5, 8)] * 2 == [world.units(HOME), world.units(AWAY)]
        increases = [world.table(name).throughput.last_increase_ms for name in (HOME, AWAY)]
        assert [START_MS + 3 * MINUTE_MS] * 2 == increases
        await world.minutes(15)
        assert [(5, 1)] * 2 == [world.units(HOME), world.units(AWAY)]
        assert [1, 1] == [world.table(name).throughput.decreases_today for name in (HOME, AWAY)]

    in_world(work, HOME, AWAY)


def test_units_of_reads_of_a_global_table_change_in_one_member() -> None:
    """The others keep theirs, and everybody lists the difference as an override."""

    async def work(world: ScaledWorld) -> None:
        await world.create()
        await world.scale(READS, minimum=5)
        await world.minutes(3, 600, region=AWAY, kind="read")
        assert [(5, 5), (15, 5), (5, 5)] == [world.units(name) for name in (HOME, AWAY, FAR)]
        assert (Replica(HOME, "ACTIVE", read_units=5), Replica(FAR, "ACTIVE", read_units=5)) == (
            world.table(AWAY).replicas
        )
        assert (Replica(AWAY, "ACTIVE", read_units=15), Replica(FAR, "ACTIVE")) == (
            world.table(HOME).replicas
        )
        await world.minutes(15)
        assert (5, 5) == world.units(AWAY)
        for name in (HOME, AWAY, FAR):
            assert [None, None] == [one.read_units for one in world.table(name).replicas]

    in_world(work, HOME, AWAY, FAR)


def test_units_of_an_index_of_a_global_table_change_likewise() -> None:
    """Writes everywhere, reads in one member."""

    async def work(world: ScaledWorld) -> None:
        await world.create()
        await world.scale(INDEX_WRITES)
        await world.scale(INDEX_READS)
        await world.minutes(3, 300, index="by-v")
        await world.minutes(3, 600, index="by-v", kind="read")
        found = [world.table(name).index("by-v") for name in (HOME, AWAY)]
        units = [
            (one.throughput.read_units, one.throughput.write_units)
            for one in found
            if one is not None and one.throughput is not None
        ]
        assert [(15, 8), (5, 8)] == units
        listed = ReplicaIndexOverride("by-v", read_units=15)
        assert (Replica(HOME, "ACTIVE", indexes=(listed,)),) == world.table(AWAY).replicas
        kept = ReplicaIndexOverride("by-v", read_units=5)
        assert (Replica(AWAY, "ACTIVE", indexes=(kept,)),) == world.table(HOME).replicas

    in_world(work, HOME, AWAY, indexes=(INDEX,))


def test_units_that_take_their_time_are_changed_once() -> None:
    """A table that is UPDATING is left alone until it is ACTIVE again."""

    async def work(world: ScaledWorld) -> None:
        await world.create()
        await world.scale(WRITES)
        await world.minutes(3, 300)
        table = world.table()
        assert ("UPDATING", 8) == (table.status, table.throughput.write_units)
        await world.minutes(1, 600)
        assert 1 == len(world.activities(WRITES))
        await turns()
        assert "ACTIVE" == world.table().status
        await world.minutes(1, 600)
        assert (5, 15) == world.units()

    in_world(work, realistic=True)


def test_members_on_other_nodes_are_refused() -> None:
    """Their targets are not within reach, so nothing is promised for them."""

    async def work(world: ScaledWorld) -> None:
        await world.create()
        world.node.remote_peers = {AWAY: None}
        with pytest.raises(ApiError, match="several nodes is not supported by globaltables"):
            members_of(world.node, world.table())

    in_world(work, HOME, AWAY)
