"""A table with a secret everywhere in its items, under keys of KMS or not."""

import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from tests.support.server import Server

SECRET = "s3cret"
SECONDS_MAX = 20
TABLE: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "colour")
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-colour",
            "KeySchema": [{"AttributeName": "colour", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "colours",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "colour", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
ITEMS = 40


class World:
    """A server and its clients.

    Args:
        server: is running.
    """

    def __init__(self, server: Server) -> None:
        self.server = server

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """Return a client of a service."""
        make: Any = boto3.client  # overloaded for every service by name
        return make(
            service,
            endpoint_url=self.server.endpoint,
            region_name=region,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"max_attempts": 1}),
        )

    def key(self, region: str = "us-east-1") -> str:
        """Make a key and return its ARN."""
        arn: str = self.client("kms", region).create_key()["KeyMetadata"]["Arn"]
        return arn

    def create(self, name: str, **members: Any) -> str:
        """Create a table of items with the secret everywhere."""
        client = self.client("dynamodb")
        client.create_table(TableName=name, **TABLE, **members)
        for number in range(ITEMS):
            client.put_item(TableName=name, Item=item(number))
        return name

    def described(self, name: str, region: str = "us-east-1") -> dict[str, Any]:
        """Describe a table."""
        answer: dict[str, Any] = self.client("dynamodb", region).describe_table(TableName=name)
        table: dict[str, Any] = answer["Table"]
        return table

    def keys(self, name: str, region: str = "us-east-1") -> list[str]:
        """Return the sort keys of a table's items, sorted."""
        pages = self.client("dynamodb", region).get_paginator("scan").paginate(TableName=name)
        return sorted(item["sk"]["S"] for page in pages for item in page["Items"])

    def wait(self, name: str, reached: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Return a table's description once something is true of it."""
        return self.wait_in("us-east-1", name, reached)

    def wait_in(
        self, region: str, name: str, reached: Callable[[dict[str, Any]], Any]
    ) -> dict[str, Any]:
        """Return a table's description in a region once something is true of it."""
        end = time.monotonic() + SECONDS_MAX
        while not reached(table := self.described(name, region)):
            assert time.monotonic() < end, table
            time.sleep(0.05)
        return table


def item(number: int) -> dict[str, dict[str, str]]:
    """Return an item; every fifth is of the same partition."""
    return {
        "pk": {"S": f"part-{SECRET}-{number % 5}"},
        "sk": {"S": f"sort-{SECRET}-{number:03}"},
        "colour": {"S": f"colour-{SECRET}-{number % 3}"},
        f"name-{SECRET}": {"S": f"value-{SECRET}"},
    }


def sse(key: str) -> dict[str, Any]:
    """Return the SSESpecification of a key."""
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
