"""Two accounts and a table that one of them owns."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.target import REGION, Target

OWNER = "111122223333"
OTHER = "444455556666"


@dataclass(frozen=True)
class Account:
    """An account as its root uses it; the clients are boto3's, untyped because most requests are built."""

    id: str
    dynamodb: Any
    streams: Any

    @property
    def root(self) -> str:
        """The ARN of its root."""
        return f"arn:aws:iam::{self.id}:root"

    def allow(self, resource: str, *actions: str, **elements: Any) -> dict[str, Any]:
        """Return a statement that allows this account actions on a resource."""
        return statement(self.root, resource, *actions, **elements)

    def put_policy(self, resource: str, *statements: dict[str, Any], **members: Any) -> str:
        """Attach a policy to a table or stream; return its revision."""
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        request = {"ResourceArn": resource, "Policy": document, **members}
        return str(self.dynamodb.put_resource_policy(**request)["RevisionId"])


def statement(principal: str, resource: str, *actions: str, **elements: Any) -> dict[str, Any]:
    """Return a statement, an Allow unless the elements say otherwise."""
    return {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": [f"dynamodb:{action}" for action in actions],
        "Resource": resource,
        **elements,
    }


def refusal(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    """Return code and text of the refusal of a call."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture(scope="session")
def accounts(target: Target) -> Iterator[Callable[[str], Account]]:
    """Make accounts; a key id of twelve digits is an account of its own here, which AWS does not have."""
    if target.endpoint is None:
        pytest.skip("needs the keys of two accounts")
    made: dict[str, Account] = {}

    def account(name: str) -> Account:
        if name not in made:
            made[name] = Account(
                name,
                client_of(target, "dynamodb", name),
                client_of(target, "dynamodbstreams", name),
            )
        return made[name]

    yield account
    for one in made.values():
        one.dynamodb.close()
        one.streams.close()


def client_of(target: Target, service: str, account: str, region: str = REGION) -> Any:
    """Make a client of an account."""
    make: Callable[..., Any] = boto3.client
    return make(
        service,
        region_name=region,
        endpoint_url=target.endpoint,
        aws_access_key_id=account,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def owner(accounts: Callable[[str], Account]) -> Account:
    """The account that has the table."""
    return accounts(OWNER)


@pytest.fixture
def other(accounts: Callable[[str], Account]) -> Account:
    """Another account."""
    return accounts(OTHER)


@pytest.fixture
def table(owner: Account, table_name: str) -> str:
    """The ARN of a table of the owner, with an index, a stream and one item.

    It stays until the server ends: a test may have locked everybody out.
    """
    described = owner.dynamodb.create_table(
        TableName=table_name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "team", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "teams",
                "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    item = {"pk": {"S": "a"}, "team": {"S": "red"}, "secret": {"S": "x"}}
    owner.dynamodb.put_item(TableName=table_name, Item=item)
    return str(described["TableArn"])


@pytest.fixture
def stream(owner: Account, table: str) -> str:
    """The ARN of the table's stream."""
    return str(owner.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"])
