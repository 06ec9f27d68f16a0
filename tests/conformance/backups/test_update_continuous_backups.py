"""UpdateContinuousBackups, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.backups import enable
from tests.support.refusals import refusal

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def _set(dynamodb: Any, table: str, **specification: Any) -> dict[str, Any]:
    answer = dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification=specification
    )
    return dict(answer["ContinuousBackupsDescription"])


def test_update_continuous_backups_enables_for_35_days(
    client: Client, make_table: MakeTable
) -> None:
    """At once, with both ends of the window; the flag of the request is not echoed."""
    dynamodb, table = client(), make_table()

    answer = _set(dynamodb, table, PointInTimeRecoveryEnabled=True)

    recovery = answer["PointInTimeRecoveryDescription"]
    assert "ENABLED" == answer["ContinuousBackupsStatus"]
    assert ("ENABLED", 35) == (
        recovery["PointInTimeRecoveryStatus"],
        recovery["RecoveryPeriodInDays"],
    )
    assert recovery["EarliestRestorableDateTime"] <= recovery["LatestRestorableDateTime"]
    assert 0 == recovery["EarliestRestorableDateTime"].microsecond


def test_update_continuous_backups_disabled_leaves_backups_enabled(
    client: Client, make_table: MakeTable
) -> None:
    """ContinuousBackupsStatus is not the setting; what is disabled has no times and no period."""
    dynamodb, table = client(), make_table()
    enable(dynamodb, table)

    answers = [_set(dynamodb, table, PointInTimeRecoveryEnabled=False) for _ in range(2)]

    disabled = {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }
    assert [disabled, disabled] == answers


def test_update_continuous_backups_enabled_again_begins_anew(
    client: Client, make_table: MakeTable
) -> None:
    """To enable twice changes nothing; after it was disabled the history and the period begin anew."""
    dynamodb, table = client(), make_table()
    first = enable(dynamodb, table, RecoveryPeriodInDays=7)
    same = enable(dynamodb, table, RecoveryPeriodInDays=7)
    _set(dynamodb, table, PointInTimeRecoveryEnabled=False)
    again = enable(dynamodb, table)

    earliest = "EarliestRestorableDateTime"
    assert (7, first[earliest]) == (same["RecoveryPeriodInDays"], same[earliest])
    assert 35 == again["RecoveryPeriodInDays"]
    assert first[earliest] <= again[earliest]


@pytest.mark.parametrize("days", [7, 35])
def test_update_continuous_backups_period_of_disabled_is_refused(
    client: Client, make_table: MakeTable, days: int
) -> None:
    """Also when it is the default one."""
    request = {
        "TableName": make_table(),
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": False,
            "RecoveryPeriodInDays": days,
        },
    }

    assert (
        "ValidationException",
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.",
    ) == refusal(client, "update_continuous_backups", request)


@pytest.mark.parametrize("days", [0, 36])
def test_update_continuous_backups_period_has_bounds(client: Client, days: int) -> None:
    """One day to 35."""
    code, text = refusal(
        client,
        "update_continuous_backups",
        {
            "TableName": "no-such-table",
            "PointInTimeRecoverySpecification": {
                "PointInTimeRecoveryEnabled": True,
                "RecoveryPeriodInDays": days,
            },
        },
    )

    assert "ValidationException" == code
    assert f"Value '{days}' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays'" in text


def test_update_continuous_backups_missing_table_has_a_code_of_its_own(client: Client) -> None:
    """Not ResourceNotFoundException."""
    with pytest.raises(ClientError, match="Table not found: no-such-table") as refused:
        enable(client(), "no-such-table")

    assert "TableNotFoundException" == refused.value.response["Error"]["Code"]
