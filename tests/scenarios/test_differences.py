"""Known differences from AWS that no other suite holds; docs/compatibility.md names each of these tests."""

from typing import Any

import boto3
import pytest

from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

TABLE = "differences"


INDEX: Any = {
    "IndexName": "by-mail",
    "KeySchema": [{"AttributeName": "mail", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def _create_table(onlooker: Target, *attributes: str, **members: Any) -> None:
    """Create the table; its key is `pk`, `attributes` are further ones that an index needs."""
    onlooker.client().create_table(
        **{
            "TableName": TABLE,
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", *attributes)
            ],
            "BillingMode": "PAY_PER_REQUEST",
            **members,
        }
    )


def test_global_index_is_never_stale(onlooker: Target) -> None:
    """On AWS a global index follows its table after a while; here it is in the same commit."""
    _create_table(onlooker, "mail", GlobalSecondaryIndexes=[INDEX])
    client = onlooker.client()
    missed = 0

    for number in range(50):
        mail = {"S": f"{number}@example.com"}
        client.put_item(TableName=TABLE, Item={"pk": {"S": str(number)}, "mail": mail})
        missed += (
            1
            - client.query(
                TableName=TABLE,
                IndexName="by-mail",
                KeyConditionExpression="mail = :mail",
                ExpressionAttributeValues={":mail": mail},
            )["Count"]
        )

    assert missed == 0


def test_any_access_key_is_accepted(onlooker: Target) -> None:
    """By default a signature has to be well formed only, so that nobody has to configure keys on a laptop."""
    client = boto3.client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=onlooker.endpoint,
        aws_access_key_id="whatever",
        aws_secret_access_key="whatever",
    )

    names = client.list_tables()["TableNames"]
    client.close()

    assert [] == names


@pytest.mark.parametrize(
    "operation",
    [
        "SearchVectors",
        "StartBulkPutItems",
    ],
)
def test_operation_that_is_not_there_says_so(onlooker: Target, operation: str) -> None:
    """An operation of AWS's model that is not built yet is refused by name."""
    reply = onlooker.call(operation, {})

    assert (400, "UnknownOperationException") == (reply.status, reply.code)
    assert reply.message.startswith(f"{operation} is not supported by globaltables")


def test_list_of_contributor_insights_has_no_empty_page(onlooker: Target) -> None:
    """AWS's pages are cut from all tables and indexes, and may be empty; here from what is listed."""
    _create_table(onlooker)
    client = onlooker.client()

    answer = client.list_contributor_insights(MaxResults=1)

    assert ([], None) == (answer["ContributorInsightsSummaries"], answer.get("NextToken"))


def test_legacy_global_tables_are_refused_on_demand() -> None:
    """`--aws-2026` refuses to create version 2017.11.29, as AWS does now; the default allows it."""
    request = {"GlobalTableName": TABLE, "ReplicationGroup": [{"RegionName": "us-east-1"}]}
    codes = []

    for options in ((), ("--aws-2026",)):
        with Server("--in-memory", *options) as running:
            codes.append(Target(running.endpoint).call("CreateGlobalTable", request).code)

    assert "TableNotFoundException" == codes[0]
    assert codes[0] != codes[1]
    assert codes[1]


def test_replica_is_active_at_once(onlooker: Target) -> None:
    """AWS takes minutes to add a replica; here an empty one is there within a second."""
    _create_table(onlooker)
    client = onlooker.client()
    client.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])

    def statuses() -> list[str]:
        table = client.describe_table(TableName=TABLE)["Table"]
        return [replica["ReplicaStatus"] for replica in table.get("Replicas", [])]

    eventually(lambda: statuses() == ["ACTIVE"], seconds_max=5)

    assert ["ACTIVE"] == statuses()
