"""DescribeContinuousBackups, seen from outside."""

from collections.abc import Callable
from typing import Any

from tests.support.backups import enable, put
from tests.support.refusals import refusal

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def test_describe_continuous_backups_of_a_new_table_is_disabled(
    client: Client, make_table: MakeTable
) -> None:
    """Backups are possible, points in time are not."""
    answer = client().describe_continuous_backups(TableName=make_table())

    assert {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    } == answer["ContinuousBackupsDescription"]


def test_describe_continuous_backups_latest_time_goes_on(
    client: Client, make_table: MakeTable
) -> None:
    """The earliest stays where it was enabled."""
    dynamodb, table = client(), make_table()
    before = enable(dynamodb, table)
    put(dynamodb, table, "a")

    after = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"
    ]

    assert before["EarliestRestorableDateTime"] == after["EarliestRestorableDateTime"]
    assert before["LatestRestorableDateTime"] < after["LatestRestorableDateTime"]


def test_describe_continuous_backups_of_a_missing_table_is_refused(client: Client) -> None:
    """With the code of the backups."""
    assert ("TableNotFoundException", "Table not found: no-such-table") == refusal(
        client, "describe_continuous_backups", {"TableName": "no-such-table"}
    )
