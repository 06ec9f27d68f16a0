"""Replicas that come, change and go in AWS's time (`--realistic`), on a clock that the test moves."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from globaltables.tables import durations
from tests.support.slow_world import INDEX_CREATION, INDEX_DELETION, NAME, TABLE, SlowWorld, run

_OTHER = "eu-west-1"
_ADD: dict[str, Any] = {"ReplicaUpdates": [{"Create": {"RegionName": _OTHER}}]}
_REMOVE: dict[str, Any] = {"ReplicaUpdates": [{"Delete": {"RegionName": _OTHER}}]}
_BUSY = "ResourceInUseException: The resource which you are attempting to change is in use."
_ITEM = {"pk": {"S": "a"}, "g": {"S": "x"}}


def slowly(work: Callable[[SlowWorld], Awaitable[None]], **options: Any) -> None:
    """Run a test in a world of its own."""
    world = SlowWorld(**options)
    run(world, work(world))


async def with_table(world: SlowWorld) -> None:
    """Create a regional table and wait until it can be used."""
    await world.ask("CreateTable", **TABLE)
    await world.advance(durations.TABLE_CREATION_MS)


async def with_replica(world: SlowWorld) -> None:
    """Create a global table of two regions and wait until both can be used."""
    await with_table(world)
    await world.ask("UpdateTable", **_ADD)
    for _ in range(3):
        await world.advance(durations.REPLICA_CREATION_MS)
    assert ("ACTIVE", _OTHER, "ACTIVE") == await members(world)


async def members(world: SlowWorld, region: str = "us-east-1") -> tuple[str | None, ...]:
    """Return the table's status in a region, and name and status of the other member that it lists."""
    table = await world.described(region)
    listed = (table.get("Replicas") or [{}])[0]
    return table.get("TableStatus"), listed.get("RegionName"), listed.get("ReplicaStatus")


def test_replica_is_listed_then_described_then_active() -> None:
    """On AWS a replica is in no list at first, then its region describes it, then both regions are ACTIVE."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        answer = await world.ask("UpdateTable", **_ADD)
        described = answer["TableDescription"]
        assert ("UPDATING", []) == (described["TableStatus"], described["Replicas"])
        await world.advance(durations.REPLICA_LISTED_MS - 1)
        assert ("UPDATING", None, None) == await members(world)
        await world.advance(1)
        assert ("UPDATING", _OTHER, "CREATING") == await members(world)
        assert {} == await world.described(_OTHER)
        assert _BUSY == await world.refused("UpdateTable", **_REMOVE)
        await world.advance(durations.REPLICA_DESCRIBED_MS - durations.REPLICA_LISTED_MS)
        assert ("CREATING", "us-east-1", "ACTIVE") == await members(world, _OTHER)
        in_use = "Attempt to change a resource which is still in use: Table: orders is being used."
        assert f"ResourceInUseException: {in_use}" == await world.refused("DeleteTable", _OTHER)
        await world.advance(durations.REPLICA_CREATION_MS - durations.REPLICA_DESCRIBED_MS - 1)
        assert ("UPDATING", _OTHER, "CREATING") == await members(world)
        await world.advance(1)
        assert ("ACTIVE", _OTHER, "ACTIVE") == await members(world)
        assert ("ACTIVE", "us-east-1", "ACTIVE") == await members(world, _OTHER)

    slowly(work)


def test_replica_of_a_table_with_items_takes_minutes_and_has_what_was_written_meanwhile() -> None:
    """One item is enough for the longer way; writes go on."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        await world.ask("PutItem", Item=_ITEM)
        await world.ask("UpdateTable", **_ADD)
        await world.advance(durations.REPLICA_DESCRIBED_MS)
        await world.ask("PutItem", Item={"pk": {"S": "b"}})
        await world.advance(
            durations.REPLICA_CREATION_WITH_ITEMS_MS - durations.REPLICA_DESCRIBED_MS - 1
        )
        assert ("CREATING", "us-east-1", "ACTIVE") == await members(world, _OTHER)
        await world.advance(1)
        assert ("ACTIVE", "us-east-1", "ACTIVE") == await members(world, _OTHER)
        assert 2 == (await world.ask("Scan", _OTHER))["Count"]

    slowly(work)


