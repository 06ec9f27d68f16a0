"""PutItem, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.indexed_tables import INDEXED, KIB, consumed, texts
from tests.support.target import Target

Client = Callable[..., Any]
MakeTable = Callable[..., str]
_INVALID = "One or more parameter values were invalid: "
_NOT_VALID = "One or more parameter values are not valid. "
_KEY = {"pk": {"S": "a"}}


def test_put_item_replaces_the_whole_item(client: Client, make_table: MakeTable) -> None:
    """Nothing of the old item is left."""
    dynamodb, table = client(), make_table()
    dynamodb.put_item(TableName=table, Item=texts(pk="a", old="1"))

    dynamodb.put_item(TableName=table, Item=texts(pk="a", new="2"))

    assert texts(pk="a", new="2") == dynamodb.get_item(TableName=table, Key=_KEY)["Item"]


@pytest.mark.parametrize(
    ("wanted", "attributes"),
    [(None, None), ("NONE", None), ("ALL_OLD", texts(pk="a", v="1"))],
)
def test_put_item_returns_the_old_item_when_asked(
    target: Target, make_table: MakeTable, wanted: str | None, attributes: dict[str, Any] | None
) -> None:
    """Only ALL_OLD shows what was replaced."""
    table = make_table()
    target.call("PutItem", {"TableName": table, "Item": texts(pk="a", v="1")})
    request = {"TableName": table, "Item": texts(pk="a", v="2")}
    if wanted is not None:
        request["ReturnValues"] = wanted

    reply = target.call("PutItem", request)

    assert (200, {} if attributes is None else {"Attributes": attributes}) == (
        reply.status,
        reply.body,
    )


def test_put_item_all_old_of_a_new_item_has_no_attributes(
    target: Target, make_table: MakeTable
) -> None:
    """There is nothing to show of an item that was not there."""
    request = {"TableName": make_table(), "Item": _KEY, "ReturnValues": "ALL_OLD"}

    assert {} == target.call("PutItem", request).body


@pytest.mark.parametrize("wanted", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_put_item_with_return_values_of_an_update_is_refused(
    target: Target, make_table: MakeTable, wanted: str
) -> None:
    """Only UpdateItem knows the others."""
    reply = target.call(
        "PutItem", {"TableName": make_table(), "Item": _KEY, "ReturnValues": wanted}
    )

    assert ("ValidationException", "ReturnValues can only be ALL_OLD or NONE") == (
        reply.code,
        reply.message,
    )


@pytest.mark.parametrize(("wanted", "shown"), [(None, False), ("NONE", False), ("ALL_OLD", True)])
def test_put_item_whose_condition_fails_shows_the_item_when_asked(
    target: Target,
    make_table: MakeTable,
    wanted: str | None,
    shown: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """ReturnValuesOnConditionCheckFailure puts the current item into the error."""
    table = make_table()
    target.call("PutItem", {"TableName": table, "Item": texts(pk="a", v="1")})
    request = {
        "TableName": table,
        "Item": texts(pk="a", v="2"),
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    if wanted is not None:
        request["ReturnValuesOnConditionCheckFailure"] = wanted

    reply = target.call("PutItem", request)

    assert ("ConditionalCheckFailedException", "The conditional request failed") == (
        reply.code,
        reply.message,
    )
    assert (texts(pk="a", v="1") if shown else None) == reply.body.get("Item")
    got = target.call("GetItem", {"TableName": table, "Key": _KEY})
    assert texts(pk="a", v="1") == got.body["Item"]


def test_put_item_whose_condition_fails_on_nothing_shows_no_item(
    target: Target, make_table: MakeTable
) -> None:
    """There is no item to put into the error."""
    reply = target.call(
        "PutItem",
        {
            "TableName": make_table(),
            "Item": _KEY,
            "ConditionExpression": "attribute_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    )

    assert ("ConditionalCheckFailedException", None) == (reply.code, reply.body.get("Item"))


@pytest.mark.parametrize(
    ("size", "units"), [(KIB, 1.0), (KIB + 1, 2.0), (2 * KIB, 2.0), (400 * KIB, 400.0)]
)
def test_put_item_capacity_is_one_unit_a_kibibyte(
    client: Client, make_table: MakeTable, size: int, units: float
) -> None:
    """Sizes count names and values, and are rounded up."""
    table = make_table()
    item = texts(pk="a", v="x" * (size - len("pkav")))

    got = client().put_item(TableName=table, Item=item, ReturnConsumedCapacity="TOTAL")

    assert {"TableName": table, "CapacityUnits": units} == got["ConsumedCapacity"]


def test_put_item_capacity_is_that_of_the_larger_of_old_and_new(
    client: Client, make_table: MakeTable
) -> None:
    """A small item over a large one costs what the large one cost."""
    dynamodb, table = client(), make_table()
    dynamodb.put_item(TableName=table, Item=texts(pk="a", v="x" * 3 * KIB))

    got = dynamodb.put_item(TableName=table, Item=_KEY, ReturnConsumedCapacity="INDEXES")

    assert consumed(table, 4.0) == got["ConsumedCapacity"]


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        ({}, {"lk": "1", "gk": "1"}, (1.0, 1.0, 1.0)),
        ({}, {"gk": "1"}, (1.0, 0.0, 1.0)),
        ({}, {}, (1.0, 0.0, 0.0)),
        ({}, {"lk": "1", "gk": "1", "v": "x" * KIB}, (2.0, 1.0, 2.0)),
        ({"lk": "1", "gk": "1"}, {"lk": "2", "gk": "1"}, (1.0, 2.0, 1.0)),
        ({"lk": "1", "gk": "1"}, {"lk": "1", "gk": "2"}, (1.0, 0.0, 2.0)),
        ({"lk": "1", "gk": "1"}, {"lk": "1", "gk": "1", "v": "x"}, (1.0, 0.0, 1.0)),
        ({"lk": "1", "gk": "1"}, {}, (1.0, 1.0, 1.0)),
        ({"lk": "1", "gk": "1", "v": "x" * KIB}, {"gk": "2"}, (2.0, 1.0, 3.0)),
    ],
)
def test_put_item_capacity_of_indexes_is_that_of_the_entries_that_change(
    client: Client,
    make_table: MakeTable,
    before: dict[str, str],
    after: dict[str, str],
    units: tuple[float, float, float],
) -> None:
    """An entry that appears, changes or goes costs a write, one that moves two, one that stays nothing."""
    dynamodb, table = client(), make_table(sort="S", **INDEXED)
    if before:
        dynamodb.put_item(TableName=table, Item=texts(pk="a", sk="b", **before))

    got = dynamodb.put_item(
        TableName=table, Item=texts(pk="a", sk="b", **after), ReturnConsumedCapacity="INDEXES"
    )

    assert consumed(table, *units) == got["ConsumedCapacity"]


def test_put_item_collection_metrics_are_told_of_tables_with_local_indexes(
    client: Client, make_table: MakeTable
) -> None:
    """The estimate is the whole gigabytes that the collection lies between."""
    dynamodb, table = client(), make_table(sort="S", **INDEXED)

    got = dynamodb.put_item(
        TableName=table, Item=texts(pk="a", sk="b"), ReturnItemCollectionMetrics="SIZE"
    )

    metrics = {"ItemCollectionKey": texts(pk="a"), "SizeEstimateRangeGB": [0.0, 1.0]}
    assert metrics == got["ItemCollectionMetrics"]


@pytest.mark.parametrize(("local", "wanted"), [(True, "NONE"), (False, "SIZE")])
def test_put_item_collection_metrics_are_left_out_otherwise(
    client: Client,
    make_table: MakeTable,
    local: bool,  # noqa: FBT001 - a parameter of the test
    wanted: str,
) -> None:
    """Unasked, or without local indexes, there are none."""
    table = make_table(sort="S", **INDEXED) if local else make_table(sort="S")

    got = client().put_item(
        TableName=table, Item=texts(pk="a", sk="b"), ReturnItemCollectionMetrics=wanted
    )

    assert "ItemCollectionMetrics" not in got


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"sk": {"S": "b"}}, _INVALID + "Missing the key pk in the item"),
        ({"pk": {"S": "a"}}, _INVALID + "Missing the key sk in the item"),
        (
            {"pk": {"N": "1"}, "sk": {"S": "b"}},
            _INVALID + "Type mismatch for key pk expected: S actual: N",
        ),
        (
            {"pk": {"S": ""}, "sk": {"S": "b"}},
            _NOT_VALID
            + "The AttributeValue for a key attribute cannot contain an empty string value. Key: pk",
        ),
        (
            {"pk": {"S": "x" * 2049}, "sk": {"S": "b"}},
            _INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
        (
            {"pk": {"S": "a"}, "sk": {"S": "x" * 1025}},
            _INVALID
            + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
        ),
        (
            {**texts(pk="a", sk="b"), "gk": {"N": "1"}},
            _INVALID + "Type mismatch for Index Key gk Expected: S Actual: N IndexName: global",
        ),
        (
            {**texts(pk="a", sk="b"), "gk": {"S": ""}},
            _NOT_VALID + "A value specified for a secondary index key is not supported. "
            "The AttributeValue for a key attribute cannot contain an empty string value. "
            "IndexName: global, IndexKey: gk",
        ),
    ],
)
def test_put_item_whose_keys_do_not_fit_is_refused(
    target: Target, make_table: MakeTable, item: dict[str, Any], message: str
) -> None:
    """Key attributes of the table and its indexes are checked, with AWS's texts."""
    table = make_table(sort="S", **INDEXED)

    reply = target.call("PutItem", {"TableName": table, "Item": item})

    assert ("ValidationException", message) == (reply.code, reply.message)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"SS": []}, _INVALID + "An string set  may not be empty"),
        ({"NS": []}, _INVALID + "An number set  may not be empty"),
        ({"BS": []}, _INVALID + "Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, _INVALID + "Input collection [a, a] contains duplicates."),
        (
            {"NULL": False},
            _INVALID + "Null attribute value types must have the value of true",
        ),
        ({"N": "one"}, "The parameter cannot be converted to a numeric value: one"),
        (
            {"N": "1" * 39},
            "Attempting to store more than 38 significant digits in a Number",
        ),
        (
            {"N": "1e126"},
            "Number overflow. Attempting to store a number with magnitude larger than supported "
            "range",
        ),
        (
            {"N": "1e-131"},
            "Number underflow. Attempting to store a number with magnitude smaller than supported "
            "range",
        ),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
            "the supported datatypes",
        ),
        ({"S": "x" * 400 * KIB}, "Item size has exceeded the maximum allowed size"),
    ],
)
def test_put_item_of_a_value_that_is_not_allowed_is_refused(
    target: Target, make_table: MakeTable, value: dict[str, Any], message: str
) -> None:
    """Values are checked with AWS's texts."""
    reply = target.call("PutItem", {"TableName": make_table(), "Item": {**_KEY, "v": value}})

    assert ("ValidationException", message) == (reply.code, reply.message)


