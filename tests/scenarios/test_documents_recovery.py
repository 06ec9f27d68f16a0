"""Documents 001 and 003: their backup and recovery commands and the Lambda function, unmodified; the data is checked.

The times that the documents wait for pass on the regions' clocks. Names and times that a document tells its reader to
fill are filled.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from globaltables.client.connection import Connection
from globaltables.tables.durations import RESTORE_MS
from tests.support.backups import wait_until_active
from tests.support.documents import Reader, snippet
from tests.support.replicas import create_equal_tables
from tests.support.server import Server
from tests.support.target import Target

MAIN = "myapp-prod-MainTable"
STUDENT = "s1234"
TRANSACTIONS = f"transactions-global-{STUDENT}"
REGIONS = ["us-east-1", "us-west-2", "eu-west-1"]
_DAY_MS = 24 * 3600 * 1000


def _definition(name: str, *keys: str) -> dict[str, Any]:
    kinds = zip(keys, ("HASH", "RANGE"), strict=True)
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in kinds],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
    }


def _shift(reader: Reader, milliseconds: int, region: str = "us-east-1") -> None:
    """Set how far a region's clock is off."""
    connection = Connection(reader.endpoint, region)
    connection.call(connection.own().set_clock_offset, Milliseconds=milliseconds)


def _until(time: datetime) -> int:
    """Return the offset with which a clock shows a time now."""
    return int((time - datetime.now(UTC)).total_seconds() * 1000)


def _put(onlooker: Target, name: str, text: str) -> None:
    item = {"PK": {"S": "USER#1"}, "SK": {"S": name}, "text": {"S": text}}
    onlooker.client().put_item(TableName=MAIN, Item=item)


def _texts(onlooker: Target, table: str) -> dict[str, str]:
    items = onlooker.client().scan(TableName=table)["Items"]
    return {item["SK"]["S"]: item["text"]["S"] for item in items}


def test_restore_to_a_time_commands_bring_that_time_back(reader: Reader, onlooker: Target) -> None:
    """Document 001, to the very time that it names: what was written later is not there, what was deleted is."""
    moment = datetime(2023, 12, 1, 10, tzinfo=UTC)
    _shift(reader, _until(moment - timedelta(hours=1)))
    create_equal_tables(onlooker, REGIONS[:1], **_definition(MAIN, "PK", "SK"))
    [enabled] = reader.aws(snippet("001/enable_recovery.sh"))
    _put(onlooker, "kept", "old")
    _put(onlooker, "deleted", "old")
    _shift(reader, _until(moment + timedelta(hours=1)))
    _put(onlooker, "kept", "new")
    _put(onlooker, "later", "new")
    key = {"PK": {"S": "USER#1"}, "SK": {"S": "deleted"}}
    onlooker.client().delete_item(TableName=MAIN, Key=key)

    [answer] = reader.aws(snippet("001/restore_to_time.sh"))
    wait_until_active(onlooker.client(), f"{MAIN}-restored")

    recovery = enabled["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert "ENABLED" == recovery["PointInTimeRecoveryStatus"]
    assert answer["TableDescription"]["RestoreSummary"]["RestoreInProgress"]
    assert {"kept": "old", "deleted": "old"} == _texts(onlooker, f"{MAIN}-restored")
    assert {"kept": "new", "later": "new"} == _texts(onlooker, MAIN)


def test_backup_commands_bring_the_table_back(reader: Reader, onlooker: Target) -> None:
    """Document 001: what was there at the backup is in the restored table, and nothing else."""
    create_equal_tables(onlooker, REGIONS[:1], **_definition(MAIN, "PK", "SK"))
    _put(onlooker, "a", "old")
    [made] = reader.aws(snippet("001/create_backup.sh"))
    _put(onlooker, "a", "new")
    _put(onlooker, "b", "new")
    placeholder = f"arn:aws:dynamodb:region:account:table/{MAIN}/backup/01234567890123-abcdefgh"
    arn = made["BackupDetails"]["BackupArn"]

    reader.aws(snippet("001/restore_from_backup.sh", **{placeholder: arn}))
    wait_until_active(onlooker.client(), f"{MAIN}-restored")

    assert {"a": "old"} == _texts(onlooker, f"{MAIN}-restored")


def test_enable_recovery_commands_enable_every_replica(reader: Reader, onlooker: Target) -> None:
    """Document 003, task 3: each region has its own setting."""
    table = _definition(TRANSACTIONS, "account_id", "transaction_id")
    create_equal_tables(onlooker, REGIONS, **table)
    reader.shell(snippet("003/create_global_table.sh", STUDENTID=STUDENT))

    answers = reader.aws(snippet("003/enable_recovery.sh", STUDENTID=STUDENT))

    assert ["ENABLED"] * 3 == [
        answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"][
            "PointInTimeRecoveryStatus"
        ]
        for answer in answers
    ]


