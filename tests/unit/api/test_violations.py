"""ValidationException: which constraints AWS reports, in which words and order."""

from typing import Any

import pytest

from globaltables.api.model import Models, load_models
from globaltables.api.service_model import read_service_model
from globaltables.foundation.errors import ApiError

_NULL = "failed to satisfy constraint: Member must not be null"
_PATTERN = (
    "failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
)
_ENUM = "failed to satisfy constraint: Member must satisfy enum value set:"
_NAMES = (
    "failed to satisfy constraint: Map keys must satisfy constraint: "
    "[Member must have length less than or equal to 255, "
    "Member must have length greater than or equal to 3, "
    "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"
)
_CONTROL = "TableName must be at least 3 characters long and at most 255 characters long"
_VALUE_AT_LEAST = "failed to satisfy constraint: Member must have value greater than or equal to"
_TABLE_CLASS = (
    "Invalid table-class parameter provided. Please try again with a valid table-class value: "
    "[STANDARD, STANDARD_INFREQUENT_ACCESS]."
)
_ABSENT = "The parameter 'TableName' is required but was not present in the request"


@pytest.fixture(scope="module")
def models() -> Models:
    """The contract of both services."""
    return load_models()


def _at_least(length: int) -> str:
    return (
        f"failed to satisfy constraint: Member must have length greater than or equal to {length}"
    )


def _at_most(length: int) -> str:
    return f"failed to satisfy constraint: Member must have length less than or equal to {length}"


def _listed(*violations: str) -> str:
    errors = "error" if len(violations) == 1 else "errors"
    return f"{len(violations)} validation {errors} detected: {'; '.join(violations)}"


def _refusal(models: Models, operation: str, request: Any) -> str | None:
    service = "DynamoDBStreams" if "Stream" in operation or "Records" in operation else "DynamoDB"
    model = models.operation(f"{service}_20120810.{operation}")
    assert model is not None
    with pytest.raises(ApiError) as refused:
        model.check(request)
    assert "ValidationException" == refused.value.code
    return refused.value.message


def _accepts(models: Models, operation: str, request: Any) -> bool:
    model = models.operation(f"DynamoDB_20120810.{operation}")
    assert model is not None
    model.check(request)
    return True


@pytest.mark.parametrize(
    ("name", "violations"),
    [
        (
            "a;",
            [f"Value 'a;' at 'tableName' {_PATTERN}", f"Value 'a;' at 'tableName' {_at_least(3)}"],
        ),
        ("a" * 256, [f"Value '{'a' * 256}' at 'tableName' {_at_most(255)}"]),
        ("", [f"Value '' at 'tableName' {_at_least(1)}"]),
        (None, [f"Value null at 'tableName' {_NULL}"]),
        ("arn:" + "a" * 1024, [f"Value 'arn:{'a' * 1024}' at 'tableName' {_at_most(1024)}"]),
    ],
)
def test_table_name_of_an_item_operation_is_listed(
    models: Models, name: str | None, violations: list[str]
) -> None:
    """A name has the limits of names although the model allows an ARN."""
    assert _listed(*violations) == _refusal(models, "PutItem", {"TableName": name, "Item": {}})


def test_table_name_that_is_empty_hides_other_violations(models: Models) -> None:
    """AWS stops at an empty name."""
    request = {"TableName": "", "Item": {}, "ReturnValues": "hi"}

    assert _listed(f"Value '' at 'tableName' {_at_least(1)}") == _refusal(
        models, "PutItem", request
    )


def test_table_name_that_is_an_arn_is_accepted(models: Models) -> None:
    """Most operations take an ARN in place of a name."""
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/users"

    assert _accepts(models, "DescribeTable", {"TableName": arn})


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({}, _ABSENT),
        ({"TableName": ""}, _CONTROL),
        ({"TableName": "a;"}, _CONTROL),
        ({"TableName": "a" * 256}, _CONTROL),
        ({"TableName": "abc;"}, _listed(f"Value 'abc;' at 'tableName' {_PATTERN}")),
    ],
)
@pytest.mark.parametrize(
    "operation", ["DeleteTable", "DescribeTable", "DescribeTimeToLive", "UpdateTable"]
)
def test_table_name_of_a_control_operation_is_checked_first(
    models: Models, operation: str, request_: Any, text: str
) -> None:
    """The control plane has words of its own for a missing name and for its length."""
    assert text == _refusal(models, operation, dict(request_))


def test_table_name_of_a_complete_create_table_is_listed(models: Models) -> None:
    """A request that lacks nothing gets the sentence of the list."""
    request = {
        "TableName": "ab",
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    }

    assert _listed(f"Value 'ab' at 'tableName' {_at_least(3)}") == _refusal(
        models, "CreateTable", request
    )


