"""The order in which the expressions of one request are checked."""

from typing import Any

import pytest

from globaltables.expressions.request import NO_EXPRESSIONS, read_expressions
from globaltables.foundation.errors import ApiError, validation

UPDATE = ("UpdateExpression", "ConditionExpression")
PUT = ("ConditionExpression",)
GET = ("ProjectionExpression",)
SCAN = ("ProjectionExpression", "FilterExpression")
QUERY = ("KeyConditionExpression", "FilterExpression", "ProjectionExpression")
_COMPARISON = {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]}
_MIXED = "Can not use both expression and non-expression parameters in the same request: "


def _refusal(request: dict[str, Any], kinds: tuple[str, ...], **options: Any) -> str | None:
    with pytest.raises(ApiError) as caught:
        read_expressions(request, kinds, **options)
    assert "ValidationException" == caught.value.code
    return caught.value.message


@pytest.mark.parametrize(
    ("kinds", "request_", "message"),
    [
        (
            UPDATE,
            {
                "Expected": {"a": {}},
                "AttributeUpdates": {"a": {}},
                "ConditionExpression": "",
                "UpdateExpression": "",
                "ExpressionAttributeNames": {},
            },
            _MIXED + "Non-expression parameters: {AttributeUpdates, Expected} "
            "Expression parameters: {UpdateExpression, ConditionExpression}",
        ),
        (
            SCAN,
            {
                "ScanFilter": {"a": _COMPARISON},
                "AttributesToGet": ["a", "a"],
                "ConditionalOperator": "OR",
                "FilterExpression": "",
                "ProjectionExpression": "",
            },
            _MIXED
            + "Non-expression parameters: {AttributesToGet, ScanFilter, ConditionalOperator} "
            "Expression parameters: {ProjectionExpression, FilterExpression}",
        ),
        (
            QUERY,
            {
                "KeyConditions": {"a": _COMPARISON},
                "QueryFilter": {"a": _COMPARISON},
                "AttributesToGet": ["a"],
                "ConditionalOperator": "OR",
                "KeyConditionExpression": "",
                "FilterExpression": "",
                "ProjectionExpression": "",
            },
            _MIXED + "Non-expression parameters: "
            "{AttributesToGet, QueryFilter, ConditionalOperator, KeyConditions} Expression "
            "parameters: {ProjectionExpression, FilterExpression, KeyConditionExpression}",
        ),
        (
            QUERY,
            {"KeyConditions": {"a": _COMPARISON}, "QueryFilter": {}, "FilterExpression": ""},
            _MIXED + "Non-expression parameters: {QueryFilter} "
            "Expression parameters: {FilterExpression}",
        ),
        (
            PUT,
            {"ConditionalOperator": "AND", "ConditionExpression": "attribute_exists(pk)"},
            _MIXED + "Non-expression parameters: {ConditionalOperator} "
            "Expression parameters: {ConditionExpression}",
        ),
        (
            PUT,
            {
                "ExpressionAttributeNames": {},
                "ExpressionAttributeValues": {},
                "Expected": {"a": {}},
            },
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            PUT,
            {"ExpressionAttributeValues": {}},
            "ExpressionAttributeValues can only be specified when using expressions: "
            "ConditionExpression is null",
        ),
        (
            UPDATE,
            {"ExpressionAttributeValues": {}},
            "ExpressionAttributeValues can only be specified when using expressions: "
            "UpdateExpression and ConditionExpression are null",
        ),
        (
            QUERY,
            {"ExpressionAttributeValues": {}, "ProjectionExpression": "a"},
            "ExpressionAttributeValues can only be specified when using expressions: "
            "FilterExpression and KeyConditionExpression are null",
        ),
        (
            PUT,
            {"ConditionalOperator": "AND"},
            "ConditionalOperator cannot be used without Filter or Expected",
        ),
        (
            SCAN,
            {"ConditionalOperator": "AND", "ScanFilter": {"a": _COMPARISON}},
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
        (
            QUERY,
            {"FilterExpression": "a = b"},
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in "
            "the request.",
        ),
    ],
)
def test_members_that_do_not_go_together_are_refused(
    kinds: tuple[str, ...], request_: dict[str, Any], message: str
) -> None:
    """This comes before anything is read."""
    assert message == _refusal(request_, kinds)


_EMPTY = {"ConditionExpression": "", "UpdateExpression": ""}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"ExpressionAttributeNames": {}, "ExpressionAttributeValues": {}},
            "ExpressionAttributeNames must not be empty",
        ),
        (
            {"ExpressionAttributeNames": {"a": "a"}, "ExpressionAttributeValues": {}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
        ),
        (
            {"ExpressionAttributeNames": {"#a-b": "a"}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"',
        ),
        (
            {"ExpressionAttributeNames": {"#" + "a" * 255: "a"}},
            "ExpressionAttributeNames contains invalid key: The expression attribute map "
            "contains a key that is too long; size of key: 256",
        ),
        (
            {"ExpressionAttributeNames": {"#a": ""}},
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a",
        ),
        ({"ExpressionAttributeValues": {}}, "ExpressionAttributeValues must not be empty"),
        (
            {"ExpressionAttributeValues": {":b": {"a": ""}, "b": {"S": "a"}}},
            'ExpressionAttributeValues contains invalid key: Syntax error; key: "b"',
        ),
        (
            {"ExpressionAttributeValues": {":" + "a" * 255: {"S": "a"}}},
            "ExpressionAttributeValues contains invalid key: The expression attribute map "
            "contains a key that is too long;",
        ),
        (
            {"ExpressionAttributeValues": {":b": {"L": [{}]}}},
            "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, "
            "must contain exactly one of the supported datatypes for key :b",
        ),
        (
            {"ExpressionAttributeValues": {":b": {"SS": ["a", "a"]}}},
            "ExpressionAttributeValues contains invalid value: One or more parameter values were "
            "invalid: Input collection [a, a] contains duplicates. for key :b",
        ),
        ({}, "Invalid UpdateExpression: The expression can not be empty;"),
    ],
)
def test_placeholders_wrong_are_refused(members: dict[str, Any], message: str) -> None:
    """Names and values are checked before the expressions are read."""
    assert message == _refusal({**_EMPTY, **members}, UPDATE)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {
                "UpdateExpression": "remove a set b = list_append(b, if_not_exists(a, :a))",
                "ConditionExpression": "a = :b",
                "ExpressionAttributeValues": {":a": {"S": "a"}, ":b": {"S": "a"}},
                "ExpressionAttributeNames": {"#a": "a", "#b": "b"},
            },
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}",
        ),
        (
            {
                "UpdateExpression": "remove a",
                "ConditionExpression": "a = :b",
                "ExpressionAttributeValues": {":a": {"S": "a"}, ":b": {"S": "a"}, ":c": {"S": "a"}},
            },
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a, :c}",
        ),
        (
            {"UpdateExpression": "SET a = :v"},
            "Invalid UpdateExpression: An expression attribute value used in expression is not "
            "defined; attribute value: :v",
        ),
        (
            {
                "UpdateExpression": "SET a = :v",
                "ConditionExpression": "a",
                "ExpressionAttributeValues": {":u": {"S": "x"}},
            },
            "Invalid UpdateExpression: An expression attribute value used in expression is not "
            "defined; attribute value: :v",
        ),
        (
            {
                "UpdateExpression": "SET a = a + :v",
                "ConditionExpression": "b = :w",
                "ExpressionAttributeValues": {":v": {"S": "x"}},
            },
            "Invalid UpdateExpression: Incorrect operand type for operator or function; operator "
            "or function: +, operand type: S",
        ),
    ],
)
def test_expressions_are_checked_one_by_one(request_: dict[str, Any], message: str) -> None:
    """All faults of an expression come before those of the next; unused placeholders come last."""
    assert message == _refusal(request_, UPDATE)


