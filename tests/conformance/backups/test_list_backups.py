"""ListBackups, seen from outside."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.support.backups import backup, enable
from tests.support.refusals import refusal

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def _listed(dynamodb: Any, **members: Any) -> list[str]:
    summaries = dynamodb.list_backups(**members)["BackupSummaries"]
    return [summary["BackupArn"] for summary in summaries]


def test_list_backups_of_a_table_in_the_order_of_their_making(
    client: Client, make_table: MakeTable
) -> None:
    """Also those of a deleted table of that name; a table that never was has none."""
    dynamodb, table = client(), make_table()
    arns = [backup(dynamodb, table, "same") for _ in range(3)]
    backup(dynamodb, make_table())

    (first, *_) = dynamodb.list_backups(TableName=table)["BackupSummaries"]
    dynamodb.delete_table(TableName=table)

    assert sorted(arns) == _listed(dynamodb, TableName=table)
    assert [] == _listed(dynamodb, TableName="no-such-table")
    assert {
        "TableName",
        "TableId",
        "TableArn",
        "BackupArn",
        "BackupName",
        "BackupCreationDateTime",
        "BackupStatus",
        "BackupType",
        "BackupSizeBytes",
    } == set(first)


def test_list_backups_pages_go_on_behind_any_backup(client: Client, make_table: MakeTable) -> None:
    """A full last page has no cursor; a cursor may be the ARN of a deleted backup."""
    dynamodb, table = client(), make_table()
    arns = sorted(backup(dynamodb, table) for _ in range(3))

    page = dynamodb.list_backups(TableName=table, Limit=2)
    last = page["LastEvaluatedBackupArn"]
    dynamodb.delete_backup(BackupArn=last)
    rest = dynamodb.list_backups(TableName=table, Limit=1, ExclusiveStartBackupArn=last)

    assert arns[:2] == [one["BackupArn"] for one in page["BackupSummaries"]]
    assert arns[1] == last
    assert arns[2:] == [one["BackupArn"] for one in rest["BackupSummaries"]]
    assert "LastEvaluatedBackupArn" not in rest


def test_list_backups_time_range_includes_its_lower_bound_only(
    client: Client, make_table: MakeTable
) -> None:
    """To the millisecond."""
    dynamodb, table = client(), make_table()
    details = dynamodb.create_backup(TableName=table, BackupName="one")["BackupDetails"]
    made, arn = details["BackupCreationDateTime"], details["BackupArn"]
    later = made + timedelta(milliseconds=1)

    assert [arn] == _listed(dynamodb, TableName=table, TimeRangeLowerBound=made)
    assert [] == _listed(dynamodb, TableName=table, TimeRangeLowerBound=later)
    assert [] == _listed(dynamodb, TableName=table, TimeRangeUpperBound=made)
    assert [arn] == _listed(dynamodb, TableName=table, TimeRangeUpperBound=later)


def test_list_backups_by_type_hides_the_system_ones_unless_asked(
    client: Client, make_table: MakeTable
) -> None:
    """A table with point-in-time recovery leaves one when it is deleted."""
    dynamodb, table = client(), make_table()
    arn = backup(dynamodb, table)
    enable(dynamodb, table)
    dynamodb.delete_table(TableName=table)

    (system,) = dynamodb.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"]

    assert f"{table}$DeletedTableBackup" == system["BackupName"]
    assert system["BackupArn"].endswith("-00000000")
    assert timedelta(days=35) == system["BackupExpiryDateTime"] - system["BackupCreationDateTime"]
    assert [arn] == _listed(dynamodb, TableName=table)
    assert [arn, system["BackupArn"]] == _listed(dynamodb, TableName=table, BackupType="ALL")
    assert [] == _listed(dynamodb, TableName=table, BackupType="AWS_BACKUP")


def test_list_backups_refuses_ranges_and_cursors_that_cannot_be(
    client: Client, make_table: MakeTable
) -> None:
    """A range that ends before it begins, a cursor of another region."""
    arn = backup(client(), make_table()).replace("us-east-1", "eu-west-1")
    bounds = {"TimeRangeLowerBound": 2, "TimeRangeUpperBound": 1}

    assert (
        "ValidationException",
        "Time range lower bound must be less than or equal to upper bound",
    ) == refusal(client, "list_backups", bounds)
    assert (
        "does not match the region"
        in refusal(client, "list_backups", {"ExclusiveStartBackupArn": arn})[1]
    )
