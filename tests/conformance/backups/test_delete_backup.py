"""DeleteBackup, seen from outside."""

from collections.abc import Callable
from typing import Any

from tests.support.backups import backup, enable, put
from tests.support.refusals import refusal

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def test_delete_backup_answers_with_what_was(client: Client, make_table: MakeTable) -> None:
    """DELETED at once; then it is not found, and not listed."""
    dynamodb, table = client(), make_table()
    put(dynamodb, table, "a")
    arn = backup(dynamodb, table, "one")

    described = dynamodb.delete_backup(BackupArn=arn)["BackupDescription"]

    assert ("DELETED", "one") == (
        described["BackupDetails"]["BackupStatus"],
        described["BackupDetails"]["BackupName"],
    )
    assert 1 == described["SourceTableDetails"]["ItemCount"]
    assert [] == dynamodb.list_backups(TableName=table)["BackupSummaries"]
    for operation in ("describe_backup", "delete_backup"):
        assert ("BackupNotFoundException", f"Backup not found: {arn}") == refusal(
            client, operation, {"BackupArn": arn}
        )


def test_delete_backup_of_the_system_is_refused(client: Client, make_table: MakeTable) -> None:
    """It goes when its time is over."""
    dynamodb, table = client(), make_table()
    enable(dynamodb, table)
    dynamodb.delete_table(TableName=table)
    (system,) = dynamodb.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"]

    code, text = refusal(client, "delete_backup", {"BackupArn": system["BackupArn"]})

    assert "ValidationException" == code
    assert f"User is not allowed to delete the system backup with arn {system['BackupArn']}" in text