@pytest.mark.parametrize(
    ("operation", "request_", "text"),
    [
        ("BatchGetItem", {}, _listed(f"Value null at 'requestItems' {_NULL}")),
        (
            "BatchGetItem",
            {"RequestItems": {}},
            "The requestItems parameter is required for BatchGetItem",
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {}},
            "The requestItems parameter is required for BatchWriteItem",
        ),
        (
            "BatchGetItem",
            {"RequestItems": {"my.table": {"Keys": [{}] * 101}}},
            "1 validation error detected: Value at 'RequestItems.my.table.member.Keys' "
            + _at_most(100),
        ),
        (
            "Query",
            {"TableName": "abc", "Limit": 0},
            _listed(f"Value at 'Limit' {_VALUE_AT_LEAST} 1"),
        ),
        (
            "UpdateTable",
            {"TableName": "abc", "TableClass": "hi"},
            _TABLE_CLASS,
        ),
        (
            "TransactGetItems",
            {"TransactItems": []},
            _listed(f"Value '[]' at 'transactItems' {_at_least(1)}"),
        ),
        ("TagResource", {}, "Invalid TableArn"),
        ("TagResource", {"ResourceArn": "a:b:c:d:e:f/g"}, _listed(f"Value null at 'tags' {_NULL}")),
        (
            "Scan",
            {"TableName": "abc", "Limit": 0},
            _listed(
                "Value '0' at 'limit' failed to satisfy constraint: "
                "Member must have value greater than or equal to 1"
            ),
        ),
        (
            "ListStreams",
            {"Limit": 101},
            _listed(
                "Value '101' at 'limit' failed to satisfy constraint: "
                "Member must have value less than or equal to 100"
            ),
        ),
        (
            "TransactGetItems",
            {"TransactItems": [None]},
            _listed(f"Value null at 'transactItems.1.member' {_NULL}"),
        ),
    ],
)
def test_single_violation_has_the_text_of_aws(
    models: Models, operation: str, request_: Any, text: str
) -> None:
    """Some checks of the service come after the list and have their own words."""
    assert text == _refusal(models, operation, request_)


def test_violations_are_listed_in_the_order_of_aws(models: Models) -> None:
    """The order is the service's, not the request's."""
    request = {
        "ReturnValues": "hi",
        "ReturnItemCollectionMetrics": "hi",
        "ReturnConsumedCapacity": "hi",
        "TableName": "abc;",
    }

    assert _listed(
        f"Value 'hi' at 'returnConsumedCapacity' {_ENUM} [INDEXES, TOTAL, NONE]",
        f"Value 'abc;' at 'tableName' {_PATTERN}",
        f"Value null at 'item' {_NULL}",
        f"Value 'hi' at 'returnValues' {_ENUM} [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
        f"Value 'hi' at 'returnItemCollectionMetrics' {_ENUM} [SIZE, NONE]",
    ) == _refusal(models, "PutItem", request)


def test_violations_beyond_ten_are_not_reported(models: Models) -> None:
    """Nine empty indexes break 27 constraints."""
    request = {
        "TableName": "abc",
        "AttributeDefinitions": [],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
        "LocalSecondaryIndexes": [{} for _ in range(9)],
    }

    text = _refusal(models, "CreateTable", request)

    assert text is not None
    assert text.startswith("10 validation errors detected: ")
    assert text.endswith(f"Value null at 'localSecondaryIndexes.4.member.indexName' {_NULL}")


def test_violations_in_a_batch_name_keys_values_and_members(models: Models) -> None:
    """Keys and lengths are reported for the whole map, missing members where they are missing."""
    request: Any = {"RequestItems": {"aa;": [{"PutRequest": {}}], "abc": []}}
    put = "PutRequest(item=null, workloadProfileName=null)"
    quoted = f"'{{aa;=[WriteRequest(putRequest={put}, deleteRequest=null)], abc=[]}}'"

    assert _listed(
        f"Value {quoted} at 'requestItems' {_NAMES}",
        f"Value {quoted} at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
        "[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]",
        f"Value null at 'requestItems.aa;.member.1.member.putRequest.item' {_NULL}",
    ) == _refusal(models, "BatchWriteItem", request)


def test_violations_in_a_list_of_texts_are_reported_for_the_list(models: Models) -> None:
    """An element that is a text has no path of its own."""
    request = {"ResourceArn": "arn:aws:dynamodb:us-east-1:0:table/abc", "TagKeys": ["", "a"]}

    assert _listed(
        "Value '[, a]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: "
        "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"
    ) == _refusal(models, "UntagResource", request)


def test_key_schema_of_three_elements_is_quoted_as_java_prints_it(models: Models) -> None:
    """The model has no greatest length for it, the service has."""
    element = {"AttributeName": "a", "KeyType": "RANGE"}
    request = {"TableName": "abc", "AttributeDefinitions": [], "KeySchema": [element] * 3}
    quoted = ", ".join(["KeySchemaElement(attributeName=a, keyType=RANGE)"] * 3)

    assert _listed(f"Value '[{quoted}]' at 'keySchema' {_at_most(2)}") == _refusal(
        models, "CreateTable", request
    )


@pytest.mark.parametrize("arn", ["", "abcd", "a:b:c:d:e:f", "a:b:c:d:e/f"])
def test_arn_that_names_nothing_taggable_is_left_to_the_operation(models: Models, arn: str) -> None:
    """AWS refuses access to it before it looks for the tags."""
    assert _accepts(models, "TagResource", {"ResourceArn": arn})


@pytest.mark.parametrize(
    "other", [{"GlobalTableSourceArn": "arn:aws:dynamodb:us-east-1:0:table/abc"}]
)
def test_create_table_from_a_global_table_needs_no_schema(models: Models, other: Any) -> None:
    """The source has the schema."""
    assert _accepts(models, "CreateTable", {"TableName": "abc", **other})


def test_violations_in_lists_inside_a_map_are_reported_for_the_map() -> None:
    """What a text in a list in a map breaks is said of the whole map, with all that is asked of its lists."""
    check = read_service_model("lambda/2015-03-31/service-2.json.gz").operations
    request = {
        "FunctionName": "f",
        "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["no port"]}},
    }
    with pytest.raises(ApiError) as refused:
        check["CreateEventSourceMapping"].check(request)
    assert "selfManagedEventSource.endpoints" in str(refused.value.message)
    assert "Map value must satisfy constraint: [Member must have length" in str(
        refused.value.message
    )
    assert "Member must satisfy constraint: [Member must have length" in str(refused.value.message)
