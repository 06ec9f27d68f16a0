"""The server is killed in the middle of restores and backups, under writes; what comes out is what was asked for."""

import os
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.backups import backup, contents, enable, wait_until_active
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

_ITEMS = 8_000
_SEED = int(os.environ.get("GLOBALTABLES_SEED", "0")) or random.SystemRandom().getrandbits(32)
_TABLE: dict[str, Any] = {
    "TableName": "source",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "v", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-v",
            "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


def _write(dynamodb: Any, numbers: range, value: str) -> None:
    for start in range(numbers.start, numbers.stop, 25):
        requests = [
            {"PutRequest": {"Item": {"pk": {"S": f"k{number}"}, "v": {"S": value}}}}
            for number in range(start, min(start + 25, numbers.stop))
        ]
        dynamodb.batch_write_item(RequestItems={"source": requests})


@pytest.mark.timeout(180)
def test_kill_in_the_middle_of_restores_and_a_backup_ends_with_what_was_asked_for(
    data_server: Callable[..., Server],
) -> None:
    """A point in time, a backup that is still being copied, and a deleted source; with their indexes."""
    chance = random.Random(_SEED)
    server = data_server()
    with server:
        dynamodb = Target(server.endpoint).client()
        dynamodb.create_table(**_TABLE)
        enable(dynamodb, "source")
        _write(dynamodb, range(_ITEMS), "old")
        arn = backup(dynamodb, "source")
        description = dynamodb.describe_continuous_backups(TableName="source")
        recovery = description["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        time.sleep(0.002)
        _write(dynamodb, range(_ITEMS // 2, _ITEMS + 100), "new")
        dynamodb.restore_table_from_backup(BackupArn=arn, TargetTableName="from-backup")
        dynamodb.restore_table_to_point_in_time(
            SourceTableName="source",
            TargetTableName="in-time",
            RestoreDateTime=recovery["LatestRestorableDateTime"],
        )
        server.kill()
    interrupted = 0
    for kill in range(3):
        server.start()
        dynamodb = Target(server.endpoint).client()  # its first request opens the region
        status = dynamodb.describe_table(TableName="in-time")["Table"]["TableStatus"]
        interrupted += status == "CREATING"
        if kill == 1:
            dynamodb.delete_table(TableName="source")
        time.sleep(chance.random() * 0.05)
        server.kill()
    with server:
        dynamodb = Target(server.endpoint).client()
        wanted = {f"k{number}": "old" for number in range(_ITEMS)}
        for name in ("from-backup", "in-time"):
            table = wait_until_active(dynamodb, name)
            assert wanted == contents(dynamodb, name), (_SEED, name)
            assert wanted == contents(dynamodb, name, IndexName="by-v"), (_SEED, name)
            assert _ITEMS == table["ItemCount"]
        assert eventually(lambda: _backup_is_free(dynamodb, arn))
    if not interrupted:
        pytest.skip("this machine had done the restores before each kill")


def _backup_is_free(dynamodb: Any, arn: str) -> bool:
    """Delete the backup as soon as no restore holds it."""
    try:
        dynamodb.delete_backup(BackupArn=arn)
    except dynamodb.exceptions.BackupInUseException:
        return False
    return True
