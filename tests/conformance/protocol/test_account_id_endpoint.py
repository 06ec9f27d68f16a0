"""boto3's account-id endpoint mode: credentials that name their account."""

from typing import Literal

import boto3
import pytest
from botocore.config import Config

from tests.support.server import Server


@pytest.mark.parametrize("mode", ["preferred", "required", "disabled"])
def test_account_id_endpoint_mode_reaches_the_same_tables(
    server: Server, mode: Literal["preferred", "required", "disabled"]
) -> None:
    """A client whose credentials carry an account id uses the endpoint that it is given, in every mode."""
    client = boto3.Session(region_name="eu-west-1").client(
        "dynamodb",
        endpoint_url=server.endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        aws_account_id="123456789012",
        config=Config(account_id_endpoint_mode=mode),
    )
    name = f"account-id-{mode}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    client.put_item(TableName=arn, Item={"pk": {"S": "a"}})
    assert {"pk": {"S": "a"}} == client.get_item(TableName=arn, Key={"pk": {"S": "a"}})["Item"]
    client.delete_table(TableName=name)