def test_request_without_expressions_asks_for_nothing() -> None:
    """Most requests have none."""
    assert NO_EXPRESSIONS is read_expressions({"TableName": "t", "Item": {}}, PUT)


def test_request_with_expressions_gives_them_compiled() -> None:
    """Values are checked and in canonical form."""
    request = {
        "KeyConditionExpression": "pk = :p",
        "FilterExpression": "n = :n",
        "ProjectionExpression": "#a.b",
        "ExpressionAttributeNames": {"#a": "x"},
        "ExpressionAttributeValues": {":p": {"S": "k"}, ":n": {"N": "01.0"}},
    }
    expressions = read_expressions(request, QUERY)
    assert {":p": {"S": "k"}, ":n": {"N": "1"}} == expressions.values
    assert expressions.filter is not None
    assert expressions.filter.test({"n": {"N": "1"}}, expressions.values)
    assert expressions.projection is not None
    assert (("x", "b"),) == expressions.projection.paths
    assert expressions.key_condition is not None
    assert expressions.update is None
    assert expressions.condition is None


def test_request_with_legacy_parameters_gives_the_same_objects() -> None:
    """Operations need not know which form was used; KeyConditions go with new expressions."""
    query = read_expressions(
        {"KeyConditions": {"pk": _COMPARISON}, "ProjectionExpression": "a"}, QUERY
    )
    assert query.key_condition is not None
    assert query.projection is not None
    update = read_expressions(
        {"AttributeUpdates": {"a": {"Value": {"S": "x"}}}, "Expected": {"a": {"Exists": False}}},
        UPDATE,
    )
    assert update.update is not None
    assert update.condition is not None
    assert update.condition.test(None, update.values)
    scan = read_expressions({"ScanFilter": {"a": _COMPARISON}, "AttributesToGet": ["a"]}, SCAN)
    assert scan.filter is not None
    assert scan.legacy_filter
    assert scan.projection is not None


def _refuse_own() -> None:
    raise validation("the operation's own check")


@pytest.mark.parametrize(
    ("kinds", "request_", "first"),
    [
        (PUT, {"Expected": {"a": {}}}, "the operation's own check"),
        (GET, {"AttributesToGet": ["a", "a"]}, "the operation's own check"),
        (UPDATE, {"UpdateExpression": ""}, "the operation's own check"),
        (GET, {}, "the operation's own check"),
        (QUERY, {}, "the operation's own check"),
        (
            SCAN,
            {"AttributesToGet": ["a", "a"]},
            "One or more parameter values were invalid: Duplicate value in attribute name: a",
        ),
        (
            PUT,
            {"ExpressionAttributeNames": {}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
    ],
)
def test_checks_of_the_operation_run_where_aws_runs_them(
    kinds: tuple[str, ...], request_: dict[str, Any], first: str
) -> None:
    """After the members, before legacy conditions and expressions; for searches after legacy filters."""
    assert first == _refusal(request_, kinds, check_others=_refuse_own)
