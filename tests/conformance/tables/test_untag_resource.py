"""UntagResource, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def test_untag_resource_removes_what_is_there(client: Client, make_table: MakeTable) -> None:
    """Named tags go, the others stay; an unknown key is no error."""
    dynamodb = client()
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    name = make_table(Tags=tags)
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["a", "unknown"])
    assert tags[1:] == dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]


def test_untag_resource_no_keys_is_refused(client: Client, make_table: MakeTable) -> None:
    """At least one key is to be given."""
    dynamodb = client()
    arn = dynamodb.describe_table(TableName=make_table())["Table"]["TableArn"]
    with pytest.raises(ClientError, match="Atleast one Tag Key needs to be provided as Input"):
        dynamodb.untag_resource(ResourceArn=arn, TagKeys=[])
