"""Status, barrier, comparison and repair over members that a test drives step by step."""

import asyncio
from functools import partial

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.items.key_encoding import encode_key
from globaltables.replication.observation import link_statuses, synchronise, verify
from tests.support.global_table import SCHEMA, World

HERE, THERE = "eu-west-1", "us-east-1"


async def _world() -> World:
    world = World(HERE, THERE)
    await world.replicate()
    world.tick()
    return world


def test_link_status_counts_what_waits_and_since_when() -> None:
    """The lag is the age of the oldest change that the receiver lacks, by the clock of the region that is asked."""

    async def check() -> None:
        world = await _world()
        for key in ("a", "b", "c"):
            await world.put(HERE, key, "1")
        world.tick(2_500)

        statuses = await link_statuses(world.node, world.region(HERE), world.table(HERE))

        lags = {(one.source, one.receiver): (one.lag_records, one.lag_ms) for one in statuses}
        assert {(HERE, THERE): (3, 2_500.0), (THERE, HERE): (0, 0.0)} == lags

    asyncio.run(check())


def test_link_status_after_the_pull_is_level_and_knows_the_latency() -> None:
    """What has arrived is no backlog, and how long it took is measured."""

    async def check() -> None:
        world = await _world()
        await world.put(HERE, "a", "1")
        world.tick(40)
        link = world.link(THERE, HERE)
        await link.step()

        statuses = await link_statuses(world.node, world.region(HERE), world.table(HERE))

        assert [0, 0] == [one.lag_records for one in statuses]
        assert 40.0 == link._state.last_latency_ms
        minutes = link._state.latency_ms.between(0, world.clocks[THERE].now_ms() + 1)
        assert [(1, 40.0, 40.0, 40.0)] == [statistics for _, statistics in minutes]

    asyncio.run(check())


def test_synchronise_ends_when_every_link_has_pulled() -> None:
    """The barrier waits for what was written before it, in every direction."""

    async def check() -> None:
        world = await _world()
        await world.put(HERE, "a", "1")
        await world.put(THERE, "b", "2")

        barrier = asyncio.create_task(synchronise(world.node, world.table(HERE), 10))
        await asyncio.sleep(0.02)
        assert not barrier.done()
        await world.heal()
        await barrier

        assert ["2", "1"] == [world.value(HERE, "b"), world.value(THERE, "a")]

    asyncio.run(check())


def test_synchronise_that_takes_too_long_names_the_links() -> None:
    """A person learns which direction stands still."""

    async def check() -> None:
        world = await _world()
        await world.put(HERE, "a", "1")

        with pytest.raises(ApiError, match=f"{HERE} -> {THERE}") as refused:
            await synchronise(world.node, world.table(HERE), 0.02)

        assert "ReplicationTimeoutException" == refused.value.code

    asyncio.run(check())


def test_verify_of_equal_members_finds_equal_hashes() -> None:
    """Items, overwritten and deleted ones: equal members have equal hashes and counts."""

    async def check() -> None:
        world = await _world()
        for number in range(50):
            await world.put(HERE, f"k{number}", "1")
            await world.put(THERE, f"k{number}", "2")
        await world.delete(HERE, "k7")
        await world.heal()

        outcome = await verify(world.node, world.table(HERE), repair=False, timeout_s=10)

        assert {} == outcome.differences
        assert 1 == len(set(outcome.members.values()))
        assert 49 == outcome.members[HERE][0]

    asyncio.run(check())


async def _damage(world: World) -> None:
    """Let the members differ behind replication's back: a lost item, a stale one, a resurrected one."""
    for key in ("lost", "stale", "deleted", "fine"):
        await world.put(HERE, key, "1")
    await world.heal()
    region, table = world.region(THERE), world.table(THERE)
    copies = {key: encode_key(SCHEMA, {"pk": {"S": key}}) for key in ("lost", "stale", "deleted")}
    prefix = b"i" + table.number.to_bytes(4, "big")
    raw = {key: region.store.reader().get(prefix + stored) for key, stored in copies.items()}
    world.tick()
    await world.put(HERE, "stale", "2")
    await world.delete(HERE, "deleted")
    await world.heal()
    for key, value in (("lost", None), ("stale", raw["stale"]), ("deleted", raw["deleted"])):
        put = partial(_put, prefix + copies[key], value)
        await region.store.submit(put)


def _put(key: bytes, value: bytes | None, stage: object) -> None:
    stage.put(key, value)  # type: ignore[attr-defined]


def test_verify_names_every_key_that_differs() -> None:
    """A lost, a stale and a resurrected item are found; the equal one is not named."""

    async def check() -> None:
        world = await _world()
        await _damage(world)

        outcome = await verify(world.node, world.table(HERE), repair=False, timeout_s=10)

        expected = {encode_key(SCHEMA, {"pk": {"S": key}}) for key in ("lost", "stale", "deleted")}
        assert expected == set(outcome.differences)
        assert 2 == len(set(outcome.members.values()))

    asyncio.run(check())


def test_verify_repairs_with_the_latest_version() -> None:
    """The latest write wins, deletions included, and the members are equal afterwards."""

    async def check() -> None:
        world = await _world()
        await _damage(world)

        outcome = await verify(world.node, world.table(HERE), repair=True, timeout_s=10)

        assert (3, 3) == (len(outcome.differences), outcome.repaired)
        assert 1 == len(set(outcome.members.values()))
        values = [world.value(THERE, key) for key in ("lost", "stale", "deleted", "fine")]
        assert ["1", "2", None, "1"] == values

    asyncio.run(check())
