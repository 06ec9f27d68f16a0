"""Tests of restores: what stands in their way, what they hold, how they go on after a stop."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from globaltables.foundation.limits import RECOVERY_LAG_MS, RESTORES_MAX
from globaltables.items.item_encoding import decode_item
from globaltables.itemstore import history, store
from globaltables.itemstore.keyspaces import RETAINED, item_prefix, log_prefix, whole
from globaltables.itemstore.region import Region
from globaltables.itemstore.retained import hold
from globaltables.recovery import copying
from globaltables.recovery.restores import release_forgotten
from globaltables.streams.trimming import trim_once
from globaltables.tables.definitions import Table
from globaltables.tables.durations import RESTORE_ACROSS_REGIONS_MS, RESTORE_MS
from tests.support.slow_world import ACCOUNT, NAME, REGION, TABLE, SlowWorld, run

_NEW = "restored"
_ON = {"PointInTimeRecoveryEnabled": True}
_LATEST: dict[str, Any] = {
    "SourceTableName": NAME,
    "TargetTableName": _NEW,
    "UseLatestRestorableTime": True,
}


async def _create(world: SlowWorld, *keys: str) -> None:
    """Create the table with point-in-time recovery and items."""
    await world.ask("CreateTable", **TABLE)
    await world.advance(60_000)
    await world.ask("UpdateContinuousBackups", PointInTimeRecoverySpecification=_ON)
    await _put(world, *keys)


async def _put(world: SlowWorld, *keys: str, v: str = "1") -> None:
    for key in keys:
        await world.ask("PutItem", Item={"pk": {"S": key}, "v": {"S": v}})


async def _set_period(world: SlowWorld, days: int) -> None:
    specification = {**_ON, "RecoveryPeriodInDays": days}
    await world.ask("UpdateContinuousBackups", PointInTimeRecoverySpecification=specification)


def _table(world: SlowWorld, name: str = _NEW, region: str = REGION) -> Table:
    table = world.node.region(region).catalog.find(ACCOUNT, name)
    assert table is not None
    return table


def _held(world: SlowWorld, name: str = _NEW, region: str = REGION) -> dict[str, str]:
    found = world.node.region(region).store.reader()
    items = (
        decode_item(raw).item
        for _, raw in found.range(*whole(item_prefix(_table(world, name, region).number)))
    )
    return {item["pk"]["S"]: item["v"]["S"] for item in items}


def _left(region: Region, number: int) -> list[bytes]:
    """Return the stored keys of a table number and of what is kept without a table."""
    prefixes = (item_prefix(number), log_prefix(number), RETAINED)
    return [key for prefix in prefixes for key, _ in region.store.reader().range(*whole(prefix))]


async def _backup(world: SlowWorld) -> str:
    answer = await world.ask("CreateBackup", BackupName="one")
    return str(answer["BackupDetails"]["BackupArn"])


def _from(arn: str, name: str = _NEW) -> dict[str, Any]:
    return {"BackupArn": arn, "TargetTableName": name}


def test_restore_takes_awss_time_and_the_latest_time_lags() -> None:
    """Right after it was enabled, the latest time is when that was; the table is restored as it was then."""
    world = SlowWorld()

    async def check() -> None:
        await _create(world)
        await world.advance(1)
        await _put(world, "after")
        await world.ask("RestoreTableToPointInTime", **_LATEST)
        await world.advance(RESTORE_MS - 1)
        assert "CREATING" == _table(world).status
        await world.advance(1)
        assert ("ACTIVE", {}) == (_table(world).status, _held(world))
        await world.advance(RECOVERY_LAG_MS)
        await _put(world, "now")
        request = {**_LATEST, "TargetTableName": "second"}
        await world.ask("RestoreTableToPointInTime", **request)
        await world.advance(RESTORE_MS)
        assert {"after": "1"} == _held(world, "second")

    run(world, check())


def test_restore_from_a_backup_of_another_region_takes_longer() -> None:
    """As it does on AWS."""
    world = SlowWorld()

    async def check() -> None:
        await _create(world, "a")
        arn = await _backup(world)
        await world.ask(
            "RestoreTableFromBackup",
            "eu-west-1",
            **_from(arn),
            SSESpecificationOverride={"Enabled": False},
        )
        await world.advance(RESTORE_ACROSS_REGIONS_MS - 1)
        assert "CREATING" == _table(world, region="eu-west-1").status
        await world.advance(1)
        assert {"a": "1"} == _held(world, region="eu-west-1")

    run(world, check())


@pytest.mark.parametrize(
    ("operation", "request_", "refusal"),
    [
        (
            "UpdateTable",
            {"DeletionProtectionEnabled": True},
            "ResourceNotFoundException: Requested resource not found: Table: restored not found",
        ),
        (
            "CreateBackup",
            {"BackupName": "one"},
            "TableNotFoundException: Table not found: restored",
        ),
        (
            "UpdateContinuousBackups",
            {"PointInTimeRecoverySpecification": _ON},
            "TableNotFoundException: Table not found: restored",
        ),
        (
            "DescribeContinuousBackups",
            {},
            "TableNotFoundException: Table not found: restored",
        ),
        ("CreateTable", TABLE | {"TableName": _NEW}, "ResourceInUseException: Table is being used"),
        ("DeleteTable", {}, "ResourceInUseException: "),
        ("GetItem", {"Key": {"pk": {"S": "a"}}}, "ResourceNotFoundException"),
        (
            "RestoreTableToPointInTime",
            _LATEST,
            "TableInUseException: Table: restored is already being restored from table: "
            "arn:aws:dynamodb:us-east-1:000000000000:table/orders",
        ),
    ],
)
def test_table_that_is_being_restored_is_described_only(
    operation: str, request_: dict[str, Any], refusal: str
) -> None:
    """Every other operation does not know it, or finds it in use."""
    world = SlowWorld()

    async def check() -> None:
        await _create(world)
        await world.ask("RestoreTableToPointInTime", **_LATEST)
        described = await world.ask("DescribeTable", TableName=_NEW)
        assert "RestoreSummary" in described["Table"]
        refused = await world.refused(operation, **{"TableName": _NEW, **request_})
        assert refused.startswith(refusal)

    run(world, check())


def test_backup_feeds_one_restore_at_a_time() -> None:
    """Until then it can neither be restored again nor be deleted."""
    world = SlowWorld()

    async def check() -> None:
        await _create(world, "a")
        arn = await _backup(world)
        await world.ask("RestoreTableFromBackup", **_from(arn))
        again = await world.refused("RestoreTableFromBackup", **_from(arn, "second"))
        deleted = await world.refused("DeleteBackup", BackupArn=arn)
        await world.advance(RESTORE_MS)
        await world.ask("DeleteBackup", BackupArn=arn)
        in_use = "BackupInUseException: Backup is being used to restore"
        assert (f"{in_use} another table: {arn}", f"{in_use} table: {arn}") == (again, deleted)
        assert {"a": "1"} == _held(world)

    run(world, check())


def test_restores_at_the_same_time_have_a_limit() -> None:
    """The 51st is refused, and leaves nothing behind."""
    world = SlowWorld()

    async def check() -> None:
        await _create(world)
        for number in range(RESTORES_MAX):
            request = {**_LATEST, "TargetTableName": f"restored-{number}"}
            await world.ask("RestoreTableToPointInTime", **request)
        refused = await world.refused("RestoreTableToPointInTime", **_LATEST)
        assert (
            "LimitExceededException: Subscriber limit exceeded: Only 50 restore operations can be "
            "done simultaneously" == refused
        )
        assert RESTORES_MAX == len(_table(world, NAME).holds)
        await world.advance(RESTORE_MS)
        assert () == _table(world, NAME).holds

    run(world, check())


def test_source_may_lose_its_recovery_and_be_deleted_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the restore needs is kept for it, and for nobody afterwards."""
    monkeypatch.setattr(history, "COPY_ROWS_MAX", 2)
    world = SlowWorld(tmp_path, realistic=False)
    keys = [f"k{number}" for number in range(20)]

    async def check() -> None:
        await _create(world, *keys)
        number = _table(world, NAME).number
        await world.ask("RestoreTableToPointInTime", **_LATEST)
        off = {"PointInTimeRecoveryEnabled": False}
        await world.ask("UpdateContinuousBackups", PointInTimeRecoverySpecification=off)
        await _put(world, *keys[:10], "new", v="2")
        assert "CREATING" == _table(world).status
        await world.ask("DeleteTable")
        await world.restart()
        while _table(world).status != "ACTIVE":
            await world.rest()
        assert dict.fromkeys(keys, "1") == _held(world)
        assert [] == _left(world.node.region(REGION), number)

    run(world, check())


