"""UpdateTimeToLive, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
MakeTable = Callable[..., str]
ON = {"Enabled": True, "AttributeName": "ttl"}


def test_update_time_to_live_is_described(client: Client, make_table: MakeTable) -> None:
    """A table begins without expiry; the attribute is shown while it is enabled."""
    dynamodb, name = client(), make_table()

    def description() -> dict[str, Any]:
        described: dict[str, Any] = dynamodb.describe_time_to_live(TableName=name)
        return dict(described["TimeToLiveDescription"])

    assert {"TimeToLiveStatus": "DISABLED"} == description()
    answer = dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=ON)
    assert ON == answer["TimeToLiveSpecification"]
    assert "ttl" == description()["AttributeName"]
    with pytest.raises(ClientError, match="TimeToLive is already enabled"):
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=ON)


def test_update_time_to_live_missing_table_is_named(client: Client) -> None:
    """The refusal names the table."""
    dynamodb = client()
    with pytest.raises(ClientError, match="Table: no-such-table not found"):
        dynamodb.update_time_to_live(TableName="no-such-table", TimeToLiveSpecification=ON)
