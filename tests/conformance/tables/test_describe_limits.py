"""DescribeLimits, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[..., Any]


def test_describe_limits_are_those_of_a_new_account(client: Client) -> None:
    """The quotas are AWS's defaults."""
    limits = client().describe_limits()
    assert (80_000, 40_000) == (
        limits["AccountMaxReadCapacityUnits"],
        limits["TableMaxWriteCapacityUnits"],
    )


def test_units_beyond_the_described_limits_are_refused(
    client: Client, make_table: Callable[..., str]
) -> None:
    """What DescribeLimits says is enforced by CreateTable and UpdateTable, for a table and for the account."""
    dynamodb = client("af-south-1")
    most = {"ReadCapacityUnits": 40_000, "WriteCapacityUnits": 1}
    members = {"region": "af-south-1", "BillingMode": "PROVISIONED"}
    table = make_table(**members, ProvisionedThroughput=most)
    other = make_table(**members, ProvisionedThroughput={**most, "ReadCapacityUnits": 39_999})
    small = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    make_table(**members, ProvisionedThroughput=small)
    refused = []

    for name, units in ((table, 40_001), (other, 40_000)):
        wanted = {"ReadCapacityUnits": units, "WriteCapacityUnits": 1}
        with pytest.raises(dynamodb.exceptions.LimitExceededException) as caught:
            dynamodb.update_table(TableName=name, ProvisionedThroughput=wanted)
        refused.append(caught.value.response["Error"]["Message"].partition(". ")[0])

    assert [
        "The requested ReadCapacityUnits, 40001, is above the per table maximum for the account in "
        "af-south-1",
        "This request would have caused the ReadCapacityUnits limit to be exceeded for the account "
        "in af-south-1",
    ] == refused
    throughput = dynamodb.describe_table(TableName=other)["Table"]["ProvisionedThroughput"]
    assert 39_999 == throughput["ReadCapacityUnits"]
