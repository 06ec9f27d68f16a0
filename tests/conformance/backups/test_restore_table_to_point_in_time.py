"""RestoreTableToPointInTime, seen from outside."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.backups import contents, delete, enable, put, wait_until_active
from tests.support.refusals import refusal

Client = Callable[..., Any]
MakeTable = Callable[..., str]
MakeName = Callable[..., str]


def _latest(dynamodb: Any, table: str) -> datetime:
    """Return the time of now in the region, and let no later change have the same millisecond."""
    answer = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    latest: datetime = answer["PointInTimeRecoveryDescription"]["LatestRestorableDateTime"]
    time.sleep(0.002)
    return latest


def test_restore_table_to_point_in_time_undoes_every_kind_of_change(
    client: Client, make_table: MakeTable, new_name: MakeName
) -> None:
    """Overwritten, deleted, deleted and put again, new, changed by a transaction,."""
    dynamodb, table, target = client(), make_table(), new_name()
    enable(dynamodb, table)
    put(dynamodb, table, "same", "over", "gone", "again", "moved")
    at = _latest(dynamodb, table)
    put(dynamodb, table, "over", "new", v="2")
    put(dynamodb, table, "over", v="3")
    delete(dynamodb, table, "gone", "again")
    put(dynamodb, table, "again", v="2")
    dynamodb.transact_write_items(
        TransactItems=[
            {"Delete": {"TableName": table, "Key": {"pk": {"S": "moved"}}}},
            {"Put": {"TableName": table, "Item": {"pk": {"S": "there"}, "v": {"S": "2"}}}},
        ]
    )

    answer = dynamodb.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=target, RestoreDateTime=at
    )
    wait_until_active(dynamodb, target)

    summary = answer["TableDescription"]["RestoreSummary"]
    assert (True, at) == (summary["RestoreInProgress"], summary["RestoreDateTime"])
    assert dict.fromkeys(["same", "over", "gone", "again", "moved"], "1") == contents(
        dynamodb, target
    )
    assert {"same": "1", "over": "3", "new": "2", "again": "2", "there": "2"} == contents(
        dynamodb, table
    )


def test_restore_table_to_point_in_time_latest_is_now(
    client: Client, make_table: MakeTable, new_name: MakeName
) -> None:
    """Everything that was acknowledged before the request is in it."""
    dynamodb, table, target = client(), make_table(), new_name()
    enable(dynamodb, table)
    put(dynamodb, table, "a")

    dynamodb.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=target, UseLatestRestorableTime=True
    )
    wait_until_active(dynamodb, target)

    assert {"a": "1"} == contents(dynamodb, target)


def test_restore_table_to_point_in_time_fills_an_index_made_later(
    client: Client, make_table: MakeTable, new_name: MakeName
) -> None:
    """The indexes are those of now, with the items of then."""
    dynamodb, table, target = client(), make_table(), new_name()
    enable(dynamodb, table)
    put(dynamodb, table, "a", v="old")
    at = _latest(dynamodb, table)
    put(dynamodb, table, "a", "b", v="new")
    index = {
        "IndexName": "by-v",
        "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    dynamodb.update_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "v", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )

    dynamodb.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=target, RestoreDateTime=at
    )
    wait_until_active(dynamodb, target)

    assert {"a": "old"} == contents(dynamodb, target, IndexName="by-v")


def test_restore_table_to_point_in_time_by_arn_in_another_region(
    client: Client, make_table: MakeTable, new_name: MakeName
) -> None:
    """With the encryption of the new table; by name it is not found there."""
    dynamodb, table, target = client(), make_table(), new_name("eu-west-1")
    there = client("eu-west-1")
    enable(dynamodb, table)
    put(dynamodb, table, "a")
    at = _latest(dynamodb, table)
    put(dynamodb, table, "a", "b", v="2")
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    request = {"SourceTableArn": arn, "TargetTableName": target, "RestoreDateTime": at}

    assert (
        "ValidationException",
        "Invalid Request: sseSpecificationOverride must be provided for cross-region restores",
    ) == refusal(lambda **_: there, "restore_table_to_point_in_time", request)
    by_name = {
        "SourceTableName": table,
        "TargetTableName": target,
        "UseLatestRestorableTime": True,
    }
    assert (
        "TableNotFoundException"
        == refusal(lambda **_: there, "restore_table_to_point_in_time", by_name)[0]
    )
    there.restore_table_to_point_in_time(**request, SSESpecificationOverride={"Enabled": False})
    described = wait_until_active(there, target)

    assert ":eu-west-1:" in described["TableArn"]
    assert {"a": "1"} == contents(there, target)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {"SourceTableName": "t-1", "SourceTableArn": "arn:aws:dynamodb:us-east-1:1:table/t-1"},
            "Must provide exactly one of: sourceTableArn, sourceTableName",
        ),
        ({}, "The parameter 'TableName' is required but was not present in the request"),
        ({"SourceTableArn": "no-arn"}, "sourceTableArn is not a valid ARN"),
        (
            {"SourceTableArn": "arn:aws:dynamodb:us-east-1:999999999999:table/t-1"},
            "This action is only supported by accounts that match the resource owner\u2019s account.",
        ),
        (
            {"SourceTableName": "t-1", "UseLatestRestorableTime": False},
            "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be "
            "specified, but not both",
        ),
        (
            {"SourceTableName": "t-1", "RestoreDateTime": 1},
            "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for "
            "point-in-time restore request. Please choose one.",
        ),
    ],
)
def test_restore_table_to_point_in_time_refuses_requests_that_say_too_little_or_too_much(
    client: Client, request_: dict[str, Any], text: str
) -> None:
    """One source and one time; before anything is looked up."""
    request = {
        "TargetTableName": "never-restored",
        "UseLatestRestorableTime": True,
        **request_,
    }

    assert ("ValidationException", text) == refusal(
        client, "restore_table_to_point_in_time", request
    )


def test_restore_table_to_point_in_time_refusals_come_in_order(
    client: Client, make_table: MakeTable
) -> None:
    """The source, its recovery, the time, the name of the new table."""
    dynamodb, table = client(), make_table()
    request = {"SourceTableName": table, "TargetTableName": table, "RestoreDateTime": 1}
    operation = "restore_table_to_point_in_time"

    assert ("TableNotFoundException", "Table not found: no-such-table") == refusal(
        client, operation, {**request, "SourceTableName": "no-such-table"}
    )
    assert (
        "PointInTimeRecoveryUnavailableException",
        f"Point in time recovery is not enabled for table '{table}'",
    ) == refusal(client, operation, request)
    enable(dynamodb, table)
    code, text = refusal(client, operation, request)
    assert "InvalidRestoreTimeException" == code
    assert text.startswith(
        "RestoreDateTime '1970-01-01T00:00:01Z' must be within EarliestRestorableDateTime '"
    )
    hour = datetime.now(UTC) + timedelta(hours=1)
    assert (
        "InvalidRestoreTimeException"
        == refusal(client, operation, {**request, "RestoreDateTime": hour})[0]
    )
    del request["RestoreDateTime"]
    assert ("TableAlreadyExistsException", f"Table already exists: {table}") == refusal(
        client, operation, {**request, "UseLatestRestorableTime": True}
    )
