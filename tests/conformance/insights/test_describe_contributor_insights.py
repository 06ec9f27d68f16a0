"""DescribeContributorInsights, seen from outside."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

MakeTable = Callable[..., str]
Update = Callable[..., dict[str, Any]]


def _described(dynamodb: "DynamoDBClient", **request: Any) -> dict[str, Any]:
    answer: dict[str, Any] = dict(dynamodb.describe_contributor_insights(**request))
    del answer["ResponseMetadata"]
    return answer


def test_describe_contributor_insights_never_enabled_has_only_the_status(
    dynamodb: "DynamoDBClient", make_indexed: MakeTable
) -> None:
    """There is neither a mode nor a time, for the table and for an index."""
    name = make_indexed()
    expected = {"TableName": name, "ContributorInsightsStatus": "DISABLED"}
    assert expected == _described(dynamodb, TableName=name)
    of_index = _described(dynamodb, TableName=name, IndexName="global")
    assert expected | {"IndexName": "global"} == of_index


def test_describe_contributor_insights_lists_rules_named_after_the_resource(
    dynamodb: "DynamoDBClient", make_indexed: MakeTable, update: Update
) -> None:
    """Four rules where there is a sort key, two where there is none; an index's name follows its table's."""
    name = make_indexed()
    update("ENABLE", name)
    update("ENABLE", name, IndexName="global")
    prefix = "DynamoDBContributorInsights"
    rules = _described(dynamodb, TableName=name)["ContributorInsightsRuleList"]
    assert ["PKC", "SKC", "PKT", "SKT"] == [rule.split("-")[1] for rule in rules]
    of_index = _described(dynamodb, TableName=name, IndexName="global")
    rules += of_index["ContributorInsightsRuleList"]
    assert ["PKC", "PKT"] == [rule.split("-")[1] for rule in rules[4:]]
    for rule, resource in zip(rules, [name] * 4 + [f"{name}-global"] * 2, strict=True):
        matched = re.fullmatch(rf"{prefix}-[PS]K[CT]-(.+)-[0-9]{{13}}", rule)
        assert matched is not None
        assert resource.startswith(matched[1])
        assert len(rule) <= 128


def test_describe_contributor_insights_takes_an_arn(
    dynamodb: "DynamoDBClient", make_table: MakeTable, update: Update
) -> None:
    """A table may be named by its ARN; the answer has its name."""
    name = make_table()
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    assert name == update("ENABLE", arn)["TableName"]
    answer = _described(dynamodb, TableName=arn)
    assert (name, "ENABLED") == (answer["TableName"], answer["ContributorInsightsStatus"])


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"TableName": "no-such-table"}, "Table: no-such-table not found"),
        (
            {"TableName": "no-such-table", "IndexName": "no-such-index"},
            "Table: no-such-table not found",
        ),
    ],
)
def test_describe_contributor_insights_of_a_missing_table_is_refused(
    dynamodb: "DynamoDBClient", request_: dict[str, Any], message: str
) -> None:
    """The table is looked for before the index."""
    with pytest.raises(ClientError) as refused:
        dynamodb.describe_contributor_insights(**request_)
    error = refused.value.response["Error"]
    assert "ResourceNotFoundException" == error["Code"]
    assert f"Requested resource not found: {message}" == error["Message"]


def test_describe_contributor_insights_of_a_missing_index_is_refused(
    dynamodb: "DynamoDBClient", make_indexed: MakeTable
) -> None:
    """The refusal names index and table."""
    name = make_indexed()
    with pytest.raises(ClientError) as refused:
        dynamodb.describe_contributor_insights(TableName=name, IndexName="local")
    expected = f"Requested resource not found: Index: local not found for table: {name}"
    assert expected == refused.value.response["Error"]["Message"]


def test_describe_contributor_insights_of_an_index_made_again_is_disabled(
    dynamodb: "DynamoDBClient", make_indexed: MakeTable, update: Update
) -> None:
    """The setting goes with its index, and the index's name does not bring it back."""
    name = make_indexed()
    update("ENABLE", name, IndexName="global")
    dynamodb.update_table(
        TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "global"}}]
    )
    waiter = dynamodb.get_waiter("table_exists")
    waiter.wait(TableName=name)
    dynamodb.update_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "gk", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "global",
                    "KeySchema": [{"AttributeName": "gk", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    answer = _described(dynamodb, TableName=name, IndexName="global")
    expected = {"TableName": name, "IndexName": "global", "ContributorInsightsStatus": "DISABLED"}
    assert expected == answer
