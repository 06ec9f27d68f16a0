"""Changes that take AWS's time (`--realistic`): the states of tables and indexes, on a clock that the test moves."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from globaltables.tables import durations
from tests.support.slow_world import (
    INDEX,
    INDEX_CREATION,
    INDEX_DELETION,
    NAME,
    PROVISIONED,
    TABLE,
    UNITS,
    SlowWorld,
    run,
)

_IN_USE = "ResourceInUseException: Attempt to change a resource which is still in use: "
_ITEM = {"pk": {"S": "a"}, "g": {"S": "x"}}
_MORE_UNITS = {"ReadCapacityUnits": 10, "WriteCapacityUnits": 10}
_STREAM = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}


def slowly(work: Callable[[SlowWorld], Awaitable[None]], **options: Any) -> None:
    """Run a test in a world of its own."""
    world = SlowWorld(**options)
    run(world, work(world))


async def with_table(world: SlowWorld, definition: dict[str, Any] | None = None) -> None:
    """Create a table and wait until it can be used."""
    await world.ask("CreateTable", **(definition or TABLE))
    await world.advance(durations.TABLE_CREATION_WITH_INDEXES_MS)


def test_create_table_becomes_active_after_its_time_and_not_before() -> None:
    """A new table is CREATING: item operations do not find it, and it can be neither changed nor deleted."""

    async def work(world: SlowWorld) -> None:
        created = await world.ask("CreateTable", **TABLE)
        assert "CREATING" == created["TableDescription"]["TableStatus"]
        await world.advance(durations.TABLE_CREATION_MS - 1)
        assert ("CREATING", None, None) == await world.states()
        being_created = f"{_IN_USE}Table is being created: {NAME}"
        assert [NAME] == (await world.ask("ListTables"))["TableNames"]
        assert being_created == await world.refused("CreateTable", **TABLE)
        assert being_created == await world.refused("DeleteTable")
        assert being_created == await world.refused("UpdateTable", DeletionProtectionEnabled=True)
        not_found = "ResourceNotFoundException: Requested resource not found"
        assert not_found == await world.refused("PutItem", Item=_ITEM)
        await world.advance(1)
        assert ("ACTIVE", None, None) == await world.states()
        await world.ask("PutItem", Item=_ITEM)

    slowly(work)


def test_create_table_with_an_index_takes_longer_and_both_become_active_together() -> None:
    """The indexes of a new table are CREATING as long as it is, and are never filled."""

    async def work(world: SlowWorld) -> None:
        attributes = TABLE["AttributeDefinitions"] + INDEX_CREATION["AttributeDefinitions"]
        request = TABLE | {"AttributeDefinitions": attributes, "GlobalSecondaryIndexes": [INDEX]}
        await world.ask("CreateTable", **request)
        await world.advance(durations.TABLE_CREATION_WITH_INDEXES_MS - 1)
        assert ("CREATING", "CREATING", None) == await world.states()
        await world.advance(1)
        assert ("ACTIVE", "ACTIVE", None) == await world.states()

    slowly(work)


def test_delete_table_is_gone_after_its_time_and_its_name_is_free_then() -> None:
    """A table that is being deleted is listed, refuses everything, and keeps its name until it is gone."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        await world.ask("PutItem", Item=_ITEM)
        deleted = await world.ask("DeleteTable")
        assert "DELETING" == deleted["TableDescription"]["TableStatus"]
        await world.advance(durations.TABLE_DELETION_MS - 1)
        assert ("DELETING", None, None) == await world.states()
        not_found = "ResourceNotFoundException: Requested resource not found"
        assert not_found == await world.refused("GetItem", Key={"pk": {"S": "a"}})
        assert f"{_IN_USE}Table is being deleted: {NAME}" == await world.refused("DeleteTable")
        exists = f"ResourceInUseException: Table already exists: {NAME}"
        assert exists == await world.refused("CreateTable", **TABLE)
        state = "Cannot describe time to live while table is in DELETING state: "
        state += "Current table state is DELETING"
        assert f"ValidationException: {state}" == await world.refused("DescribeTimeToLive")
        await world.advance(1)
        assert {} == await world.described()
        await with_table(world)
        assert 0 == (await world.ask("Scan"))["Count"]

    slowly(work)


