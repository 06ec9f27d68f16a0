"""SerializationException: the texts of AWS's JSON parser, and what it converts."""

from typing import Any

import pytest

from globaltables.api.model import Models, load_models
from globaltables.foundation.errors import ApiError

_PACKAGE = "com.amazonaws.dynamodb.v20120810."
_STRUCTURE = "Start of structure or map found where not expected"
_FIELD = "Unexpected field type"
_VALUE = "Unexpected value type in payload"
_BASE64 = "Invalid last non-pad Base64 character dectected"


@pytest.fixture(scope="module")
def models() -> Models:
    """The contract of both services."""
    return load_models()


def _refusal(models: Models, operation: str, request: Any) -> str | None:
    model = models.operation(f"DynamoDB_20120810.{operation}")
    assert model is not None
    with pytest.raises(ApiError) as refused:
        model.check(request)
    assert "SerializationException" == refused.value.code
    return refused.value.message


def _checked(models: Models, operation: str, request: Any) -> Any:
    model = models.operation(f"DynamoDB_20120810.{operation}")
    assert model is not None
    model.check(request)
    return request


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "TRUE_VALUE cannot be converted to String"),
        (False, "FALSE_VALUE cannot be converted to String"),
        (23, "NUMBER_VALUE cannot be converted to String"),
        (34.56, "DECIMAL_VALUE cannot be converted to String"),
        ([], "Unrecognized collection type class java.lang.String"),
        ({}, _STRUCTURE),
    ],
)
def test_string_of_another_type_is_refused(models: Models, value: Any, text: str) -> None:
    """A TableName is a string."""
    assert text == _refusal(models, "GetItem", {"TableName": value})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("23", "Unexpected token received from parser"),
        (23, "NUMBER_VALUE cannot be converted to Boolean"),
        (34.56, "DECIMAL_VALUE cannot be converted to Boolean"),
        ([], "Unrecognized collection type class java.lang.Boolean"),
        ({}, _STRUCTURE),
    ],
)
def test_boolean_of_another_type_is_refused(models: Models, value: Any, text: str) -> None:
    """ConsistentRead is a boolean."""
    assert text == _refusal(models, "GetItem", {"ConsistentRead": value})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("23", "STRING_VALUE cannot be converted to Integer"),
        (True, "TRUE_VALUE cannot be converted to Integer"),
        ([], "Unrecognized collection type class java.lang.Integer"),
        ({}, _STRUCTURE),
    ],
)
def test_integer_of_another_type_is_refused(models: Models, value: Any, text: str) -> None:
    """A Limit is a number."""
    assert text == _refusal(models, "Scan", {"Limit": value})


