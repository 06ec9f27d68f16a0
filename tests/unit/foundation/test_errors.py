"""Tests of error bodies."""

from typing import Any

import pytest

from globaltables.foundation.errors import (
    ApiError,
    conditional_check_failed,
    invalid_parameters,
    limit_exceeded,
    resource_in_use,
    resource_not_found,
    serialization,
    validation,
)

_SERVICE = "com.amazonaws.dynamodb.v20120810#"


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (
            validation("wrong"),
            {"__type": "com.amazon.coral.validate#ValidationException", "message": "wrong"},
        ),
        (
            invalid_parameters("wrong"),
            {
                "__type": "com.amazon.coral.validate#ValidationException",
                "message": "One or more parameter values were invalid: wrong",
            },
        ),
        (
            serialization("wrong"),
            {"__type": "com.amazon.coral.service#SerializationException", "Message": "wrong"},
        ),
        (serialization(None), {"__type": "com.amazon.coral.service#SerializationException"}),
        (
            resource_not_found(),
            {
                "__type": _SERVICE + "ResourceNotFoundException",
                "message": "Requested resource not found",
            },
        ),
        (
            resource_in_use("busy"),
            {"__type": _SERVICE + "ResourceInUseException", "message": "busy"},
        ),
        (
            limit_exceeded("much"),
            {"__type": _SERVICE + "LimitExceededException", "message": "much"},
        ),
        (
            conditional_check_failed(),
            {
                "__type": _SERVICE + "ConditionalCheckFailedException",
                "message": "The conditional request failed",
            },
        ),
        (
            conditional_check_failed({"pk": {"S": "a"}}),
            {
                "__type": _SERVICE + "ConditionalCheckFailedException",
                "message": "The conditional request failed",
                "Item": {"pk": {"S": "a"}},
            },
        ),
    ],
)
def test_body_has_the_namespace_and_the_members_of_its_code(
    error: ApiError, body: dict[str, Any]
) -> None:
    """AWS spells the member of the text and the namespace differently from code to code."""
    assert (400, body) == (error.status, error.body())