@pytest.mark.parametrize(
    ("definition", "change", "duration_ms"),
    [
        (PROVISIONED, {"ProvisionedThroughput": _MORE_UNITS}, durations.THROUGHPUT_MS),
        (TABLE, {"StreamSpecification": _STREAM}, durations.STREAM_MS),
        (TABLE, {"TableClass": "STANDARD_INFREQUENT_ACCESS"}, durations.TABLE_CLASS_MS),
        (PROVISIONED, {"BillingMode": "PAY_PER_REQUEST"}, durations.TO_ON_DEMAND_MS),
        (
            TABLE,
            {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS},
            durations.TO_PROVISIONED_MS,
        ),
        (
            PROVISIONED,
            {"BillingMode": "PAY_PER_REQUEST", "StreamSpecification": _STREAM},
            durations.TO_ON_DEMAND_MS,
        ),
    ],
)
def test_update_table_is_updating_for_its_time(
    definition: dict[str, Any], change: dict[str, Any], duration_ms: int
) -> None:
    """A table that is UPDATING serves items, is not deleted, and is ACTIVE after AWS's time."""

    async def work(world: SlowWorld) -> None:
        await with_table(world, definition)
        answer = await world.ask("UpdateTable", **change)
        assert "UPDATING" == answer["TableDescription"]["TableStatus"]
        await world.advance(duration_ms - 1)
        assert ("UPDATING", None, None) == await world.states()
        await world.ask("PutItem", Item=_ITEM)
        assert (await world.refused("DeleteTable")).startswith(_IN_USE)
        await world.ask("UpdateTimeToLive", TimeToLiveSpecification=_expiry(enabled=True))
        await world.advance(1)
        assert ("ACTIVE", None, None) == await world.states()
        await world.ask("DeleteTable")

    slowly(work)


@pytest.mark.parametrize(
    ("definition", "change"),
    [
        (TABLE, {"BillingMode": "PAY_PER_REQUEST"}),
        (TABLE, {"TableClass": "STANDARD"}),
        (TABLE, {"OnDemandThroughput": {"MaxReadRequestUnits": 7}}),
        (TABLE, {"DeletionProtectionEnabled": True}),
    ],
)
def test_update_table_that_is_complete_at_once_leaves_the_table_active(
    definition: dict[str, Any], change: dict[str, Any]
) -> None:
    """What AWS does at once, or what changes nothing, is not waited for."""

    async def work(world: SlowWorld) -> None:
        await with_table(world, definition)
        await world.ask("UpdateTable", **change)
        assert ("ACTIVE", None, None) == await world.states()

    slowly(work)


def test_update_table_throughput_and_class_are_described_as_before_until_they_are_reached() -> None:
    """DescribeTable shows the old units and the old class while the table is UPDATING."""

    async def work(world: SlowWorld) -> None:
        await with_table(world, PROVISIONED)
        await world.ask("UpdateTable", ProvisionedThroughput=_MORE_UNITS)
        before = (await world.described())["ProvisionedThroughput"]
        assert 5 == before["ReadCapacityUnits"]
        await world.advance(durations.THROUGHPUT_MS)
        after = (await world.described())["ProvisionedThroughput"]
        assert 10 == after["ReadCapacityUnits"]
        took = after["LastIncreaseDateTime"] - before["LastIncreaseDateTime"]
        assert durations.THROUGHPUT_MS == round(took * 1000)
        await world.ask("UpdateTable", TableClass="STANDARD_INFREQUENT_ACCESS")
        assert "TableClassSummary" not in await world.described()
        await world.advance(durations.TABLE_CLASS_MS)
        summary = (await world.described())["TableClassSummary"]
        assert "STANDARD_INFREQUENT_ACCESS" == summary["TableClass"]

    slowly(work)


