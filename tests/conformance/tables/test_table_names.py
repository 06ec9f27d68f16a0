"""Table names that are ARNs or missing, and the largest key of an index, over HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.refusals import ALL, ON_DEMAND, Client, attributes, indexed_tables, keys, refusal
from tests.support.target import Target

MakeTable = Callable[..., str]


@pytest.fixture(scope="module")
def tables(target: Target) -> Iterator[None]:
    """An on-demand table and a provisioned one, each with indexes."""
    with indexed_tables(target):
        yield


@pytest.mark.parametrize("operation", ["describe_table", "update_table", "delete_table"])
@pytest.mark.parametrize(
    ("arn", "text"),
    [
        (
            "arn:aws:dynamodb:eu-west-1:{account}:table/{table}",
            "1 validation error detected: Invalid AWS region in '{arn}'",
        ),
        (
            "arn:aws-cn:dynamodb:us-east-1:{account}:table/{table}",
            "1 validation error detected: Invalid AWS partition in '{arn}'",
        ),
        (
            "arn:aws:dynamodb:us-east-1:{account}:global-table/{table}",
            "1 validation error detected: Invalid resource type in '{arn}'",
        ),
        (
            "arn:aws:dynamodb:us-east-1:{account}:table/{table}/index/gsi",
            "1 validation error detected: Value '{arn}' at 'tableName' failed to satisfy "
            "constraint: Valid ARN format is "
            "'arn:<awsPartition>:<vendor>:<region>:<subscriber>:resourceType/resourceName', where "
            "Resource name must have length less than or equal to 255, Resource name must have "
            "length greater than or equal to 3, Resource name must satisfy regular expression "
            "pattern: [a-zA-Z0-9_.-]+",
        ),
    ],
)
def test_table_name_that_is_another_arn_is_refused(
    client: Client, tables: None, operation: str, arn: str, text: str
) -> None:
    """An ARN may stand for a table's name if it is that of a table here."""
    described = client().describe_table(TableName=ON_DEMAND)["Table"]
    account = described["TableArn"].split(":")[4]
    assert described == client().describe_table(TableName=described["TableArn"])["Table"]
    wrong = arn.format(account=account, table=ON_DEMAND)
    members = {"DeletionProtectionEnabled": False} if operation == "update_table" else {}
    request = {"TableName": wrong, **members}
    assert ("ValidationException", text.format(arn=wrong)) == refusal(client, operation, request)


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("describe_table", {}),
        ("delete_table", {}),
        ("update_table", {"DeletionProtectionEnabled": True}),
        ("update_table", {"GlobalTableSettingsReplicationMode": "ENABLED"}),
        (
            "update_time_to_live",
            {"TimeToLiveSpecification": {"AttributeName": "t", "Enabled": True}},
        ),
        ("describe_time_to_live", {}),
    ],
)
def test_missing_table_is_named(client: Client, operation: str, members: dict[str, Any]) -> None:
    """The control plane says which table it does not find."""
    text = "Requested resource not found: Table: refusals-missing not found"
    request = {"TableName": "refusals-missing", **members}
    assert ("ResourceNotFoundException", text) == refusal(client, operation, request)


def test_index_key_of_eight_attributes_is_usable(client: Client, make_table: MakeTable) -> None:
    """A global index has up to four hash and four range attributes; a query gives all hashes, then ranges in order."""
    dynamodb = client()
    name = make_table()
    hashes, ranges = list("stuv"), list("wxyz")
    schema = keys(*(f"{one} HASH" for one in hashes), *(f"{one} RANGE" for one in ranges))
    create = {"IndexName": "gsi", "KeySchema": schema, "Projection": ALL}
    dynamodb.update_table(
        TableName=name,
        AttributeDefinitions=attributes("".join(hashes + ranges)),
        GlobalSecondaryIndexUpdates=[{"Create": create}],
    )
    described = dynamodb.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"][0]
    assert schema == described["KeySchema"]
    for number in range(3):
        item = {one: {"S": one} for one in hashes + ranges} | {"z": {"S": str(number)}}
        dynamodb.put_item(TableName=name, Item=item | {"pk": {"S": str(number)}})
    names = [*hashes, *ranges[:3]]
    found = dynamodb.query(
        TableName=name,
        IndexName="gsi",
        KeyConditionExpression=" AND ".join([*(f"{one} = :{one}" for one in names), "z > :z"]),
        ExpressionAttributeValues={f":{one}": {"S": one} for one in names} | {":z": {"S": "0"}},
    )
    assert ["1", "2"] == [item["pk"]["S"] for item in found["Items"]]