def test_put_item_into_a_missing_table_is_not_found(target: Target) -> None:
    """The table is looked up after the item's values were checked."""
    missing = "no-such-table"

    reply = target.call("PutItem", {"TableName": missing, "Item": _KEY})
    wrong = target.call("PutItem", {"TableName": missing, "Item": {"pk": {"SS": []}}})

    assert ("ResourceNotFoundException", "Requested resource not found") == (
        reply.code,
        reply.message,
    )
    assert "ValidationException" == wrong.code


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"Expected": {"v": {"Exists": False}}, "ConditionExpression": "attribute_exists(v)"},
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
        ),
        (
            {"ExpressionAttributeValues": {":v": {"S": "a"}}},
            "ExpressionAttributeValues can only be specified when using expressions: "
            "ConditionExpression is null",
        ),
        (
            {"ConditionExpression": ""},
            "Invalid ConditionExpression: The expression can not be empty;",
        ),
        (
            {
                "ConditionExpression": "attribute_exists(v)",
                "ExpressionAttributeNames": {"#unused": "a"},
            },
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}",
        ),
    ],
)
def test_put_item_with_parameters_that_do_not_go_together_is_refused(
    target: Target, make_table: MakeTable, members: dict[str, Any], message: str
) -> None:
    """Expressions and legacy parameters exclude each other, and nothing may be given in vain."""
    reply = target.call("PutItem", {"TableName": make_table(), "Item": _KEY, **members})

    assert ("ValidationException", message) == (reply.code, reply.message)


@pytest.mark.parametrize(
    ("expected", "operator", "holds"),
    [
        ({"v": {"Exists": False}}, None, False),
        ({"w": {"Exists": False}}, None, True),
        ({"v": {"Value": {"S": "1"}}}, None, True),
        ({"v": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "2"}]}}, None, False),
        (
            {"v": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [{"S": "1"}]}},
            None,
            True,
        ),
        ({"v": {"Value": {"S": "2"}}, "w": {"Exists": False}}, "AND", False),
        ({"v": {"Value": {"S": "2"}}, "w": {"Exists": False}}, "OR", True),
    ],
)
def test_put_item_with_the_legacy_condition_is_done_when_it_holds(
    target: Target,
    make_table: MakeTable,
    expected: dict[str, Any],
    operator: str | None,
    holds: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Expected is the condition of before 2014."""
    table = make_table()
    target.call("PutItem", {"TableName": table, "Item": texts(pk="a", v="1")})
    request = {"TableName": table, "Item": _KEY, "Expected": expected}
    if operator is not None:
        request["ConditionalOperator"] = operator

    reply = target.call("PutItem", request)

    assert ("" if holds else "ConditionalCheckFailedException") == reply.code