def test_lambda_function_keeps_seven_days_of_backups(reader: Reader, onlooker: Target) -> None:
    """Document 003, tasks 4 and 5: the backups that are older than a week go, the younger ones and the new one stay."""
    table = _definition(TRANSACTIONS, "account_id", "transaction_id")
    create_equal_tables(onlooker, REGIONS[:1], **table)
    names = []
    for days in (20, 9, 6):
        _shift(reader, -days * _DAY_MS)
        [made] = reader.aws(snippet("003/create_backup.sh", STUDENTID=STUDENT))
        names.append(made["BackupDetails"]["BackupName"])
    _shift(reader, -1000)  # the function asks for what was made before now, with its own clock
    (reader.home / "lambda_function.py").write_text(snippet("003/lambda_function.py"))

    printed = reader.shell(
        f"TZ=UTC TABLE_NAME={TRANSACTIONS} python -c "
        "'import lambda_function; lambda_function.lambda_handler({}, None)'"
    )

    left = onlooker.client().list_backups(TableName=TRANSACTIONS)["BackupSummaries"]
    assert 2 == printed.count("Deleted old backup")
    assert names[2] == left[0]["BackupName"]
    assert left[1]["BackupName"].startswith(f"{TRANSACTIONS}-daily-backup-")
    assert 2 == len(left)


@pytest.fixture
def patient_reader(tmp_path: Path) -> Iterator[Reader]:
    """A reader of a document with an empty server that takes AWS's times."""
    with Server("--in-memory", "--realistic") as running:
        yield Reader(running.endpoint, tmp_path)


def test_latest_restorable_time_is_before_a_deletion_after_five_minutes(
    patient_reader: Reader,
) -> None:
    """Document 003, task 6: put, wait five minutes, delete, restore to the latest time: the item is there."""
    reader, onlooker = patient_reader, Target(patient_reader.endpoint)
    dynamodb = onlooker.client()
    table = _definition(TRANSACTIONS, "account_id", "transaction_id")
    dynamodb.create_table(BillingMode="PAY_PER_REQUEST", **table)
    _shift(reader, 60_000)
    wait_until_active(dynamodb, TRANSACTIONS)
    [enable, *_] = snippet("003/enable_recovery.sh", STUDENTID=STUDENT).split("\n\n")
    reader.shell(enable)
    insert = snippet("003/insert_test_data.py", STUDENTID=STUDENT, **{"1000.00": "1000"})
    reader.python(insert)
    _shift(reader, 60_000 + 301_000)
    reader.python(insert.partition("# Insert")[0], snippet("003/delete_item.py"))

    reader.shell(snippet("003/restore_to_latest.sh", STUDENTID=STUDENT))
    _shift(reader, 60_000 + 301_000 + RESTORE_MS)
    restored = f"transactions-restored-{STUDENT}"
    wait_until_active(dynamodb, restored)

    [item] = dynamodb.scan(TableName=restored)["Items"]
    assert "TXN001" == item["transaction_id"]["S"]
    assert 0 == dynamodb.scan(TableName=TRANSACTIONS)["Count"]
