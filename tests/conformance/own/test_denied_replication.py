"""A resource-based policy that denies replication stops it, in both directions, until it is gone."""

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from globaltables.client.connection import Connection
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

HOME, EUROPE = "us-east-1", "eu-west-1"
POLICY = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["dynamodb:PutItem", "dynamodb:UpdateTable"],
        "Resource": "*",
        "Condition": {
            "ArnEquals": {
                "aws:PrincipalArn": "arn:aws:iam::123456789012:role/aws-service-role/"
                "replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication"
            }
        },
    },
}


def test_denied_replication_stops_shows_and_goes_on(
    server: Server, connection: Connection, make_global_table: Callable[[], str]
) -> None:
    """Both regions take writes; statuses say it; shared settings are refused; the rest follows afterwards."""
    name = make_global_table()
    target = Target(server.endpoint)
    home, europe = target.client(HOME), target.client(EUROPE)
    arn = europe.describe_table(TableName=name)["Table"]["TableArn"]
    europe.put_resource_policy(ResourceArn=arn, Policy=json.dumps(POLICY))
    home.put_item(TableName=name, Item={"pk": {"S": "from-home"}})
    europe.put_item(TableName=name, Item={"pk": {"S": "from-europe"}})

    (table,) = connection.call(connection.own().describe_replication, TableName=name)["Tables"]
    assert {"PAUSED"} == {link["Status"] for link in table["Links"]}
    shown = europe.describe_table(TableName=name)["Table"]
    assert ("REPLICATION_NOT_AUTHORIZED", "ACTIVE") == (
        shown["TableStatus"],
        shown["Replicas"][0]["ReplicaStatus"],
    )
    assert eventually(
        lambda: (
            "REPLICATION_NOT_AUTHORIZED"
            == home.describe_table(TableName=name)["Table"]["Replicas"][0]["ReplicaStatus"]
        )
    )
    assert "Item" not in europe.get_item(TableName=name, Key={"pk": {"S": "from-home"}})
    assert "Item" not in home.get_item(TableName=name, Key={"pk": {"S": "from-europe"}})
    for client in (home, europe):
        with pytest.raises(
            ClientError, match="explicit deny in a resource-based policy"
        ) as refused:
            client.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
            )
        assert "AccessDeniedException" == refused.value.response["Error"]["Code"]

    europe.delete_resource_policy(ResourceArn=arn)
    connection.call(connection.own().sync_table, TableName=name)

    assert "Item" in europe.get_item(TableName=name, Key={"pk": {"S": "from-home"}})
    assert "Item" in home.get_item(TableName=name, Key={"pk": {"S": "from-europe"}})
    assert "ACTIVE" == europe.describe_table(TableName=name)["Table"]["TableStatus"]
    assert eventually(
        lambda: (
            "ACTIVE" == home.describe_table(TableName=name)["Table"]["Replicas"][0]["ReplicaStatus"]
        )
    )
    target.close()