@pytest.mark.parametrize("region", [REGION, "eu-west-1"])
def test_restore_goes_on_after_a_stop_at_any_moment(
    tmp_path: Path, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its own region and in another one; the source holds nothing any more at the end."""
    monkeypatch.setattr(history, "COPY_ROWS_MAX", 3)
    world = SlowWorld(tmp_path, realistic=False)
    keys = [f"k{number}" for number in range(8)]

    async def check() -> None:
        await _create(world, *keys)
        world.clock.advance(1)
        at = (world.clock.now_ms() - 1) / 1000
        await _put(world, *keys[4:], "new", v="2")
        arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{NAME}"
        for turns in range(0, 30, 2):
            name = f"restored-{turns}"
            await world.ask(
                "RestoreTableToPointInTime",
                region,
                SourceTableArn=arn,
                TargetTableName=name,
                RestoreDateTime=at,
                SSESpecificationOverride={"Enabled": False},
            )
            for _ in range(turns):
                await asyncio.sleep(0)
            await world.restart()
            while _table(world, name, region).status != "ACTIVE":
                await world.rest()
            assert dict.fromkeys(keys, "1") == _held(world, name, region), turns
        await world.rest()
        assert () == _table(world, NAME).holds

    run(world, check())


@pytest.mark.parametrize("seed", range(4))
def test_restore_goes_on_when_the_store_refuses_some_of_its_steps(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many writes are waiting for a moment, again and again: no step is left out, none is done twice."""
    monkeypatch.setattr(history, "COPY_ROWS_MAX", 3)
    monkeypatch.setattr(copying, "COPY_RETRY_MS", 1)
    chance = random.Random(seed)
    world = SlowWorld(realistic=False)
    keys = [f"k{number}" for number in range(40)]

    async def check() -> None:
        await _create(world, *keys)
        world.clock.advance(1)
        at = (world.clock.now_ms() - 1) / 1000
        await _put(world, *keys[20:], "new", v="2")
        await world.ask(
            "RestoreTableToPointInTime",
            SourceTableName=NAME,
            TargetTableName=_NEW,
            RestoreDateTime=at,
        )
        while _table(world).status != "ACTIVE":
            monkeypatch.setattr(store, "COMMIT_QUEUE_MAX", chance.choice([0, 100]))
            await asyncio.sleep(chance.choice([0, 0, 0, 0.002]))
        monkeypatch.undo()
        assert dict.fromkeys(keys, "1") == _held(world)
        described = await world.ask("DescribeTable", TableName=_NEW)
        assert len(keys) == described["Table"]["ItemCount"]

    run(world, check())


def test_hold_of_a_restore_that_never_began_is_released() -> None:
    """A stop between the source's decision and the target's leaves one."""
    world = SlowWorld(realistic=False)

    async def check() -> None:
        await _create(world)
        region, number = world.node.region(REGION), _table(world, NAME).number
        await region.store.submit(lambda stage: hold(stage, number, "restore/eu-west-1/id", 0))
        assert 1 == len(_table(world, NAME).holds)
        await release_forgotten(world.node, region)
        assert () == _table(world, NAME).holds

    run(world, check())


def test_refused_restore_in_another_region_leaves_no_hold() -> None:
    """The source is held before the name is found to be taken."""
    world = SlowWorld(realistic=False)

    async def check() -> None:
        await _create(world)
        await world.ask("CreateTable", "eu-west-1", **TABLE)
        arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{NAME}"
        refused = await world.refused(
            "RestoreTableToPointInTime",
            "eu-west-1",
            SourceTableArn=arn,
            TargetTableName=NAME,
            UseLatestRestorableTime=True,
            SSESpecificationOverride={"Enabled": False},
        )
        await world.rest()
        assert f"TableAlreadyExistsException: Table already exists: {NAME}" == refused
        assert () == _table(world, NAME).holds

    run(world, check())


def test_log_is_kept_for_the_period_and_trimmed_behind_it() -> None:
    """What is older cannot be restored, also after the period was made longer again."""
    world = SlowWorld(realistic=False)
    day_ms = 24 * 3600 * 1000

    async def check() -> None:
        await _create(world)
        region = world.node.region(REGION)
        table = _table(world, NAME)
        bounds = whole(log_prefix(table.number))
        for _ in range(5):
            await _put(world, "a", v=str(world.clock.now_ms()))
            await world.advance(day_ms)
        await trim_once(region)
        assert 5 == len(list(region.store.reader().range(*bounds)))
        await _set_period(world, 2)
        await _set_period(world, 35)
        await trim_once(region)
        answer = await world.ask("DescribeContinuousBackups")
        recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        earliest_ms = recovery["EarliestRestorableDateTime"] * 1000
        assert (world.clock.now_ms() - 2 * day_ms) // 1000 * 1000 == earliest_ms
        assert 1 == len(list(region.store.reader().range(*bounds)))
        refused = await world.refused(
            "RestoreTableToPointInTime",
            SourceTableName=NAME,
            TargetTableName=_NEW,
            RestoreDateTime=earliest_ms / 1000 - 1,
        )
        assert refused.startswith("InvalidRestoreTimeException: ")

    run(world, check())