def test_update_table_warm_throughput_is_reached_later_while_the_table_is_active() -> None:
    """A higher warm throughput takes minutes; only its own status says so, and the table cannot be deleted."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        higher = {"ReadUnitsPerSecond": 13_000, "WriteUnitsPerSecond": 4_000}
        await world.ask("UpdateTable", WarmThroughput=higher)
        before = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000, "Status": "UPDATING"}
        table = await world.described()
        assert ("ACTIVE", before) == (table["TableStatus"], table["WarmThroughput"])
        assert (await world.refused("DeleteTable")).startswith(_IN_USE)
        await world.advance(durations.WARM_MS)
        assert higher | {"Status": "ACTIVE"} == (await world.described())["WarmThroughput"]
        await world.ask("UpdateTable", WarmThroughput=higher)
        assert higher | {"Status": "ACTIVE"} == (await world.described())["WarmThroughput"]

    slowly(work)


def test_index_creation_is_allocated_then_filled_then_active() -> None:
    """The table is UPDATING at first; the index is CREATING until its time is over and it is really filled."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        await world.ask("PutItem", Item=_ITEM)
        await world.ask("UpdateTable", **INDEX_CREATION)
        await world.rest()
        assert ("UPDATING", "CREATING", False) == await world.states()
        await world.advance(durations.INDEX_ALLOCATION_MS)
        assert ("ACTIVE", "CREATING", True) == await world.states()
        backfilling = (
            "ValidationException: Cannot read from backfilling global secondary index: gsi"
        )
        assert backfilling == await world.refused("Scan", IndexName="gsi")
        busy = "Cannot delete table while indexes are being created, updated, or deleted."
        assert _IN_USE + busy == await world.refused("DeleteTable")
        await world.advance(durations.INDEX_CREATION_MS - durations.INDEX_ALLOCATION_MS - 1)
        assert ("ACTIVE", "CREATING", True) == await world.states()
        await world.advance(1)
        assert ("ACTIVE", "ACTIVE", None) == await world.states()
        assert 1 == (await world.ask("Scan", IndexName="gsi"))["Count"]

    slowly(work)


def test_index_deletion_leaves_the_index_and_its_attribute_until_it_is_gone() -> None:
    """An index that is DELETING cannot be read and gets no entries; its attribute goes with it."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        await world.ask("UpdateTable", **INDEX_CREATION)
        await world.advance(durations.INDEX_CREATION_MS)
        await world.ask("UpdateTable", **INDEX_DELETION)
        await world.advance(durations.INDEX_DELETION_MS - 1)
        assert ("UPDATING", "DELETING", None) == await world.states()
        assert 2 == len((await world.described())["AttributeDefinitions"])
        missing = "ValidationException: The table does not have the specified index: gsi"
        assert missing == await world.refused("Scan", IndexName="gsi")
        await world.ask("PutItem", Item=_ITEM)
        await world.advance(1)
        assert ("ACTIVE", None, None) == await world.states()
        assert 1 == len((await world.described())["AttributeDefinitions"])

    slowly(work)


def test_index_that_is_being_filled_can_be_deleted_but_not_while_it_is_allocated() -> None:
    """What stands against another change of an index depends on how far it has come."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        await world.ask("UpdateTable", **INDEX_CREATION)
        where = f"Table: {NAME} Index: gsi"
        allocation = "Index creation is in resource allocation phase. Retry deletion during "
        allocation += f"backfilling phase or when the index is active. {where}"
        assert _IN_USE + allocation == await world.refused("UpdateTable", **INDEX_DELETION)
        other: dict[str, Any] = {
            "GlobalSecondaryIndexUpdates": [{"Create": INDEX | {"IndexName": "other"}}]
        }
        one = "LimitExceededException: Subscriber limit exceeded: Only 1 online index can be "
        one += "created or deleted simultaneously per table"
        assert one == await world.refused("UpdateTable", **(INDEX_CREATION | other))
        await world.advance(durations.INDEX_ALLOCATION_MS)
        assert one == await world.refused("UpdateTable", **(INDEX_CREATION | other))
        await world.ask("UpdateTable", **INDEX_DELETION)
        deleted = f"{_IN_USE}Index is being deleted. {where}"
        assert deleted == await world.refused("UpdateTable", **INDEX_DELETION)
        await world.advance(durations.INDEX_DELETION_MS)
        assert ("ACTIVE", None, None) == await world.states()
        await world.advance(durations.INDEX_CREATION_MS)
        assert ("ACTIVE", None, None) == await world.states()

    slowly(work)