@pytest.mark.parametrize(
    ("operation", "request_", "text"),
    [
        ("PutItem", [], None),
        ("PutItem", "text", None),
        ("GetItem", {"AttributesToGet": "a"}, _FIELD),
        ("GetItem", {"AttributesToGet": {}}, _STRUCTURE),
        ("GetItem", {"Key": 1}, _FIELD),
        (
            "GetItem",
            {"Key": []},
            f"Unrecognized collection type java.util.Map<java.lang.String, {_PACKAGE}AttributeValue>",
        ),
        ("GetItem", {"Key": {"a": "b"}}, _VALUE),
        (
            "GetItem",
            {"Key": {"a": []}},
            f"Unrecognized collection type class {_PACKAGE}AttributeValue",
        ),
        ("PutItem", {"Expected": {"a": {"Value": "b"}}}, _FIELD),
        ("PutItem", {"Expected": {"a": 1}}, _VALUE),
        ("CreateTable", {"ProvisionedThroughput": 1}, _FIELD),
        (
            "CreateTable",
            {"ProvisionedThroughput": []},
            f"Unrecognized collection type class {_PACKAGE}ProvisionedThroughput",
        ),
        ("CreateTable", {"KeySchema": [1]}, _VALUE),
        (
            "BatchWriteItem",
            {"RequestItems": []},
            f"Unrecognized collection type java.util.Map<java.lang.String, java.util.List<{_PACKAGE}WriteRequest>>",
        ),
    ],
)
def test_collection_of_another_type_is_refused(
    models: Models, operation: str, request_: Any, text: str | None
) -> None:
    """The text says where the value stands: in a structure, in a list or map, or as the whole request."""
    assert text == _refusal(models, operation, request_)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("BatchWriteItem", {"RequestItems": {"a": "b"}}),
        ("BatchGetItem", {"RequestItems": {"a": {"Keys": ["b"]}}}),
    ],
)
def test_scalar_for_a_collection_in_a_collection_is_refused(
    models: Models, operation: str, request_: Any
) -> None:
    """AWS's parser fails on the type parameters there."""
    text = _refusal(models, operation, request_)

    assert text is not None
    assert text.startswith(
        "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"S": 1}, "NUMBER_VALUE cannot be converted to String"),
        ({"N": 1}, "NUMBER_VALUE cannot be converted to String"),
        ({"B": 1}, "only base-64-encoded strings are convertible to bytes"),
        ({"B": []}, "Unrecognized collection type class java.nio.ByteBuffer"),
        ({"B": {}}, _STRUCTURE),
        ({"B": "23456"}, "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
        ({"B": "=+/="}, _BASE64),
        ({"B": "+/+="}, _BASE64),
        ({"B": "ab=="}, _BASE64),
        ({"B": "****"}, _BASE64),
        ({"B": "éééé"}, _BASE64),
        ({"BOOL": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
        ({"NULL": "x"}, "Unexpected token received from parser"),
        ({"SS": "a"}, _FIELD),
        ({"SS": {}}, _STRUCTURE),
        ({"SS": [1]}, "NUMBER_VALUE cannot be converted to String"),
        ({"NS": [1]}, "NUMBER_VALUE cannot be converted to String"),
        ({"BS": ["a"]}, "Base64 encoded length is expected a multiple of 4 bytes but found: 1"),
        ({"L": {}}, _STRUCTURE),
        ({"L": ["a"]}, _VALUE),
        ({"L": [{"S": "a"}, {"BS": [1]}]}, "only base-64-encoded strings are convertible to bytes"),
        (
            {"M": []},
            f"Unrecognized collection type java.util.Map<java.lang.String, {_PACKAGE}AttributeValue>",
        ),
        ({"M": 1}, _FIELD),
        ({"M": {"a": {"N": 1}}}, "NUMBER_VALUE cannot be converted to String"),
        ({"S": "a", "N": 1}, "NUMBER_VALUE cannot be converted to String"),
    ],
)
def test_attribute_value_of_another_type_is_refused(models: Models, value: Any, text: str) -> None:
    """Each type of value has one JSON type, in items as in any other place."""
    assert text == _refusal(models, "PutItem", {"Item": {"a": {"S": "b"}, "c": value}})
    assert text == _refusal(models, "PutItem", {"Expected": {"a": {"Value": value}}})
    assert text == _refusal(models, "ExecuteStatement", {"Parameters": [value]})


def test_attribute_values_of_each_type_are_left_as_they_are(models: Models) -> None:
    """A good item costs no copy."""
    item = {
        "s": {"S": ""},
        "n": {"N": "1"},
        "b": {"B": "YWI="},
        "e": {"B": ""},
        "t": {"BOOL": True},
        "z": {"NULL": True},
        "ss": {"SS": ["a"]},
        "ns": {"NS": ["1"]},
        "bs": {"BS": ["YQ=="]},
        "l": {"L": [{"S": "a"}, {"M": {}}]},
        "m": {"M": {"a": {"L": []}}},
    }

    request = _checked(models, "PutItem", {"TableName": "users", "Item": dict(item)})

    assert item == request["Item"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"BOOL": "yes"}, {"BOOL": True}),
        ({"NULL": "no"}, {"NULL": False}),
        ({"S": None}, {}),
        ({"X": "a"}, {}),
        ({"S": "a", "N": None}, {"S": "a"}),
        (None, {}),
        ({"L": [None]}, {"L": [{}]}),
        ({"M": {"b": None}}, {"M": {"b": {}}}),
    ],
)
def test_attribute_value_is_normalised(models: Models, value: Any, expected: Any) -> None:
    """Texts become booleans; null and unknown types go, so that the value counts as empty."""
    request = _checked(models, "PutItem", {"TableName": "users", "Item": {"a": value}})

    assert {"a": expected} == request["Item"]


@pytest.mark.parametrize("kind", ["SS", "NS", "BS"])
def test_null_in_a_set_is_refused(models: Models, kind: str) -> None:
    """A set has no null members."""
    model = models.operation("DynamoDB_20120810.PutItem")
    assert model is not None

    with pytest.raises(ApiError, match="One or more parameter values were invalid"):
        model.check({"Item": {"a": {kind: [None]}}})


def test_very_deep_value_is_refused_and_not_an_exhausted_stack(models: Models) -> None:
    """The depth of a request is the caller's choice, so it may not decide about ours."""
    value: dict[str, Any] = {"S": "a"}
    for _ in range(5_000):
        value = {"L": [value]}
    model = models.operation("DynamoDB_20120810.PutItem")
    assert model is not None

    with pytest.raises(ApiError, match="Nesting Levels have exceeded supported limits"):
        model.check({"Item": {"a": value}})


def test_members_unknown_or_null_are_removed(models: Models) -> None:
    """Behind the check every member is one that the model knows."""
    request: Any = {"TableName": "users", "Key": {}, "Nonsense": [1], "ConsistentRead": None}

    assert {"TableName": "users", "Key": {}} == _checked(models, "GetItem", request)


def test_scalars_are_converted_as_by_the_parser_of_aws(models: Models) -> None:
    """Texts are read as booleans, and a fraction is cut off."""
    request = {"TableName": "users", "ConsistentRead": "true", "Limit": 10.9}

    assert {"TableName": "users", "ConsistentRead": True, "Limit": 10} == _checked(
        models, "Scan", request
    )
