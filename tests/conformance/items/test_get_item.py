"""GetItem, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.target import Target

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def test_get_item_returns_what_was_put(client: Client, make_table: MakeTable) -> None:
    """Every attribute comes back, numbers in canonical form."""
    table = make_table()
    item = {"pk": {"S": "a"}, "n": {"N": "01.50"}, "l": {"L": [{"BOOL": True}, {"NULL": True}]}}
    client().put_item(TableName=table, Item=item)

    got = client().get_item(TableName=table, Key={"pk": {"S": "a"}}, ConsistentRead=True)

    assert {**item, "n": {"N": "1.5"}} == got["Item"]


def test_get_item_missing_has_no_item(target: Target, make_table: MakeTable) -> None:
    """A missing item is an empty answer."""
    reply = target.call("GetItem", {"TableName": make_table(), "Key": {"pk": {"S": "none"}}})

    assert (200, {}) == (reply.status, reply.body)


def test_get_item_projection_leaves_keys_out(client: Client, make_table: MakeTable) -> None:
    """Only the named parts come back; elements of a list move together."""
    table = make_table()
    elements = {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}]}
    client().put_item(TableName=table, Item={"pk": {"S": "a"}, "l": elements, "m": {"M": {}}})

    got = client().get_item(
        TableName=table, Key={"pk": {"S": "a"}}, ProjectionExpression="l[2], l[0], m.x"
    )

    assert {"l": {"L": [{"S": "0"}, {"S": "2"}]}} == got["Item"]


def test_get_item_of_an_arn_reports_the_arn(client: Client, make_table: MakeTable) -> None:
    """A table may be named by its ARN, and the consumed capacity then has the ARN too."""
    arn = client().describe_table(TableName=make_table())["Table"]["TableArn"]

    got = client().get_item(TableName=arn, Key={"pk": {"S": "a"}}, ReturnConsumedCapacity="INDEXES")

    consumed = {"TableName": arn, "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.5}}
    assert consumed == got["ConsumedCapacity"]


@pytest.mark.parametrize(("size", "consistent", "units"), [(4086, False, 0.5), (4087, True, 2.0)])
def test_get_item_capacity_is_right_to_the_half_unit(
    client: Client,
    make_table: MakeTable,
    size: int,
    consistent: bool,  # noqa: FBT001 - a parameter of the test
    units: float,
) -> None:
    """An item of 4096 bytes costs one block, one of 4097 two."""
    table = make_table()
    client().put_item(TableName=table, Item={"pk": {"S": "item"}, "data": {"S": "x" * size}})

    got = client().get_item(
        TableName=table,
        Key={"pk": {"S": "item"}},
        ConsistentRead=consistent,
        ReturnConsumedCapacity="TOTAL",
    )

    assert {"TableName": table, "CapacityUnits": units} == got["ConsumedCapacity"]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ({}, "The provided key element does not match the schema"),
        ({"pk": {"N": "1"}}, "The provided key element does not match the schema"),
        (
            {"pk": {"S": "a"}, "x": {"S": "a"}},
            "The provided key element does not match the schema",
        ),
        (
            {"pk": {"S": ""}},
            "One or more parameter values were invalid: The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk",
        ),
        (
            {"pk": {"S": "x" * 2049}},
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum "
            "size limit of2048 bytes",
        ),
        (
            {"pk": {}},
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
    ],
)
def test_get_item_with_a_bad_key_is_refused(
    target: Target, make_table: MakeTable, key: dict[str, Any], message: str
) -> None:
    """Keys that do not fit the schema are refused with AWS's text."""
    reply = target.call("GetItem", {"TableName": make_table(), "Key": key})

    assert ("ValidationException", message) == (reply.code, reply.message)


def test_get_item_with_a_path_into_a_key_is_refused(target: Target, make_table: MakeTable) -> None:
    """Key attributes are scalars, so a document path cannot go into one."""
    request = {"TableName": make_table(), "Key": {"pk": {"S": "a"}}, "ProjectionExpression": "pk.a"}

    reply = target.call("GetItem", request)

    assert (
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        "allowed: Key: pk"
    ) == reply.message


def test_get_item_of_a_missing_table_is_not_found(target: Target) -> None:
    """The table is looked up before the key is held against its schema."""
    reply = target.call("GetItem", {"TableName": "no-such-table", "Key": {}})

    assert ("ResourceNotFoundException", "Requested resource not found") == (
        reply.code,
        reply.message,
    )