def test_index_throughput_changes_while_the_table_is_active() -> None:
    """An index that gets other units is UPDATING by itself, with the old units, and refuses a second change."""

    async def work(world: SlowWorld) -> None:
        attributes = TABLE["AttributeDefinitions"] + INDEX_CREATION["AttributeDefinitions"]
        index = INDEX | {"ProvisionedThroughput": UNITS}
        await with_table(
            world,
            PROVISIONED | {"AttributeDefinitions": attributes, "GlobalSecondaryIndexes": [index]},
        )
        update = {"IndexName": "gsi", "ProvisionedThroughput": _MORE_UNITS}
        change: dict[str, Any] = {"GlobalSecondaryIndexUpdates": [{"Update": update}]}
        await world.ask("UpdateTable", **change)
        assert ("ACTIVE", "UPDATING", None) == await world.states()
        described = (await world.described())["GlobalSecondaryIndexes"][0]
        assert 5 == described["ProvisionedThroughput"]["ReadCapacityUnits"]
        busy = f"{_IN_USE}Index is being updated. Table: {NAME} Index: gsi"
        assert busy == await world.refused("UpdateTable", **change)
        await world.advance(durations.INDEX_UPDATE_MS)
        assert ("ACTIVE", "ACTIVE", None) == await world.states()
        described = (await world.described())["GlobalSecondaryIndexes"][0]
        assert 10 == described["ProvisionedThroughput"]["ReadCapacityUnits"]

    slowly(work)


