"""UpdateItem, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.indexed_tables import INDEXED, KIB, consumed, texts
from tests.support.target import Target

Client = Callable[..., Any]
MakeTable = Callable[..., str]
_INVALID = "One or more parameter values were invalid: "
_KEY = {"pk": {"S": "a"}}
_BEFORE: dict[str, Any] = {
    **_KEY,
    "n": {"N": "1"},
    "s": {"SS": ["x", "y"]},
    "l": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}]},
    "m": {"M": {"a": {"N": "1"}, "b": {"N": "2"}}},
}


def _with_item(target: Target, make_table: MakeTable) -> str:
    table = make_table()
    target.call("PutItem", {"TableName": table, "Item": _BEFORE})
    return table


def _update(target: Target, table: str, expression: str, **members: Any) -> Any:
    return target.call(
        "UpdateItem",
        {"TableName": table, "Key": _KEY, "UpdateExpression": expression, **members},
    )


def _item(target: Target, table: str) -> Any:
    return target.call("GetItem", {"TableName": table, "Key": _KEY}).body.get("Item")


@pytest.mark.parametrize(
    ("wanted", "attributes"),
    [
        (None, None),
        ("NONE", None),
        ("ALL_OLD", _BEFORE),
        (
            "ALL_NEW",
            {
                **_BEFORE,
                "n": {"N": "3"},
                "new": {"S": "v"},
                "m": {"M": {"a": {"N": "9"}, "b": {"N": "2"}}},
            },
        ),
        ("UPDATED_OLD", {"n": {"N": "1"}, "m": {"M": {"a": {"N": "1"}}}}),
        (
            "UPDATED_NEW",
            {"n": {"N": "3"}, "new": {"S": "v"}, "m": {"M": {"a": {"N": "9"}}}},
        ),
    ],
)
def test_update_item_returns_the_attributes_that_are_asked_for(
    target: Target, make_table: MakeTable, wanted: str | None, attributes: dict[str, Any] | None
) -> None:
    """ALL is the whole item, UPDATED the paths that the expression names; OLD and NEW are the time."""
    table = _with_item(target, make_table)
    members: dict[str, Any] = {} if wanted is None else {"ReturnValues": wanted}

    reply = _update(
        target,
        table,
        "SET n = n + :two, #new = :v, m.a = :nine",
        ExpressionAttributeNames={"#new": "new"},
        ExpressionAttributeValues={":two": {"N": "2"}, ":v": {"S": "v"}, ":nine": {"N": "9"}},
        **members,
    )

    assert (200, {} if attributes is None else {"Attributes": attributes}) == (
        reply.status,
        reply.body,
    )


@pytest.mark.parametrize(
    ("wanted", "attributes"),
    [
        ("ALL_OLD", None),
        ("UPDATED_OLD", None),
        ("ALL_NEW", {**_KEY, "v": {"S": "x"}}),
        ("UPDATED_NEW", {"v": {"S": "x"}}),
    ],
)
def test_update_item_that_makes_the_item_returns_what_there_is(
    target: Target, make_table: MakeTable, wanted: str, attributes: dict[str, Any] | None
) -> None:
    """There was nothing before, so OLD shows nothing."""
    reply = _update(
        target,
        make_table(),
        "SET v = :x",
        ExpressionAttributeValues={":x": {"S": "x"}},
        ReturnValues=wanted,
    )

    assert attributes == reply.body.get("Attributes")


@pytest.mark.parametrize(
    ("expression", "wanted", "attributes"),
    [
        ("REMOVE l[1]", "UPDATED_NEW", {"l": {"L": [{"S": "2"}]}}),
        ("REMOVE l[1]", "UPDATED_OLD", {"l": {"L": [{"S": "1"}]}}),
        ("REMOVE l[2]", "UPDATED_NEW", None),
        ("REMOVE n", "UPDATED_NEW", None),
        ("REMOVE n", "UPDATED_OLD", {"n": {"N": "1"}}),
    ],
)
def test_update_item_that_removes_shows_what_is_at_the_path(
    target: Target,
    make_table: MakeTable,
    expression: str,
    wanted: str,
    attributes: dict[str, Any] | None,
) -> None:
    """After the removal of an element the one that moved up is at its path."""
    table = _with_item(target, make_table)

    reply = _update(target, table, expression, ReturnValues=wanted)

    assert attributes == reply.body.get("Attributes")


@pytest.mark.parametrize(
    ("expression", "values", "changed"),
    [
        ("SET n = n + :v", {":v": {"N": "0.5"}}, {"n": {"N": "1.5"}}),
        ("SET n = n - :v", {":v": {"N": "3"}}, {"n": {"N": "-2"}}),
        ("SET n = if_not_exists(n, :v)", {":v": {"N": "9"}}, {}),
        ("SET q = if_not_exists(q, :v)", {":v": {"N": "9"}}, {"q": {"N": "9"}}),
        ("SET l = list_append(l, :v)", {":v": {"L": []}}, {}),
        ("SET l[7] = :v", {":v": {"S": "3"}}, {"l": {"L": [*_BEFORE["l"]["L"], {"S": "3"}]}}),
        ("SET a = :v, b = n", {":v": {"S": "z"}}, {"a": {"S": "z"}, "b": {"N": "1"}}),
        ("ADD n :v", {":v": {"N": "-1"}}, {"n": {"N": "0"}}),
        ("ADD q :v", {":v": {"N": "4"}}, {"q": {"N": "4"}}),
        ("ADD s :v", {":v": {"SS": ["y", "z"]}}, {"s": {"SS": ["x", "y", "z"]}}),
        ("DELETE s :v", {":v": {"SS": ["y", "q"]}}, {"s": {"SS": ["x"]}}),
    ],
)
def test_update_item_applies_its_expression(
    target: Target,
    make_table: MakeTable,
    expression: str,
    values: dict[str, Any],
    changed: dict[str, Any],
) -> None:
    """Right-hand sides see the item as it was."""
    table = _with_item(target, make_table)

    reply = _update(target, table, expression, ExpressionAttributeValues=values)

    assert (200, {**_BEFORE, **changed}) == (reply.status, _item(target, table))


def test_update_item_that_empties_a_set_removes_it(target: Target, make_table: MakeTable) -> None:
    """There are no empty sets."""
    table = _with_item(target, make_table)

    _update(target, table, "DELETE s :v", ExpressionAttributeValues={":v": {"SS": ["x", "y"]}})

    assert "s" not in _item(target, table)


def test_update_item_without_an_expression_makes_the_item_of_its_key(
    target: Target, make_table: MakeTable
) -> None:
    """An update that changes nothing still makes an item."""
    table = make_table()

    reply = target.call("UpdateItem", {"TableName": table, "Key": _KEY})

    assert (200, _KEY) == (reply.status, _item(target, table))


def test_update_item_that_only_removes_makes_no_item(target: Target, make_table: MakeTable) -> None:
    """There is nothing to remove from."""
    table = make_table()

    reply = _update(target, table, "REMOVE v")

    assert (200, None) == (reply.status, _item(target, table))


@pytest.mark.parametrize(("wanted", "shown"), [("NONE", False), ("ALL_OLD", True)])
def test_update_item_whose_condition_fails_leaves_and_shows_the_item(
    target: Target,
    make_table: MakeTable,
    wanted: str,
    shown: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """ReturnValuesOnConditionCheckFailure puts the current item into the error."""
    table = _with_item(target, make_table)

    reply = _update(
        target,
        table,
        "SET n = :v",
        ConditionExpression="n > :v",
        ExpressionAttributeValues={":v": {"N": "5"}},
        ReturnValuesOnConditionCheckFailure=wanted,
    )

    assert ("ConditionalCheckFailedException", "The conditional request failed") == (
        reply.code,
        reply.message,
    )
    assert (_BEFORE if shown else None) == reply.body.get("Item")
    assert _BEFORE == _item(target, table)


@pytest.mark.parametrize(
    ("expression", "names", "units"),
    [
        ("SET v = :new", None, (1.0, 0.0, 1.0)),
        ("SET gk = :new", None, (1.0, 0.0, 2.0)),
        ("SET lk = :new", None, (1.0, 2.0, 1.0)),
        ("REMOVE gk", {}, (1.0, 0.0, 1.0)),
        ("REMOVE nothing", {}, (1.0, 0.0, 0.0)),
    ],
)
def test_update_item_capacity_is_that_of_the_item_and_the_entries_that_change(
    target: Target,
    client: Client,
    make_table: MakeTable,
    expression: str,
    names: dict[str, Any] | None,
    units: tuple[float, float, float],
) -> None:
    """An entry that stays as it is costs nothing, one that moves two writes."""
    table = make_table(sort="S", **INDEXED)
    item = texts(pk="a", sk="b", gk="1", lk="1")
    target.call("PutItem", {"TableName": table, "Item": item})
    members = {"ExpressionAttributeValues": {":new": {"S": "2"}}} if names is None else {}

    got = client().update_item(
        TableName=table,
        Key=texts(pk="a", sk="b"),
        UpdateExpression=expression,
        ReturnConsumedCapacity="INDEXES",
        **members,
    )

    assert consumed(table, *units) == got["ConsumedCapacity"]


@pytest.mark.parametrize(("size", "units"), [(KIB, 1.0), (KIB + 1, 2.0)])
def test_update_item_capacity_is_one_unit_a_kibibyte_of_the_whole_item(
    client: Client, make_table: MakeTable, size: int, units: float
) -> None:
    """A small change of a large item costs what the item costs."""
    dynamodb, table = client(), make_table()
    dynamodb.put_item(TableName=table, Item=texts(pk="a", v="x" * (size - 6), w="1"))

    got = dynamodb.update_item(
        TableName=table,
        Key=_KEY,
        UpdateExpression="SET w = :v",
        ExpressionAttributeValues={":v": {"S": "2"}},
        ReturnConsumedCapacity="TOTAL",
    )

    assert {"TableName": table, "CapacityUnits": units} == got["ConsumedCapacity"]


def test_update_item_collection_metrics_name_the_partition(
    client: Client, make_table: MakeTable
) -> None:
    """Only tables with local indexes have item collections."""
    dynamodb = client()
    table, plain = make_table(sort="S", **INDEXED), make_table(sort="S")
    key = texts(pk="a", sk="b")

    got = dynamodb.update_item(TableName=table, Key=key, ReturnItemCollectionMetrics="SIZE")
    none = dynamodb.update_item(TableName=plain, Key=key, ReturnItemCollectionMetrics="SIZE")

    metrics = {"ItemCollectionKey": texts(pk="a"), "SizeEstimateRangeGB": [0.0, 1.0]}
    assert metrics == got["ItemCollectionMetrics"]
    assert "ItemCollectionMetrics" not in none


@pytest.mark.parametrize(
    ("expression", "values", "message"),
    [
        ("", {}, "Invalid UpdateExpression: The expression can not be empty;"),
        (
            "INVALID SYNTAX",
            {},
            'Invalid UpdateExpression: Syntax error; token: "INVALID", near: "INVALID SYNTAX"',
        ),
        (
            "SET pk = :v",
            {":v": {"S": "b"}},
            _INVALID + "Cannot update attribute pk. This attribute is part of the key",
        ),
        (
            "SET sk = :v",
            {":v": {"S": "b"}},
            _INVALID + "Cannot update attribute sk. This attribute is part of the key",
        ),
        (
            "SET a = :v",
            {},
            "Invalid UpdateExpression: An expression attribute value used in expression is not "
            "defined; attribute value: :v",
        ),
        (
            "SET a = :v",
            {":v": {"S": "b"}, ":unused": {"S": "b"}},
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}",
        ),
        (
            "SET a = absent",
            {},
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        (
            "SET a.b = :v",
            {":v": {"S": "b"}},
            "The document path provided in the update expression is invalid for update",
        ),
        (
            "SET gk = :v",
            {":v": {"N": "1"}},
            _INVALID + "Type mismatch for Index Key gk Expected: S Actual: N IndexName: global",
        ),
        (
            "SET a = :v",
            {":v": {"S": "x" * 400 * KIB}},
            "Item size to update has exceeded the maximum allowed size",
        ),
        (
            "SET t = t + :v",
            {":v": {"N": "1"}},
            "An operand in the update expression has an incorrect data type",
        ),
    ],
)
def test_update_item_that_cannot_be_done_is_refused(
    target: Target,
    make_table: MakeTable,
    expression: str,
    values: dict[str, Any],
    message: str,
) -> None:
    """Each with AWS's text, and the item stays as it was."""
    table = make_table(sort="S", **INDEXED)
    item = texts(pk="a", sk="b", t="text")
    target.call("PutItem", {"TableName": table, "Item": item})
    request: dict[str, Any] = {
        "TableName": table,
        "Key": texts(pk="a", sk="b"),
        "UpdateExpression": expression,
    }
    if values:
        request["ExpressionAttributeValues"] = values

    reply = target.call("UpdateItem", request)

    assert ("ValidationException", message) == (reply.code, reply.message)
    got = target.call("GetItem", {"TableName": table, "Key": texts(pk="a", sk="b")})
    assert item == got.body["Item"]


