"""DeleteItem, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.indexed_tables import INDEXED, KIB, consumed, texts
from tests.support.target import Target

Client = Callable[..., Any]
MakeTable = Callable[..., str]
_KEY = {"pk": {"S": "a"}}
_MISMATCH = "The provided key element does not match the schema"


def _put(target: Target, table: str, **attributes: str) -> None:
    reply = target.call("PutItem", {"TableName": table, "Item": texts(**attributes)})
    assert 200 == reply.status


@pytest.mark.parametrize(("wanted", "shown"), [(None, False), ("NONE", False), ("ALL_OLD", True)])
def test_delete_item_removes_it_and_returns_it_when_asked(
    target: Target,
    make_table: MakeTable,
    wanted: str | None,
    shown: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """ALL_OLD shows what was there."""
    table = make_table()
    _put(target, table, pk="a", v="1")
    request: dict[str, Any] = {"TableName": table, "Key": _KEY}

    reply = target.call("DeleteItem", request | ({"ReturnValues": wanted} if wanted else {}))

    assert ({"Attributes": texts(pk="a", v="1")} if shown else {}) == reply.body
    assert {} == target.call("GetItem", request).body


def test_delete_item_that_is_missing_succeeds(target: Target, make_table: MakeTable) -> None:
    """What is not there need not be deleted."""
    request = {"TableName": make_table(), "Key": _KEY, "ReturnValues": "ALL_OLD"}

    reply = target.call("DeleteItem", request)

    assert (200, {}) == (reply.status, reply.body)


@pytest.mark.parametrize("wanted", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_delete_item_with_return_values_of_an_update_is_refused(
    target: Target, make_table: MakeTable, wanted: str
) -> None:
    """Only UpdateItem knows the others."""
    reply = target.call(
        "DeleteItem", {"TableName": make_table(), "Key": _KEY, "ReturnValues": wanted}
    )

    assert ("ValidationException", "ReturnValues can only be ALL_OLD or NONE") == (
        reply.code,
        reply.message,
    )


@pytest.mark.parametrize(("wanted", "shown"), [("NONE", False), ("ALL_OLD", True)])
def test_delete_item_whose_condition_fails_leaves_and_shows_it(
    target: Target,
    make_table: MakeTable,
    wanted: str,
    shown: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """ReturnValuesOnConditionCheckFailure puts the current item into the error."""
    table = make_table()
    _put(target, table, pk="a", v="1")

    reply = target.call(
        "DeleteItem",
        {
            "TableName": table,
            "Key": _KEY,
            "ConditionExpression": "v = :two",
            "ExpressionAttributeValues": {":two": {"S": "2"}},
            "ReturnValuesOnConditionCheckFailure": wanted,
        },
    )

    assert ("ConditionalCheckFailedException", "The conditional request failed") == (
        reply.code,
        reply.message,
    )
    assert (texts(pk="a", v="1") if shown else None) == reply.body.get("Item")
    assert "Item" in target.call("GetItem", {"TableName": table, "Key": _KEY}).body


@pytest.mark.parametrize(
    ("item", "units"),
    [
        (None, (1.0, 0.0, 0.0)),
        ({}, (1.0, 0.0, 0.0)),
        ({"gk": "1", "lk": "1"}, (1.0, 1.0, 1.0)),
        ({"gk": "1", "lk": "1", "v": "x" * 3 * KIB}, (4.0, 1.0, 4.0)),
    ],
)
def test_delete_item_capacity_is_that_of_the_item_and_its_entries(
    client: Client,
    target: Target,
    make_table: MakeTable,
    item: dict[str, str] | None,
    units: tuple[float, float, float],
) -> None:
    """A missing item costs one unit, an entry that goes what it takes to write it."""
    table = make_table(sort="S", **INDEXED)
    if item is not None:
        _put(target, table, pk="a", sk="b", **item)

    got = client().delete_item(
        TableName=table, Key=texts(pk="a", sk="b"), ReturnConsumedCapacity="INDEXES"
    )

    assert consumed(table, *units) == got["ConsumedCapacity"]


def test_delete_item_total_capacity_has_no_parts(client: Client, make_table: MakeTable) -> None:
    """TOTAL is the sum alone, NONE and nothing are no member."""
    dynamodb, table = client(), make_table()

    total = dynamodb.delete_item(TableName=table, Key=_KEY, ReturnConsumedCapacity="TOTAL")
    none = dynamodb.delete_item(TableName=table, Key=_KEY, ReturnConsumedCapacity="NONE")

    assert {"TableName": table, "CapacityUnits": 1.0} == total["ConsumedCapacity"]
    assert "ConsumedCapacity" not in none


def test_delete_item_collection_metrics_name_the_partition(
    client: Client, make_table: MakeTable
) -> None:
    """They are told also of a missing item."""
    table = make_table(sort="S", **INDEXED)

    got = client().delete_item(
        TableName=table, Key=texts(pk="a", sk="b"), ReturnItemCollectionMetrics="SIZE"
    )

    metrics = {"ItemCollectionKey": texts(pk="a"), "SizeEstimateRangeGB": [0.0, 1.0]}
    assert metrics == got["ItemCollectionMetrics"]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ({}, _MISMATCH),
        ({"pk": {"S": "a"}}, _MISMATCH),
        ({"pk": {"S": "a"}, "sk": {"N": "1"}}, _MISMATCH),
        ({"pk": {"S": "a"}, "sk": {"S": "b"}, "x": {"S": "c"}}, _MISMATCH),
        (
            {"pk": {"S": ""}, "sk": {"S": "b"}},
            "One or more parameter values were invalid: The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk",
        ),
        (
            {"pk": {"S": "a"}, "sk": {"S": "x" * 1025}},
            "One or more parameter values were invalid: Aggregated size of all range keys has "
            "exceeded the size limit of 1024 bytes",
        ),
    ],
)
def test_delete_item_with_a_key_that_does_not_fit_is_refused(
    target: Target, make_table: MakeTable, key: dict[str, Any], message: str
) -> None:
    """The key must be exactly the table's."""
    reply = target.call("DeleteItem", {"TableName": make_table(sort="S"), "Key": key})

    assert ("ValidationException", message) == (reply.code, reply.message)


def test_delete_item_of_a_missing_table_is_not_found(target: Target) -> None:
    """The table is looked up before the key is held against its schema."""
    reply = target.call("DeleteItem", {"TableName": "no-such-table", "Key": {}})

    assert ("ResourceNotFoundException", "Requested resource not found") == (
        reply.code,
        reply.message,
    )


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        ({"v": {"Exists": False}}, False),
        ({"v": {"Exists": True, "Value": {"S": "1"}}}, True),
        ({"v": {"ComparisonOperator": "NOT_NULL"}}, True),
        ({"v": {"ComparisonOperator": "GT", "AttributeValueList": [{"S": "1"}]}}, False),
    ],
)
def test_delete_item_with_the_legacy_condition_is_done_when_it_holds(
    target: Target,
    make_table: MakeTable,
    expected: dict[str, Any],
    holds: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Expected is the condition of before 2014."""
    table = make_table()
    _put(target, table, pk="a", v="1")

    reply = target.call("DeleteItem", {"TableName": table, "Key": _KEY, "Expected": expected})

    assert ("" if holds else "ConditionalCheckFailedException") == reply.code
    got = target.call("GetItem", {"TableName": table, "Key": _KEY})
    assert holds == ("Item" not in got.body)
