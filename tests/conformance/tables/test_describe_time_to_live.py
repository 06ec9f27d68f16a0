"""DescribeTimeToLive, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def test_describe_time_to_live_of_new_table_is_disabled(
    client: Client, make_table: MakeTable
) -> None:
    """A table without the setting shows no attribute."""
    description = client().describe_time_to_live(TableName=make_table())["TimeToLiveDescription"]
    assert {"TimeToLiveStatus": "DISABLED"} == description


def test_describe_time_to_live_missing_table_is_named(client: Client) -> None:
    """The refusal names the table."""
    with pytest.raises(ClientError, match="Table: no-such-table not found"):
        client().describe_time_to_live(TableName="no-such-table")