def test_settings_of_other_kinds_that_change_meanwhile_are_kept() -> None:
    """What is changed while a change takes its time is there after it."""

    async def work(world: SlowWorld) -> None:
        await with_table(world, PROVISIONED)
        await world.ask("UpdateTable", ProvisionedThroughput=_MORE_UNITS)
        answer = await world.ask("UpdateTable", DeletionProtectionEnabled=True)
        assert "UPDATING" == answer["TableDescription"]["TableStatus"]
        arn = answer["TableDescription"]["TableArn"]
        await world.ask("TagResource", ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
        await world.advance(durations.THROUGHPUT_MS)
        table = await world.described()
        assert ("ACTIVE", True, 10) == (
            table["TableStatus"],
            table["DeletionProtectionEnabled"],
            table["ProvisionedThroughput"]["ReadCapacityUnits"],
        )
        tags = (await world.ask("ListTagsOfResource", ResourceArn=arn))["Tags"]
        assert [{"Key": "a", "Value": "1"}] == tags

    slowly(work)


def test_changes_that_take_their_time_go_on_after_a_restart(tmp_path: Path) -> None:
    """What was due while the process was down is complete at once; what is due later, later."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        await world.ask("PutItem", Item=_ITEM)
        await world.ask("UpdateTable", **INDEX_CREATION)
        await world.restart()
        assert ("UPDATING", "CREATING", False) == await world.states()
        await world.advance(durations.INDEX_ALLOCATION_MS)
        assert ("ACTIVE", "CREATING", True) == await world.states()
        await world.end()
        world.clock.advance(durations.INDEX_CREATION_MS)
        world.realistic = False
        world._begin()
        await world.states()
        await world.rest()
        assert ("ACTIVE", "ACTIVE", None) == await world.states()
        assert 1 == (await world.ask("Scan", IndexName="gsi"))["Count"]

    slowly(work, folder=tmp_path)


def test_without_realistic_every_change_is_complete_at_once() -> None:
    """The default mode shows the states of the way in answers only."""

    async def work(world: SlowWorld) -> None:
        await world.ask("CreateTable", **PROVISIONED)
        assert ("ACTIVE", None, None) == await world.states()
        await world.ask("UpdateTable", ProvisionedThroughput=_MORE_UNITS)
        assert 10 == (await world.described())["ProvisionedThroughput"]["ReadCapacityUnits"]
        await world.ask("UpdateTable", DeletionProtectionEnabled=True)
        await world.ask("UpdateTable", DeletionProtectionEnabled=False)
        await world.ask("UpdateTimeToLive", TimeToLiveSpecification=_expiry(enabled=True))
        await world.ask("UpdateTimeToLive", TimeToLiveSpecification=_expiry(enabled=False))
        await world.ask("DeleteTable")
        assert {} == await world.described()

    slowly(work, realistic=False)


def test_time_to_live_changes_lie_half_an_hour_apart() -> None:
    """A second change is refused for thirty minutes; what is wrong in itself is refused as such."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        await world.ask("UpdateTimeToLive", TimeToLiveSpecification=_expiry(enabled=True))
        off: dict[str, Any] = {"TimeToLiveSpecification": _expiry(enabled=False)}
        again: dict[str, Any] = {"TimeToLiveSpecification": _expiry(enabled=True)}
        text = "Time to live has been modified multiple times within a fixed interval"
        await world.advance(durations.TIME_TO_LIVE_INTERVAL_MS - 1)
        assert f"ValidationException: {text}" == await world.refused("UpdateTimeToLive", **off)
        enabled = "ValidationException: TimeToLive is already enabled"
        assert enabled == await world.refused("UpdateTimeToLive", **again)
        await world.advance(1)
        await world.ask("UpdateTimeToLive", **off)

    slowly(work)


def test_deletion_protection_changes_lie_fifteen_seconds_apart() -> None:
    """The refusal names the time from which on the next change is accepted; a deletion need not wait."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        await world.ask("UpdateTable", DeletionProtectionEnabled=True)
        await world.advance(5_000)
        text = f"ThrottlingException: Deletion protection setting for table {NAME} modified within "
        text += "the previous 15000 milliseconds. Please try again after 2023-11-14T22:13:51.000"
        assert text == await world.refused("UpdateTable", DeletionProtectionEnabled=False)
        await world.advance(10_000)
        await world.ask("UpdateTable", DeletionProtectionEnabled=False)
        await world.ask("DeleteTable")

    slowly(work)


@pytest.mark.parametrize("realistic", [True, False])
def test_table_class_changes_twice_in_thirty_days(realistic: bool) -> None:  # noqa: FBT001 - a parameter
    """The third change is refused in both modes, also to the class that the table has."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        for table_class in ("STANDARD_INFREQUENT_ACCESS", "STANDARD"):
            await world.ask("UpdateTable", TableClass=table_class)
            await world.advance(durations.TABLE_CLASS_MS)
        text = "LimitExceededException: Subscriber limit exceeded: "
        text += "Updates to TableClass are limited to 2 times in 30 day(s)."
        for table_class in ("STANDARD_INFREQUENT_ACCESS", "STANDARD"):
            assert text == await world.refused("UpdateTable", TableClass=table_class)
        await world.advance(30 * 24 * 3600 * 1000)
        await world.ask("UpdateTable", TableClass="STANDARD_INFREQUENT_ACCESS")

    slowly(work, realistic=realistic)


def test_more_than_five_hundred_tables_cannot_change_at_a_time(tmp_path: Path) -> None:
    """The limit counts an account's tables that are not ACTIVE, whatever happens to them, in both modes."""

    async def work(world: SlowWorld) -> None:
        await with_table(world)
        for number in range(500):
            await world.ask("CreateTable", **(TABLE | {"TableName": f"busy-{number}"}))
        text = "LimitExceededException: Subscriber limit exceeded: "
        text += "Only 500 tables can be created, updated, or deleted simultaneously"
        other = TABLE | {"TableName": "other"}
        assert text == await world.refused("CreateTable", **other)
        assert text == await world.refused("UpdateTable", TableClass="STANDARD")
        assert text == await world.refused("DeleteTable")
        await world.end()
        world.realistic = False
        world._begin()
        assert text == await world.refused("CreateTable", **other)
        await world.advance(durations.TABLE_CREATION_MS)
        await world.ask("CreateTable", **other)

    slowly(work, folder=tmp_path)


def test_tags_of_a_table_that_is_created_or_deleted_are_not_found() -> None:
    """What keeps the tags knows a table only while it can be used (measured)."""

    async def work(world: SlowWorld) -> None:
        tags = [{"Key": "a", "Value": "1"}]
        created = await world.ask("CreateTable", **TABLE, Tags=tags)
        arn = created["TableDescription"]["TableArn"]
        not_found = "ResourceNotFoundException: Requested resource not found"
        requests: dict[str, dict[str, Any]] = {
            "TagResource": {"Tags": tags},
            "UntagResource": {"TagKeys": ["a"]},
            "ListTagsOfResource": {},
        }
        for operation, members in requests.items():
            refused = await world.refused(operation, ResourceArn=arn, **members)
            assert refused.startswith(not_found)
        await world.advance(durations.TABLE_CREATION_MS)
        assert tags == (await world.ask("ListTagsOfResource", ResourceArn=arn))["Tags"]
        await world.ask("DeleteTable")
        assert (await world.refused("ListTagsOfResource", ResourceArn=arn)).startswith(not_found)

    slowly(work)


def _expiry(*, enabled: bool) -> dict[str, Any]:
    return {"AttributeName": "expires", "Enabled": enabled}