def test_update_item_with_both_kinds_of_parameters_is_refused(
    target: Target, make_table: MakeTable
) -> None:
    """Expressions and legacy parameters exclude each other."""
    reply = _update(
        target,
        make_table(),
        "SET a = :v",
        ExpressionAttributeValues={":v": {"S": "b"}},
        AttributeUpdates={"a": {"Action": "DELETE"}},
    )

    assert (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}"
    ) == reply.message


@pytest.mark.parametrize(
    "key",
    [{}, {"pk": {"N": "1"}}, {"pk": {"S": "a"}, "x": {"S": "a"}}],
)
def test_update_item_with_a_key_that_does_not_fit_is_refused(
    target: Target, make_table: MakeTable, key: dict[str, Any]
) -> None:
    """The key must be exactly the table's."""
    reply = target.call("UpdateItem", {"TableName": make_table(), "Key": key})

    assert ("ValidationException", "The provided key element does not match the schema") == (
        reply.code,
        reply.message,
    )


def test_update_item_of_a_missing_table_is_not_found(target: Target) -> None:
    """The table is looked up before the key is held against its schema."""
    reply = target.call("UpdateItem", {"TableName": "no-such-table", "Key": {}})

    assert ("ResourceNotFoundException", "Requested resource not found") == (
        reply.code,
        reply.message,
    )


