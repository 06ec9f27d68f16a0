"""ListContributorInsights, seen from outside."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

MakeTable = Callable[..., str]
Update = Callable[..., dict[str, Any]]


def _pages(dynamodb: "DynamoDBClient", **request: Any) -> list[list[tuple[str, str | None]]]:
    """Return the tables and indexes on each page."""
    pages, token = [], None
    while True:
        given = request if token is None else request | {"NextToken": token}
        answer = dynamodb.list_contributor_insights(**given)
        pages.append(
            [
                (one["TableName"], one.get("IndexName"))
                for one in answer["ContributorInsightsSummaries"]
            ]
        )
        token = answer.get("NextToken")
        if token is None:
            return pages


def test_list_contributor_insights_has_what_is_enabled(
    dynamodb: "DynamoDBClient", make_indexed: MakeTable, update: Update
) -> None:
    """The table comes before its index; what is disabled is not listed."""
    name = make_indexed()
    assert [[]] == _pages(dynamodb, TableName=name)
    update("ENABLE", name, IndexName="global", ContributorInsightsMode="THROTTLED_KEYS")
    update("ENABLE", name)
    answer = dynamodb.list_contributor_insights(TableName=name)
    of_table = {
        "TableName": name,
        "ContributorInsightsStatus": "ENABLED",
        "ContributorInsightsMode": "ACCESSED_AND_THROTTLED_KEYS",
    }
    of_index = of_table | {"IndexName": "global", "ContributorInsightsMode": "THROTTLED_KEYS"}
    assert [of_table, of_index] == answer["ContributorInsightsSummaries"]
    update("DISABLE", name)
    assert [[(name, "global")]] == _pages(dynamodb, TableName=name)


def test_list_contributor_insights_pages_join_without_a_gap(
    dynamodb: "DynamoDBClient", make_indexed: MakeTable, make_table: MakeTable, update: Update
) -> None:
    """MaxResults cuts pages, for one table and for all; the last page has no token."""
    first, second = make_indexed(), make_table()
    update("ENABLE", first)
    update("ENABLE", first, IndexName="global")
    update("ENABLE", second)
    assert [[(first, None)], [(first, "global")]] == _pages(dynamodb, TableName=first, MaxResults=1)

    found = [one for page in _pages(dynamodb, MaxResults=1) for one in page]
    mine = [one for one in found if one[0] in (first, second)]
    assert sorted([(first, None), (first, "global"), (second, None)], key=str) == sorted(
        mine, key=str
    )
    assert set(mine) <= {one for page in _pages(dynamodb) for one in page}


def test_list_contributor_insights_of_a_deleted_table_are_gone(
    dynamodb: "DynamoDBClient", make_table: MakeTable, update: Update
) -> None:
    """Nothing has to be disabled before a table is deleted."""
    name = make_table()
    update("ENABLE", name)
    dynamodb.delete_table(TableName=name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=name)
    assert name not in {table for page in _pages(dynamodb) for table, _ in page}
    with pytest.raises(ClientError, match=f"Table: {name} not found"):
        dynamodb.list_contributor_insights(TableName=name)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"MaxResults": 101}, "ValidationException"),
        ({"MaxResults": 0}, "ValidationException"),
        ({"NextToken": "none-of-yours"}, "ValidationException"),
        ({"NextToken": "WzEsMl0="}, "ValidationException"),
        ({"TableName": "no-such-table"}, "ResourceNotFoundException"),
    ],
)
def test_list_contributor_insights_with_a_bad_parameter_is_refused(
    dynamodb: "DynamoDBClient", request_: dict[str, Any], code: str
) -> None:
    """Numbers out of bounds, tokens that were not given, tables that are not there."""
    with pytest.raises(ClientError) as refused:
        dynamodb.list_contributor_insights(**request_)
    assert code == refused.value.response["Error"]["Code"]
