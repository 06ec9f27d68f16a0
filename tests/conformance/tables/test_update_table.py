"""UpdateTable, seen from outside; replicas have their own tests."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import eventually

Client = Callable[..., Any]
MakeTable = Callable[..., str]
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def index_creation(name: str = "gsi", key: str = "g") -> dict[str, Any]:
    """Return the members that create an index on a string attribute."""
    create = {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    return {
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
        "GlobalSecondaryIndexUpdates": [{"Create": create}],
    }


def index_statuses(client: Any, table: str) -> dict[str, str]:
    """Return the statuses of a table's global indexes."""
    described = client.describe_table(TableName=table)["Table"]
    return {
        index["IndexName"]: index["IndexStatus"]
        for index in described.get("GlobalSecondaryIndexes", ())
    }


def test_update_table_index_on_items_is_filled(client: Client, make_table: MakeTable) -> None:
    """Items that are there get entries, those without the key none; what is written meanwhile too."""
    dynamodb, name = client(), make_table()
    for number in range(250):
        item = {"pk": {"S": str(number)}, "g": {"S": "x"}}
        dynamodb.put_item(TableName=name, Item=item)
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "sparse"}})
    answer = dynamodb.update_table(TableName=name, **index_creation())["TableDescription"]
    created = answer["GlobalSecondaryIndexes"][0]
    assert ("UPDATING", "CREATING", False) == (
        answer["TableStatus"],
        created["IndexStatus"],
        created["Backfilling"],
    )
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "new"}, "g": {"S": "x"}})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "249"}})
    assert eventually(lambda: index_statuses(dynamodb, name) == {"gsi": "ACTIVE"})
    found = dynamodb.query(
        TableName=name,
        IndexName="gsi",
        KeyConditionExpression="g = :x",
        ExpressionAttributeValues={":x": {"S": "x"}},
    )
    assert 250 == found["Count"]
    described = dynamodb.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"][0]
    assert (250, False) == (described["ItemCount"], "Backfilling" in described)


def test_update_table_index_deleted_and_created_again_is_new(
    client: Client, make_table: MakeTable
) -> None:
    """A deleted index goes with its attribute; one of the same name and another key has no old entries."""
    dynamodb, name = client(), make_table()
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "g": {"S": "x"}, "h": {"S": "y"}})
    dynamodb.update_table(TableName=name, **index_creation())
    assert eventually(lambda: index_statuses(dynamodb, name) == {"gsi": "ACTIVE"})
    dynamodb.update_table(
        TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "gsi"}}]
    )
    assert eventually(lambda: index_statuses(dynamodb, name) == {})
    attributes = dynamodb.describe_table(TableName=name)["Table"]["AttributeDefinitions"]
    assert ["pk"] == [attribute["AttributeName"] for attribute in attributes]
    dynamodb.update_table(TableName=name, **index_creation(key="h"))
    assert eventually(lambda: index_statuses(dynamodb, name) == {"gsi": "ACTIVE"})
    assert 1 == dynamodb.scan(TableName=name, IndexName="gsi")["Count"]


def test_update_table_missing_index_is_not_found(client: Client, make_table: MakeTable) -> None:
    """An index that is not there cannot be deleted."""
    name = make_table()
    with pytest.raises(ClientError) as refused:
        client().update_table(
            TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "ghost"}}]
        )
    error = refused.value.response["Error"]
    expected = f"Requested resource not found: Index ghost for table {name}"
    assert ("ResourceNotFoundException", expected) == (error["Code"], error["Message"])


def test_update_table_throughput_rises_and_falls(client: Client, make_table: MakeTable) -> None:
    """The history is described; the same units again are refused."""
    dynamodb = client()
    name = make_table(BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    higher = {"ReadCapacityUnits": 10, "WriteCapacityUnits": 10}
    answer = dynamodb.update_table(TableName=name, ProvisionedThroughput=higher)
    assert 5 == answer["TableDescription"]["ProvisionedThroughput"]["ReadCapacityUnits"]

    def throughput() -> dict[str, Any]:
        described: dict[str, Any] = dynamodb.describe_table(TableName=name)["Table"]
        return dict(described["ProvisionedThroughput"])

    assert eventually(lambda: throughput()["ReadCapacityUnits"] == 10)
    dynamodb.update_table(TableName=name, ProvisionedThroughput=UNITS)
    assert eventually(lambda: throughput()["NumberOfDecreasesToday"] == 1)
    assert throughput()["LastIncreaseDateTime"] <= throughput()["LastDecreaseDateTime"]
    with pytest.raises(ClientError, match="The provisioned throughput for the table will not"):
        dynamodb.update_table(TableName=name, ProvisionedThroughput=UNITS)


def test_update_table_stream_off_and_on_gets_another_label(
    client: Client, make_table: MakeTable
) -> None:
    """A stream that is enabled again is another stream; in between the old ARN is still shown."""
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    dynamodb, name = client(), make_table(StreamSpecification=stream)
    first = dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    dynamodb.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert first == table["LatestStreamArn"]
    assert "StreamSpecification" not in table
    dynamodb.update_table(TableName=name, StreamSpecification=stream)
    assert first != dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    with pytest.raises(ClientError, match="Table already has an enabled stream"):
        dynamodb.update_table(TableName=name, StreamSpecification=stream)


def test_update_table_nothing_is_refused_before_the_table_is_looked_for(client: Client) -> None:
    """A request without a change is wrong whether or not the table exists."""
    with pytest.raises(ClientError, match="At least one of ProvisionedThroughput, BillingMode"):
        client().update_table(TableName="no-such-table")
    with pytest.raises(ClientError, match="Table: no-such-table not found"):
        client().update_table(TableName="no-such-table", DeletionProtectionEnabled=True)
