"""Properties against the schemas of their types, and requests made of them."""

from typing import Any

import pytest

from globaltables.companions.cloudformation.property_checks import checked_properties
from globaltables.companions.cloudformation.requests import request_of
from globaltables.companions.cloudformation.resource_types.registry import served_types
from globaltables.companions.cloudformation.schemas import Schema, is_known, schema_of
from globaltables.companions.cloudformation.stack_policies import denial
from globaltables.foundation.errors import ApiError


def _schema(name: str) -> Schema:
    found = schema_of(name)
    assert found is not None
    return found


def test_every_served_type_has_a_schema() -> None:
    """The schemas are AWS's; a type of ours that AWS does not have would be a misspelling."""
    assert [] == [name for name in served_types() if not is_known(name)]


def test_scalars_become_what_the_schema_says() -> None:
    """As CloudFormation does: parameters are always texts."""
    given = {
        "QueueName": 5,
        "DelaySeconds": "10",
        "FifoQueue": "true",
    }

    assert {
        "QueueName": "5",
        "DelaySeconds": 10,
        "FifoQueue": True,
    } == checked_properties(_schema("AWS::SQS::Queue"), given)


@pytest.mark.parametrize(
    ("kind", "properties", "text"),
    [
        ("AWS::SQS::Queue", {"Nothing": 1}, "Encountered unsupported property Nothing"),
        ("AWS::SQS::Queue", {"Arn": "x"}, "Encountered unsupported property Arn"),
        ("AWS::DynamoDB::Table", {}, "#: required key [KeySchema] not found"),
        (
            "AWS::DynamoDB::GlobalTable",
            {"Replicas": "x"},
            "Value of property Replicas must be of type List",
        ),
        (
            "AWS::DynamoDB::GlobalTable",
            {"Replicas": [{"Region": "a", "Name": "b"}]},
            "Encountered unsupported property Name",
        ),
        (
            "AWS::DynamoDB::Table",
            {"KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}], "BillingMode": "FREE"},
            "#/BillingMode: #FREE is not a valid enum value",
        ),
        ("AWS::SQS::Queue", {"DelaySeconds": "x"}, "expected type: Integer, found: String"),
    ],
)
def test_properties_that_do_not_fit_are_refused(
    kind: str, properties: dict[str, Any], text: str
) -> None:
    """Unknown, read-only, missing, of a wrong type, of a wrong value."""
    with pytest.raises(ApiError) as refusal:
        checked_properties(_schema(kind), properties)

    assert text in str(refusal.value.message)


def test_requests_have_the_members_that_properties_name_in_any_spelling() -> None:
    """Lists of tags become objects or TagKey and TagValue where the service has them so; others are left out."""
    tags = [{"Key": "a", "Value": "b"}]

    assert {"logGroupName": "x", "tags": {"a": "b"}} == request_of(
        "logs", "CreateLogGroup", {"LogGroupName": "x", "Tags": tags, "RetentionInDays": 3}
    )
    assert {"Tags": [{"TagKey": "a", "TagValue": "b"}]} == request_of(
        "kms", "CreateKey", {"Tags": tags}
    )


def test_stack_policies_deny_what_no_statement_allows() -> None:
    """A denial wins over a permission."""
    policy = (
        '{"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},'
        '{"Effect": "Deny", "Action": "Update:Replace", "Principal": "*",'
        ' "Resource": "LogicalResourceId/T*"}]}'
    )
    stack = {"policy": policy}

    assert denial(stack, "Table", "AWS::DynamoDB::Table", "Update:Modify") is None
    assert (
        "Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource "
        "[Table];"
    ) == denial(stack, "Table", "AWS::DynamoDB::Table", "Update:Replace")
    assert "Statement [#0]" in str(
        denial({"policy": '{"Statement": []}'}, "Table", "AWS::DynamoDB::Table", "Update:Modify")
    )
