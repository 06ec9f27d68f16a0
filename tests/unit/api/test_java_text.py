"""Values and enumerations as AWS's Java prints them."""

import pytest

from globaltables.api.java_text import enumeration_order, hash_set_order, quoted
from globaltables.api.model import load_models

_ORDERS = [
    "INDEXES, TOTAL, NONE",
    "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES",
    "IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS",
    "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW",
    "SIZE, NONE",
    "OR, AND",
    "B, N, S",
    "HASH, RANGE",
    "ALL, INCLUDE, KEYS_ONLY",
    "PROVISIONED, PAY_PER_REQUEST",
]


@pytest.mark.parametrize("measured", _ORDERS)
def test_enumeration_order_is_the_one_measured_on_aws(measured: str) -> None:
    """Every measured list is the order of a hash set of 32 buckets, whatever the model's order."""
    shapes = load_models().operations["DynamoDB_20120810.PutItem"].shapes
    values = set(measured.split(", "))
    modelled = next(shape.values for shape in shapes.values() if set(shape.values) == values)

    assert measured == ", ".join(enumeration_order(modelled))


@pytest.mark.parametrize(
    ("shape", "value", "expected"),
    [
        ("TableName", None, "null"),
        ("TableName", "", "''"),
        ("AttributeNameList", ["a", "b"], "'[a, b]'"),
        ("ExpressionAttributeNameMap", {"#a": "a", "#b": "b"}, "'{#a=a, #b=b}'"),
        (
            "KeySchemaElement",
            {"AttributeName": "a"},
            "'KeySchemaElement(attributeName=a, keyType=null)'",
        ),
        ("PutRequest", {}, "'PutRequest(item=null, workloadProfileName=null)'"),
        (
            "StreamSpecification",
            {"StreamEnabled": True},
            "'StreamSpecification(streamEnabled=true, streamViewType=null)'",
        ),
        ("PositiveIntegerObject", -1, "'-1'"),
    ],
)
def test_quoted_value_is_as_java_prints_it(shape: str, value: object, expected: str) -> None:
    """Null is not in quotes; members begin in lower case; absent members are null."""
    shapes = load_models().operations["DynamoDB_20120810.PutItem"].shapes

    assert expected == quoted(value, shapes[shape], shapes)


def test_quoted_attribute_value_is_an_identity() -> None:
    """AWS prints the object's hash, equal for equal values."""
    shapes = load_models().operations["DynamoDB_20120810.PutItem"].shapes
    shape = shapes["AttributeValue"]
    text = quoted({"S": "a"}, shape, shapes)

    assert text.startswith("'com.amazonaws.dynamodb.v20120810.AttributeValue@")
    assert text == quoted({"S": "a"}, shape, shapes)
    assert text != quoted({"S": "b"}, shape, shapes)


@pytest.mark.parametrize(
    ("came", "printed"),
    [
        (["b", "a"], ["a", "b"]),
        (["zz", "aa", "mm"], ["zz", "aa", "mm"]),
        ([f"v{number}" for number in range(13)], sorted(f"v{number}" for number in range(13))),
    ],
)
def test_hash_set_order_is_that_of_the_buckets(came: list[str], printed: list[str]) -> None:
    """The first two were measured on AWS: in the refusal of a statement's filter."""
    order = hash_set_order(came)
    assert sorted(printed) == sorted(order)
    assert len(came) > 12 or printed == order
