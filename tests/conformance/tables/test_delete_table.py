"""DeleteTable, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def test_delete_table_items_are_gone_in_a_new_table_of_the_name(
    client: Client, make_table: MakeTable
) -> None:
    """A table of the same name begins empty, with another id and the same ARN."""
    dynamodb, name = client(), make_table()
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}})
    before = dynamodb.describe_table(TableName=name)["Table"]
    answer = dynamodb.delete_table(TableName=name)["TableDescription"]
    assert ("DELETING", name) == (answer["TableStatus"], answer["TableName"])
    assert "GlobalSecondaryIndexes" not in answer
    dynamodb.get_waiter("table_not_exists").wait(
        TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    make_table(TableName=name)
    after = dynamodb.describe_table(TableName=name)["Table"]
    assert (before["TableArn"], 0) == (after["TableArn"], after["ItemCount"])
    assert before["TableId"] != after["TableId"]
    assert [] == dynamodb.scan(TableName=name)["Items"]


def test_delete_table_protected_is_refused(client: Client, make_table: MakeTable) -> None:
    """A protected table stays until its protection is taken away."""
    dynamodb, name = client(), make_table(DeletionProtectionEnabled=True)
    with pytest.raises(ClientError) as refused:
        dynamodb.delete_table(TableName=name)
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    text = (
        "Resource cannot be deleted as it is currently protected against deletion. "
        "Disable deletion protection first."
    )
    assert text == refused.value.response["Error"]["Message"]
    dynamodb.delete_table(TableName=name)


def test_delete_table_missing_is_not_found(client: Client) -> None:
    """There is nothing to delete."""
    with pytest.raises(ClientError, match="Table: no-such-table not found"):
        client().delete_table(TableName="no-such-table")
