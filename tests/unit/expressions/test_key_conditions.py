"""Key conditions: texts, and what they say about a schema."""

from typing import Any

import pytest

from globaltables.expressions.key_conditions import KeyRange
from globaltables.expressions.request import compile_key_condition, read_expressions
from globaltables.foundation.errors import ApiError
from globaltables.items.values import AttributeValue
from globaltables.tables.definitions import KeyAttribute, KeySchema

_KINDS = ("ProjectionExpression", "FilterExpression", "KeyConditionExpression")
SIMPLE = KeySchema((KeyAttribute("pk", "S"),))
SORTED = KeySchema((KeyAttribute("pk", "S"),), (KeyAttribute("sk", "N"),))
WIDE = KeySchema(
    (KeyAttribute("h1", "S"), KeyAttribute("h2", "N")),
    (KeyAttribute("r1", "S"), KeyAttribute("r2", "N"), KeyAttribute("r3", "S")),
)
V: dict[str, Any] = {
    ":p": {"S": "a"},
    ":1": {"N": "1"},
    ":9": {"N": "9"},
    ":empty": {"S": ""},
}


def _bound(text: str, schema: KeySchema) -> KeyRange:
    condition = compile_key_condition(text)
    condition.check(V)
    condition.check_form()
    return condition.bind(V, schema)


@pytest.mark.parametrize(
    ("text", "operator", "operands"),
    [
        ("pk = :p", None, ()),
        ("pk = :p AND sk = :1", "=", ("1",)),
        ("sk < :1 and :p = pk", "<", ("1",)),
        ("(pk = :p AND (:1 < sk))", ">", ("1",)),
        ("((sk >= :1) AND (pk = :p))", ">=", ("1",)),
        (":1 >= sk AND pk = :p", "<=", ("1",)),
        ("pk=:p AnD sk BeTwEeN :1 aNd :9", "BETWEEN", ("1", "9")),
    ],
)
def test_key_condition_on_one_sort_key_is_bound(
    text: str, operator: str | None, operands: tuple[str, ...]
) -> None:
    """The value may stand on either side; the operator then turns round."""
    attribute = None if operator is None else "sk"
    numbers = tuple({"N": number} for number in operands)
    assert KeyRange({"pk": {"S": "a"}}, {}, attribute, operator, numbers) == _bound(text, SORTED)


def test_begins_with_is_bound() -> None:
    """begins_with() is the only function of key conditions."""
    schema = KeySchema((KeyAttribute("pk", "S"),), (KeyAttribute("sk", "S"),))
    expected = KeyRange({"pk": {"S": "a"}}, {}, "sk", "begins_with", ({"S": "a"},))
    assert expected == _bound("pk = :p AND begins_with(sk, :p)", schema)


def test_key_condition_on_several_attributes_is_bound_left_to_right() -> None:
    """Every attribute but the last of a sort key has a single value."""
    expected = KeyRange(
        {"h1": {"S": "a"}, "h2": {"N": "1"}}, {"r1": {"S": "a"}}, "r2", ">", ({"N": "9"},)
    )
    assert expected == _bound("r2 > :9 AND h2 = :1 AND h1 = :p AND r1 = :p", WIDE)
    whole = KeyRange({"h1": {"S": "a"}, "h2": {"N": "1"}}, {})
    assert whole == _bound("h2 = :1 AND h1 = :p", WIDE)


_UNSUPPORTED = "Query key condition not supported"
_ONE_OR_TWO = "Conditions can be of length 1 or 2 only"
_MISMATCH = (
    "One or more parameter values were invalid: Condition parameter type does not match schema type"
)


@pytest.mark.parametrize(
    ("text", "schema", "message"),
    [
        ("sk = :1", SORTED, "Query condition missed key schema element: pk"),
        ("attr = :1", SORTED, "Query condition missed key schema element: pk"),
        ("pk = :p AND attr < :1", SORTED, "Query condition missed key schema element: sk"),
        ("pk = :p AND attr < :1", SIMPLE, _UNSUPPORTED),
        ("pk = :p AND sk < :1 AND attr = :1", SORTED, _ONE_OR_TWO),
        ("pk < :p", SORTED, _UNSUPPORTED),
        ("pk = :1", SORTED, _MISMATCH),
        ("pk = :p AND sk = :p", SORTED, _MISMATCH),
        (
            "pk = :empty",
            SORTED,
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk",
        ),
        ("h1 = :p AND r1 = :p", WIDE, "Query condition missed key schema element: h2"),
        ("h1 = :p AND h2 = :1 AND r2 = :1", WIDE, "Query condition missed key schema element: r1"),
        ("h1 = :p AND h2 = :1 AND r1 > :p AND r2 = :1", WIDE, _UNSUPPORTED),
    ],
)
def test_key_condition_that_does_not_fit_is_refused(
    text: str, schema: KeySchema, message: str
) -> None:
    """Every attribute of the partition key needs one value; the sort key is used from its left end."""
    with pytest.raises(ApiError) as caught:
        _bound(text, schema)
    assert message == caught.value.message


