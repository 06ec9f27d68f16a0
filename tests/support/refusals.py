"""Requests of the control plane that AWS refuses, the tables that they are about, and what the refusal says.

Source of the texts: errors.md B.3 of the reference, which is aws-controllers-k8s/dynamodb-controller, docs/api-quirks
(measured).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.target import Target

Client = Callable[..., Any]
INVALID = "One or more parameter values were invalid: "
ONE = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
ALL = {"ProjectionType": "ALL"}
ON_DEMAND = "refusals-on-demand"
PROVISIONED = "refusals-provisioned"


def keys(*pairs: str) -> list[dict[str, str]]:
    """Return a key schema: "a HASH", "b RANGE"."""
    return [
        {"AttributeName": name, "KeyType": kind} for name, kind in (pair.split() for pair in pairs)
    ]


def attributes(names: str) -> list[dict[str, str]]:
    """Return definitions of string attributes, one for each letter."""
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


def index(name: str = "gsi", *pairs: str, **members: Any) -> dict[str, Any]:
    """Return an index on `g` unless it is told otherwise."""
    return {"IndexName": name, "KeySchema": keys(*(pairs or ("g HASH",))), "Projection": ALL} | (
        members
    )


def creation(names: str = "a", *pairs: str, **members: Any) -> dict[str, Any]:
    """Return a CreateTable request whose key is `a`, on demand, unless it is told otherwise."""
    return {
        "TableName": "refusals-new",
        "AttributeDefinitions": attributes(names),
        "KeySchema": keys(*(pairs or ("a HASH",))),
        "BillingMode": "PAY_PER_REQUEST",
        **members,
    }


def create_index(name: str = "new", **members: Any) -> dict[str, Any]:
    """Return UpdateTable's members that create an index."""
    return {
        "AttributeDefinitions": attributes("n"),
        "GlobalSecondaryIndexUpdates": [{"Create": index(name, "n HASH", **members)}],
    }


def update_index(name: str = "gsi", **members: Any) -> dict[str, Any]:
    """Return UpdateTable's members that change an index."""
    return {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": name, **members}}]}


@contextmanager
def indexed_tables(target: Target) -> Iterator[None]:
    """An on-demand table and a provisioned one, each with the global index `gsi` and the local one `lsi`."""
    client = target.client()
    local = index("lsi", "a HASH", "l RANGE")
    common = {"LocalSecondaryIndexes": [local], "TableName": ON_DEMAND}
    client.create_table(
        **creation("abgl", "a HASH", "b RANGE", GlobalSecondaryIndexes=[index()]) | common
    )
    provisioned = creation(
        "abgl",
        "a HASH",
        "b RANGE",
        GlobalSecondaryIndexes=[index(ProvisionedThroughput=ONE)],
        ProvisionedThroughput=ONE,
    )
    client.create_table(
        **provisioned | common | {"BillingMode": "PROVISIONED", "TableName": PROVISIONED}
    )
    for name in (ON_DEMAND, PROVISIONED):
        client.get_waiter("table_exists").wait(TableName=name)
    yield
    for name in (ON_DEMAND, PROVISIONED):
        client.delete_table(TableName=name)


def refusal(client: Client, operation: str, request: dict[str, Any]) -> tuple[str, str]:
    """Return code and text with which a request is refused."""
    with pytest.raises(ClientError) as refused:
        getattr(client(validated=False), operation)(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]
