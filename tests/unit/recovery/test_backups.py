"""Tests of backups: their stored form, their independence, what they leave when they go."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import SYSTEM_BACKUP_RETENTION_MS
from globaltables.itemstore import history
from globaltables.itemstore.jobs import jobs
from globaltables.itemstore.keyspaces import (
    BACKUPS,
    RETAINED,
    backup_key,
    item_prefix,
    log_prefix,
    retained_key,
    whole,
)
from globaltables.recovery.backups import expire_once
from globaltables.tables.backups import decode_backup, encode_backup, parse_backup_arn
from tests.support.formats import cases
from tests.support.slow_world import ACCOUNT, NAME, REGION, TABLE, SlowWorld, run

_ON = {"PointInTimeRecoveryEnabled": True}


async def _create(world: SlowWorld, count: int) -> None:
    await world.ask("CreateTable", **TABLE)
    for number in range(count):
        await world.ask("PutItem", Item={"pk": {"S": f"k{number}"}})


async def _backup(world: SlowWorld) -> str:
    answer = await world.ask("CreateBackup", BackupName="one")
    return str(answer["BackupDetails"]["BackupArn"])


def _bytes_kept(world: SlowWorld) -> list[bytes]:
    """Return every stored key of items, logs, backups and what is kept without a table."""
    prefixes = (item_prefix(0)[:1], log_prefix(0)[:1], BACKUPS, RETAINED)
    reader = world.node.region(REGION).store.reader()
    return [key for prefix in prefixes for key, _ in reader.range(*whole(prefix))]


def test_backups_are_stored_as_documented() -> None:
    """A record is read with the defaults of what it lacks, and written so that it is read as the same."""
    for case in cases("backups.md", "Cases"):
        backup = decode_backup(case["json"].encode())
        assert case["key"] == backup_key(ACCOUNT, backup.id, backup.table.name).hex()
        assert case["retained_key"] == retained_key(backup.table.number).hex()
        assert case["arn"] == backup.arn
        assert backup == decode_backup(encode_backup(backup))


@pytest.mark.parametrize("raw", [b"{}", b"x", b'{"format":1,"backup":{}}', b'{"format":2}'])
def test_backup_that_is_damaged_is_refused(raw: bytes) -> None:
    """Damaged bytes end in an error of the storage."""
    with pytest.raises(OperationalError):
        decode_backup(raw)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "arn:aws:dynamodb:us-east-1:1:table/a",
        "arn:aws:dynamodb:us-east-1:1:table/a/backup/",
        "arn:aws:s3:us-east-1:1:table/a/backup/b",
        "arn:aws:dynamodb:cn-north-1:1:table/a/backup/b",
        "arn:aws:dynamodb:us-east-1:1:table/a/stream/b",
    ],
)
def test_parse_backup_arn_of_something_else_is_none(text: str) -> None:
    """Another service, another partition, another resource."""
    assert parse_backup_arn(text) is None


def test_system_backup_expires_and_leaves_nothing() -> None:
    """After 35 days; until then the items are under the table's old number."""
    world = SlowWorld(realistic=False)

    async def check() -> None:
        await _create(world, 3)
        await world.ask("UpdateContinuousBackups", PointInTimeRecoverySpecification=_ON)
        await world.ask("PutItem", Item={"pk": {"S": "k1"}, "v": {"S": "2"}})
        await world.ask("DeleteTable")
        region = world.node.region(REGION)
        kept = _bytes_kept(world)
        assert 3 + 2 == len(kept)  # the items, the backup, the definition; no log
        await world.advance(SYSTEM_BACKUP_RETENTION_MS - 1000)
        await expire_once(region)
        assert kept == _bytes_kept(world)
        await world.advance(1000)
        await expire_once(region)
        assert [] == _bytes_kept(world)

    run(world, check())


def test_disabled_recovery_while_the_table_is_deleted_leaves_no_system_backup() -> None:
    """As measured on AWS."""
    world = SlowWorld()

    async def check() -> None:
        await _create_slowly(world)
        await world.ask("DeleteTable")
        off = {"PointInTimeRecoveryEnabled": False}
        await world.ask("UpdateContinuousBackups", PointInTimeRecoverySpecification=off)
        await world.advance(60_000)
        assert {} == await world.described()
        answer = await world.ask("ListBackups", BackupType="ALL")
        assert [] == answer["BackupSummaries"]

    run(world, check())


async def _create_slowly(world: SlowWorld) -> None:
    await world.ask("CreateTable", **TABLE)
    await world.advance(6_000)
    unavailable = await world.refused(
        "UpdateContinuousBackups", PointInTimeRecoverySpecification=_ON
    )
    assert (
        f"ContinuousBackupsUnavailableException: Backups are being enabled for the table: {NAME}. "
        "Please retry later" == unavailable
    )
    answer = await world.ask("DescribeContinuousBackups")
    assert "DISABLED" == answer["ContinuousBackupsDescription"]["ContinuousBackupsStatus"]
    await world.advance(1_400)
    await world.ask("UpdateContinuousBackups", PointInTimeRecoverySpecification=_ON)


def test_backup_deleted_while_it_is_copied_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither items nor the log that was kept for it; its job is cancelled."""
    monkeypatch.setattr(history, "COPY_ROWS_MAX", 1)
    world = SlowWorld(realistic=False)

    async def check() -> None:
        await _create(world, 30)
        before = _bytes_kept(world)
        arn = await _backup(world)
        await asyncio.sleep(0)
        region = world.node.region(REGION)
        (job,) = jobs(region.store.reader())
        assert "RUNNING" == job.status
        await world.ask("DeleteBackup", BackupArn=arn)
        await world.rest()
        (job,) = jobs(region.store.reader())
        assert "CANCELLED" == job.status
        assert before == _bytes_kept(world)
        table = region.catalog.find(ACCOUNT, NAME)
        assert table is not None
        assert ((), False) == (table.holds, table.keeps_log)

    run(world, check())


def test_backup_is_copied_over_stops_and_the_deletion_of_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is complete in the end, and the table's bytes go."""
    monkeypatch.setattr(history, "COPY_ROWS_MAX", 2)
    world = SlowWorld(tmp_path, realistic=False)

    async def check() -> None:
        await _create(world, 20)
        arn = await _backup(world)
        for turns in range(6):
            await world.ask("PutItem", Item={"pk": {"S": f"k{turns}"}, "v": {"S": "new"}})
            if turns == 3:
                await world.ask("DeleteTable")
                break
            for _ in range(turns):
                await asyncio.sleep(0)
            await world.restart()
        await world.restart()
        for _ in range(10):
            await world.rest()
        (job,) = jobs(world.node.region(REGION).store.reader())
        assert "COMPLETED" == job.status
        await world.ask("RestoreTableFromBackup", BackupArn=arn, TargetTableName=NAME)
        for _ in range(10):
            await world.rest()
        answer = await world.ask("Scan")
        assert sorted(f"k{number}" for number in range(20)) == _keys(answer["Items"])
        assert not any("v" in item for item in answer["Items"])
        assert 2 * 20 + 2 == len(_bytes_kept(world))  # the new table's, the backup's and its two

    run(world, check())


def _keys(items: list[dict[str, Any]]) -> list[str]:
    return sorted(item["pk"]["S"] for item in items)