_INVALID = "Invalid condition in KeyConditionExpression: "
_OPERATOR = "Invalid operator used in KeyConditionExpression: "
_NESTED_OPERATION = "KeyConditionExpressions cannot contain nested operations"
_NESTED_ATTRIBUTE = "KeyConditionExpressions cannot have conditions on nested attributes"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a > b and size(b) > c or a > c", _OPERATOR + "OR"),
        ("a in (b, size(c), d)", _OPERATOR + "IN"),
        ("attribute_exists(a)", _OPERATOR + "attribute_exists"),
        ("attribute_type(a, :s)", _OPERATOR + "attribute_type"),
        ("contains(a.d, b)", _OPERATOR + "contains"),
        ("not a > b", _OPERATOR + "NOT"),
        ("a <> b", _OPERATOR + "<>"),
        (
            ":a between size(b) and size(a) and b > :b",
            _INVALID + "BETWEEN operator must have the key attribute as its first operand",
        ),
        (
            "begins_with(:a, b) and a > :b",
            _INVALID + "begins_with operator must have the key attribute as its first operand",
        ),
        ("size(b) > a AND a.b > b AND b > c", _NESTED_OPERATION),
        ("a > size(b.d)", _NESTED_OPERATION),
        ("a between size(b) and size(a)", _NESTED_OPERATION),
        ("b > a.b", _INVALID + "Multiple attribute names used in one condition"),
        ("a between b and size(a)", _INVALID + "Multiple attribute names used in one condition"),
        ("begins_with(a, b)", _INVALID + "Multiple attribute names used in one condition"),
        ("b.d > a AND c.d > e.f", _NESTED_ATTRIBUTE),
        ("b[0] > a", _NESTED_ATTRIBUTE),
        (":b > :a AND a < :b", _INVALID + "No key attribute specified"),
        (
            "b > :a AND b < :a and c = :a and d = :a",
            "KeyConditionExpressions must only contain one condition per key",
        ),
        (
            "begins_with(a, :n)",
            "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
            "operator or function: begins_with, operand type: N",
        ),
        (
            "a between :b and :a",
            "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be "
            "greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, "
            "upper bound operand: AttributeValue: {S:a}",
        ),
        (
            "things are not ok",
            'Invalid KeyConditionExpression: Syntax error; token: "are", near: "things are not"',
        ),
        ("", "Invalid KeyConditionExpression: The expression can not be empty;"),
        ("dog(c, :a)", "Invalid KeyConditionExpression: Invalid function name; function: dog"),
    ],
)
def test_key_condition_of_another_form_is_refused(text: str, message: str) -> None:
    """The parser is that of conditions; what keys cannot have is refused afterwards."""
    given = {":a": {"S": "a"}, ":b": {"S": "b"}, ":s": {"S": "S"}, ":n": {"N": "1"}}
    used: dict[str, AttributeValue] = {n: v for n, v in given.items() if n in text}
    request: dict[str, Any] = {"KeyConditionExpression": text}
    if used:
        request["ExpressionAttributeValues"] = used
    with pytest.raises(ApiError) as caught:
        read_expressions(request, _KINDS)
    assert message == caught.value.message


def test_form_is_checked_after_every_expression_was_read() -> None:
    """A key condition that no key can have is reported after faults of the filter."""
    request = {
        "KeyConditionExpression": "a <> :a",
        "FilterExpression": "a = :unknown",
        "ExpressionAttributeValues": {":a": {"S": "x"}},
    }
    with pytest.raises(ApiError, match="Invalid FilterExpression: An expression attribute value"):
        read_expressions(request, _KINDS)


@pytest.mark.parametrize(
    ("text", "key", "matches"),
    [
        ("pk = :p", {}, True),
        ("pk = :p AND sk > :1", {"sk": {"N": "2"}}, True),
        ("pk = :p AND sk > :1", {"sk": {"N": "1"}}, False),
        ("pk = :p AND sk >= :1", {"sk": {"N": "1"}}, True),
        ("pk = :p AND sk < :1", {"sk": {"N": "0"}}, True),
        ("pk = :p AND sk = :1", {"sk": {"N": "1"}}, True),
        ("pk = :p AND sk = :1", {"sk": {"S": "1"}}, False),
        ("pk = :p AND sk BETWEEN :1 AND :9", {"sk": {"N": "9"}}, True),
        ("pk = :p AND sk BETWEEN :1 AND :9", {"sk": {"N": "10"}}, False),
        ("pk = :p AND sk = :1", {}, False),
    ],
)
def test_range_tells_whether_a_key_is_in_it(
    text: str,
    key: dict[str, AttributeValue],
    matches: bool,  # noqa: FBT001
) -> None:
    """A start key outside of the conditions is refused by Query."""
    assert matches is _bound(text, SORTED).matches_range(key)
