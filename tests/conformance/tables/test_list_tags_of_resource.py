"""ListTagsOfResource, seen from outside."""

from collections.abc import Callable
from typing import Any

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def test_list_tags_of_resource_fifty_tags_come_in_one_page(
    client: Client, make_table: MakeTable
) -> None:
    """A table's tags fit a page; a token that is not ours gives the first page, as on AWS."""
    dynamodb = client()
    tags = [{"Key": f"key{number}", "Value": str(number)} for number in range(50)]
    arn = dynamodb.describe_table(TableName=make_table(Tags=tags))["Table"]["TableArn"]
    page = dynamodb.list_tags_of_resource(ResourceArn=arn, NextToken="unknown")
    assert sorted(tags, key=str) == sorted(page["Tags"], key=str)
    assert "NextToken" not in page


def test_list_tags_of_resource_without_tags_is_empty(client: Client, make_table: MakeTable) -> None:
    """A table begins without tags."""
    dynamodb = client()
    arn = dynamodb.describe_table(TableName=make_table())["Table"]["TableArn"]
    assert [] == dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
