"""DescribeTable, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def test_describe_table_counts_items_and_bytes(client: Client, make_table: MakeTable) -> None:
    """Counts are exact at once (AWS refreshes them every six hours)."""
    dynamodb, name = client(), make_table()
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "v": {"S": "12345"}})
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "b"}})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "b"}})
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert (1, 9) == (table["ItemCount"], table["TableSizeBytes"])


def test_describe_table_by_arn_is_the_same(client: Client, make_table: MakeTable) -> None:
    """An ARN stands for the name."""
    dynamodb, name = client(), make_table()
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table == dynamodb.describe_table(TableName=table["TableArn"])["Table"]


def test_describe_table_missing_is_named(client: Client) -> None:
    """The refusal names the table, also when an ARN was given."""
    with pytest.raises(ClientError) as refused:
        client().describe_table(TableName="no-such-table")
    error = refused.value.response["Error"]
    expected = "Requested resource not found: Table: no-such-table not found"
    assert ("ResourceNotFoundException", expected) == (error["Code"], error["Message"])