@pytest.mark.parametrize(
    ("updates", "changed"),
    [
        ({"n": {"Action": "PUT", "Value": {"N": "7"}}}, {"n": {"N": "7"}}),
        ({"n": {"Value": {"N": "7"}}}, {"n": {"N": "7"}}),
        ({"n": {"Action": "ADD", "Value": {"N": "7"}}}, {"n": {"N": "8"}}),
        ({"q": {"Action": "ADD", "Value": {"N": "7"}}}, {"q": {"N": "7"}}),
        ({"s": {"Action": "ADD", "Value": {"SS": ["z"]}}}, {"s": {"SS": ["x", "y", "z"]}}),
        ({"s": {"Action": "DELETE", "Value": {"SS": ["x"]}}}, {"s": {"SS": ["y"]}}),
        (
            {"l": {"Action": "ADD", "Value": {"L": [{"S": "3"}]}}},
            {"l": {"L": [*_BEFORE["l"]["L"], {"S": "3"}]}},
        ),
    ],
)
def test_update_item_with_legacy_updates_applies_them(
    target: Target, make_table: MakeTable, updates: dict[str, Any], changed: dict[str, Any]
) -> None:
    """AttributeUpdates is the update of before 2014."""
    table = _with_item(target, make_table)

    reply = target.call(
        "UpdateItem", {"TableName": table, "Key": _KEY, "AttributeUpdates": updates}
    )

    assert (200, {**_BEFORE, **changed}) == (reply.status, _item(target, table))


def test_update_item_with_a_legacy_update_of_the_key_is_refused(
    target: Target, make_table: MakeTable
) -> None:
    """The key cannot be changed in this way either."""
    request = {
        "TableName": make_table(),
        "Key": _KEY,
        "AttributeUpdates": {"pk": {"Value": {"S": "b"}}},
    }

    assert (
        _INVALID + "Cannot update attribute pk. This attribute is part of the key"
        == target.call("UpdateItem", request).message
    )


def test_update_item_increments_of_many_clients_are_all_counted(
    client: Client, make_table: MakeTable
) -> None:
    """ADD reads and writes in one step."""
    dynamodb, table = client(), make_table()
    for _ in range(20):
        dynamodb.update_item(
            TableName=table,
            Key=_KEY,
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    got = dynamodb.get_item(TableName=table, Key=_KEY, ConsistentRead=True)

    assert {"N": "20"} == got["Item"]["n"]
