"""CreateBackup, seen from outside."""

import re
from collections.abc import Callable
from typing import Any

from tests.support.backups import backup, contents, delete, put, wait_until_active
from tests.support.refusals import refusal

Client = Callable[..., Any]
MakeTable = Callable[..., str]
MakeName = Callable[..., str]


def test_create_backup_answers_with_its_details(client: Client, make_table: MakeTable) -> None:
    """CREATING in the answer only; the ARN begins with the time of its making."""
    dynamodb, table = client(), make_table()
    put(dynamodb, table, "a")

    details = dynamodb.create_backup(TableName=table, BackupName="first")["BackupDetails"]

    created_ms = round(details["BackupCreationDateTime"].timestamp() * 1000)
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    assert re.fullmatch(rf"{arn}/backup/0{created_ms}-[0-9a-f]{{8}}", details["BackupArn"])
    assert ("first", "CREATING", "USER", 5) == tuple(
        details[f"Backup{name}"] for name in ("Name", "Status", "Type", "SizeBytes")
    )
    assert "BackupExpiryDateTime" not in details


def test_create_backup_names_are_not_unique(client: Client, make_table: MakeTable) -> None:
    """Three of a name are three backups."""
    dynamodb, table = client(), make_table()

    arns = {backup(dynamodb, table, "same") for _ in range(3)}

    assert 3 == len(arns)


def test_create_backup_keeps_what_is_changed_right_after_it(
    client: Client, make_table: MakeTable, new_name: MakeName
) -> None:
    """It is of the moment of the request, however long its copy takes; the table may be deleted meanwhile."""
    dynamodb, table, target = client(), make_table(), new_name()
    names = [f"k{number}" for number in range(60)]
    put(dynamodb, table, *names)
    arn = backup(dynamodb, table)
    put(dynamodb, table, *names[:20], "later", v="2")
    delete(dynamodb, table, *names[20:40])
    dynamodb.delete_table(TableName=table)

    dynamodb.restore_table_from_backup(BackupArn=arn, TargetTableName=target)
    wait_until_active(dynamodb, target)

    assert dict.fromkeys(names, "1") == contents(dynamodb, target)


def test_create_backup_of_a_missing_table_is_refused(client: Client) -> None:
    """With the code of the backups."""
    request = {"TableName": "no-such-table", "BackupName": "one"}

    assert ("TableNotFoundException", "Table not found: no-such-table") == refusal(
        client, "create_backup", request
    )
