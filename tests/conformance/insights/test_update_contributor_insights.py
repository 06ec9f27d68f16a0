"""UpdateContributorInsights, seen from outside."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

MakeTable = Callable[..., str]
Update = Callable[..., dict[str, Any]]
BOTH, THROTTLED = "ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS"


def _described(dynamodb: "DynamoDBClient", **request: Any) -> dict[str, Any]:
    return dict(dynamodb.describe_contributor_insights(**request))


def test_update_contributor_insights_enables_and_disables(
    dynamodb: "DynamoDBClient", make_table: MakeTable, update: Update
) -> None:
    """The answer says what begins; afterwards it is so, and what was in force stays known."""
    name = make_table()
    expected = {
        "TableName": name,
        "ContributorInsightsStatus": "ENABLING",
        "ContributorInsightsMode": BOTH,
    }
    assert expected == update("ENABLE", name)
    enabled = _described(dynamodb, TableName=name)
    assert "ENABLED" == enabled["ContributorInsightsStatus"]

    assert expected | {"ContributorInsightsStatus": "DISABLING"} == update(
        "DISABLE", name, ContributorInsightsMode=THROTTLED
    )
    disabled = _described(dynamodb, TableName=name)
    assert ("DISABLED", BOTH) == (
        disabled["ContributorInsightsStatus"],
        disabled["ContributorInsightsMode"],
    )
    assert "ContributorInsightsRuleList" not in disabled
    assert disabled["LastUpdateDateTime"] >= enabled["LastUpdateDateTime"]


def test_update_contributor_insights_that_are_so_already_changes_nothing(
    dynamodb: "DynamoDBClient", make_table: MakeTable, update: Update
) -> None:
    """The answer has the status that they have, and the rules stay."""
    name = make_table()
    assert {"TableName": name, "ContributorInsightsStatus": "DISABLED"} == update("DISABLE", name)
    update("ENABLE", name)
    before = _described(dynamodb, TableName=name)
    assert "ENABLED" == update("ENABLE", name)["ContributorInsightsStatus"]
    after = _described(dynamodb, TableName=name)
    for member in ("ContributorInsightsRuleList", "LastUpdateDateTime"):
        assert before[member] == after[member]


def test_update_contributor_insights_mode_changes_the_rules(
    dynamodb: "DynamoDBClient", make_indexed: MakeTable, update: Update
) -> None:
    """Rules that both modes have keep their names; a mode that is left out is the default again."""
    name = make_indexed()
    update("ENABLE", name)
    rules = _described(dynamodb, TableName=name)["ContributorInsightsRuleList"]

    answer = update("ENABLE", name, ContributorInsightsMode=THROTTLED)
    assert ("ENABLING", THROTTLED) == (
        answer["ContributorInsightsStatus"],
        answer["ContributorInsightsMode"],
    )
    fewer = _described(dynamodb, TableName=name)["ContributorInsightsRuleList"]
    assert {rule for rule in rules if "-PKT-" in rule or "-SKT-" in rule} == set(fewer)

    assert BOTH == update("ENABLE", name)["ContributorInsightsMode"]
    again = _described(dynamodb, TableName=name)["ContributorInsightsRuleList"]
    assert sorted(rules) == sorted(again)


def test_update_contributor_insights_enabled_again_has_new_rules(
    dynamodb: "DynamoDBClient", make_table: MakeTable, update: Update
) -> None:
    """The time in the names of the rules is that of the enabling."""
    name = make_table()
    update("ENABLE", name)
    before = _described(dynamodb, TableName=name)["ContributorInsightsRuleList"]
    update("DISABLE", name)
    update("ENABLE", name)
    after = _described(dynamodb, TableName=name)["ContributorInsightsRuleList"]
    assert not set(before) & set(after)


def test_update_contributor_insights_of_an_index_is_apart_from_its_table(
    dynamodb: "DynamoDBClient", make_indexed: MakeTable, update: Update
) -> None:
    """A global index has a setting of its own, also when it is deleted and made again."""
    name = make_indexed()
    answer = update("ENABLE", name, IndexName="global")
    assert ("global", "ENABLING") == (answer["IndexName"], answer["ContributorInsightsStatus"])
    table = _described(dynamodb, TableName=name)
    assert "DISABLED" == table["ContributorInsightsStatus"]
    update("DISABLE", name)
    index = _described(dynamodb, TableName=name, IndexName="global")
    assert "ENABLED" == index["ContributorInsightsStatus"]


@pytest.mark.parametrize("index", ["local", "no-such-index"])
def test_update_contributor_insights_without_such_a_global_index_is_refused(
    dynamodb: "DynamoDBClient", make_indexed: MakeTable, index: str
) -> None:
    """Local indexes have none; the refusal names index and table."""
    name = make_indexed()
    with pytest.raises(ClientError) as refused:
        dynamodb.update_contributor_insights(
            TableName=name, IndexName=index, ContributorInsightsAction="ENABLE"
        )
    error = refused.value.response["Error"]
    assert "ResourceNotFoundException" == error["Code"]
    expected = f"Requested resource not found: Index: {index} not found for table: {name}"
    assert expected == error["Message"]


def test_update_contributor_insights_of_a_missing_table_is_refused(
    dynamodb: "DynamoDBClient",
) -> None:
    """The refusal names the table."""
    with pytest.raises(ClientError) as refused:
        dynamodb.update_contributor_insights(
            TableName="no-such-table", ContributorInsightsAction="DISABLE"
        )
    error = refused.value.response["Error"]
    assert "ResourceNotFoundException" == error["Code"]
    assert "Requested resource not found: Table: no-such-table not found" == error["Message"]
