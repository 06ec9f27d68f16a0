"""TagResource, seen from outside; and the ARNs that all operations on tags refuse."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
MakeTable = Callable[..., str]
TAG = {"Key": "a", "Value": "1"}


def arn_of(client: Any, table: str) -> str:
    """Return a table's ARN."""
    return str(client.describe_table(TableName=table)["Table"]["TableArn"])


def tags_of(client: Any, arn: str) -> dict[str, str]:
    """Return a table's tags."""
    tags = client.list_tags_of_resource(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in tags}


def test_tag_resource_tags_are_added_and_replaced(client: Client, make_table: MakeTable) -> None:
    """Tags are a map: a key has one value."""
    dynamodb = client()
    arn = arn_of(dynamodb, make_table())
    dynamodb.tag_resource(ResourceArn=arn, Tags=[TAG, {"Key": "b", "Value": "2"}])
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "3"}])
    assert {"a": "3", "b": "2"} == tags_of(dynamodb, arn)


def test_tag_resource_one_wrong_tag_refuses_all(client: Client, make_table: MakeTable) -> None:
    """A request is carried out as a whole or not at all."""
    dynamodb = client()
    arn = arn_of(dynamodb, make_table())
    with pytest.raises(ClientError, match="Tag Key cannot be prefixed with aws:, Key: aws:b"):
        dynamodb.tag_resource(ResourceArn=arn, Tags=[TAG, {"Key": "aws:b", "Value": ""}])
    with pytest.raises(ClientError, match="Atleast one Tag needs to be provided as Input"):
        dynamodb.tag_resource(ResourceArn=arn, Tags=[])
    assert {} == tags_of(dynamodb, arn)


@pytest.mark.parametrize(
    ("arn", "code", "text"),
    [
        (
            "not-a-valid-arn",
            "ValidationException",
            "One or more parameter values were invalid: ARNs must start with 'arn:'",
        ),
        (
            "arn:aws:s3:us-east-1:{account}:table/abc",
            "ValidationException",
            "One or more parameter values were invalid: Provided Arn is not a DynamoDB resource arn",
        ),
        (
            "arn:aws:dynamodb:us-east-1:{account}:table/ab",
            "ValidationException",
            "Invalid TableArn: Invalid ResourceArn provided as input arn:aws:dynamodb",
        ),
        (
            "arn:aws:dynamodb:us-east-1:{account}:table/abc/index/gsi",
            "ValidationException",
            (
                "One or more parameter values were invalid: Invalid resource arn provided, "
                "only table or stream is accepted. Provided resource arn: arn:aws:dynamodb"
            ),
        ),
        (
            "arn:aws:dynamodb:us-east-1:999999999999:table/abc",
            "AccessDeniedException",
            "User: arn:aws:iam::",
        ),
        (
            "arn:aws:dynamodb:us-east-1:{account}:table/no-such-table",
            "ResourceNotFoundException",
            "Requested resource not found",
        ),
    ],
)
@pytest.mark.parametrize("operation", ["tag_resource", "untag_resource", "list_tags_of_resource"])
def test_tag_resource_wrong_arn_is_refused(
    client: Client, make_table: MakeTable, operation: str, arn: str, code: str, text: str
) -> None:
    """Every operation on tags checks its ARN in the same way."""
    dynamodb = client(validated=False)
    account = arn_of(dynamodb, make_table()).split(":")[4]
    members: dict[str, Any] = {
        "tag_resource": {"Tags": [TAG]},
        "untag_resource": {"TagKeys": ["a"]},
    }
    with pytest.raises(ClientError) as refused:
        getattr(dynamodb, operation)(
            ResourceArn=arn.format(account=account), **members.get(operation, {})
        )
    error = refused.value.response["Error"]
    assert code == error["Code"]
    assert error["Message"].startswith(text)
