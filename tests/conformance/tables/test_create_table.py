"""CreateTable, seen from outside."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def simple_request(name: str, **members: Any) -> dict[str, Any]:
    """Return the request for an on-demand table with the string key pk."""
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        **members,
    }


def test_create_table_answer_says_creating_then_it_is_active(
    client: Client, make_table: MakeTable
) -> None:
    """The answer describes a table in creation; DescribeTable soon shows it ACTIVE with the same identity."""
    name = make_table(sort="N")
    table = client().describe_table(TableName=name)["Table"]
    assert ("ACTIVE", 0, 0) == (table["TableStatus"], table["ItemCount"], table["TableSizeBytes"])
    assert [("pk", "HASH"), ("sk", "RANGE")] == [
        (key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]
    ]
    assert table["TableArn"].endswith(f":table/{name}")


def test_create_table_name_that_exists_is_in_use(client: Client, make_table: MakeTable) -> None:
    """A second table of the name is refused, whatever its parameters."""
    name = make_table()
    with pytest.raises(ClientError) as refused:
        client().create_table(**simple_request(name))
    error = refused.value.response["Error"]
    expected = ("ResourceInUseException", f"Table already exists: {name}")
    assert expected == (error["Code"], error["Message"])


def test_create_table_same_name_in_two_regions_are_two_tables(
    client: Client, make_table: MakeTable
) -> None:
    """A region knows nothing of the tables of another one."""
    first = make_table(region="us-east-1")
    make_table(region="eu-west-1", TableName=first)
    ids = {
        client(region).describe_table(TableName=first)["Table"]["TableId"]
        for region in ("us-east-1", "eu-west-1")
    }
    assert 2 == len(ids)


def test_create_table_ten_at_once_of_one_name_one_wins(client: Client, table_name: str) -> None:
    """Of concurrent requests exactly one creates the table."""
    dynamodb = client()

    def create(_: int) -> str:
        try:
            dynamodb.create_table(**simple_request(table_name))
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "created"

    with ThreadPoolExecutor(10) as pool:
        outcomes = sorted(pool.map(create, range(10)))
    dynamodb.get_waiter("table_exists").wait(
        TableName=table_name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    dynamodb.delete_table(TableName=table_name)
    assert ["ResourceInUseException"] * 9 + ["created"] == outcomes


def test_create_table_with_everything_is_described(client: Client, make_table: MakeTable) -> None:
    """Indexes, stream, tags, class, protection and throughput are all there."""
    throughput = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2}
    dynamodb = client()
    name = make_table(
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "g")
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "lsi",
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "g", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "gsi",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["y", "x"]},
                "ProvisionedThroughput": throughput,
            }
        ],
        BillingMode="PROVISIONED",
        ProvisionedThroughput=throughput,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        Tags=[{"Key": "team", "Value": "a"}],
        TableClass="STANDARD_INFREQUENT_ACCESS",
        DeletionProtectionEnabled=True,
    )
    table = dynamodb.describe_table(TableName=name)["Table"]
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    assert table["DeletionProtectionEnabled"]
    assert "STANDARD_INFREQUENT_ACCESS" == table["TableClassSummary"]["TableClass"]
    assert "NEW_AND_OLD_IMAGES" == table["StreamSpecification"]["StreamViewType"]
    assert table["LatestStreamArn"].endswith(f"/stream/{table['LatestStreamLabel']}")
    assert "BillingModeSummary" not in table
    assert 3 == table["WarmThroughput"]["ReadUnitsPerSecond"]
    index = table["GlobalSecondaryIndexes"][0]
    assert ("ACTIVE", ["x", "y"]) == (
        index["IndexStatus"],
        index["Projection"]["NonKeyAttributes"],
    )
    assert "lsi" == table["LocalSecondaryIndexes"][0]["IndexName"]
    tags = dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    assert [{"Key": "team", "Value": "a"}] == tags


def test_create_table_refused_table_is_not_there(client: Client, table_name: str) -> None:
    """A refusal leaves nothing behind."""
    dynamodb = client(validated=False)
    with pytest.raises(ClientError, match="Tag Key cannot be prefixed with aws:"):
        dynamodb.create_table(**simple_request(table_name, Tags=[{"Key": "aws:a", "Value": "b"}]))
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        dynamodb.describe_table(TableName=table_name)


def test_create_table_violations_of_the_model_come_first(client: Client, table_name: str) -> None:
    """The form of the request is checked before its meaning."""
    request = simple_request(table_name, BillingMode="FREE", KeySchema=[])
    with pytest.raises(ClientError, match="2 validation errors detected"):
        client(validated=False).create_table(**request)
