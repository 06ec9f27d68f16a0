"""What the tests of Contributor Insights share: a table with both kinds of index, and waiting for a status."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.support.indexed_tables import INDEXED
from tests.support.target import Target
from tests.support.waiting import eventually

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

#: AWS takes one second to sixteen.
_SECONDS_MAX = 30
Update = Callable[..., dict[str, Any]]


@pytest.fixture
def dynamodb(target: Target) -> "DynamoDBClient":
    """A client of the region in which `make_table` makes tables."""
    return target.client()


@pytest.fixture
def make_indexed(make_table: Callable[..., str]) -> Callable[[], str]:
    """Make tables with the keys pk and sk, the local index `local` and the global index `global`."""
    return lambda: make_table(sort="S", **INDEXED)


@pytest.fixture
def update(dynamodb: "DynamoDBClient") -> Update:
    """Change Contributor Insights, wait until they settle: `update("ENABLE", table, IndexName="global")`."""

    def change(action: Literal["ENABLE", "DISABLE"], table: str, **members: str) -> dict[str, Any]:
        request: dict[str, Any] = {"TableName": table, **members}
        answer: dict[str, Any] = dict(
            dynamodb.update_contributor_insights(ContributorInsightsAction=action, **request)
        )
        del answer["ResponseMetadata"]
        request.pop("ContributorInsightsMode", None)

        def settled() -> bool:
            described = dynamodb.describe_contributor_insights(**request)
            return not described["ContributorInsightsStatus"].endswith("ING")

        assert eventually(settled, seconds_max=_SECONDS_MAX)
        return answer

    return change