def test_replica_creation_goes_on_after_a_restart(tmp_path: Path) -> None:
    """The time that passed before counts."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        await world.ask("UpdateTable", **_ADD)
        await world.advance(durations.REPLICA_DESCRIBED_MS)
        await world.restart()
        assert ("UPDATING", _OTHER, "CREATING") == await members(world)
        await world.advance(durations.REPLICA_CREATION_MS - durations.REPLICA_DESCRIBED_MS)
        await world.rest()
        assert ("ACTIVE", _OTHER, "ACTIVE") == await members(world)

    slowly(work, folder=tmp_path)


@pytest.mark.parametrize("asked", ["us-east-1", _OTHER])
def test_replica_removal_takes_its_time_and_a_new_one_can_follow(asked: str) -> None:
    """The region that was asked is UPDATING for a while, the entry DELETING until the replica is gone."""

    async def work(world: SlowWorld) -> None:
        await with_replica(world)
        if asked == _OTHER:
            answer = await world.ask("DeleteTable", _OTHER)
            assert "DELETING" == answer["TableDescription"]["TableStatus"]
            await world.rest()
        else:
            await world.ask("UpdateTable", **_REMOVE)
            await world.rest()
            assert ("UPDATING", _OTHER, "DELETING") == await members(world)
        await world.advance(durations.REPLICA_DELETION_UPDATING_MS)
        assert ("ACTIVE", _OTHER, "DELETING") == await members(world)
        assert "DELETING" == (await world.described(_OTHER))["TableStatus"]
        exists = "Failed to create a the new replica of table with name: ‘orders’ "  # noqa: RUF001 - AWS's
        assert exists in await world.refused("UpdateTable", **_ADD)
        await world.advance(durations.REPLICA_DELETION_MS - durations.REPLICA_DELETION_UPDATING_MS)
        await world.rest()
        assert ("ACTIVE", None, None) == await members(world)
        assert {} == await world.described(_OTHER)
        await world.ask("UpdateTable", **_ADD)

    slowly(work)


def test_shared_settings_keep_every_member_updating() -> None:
    """An index of a global table is created and deleted in every member in AWS's time."""

    async def work(world: SlowWorld) -> None:
        await with_replica(world)
        await world.ask("PutItem", Item=_ITEM)
        await world.rest()
        await world.ask("UpdateTable", **INDEX_CREATION)
        for region in ("us-east-1", _OTHER):
            assert ("UPDATING", "CREATING", False) == await world.states(region)
        assert _BUSY == await world.refused("UpdateTable", _OTHER, TableClass="STANDARD")
        assert _BUSY == await world.refused("DeleteTable", _OTHER)
        await world.advance(durations.EVERYWHERE_MS)
        for region in ("us-east-1", _OTHER):
            assert ("ACTIVE", "CREATING", True) == await world.states(region)
        await world.advance(durations.INDEX_CREATION_MS)
        for region in ("us-east-1", _OTHER):
            assert ("ACTIVE", "ACTIVE", None) == await world.states(region)
            assert 1 == (await world.ask("Scan", region, IndexName="gsi"))["Count"]
        await world.ask("UpdateTable", _OTHER, **INDEX_DELETION)
        for region in ("us-east-1", _OTHER):
            assert ("UPDATING", "DELETING", None) == await world.states(region)
        await world.advance(durations.EVERYWHERE_MS)
        for region in ("us-east-1", _OTHER):
            assert ("ACTIVE", None, None) == await world.states(region)
            assert 1 == len((await world.described(region))["AttributeDefinitions"])

    slowly(work)


def test_deletion_protection_with_a_replica_keeps_its_own_region_updating() -> None:
    """A setting that is no other member's is told to them all the same, which takes half a minute (measured)."""

    async def work(world: SlowWorld) -> None:
        await with_replica(world)
        await world.ask("UpdateTable", DeletionProtectionEnabled=True)
        assert "UPDATING" == (await world.described())["TableStatus"]
        assert "ACTIVE" == (await world.described(_OTHER))["TableStatus"]
        await world.advance(durations.EVERYWHERE_MS)
        assert "ACTIVE" == (await world.described())["TableStatus"]
        assert not (await world.described(_OTHER))["DeletionProtectionEnabled"]

    slowly(work)


def test_override_keeps_the_region_that_was_asked_updating() -> None:
    """An override of a replica's setting is complete after AWS's time."""

    async def work(world: SlowWorld) -> None:
        await with_replica(world)
        override = {
            "RegionName": _OTHER,
            "OnDemandThroughputOverride": {"MaxReadRequestUnits": 100},
        }
        change: dict[str, Any] = {"ReplicaUpdates": [{"Update": override}]}
        await world.ask("UpdateTable", **change)
        assert "UPDATING" == (await world.described())["TableStatus"]
        assert _BUSY == await world.refused("UpdateTable", **change)
        await world.advance(durations.EVERYWHERE_MS)
        assert "ACTIVE" == (await world.described())["TableStatus"]

    slowly(work)


@pytest.mark.parametrize("realistic", [True, False])
def test_table_class_changes_are_counted_in_every_member(realistic: bool) -> None:  # noqa: FBT001 - a parameter
    """A change of the shared class, or an override, is one of the two that a replica has in thirty days."""

    async def work(world: SlowWorld) -> None:
        await with_replica(world)
        override = {"RegionName": _OTHER, "TableClassOverride": "STANDARD_INFREQUENT_ACCESS"}
        change: dict[str, Any] = {"ReplicaUpdates": [{"Update": override}]}
        await world.ask("UpdateTable", **change)
        await world.advance(durations.EVERYWHERE_MS)
        override["TableClassOverride"] = "STANDARD"
        await world.ask("UpdateTable", **change)
        await world.advance(durations.EVERYWHERE_MS)
        spent = f"LimitExceededException: Limit exceeded for replica in {_OTHER}. "
        spent += "Updates to TableClass are limited to 2 times in 30 day(s)"
        assert spent == await world.refused("UpdateTable", TableClass="STANDARD_INFREQUENT_ACCESS")
        assert spent == await world.refused("UpdateTable", **change)
        assert NAME in (await world.ask("ListTables"))["TableNames"]

    slowly(work, realistic=realistic)
