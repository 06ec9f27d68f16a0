"""A process that ends anywhere in a change of a global table: after the next start all members agree."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from globaltables.autoscaling.targets import ScaledResource
from globaltables.capacity.usage import Kind
from globaltables.itemstore.keyspaces import index_prefix, whole
from globaltables.itemstore.stage import Stage
from globaltables.operations.scaled_throughput import change_units
from globaltables.replication.membership import (
    add_replica,
    override_replica,
    remove_member,
    remove_replica,
)
from globaltables.tables.definitions import Replica, Throughput
from tests.support.global_table import ACCOUNT, INDEX, KEY, NAME
from tests.support.stopping_world import StoppingWorld

A, B, C = "us-east-1", "eu-west-1", "ap-northeast-1"
_STEPS_MAX = 60
Change = Callable[[StoppingWorld], Awaitable[object]]


async def _create(world: StoppingWorld) -> object:
    return await add_replica(world.node, world.region(A), world.table(A), Replica(C, "CREATING"))


async def _remove(world: StoppingWorld) -> object:
    return await remove_replica(world.node, world.region(A), world.table(A), C)


async def _delete_table(world: StoppingWorld) -> None:
    await remove_member(world.node, ACCOUNT, NAME, C)


async def _index(world: StoppingWorld) -> None:
    await world.index(B)


async def _override(world: StoppingWorld) -> object:
    entry = Replica(B, "ACTIVE", table_class="STANDARD_INFREQUENT_ACCESS")
    return await override_replica(world.node, world.region(A), world.table(A), entry, entry)


async def _scale_writes(world: StoppingWorld) -> object:
    return await _scale(world, "write")


async def _scale_reads(world: StoppingWorld) -> object:
    return await _scale(world, "read")


async def _scale(world: StoppingWorld, kind: Kind) -> object:
    resource = ScaledResource(ACCOUNT, NAME, None, kind)
    return await change_units(world.node, world.region(B), resource, 8)


async def _provision(world: StoppingWorld) -> None:
    """Give every member the same provisioned units."""
    for name in (A, B, C):
        table = replace(world.table(name), billing_mode="PROVISIONED", throughput=Throughput(5, 5))
        await world.region(name).store.submit(partial(Stage.save_table, table=table))


@pytest.mark.parametrize("opened_first", [B, C])
@pytest.mark.parametrize(
    "change",
    [_create, _remove, _delete_table, _index, _override, _scale_writes, _scale_reads],
)
def test_stop_after_any_decision_leaves_members_that_agree(
    tmp_path: Path, change: Change, opened_first: str
) -> None:
    """Whatever was durable is finished at the start, and nothing else is left."""

    async def story(steps: int) -> bool:
        world = StoppingWorld(tmp_path / str(steps), A, B, C)
        await world.create()
        await world.add(A, B)
        if change is not _create:
            await world.add(A, C)
        for number in range(5):
            await world.put(A, f"k-{number}", "1")
        await world.put(B, "late", "1")
        if change in (_scale_writes, _scale_reads):
            await _provision(world)

        async def begin() -> None:
            await change(world)

        await world.run_until_stopped(begin(), steps)
        await world.start(opened_first)
        _check(world)
        await world.end()
        return world.stopped

    stops = 0
    while asyncio.run(story(stops)):
        stops += 1
        assert stops < _STEPS_MAX
    assert stops > 1


def _check(world: StoppingWorld) -> None:
    """Compare the members that are left."""
    members = [name for name in world.names if world.region(name).catalog.find(*KEY)]
    assert members[:2] == [A, B]
    tables = [world.table(name) for name in members]
    for table in tables:
        others = {name for name in members if name != table.region}
        assert others == {replica.region for replica in table.replicas}
        assert ("ACTIVE", False) == (table.status, table.restricted)
        assert {"ACTIVE"} == {replica.status for replica in table.replicas}
    assert 1 == len({tuple(index.name for index in table.indexes) for table in tables})
    classes = {table.region: table.table_class for table in tables}
    for table in tables:
        for replica in table.replicas:
            assert replica.table_class == classes[replica.region]
    units = {table.region: table.throughput for table in tables}
    assert 1 == len({throughput.write_units for throughput in units.values()})
    for table in tables:
        for replica in table.replicas:
            listed = replica.read_units
            shown = table.throughput.read_units if listed is None else listed
            assert units[replica.region].read_units == shown
    assert [] == world.leftovers()
    versions = [world.versions(name) for name in members]
    assert 6 == len(versions[0])
    assert all(one == versions[0] for one in versions)
    for table in tables:
        for index in table.indexes:
            assert ("ACTIVE", INDEX.name) == (index.status, index.name)
            reader = world.region(table.region).store.reader()
            entries = list(reader.range(*whole(index_prefix(table.number, index.number))))
            assert 6 == len(entries)
