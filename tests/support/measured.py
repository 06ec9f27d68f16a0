"""A table for what was measured on AWS, and short ways to ask for its one item."""

from typing import Any

from tests.support.in_process import InProcess
from tests.support.indexed_tables import INDEXED

#: An operation and its request.
Asked = tuple[str, dict[str, Any]]

TABLE = "measured"
KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
ITEM: dict[str, Any] = {
    **KEY,
    "s": {"S": "text"},
    "n": {"N": "1"},
    "l": {"L": [{"N": "1"}]},
    "m": {"M": {}},
}


def make_table(node: InProcess) -> None:
    """Make the table: two keys, a local and a global index."""
    keys = (("pk", "HASH"), ("sk", "RANGE"))
    created = node.ask(
        "DynamoDB_20120810.CreateTable",
        {
            "TableName": TABLE,
            "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            "BillingMode": "PAY_PER_REQUEST",
            **INDEXED,
        },
    )
    assert 200 == created.status, created


def put(**members: Any) -> Asked:
    """Return a PutItem of the key."""
    return "PutItem", {"TableName": TABLE, "Item": KEY, **members}


def update(**members: Any) -> Asked:
    """Return an UpdateItem of the item."""
    return "UpdateItem", {"TableName": TABLE, "Key": KEY, **members}


def set_(expression: str, **values: Any) -> Asked:
    """Return an UpdateItem by an expression."""
    named = {f":{name}": value for name, value in values.items()}
    more = {"ExpressionAttributeValues": named} if named else {}
    return update(UpdateExpression=expression, **more)


def query(**members: Any) -> Asked:
    """Return a Query."""
    return "Query", {"TableName": TABLE, **members}


def scan(**members: Any) -> Asked:
    """Return a Scan."""
    return "Scan", {"TableName": TABLE, **members}


def get(**members: Any) -> Asked:
    """Return a GetItem of the item."""
    return "GetItem", {"TableName": TABLE, "Key": KEY, **members}


def create(**members: Any) -> Asked:
    """Return a CreateTable of another table."""
    request = {
        "TableName": "new",
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        **members,
    }
    return "CreateTable", {name: value for name, value in request.items() if value is not None}


def put_with(**attributes: Any) -> Asked:
    """Return a PutItem of more attributes."""
    return put(Item={**KEY, **attributes})
