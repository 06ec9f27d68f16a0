"""Policies that stop replication, as AWS's fault injection writes them."""

from dataclasses import replace
from typing import Any

import pytest

from globaltables.security.policies.documents import PolicyKind
from globaltables.security.policies.rendering import render
from globaltables.security.replication_access import replication_denied
from globaltables.tables.definitions import ResourcePolicy, Stream
from tests.support.policies import policy
from tests.support.regions import ACCOUNT, make_table

NOW_MS = 1_700_000_000_000
ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/replication.dynamodb.amazonaws.com/"
    "AWSServiceRoleForDynamoDBReplication"
)
BY_ROLE = {"ArnEquals": {"aws:PrincipalArn": ROLE}}
BY_SERVICE = {"StringEquals": {"aws:PrincipalServiceName": "replication.dynamodb.amazonaws.com"}}
ITEMS = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
DATA = ["dynamodb:ReadDataForReplication", "dynamodb:WriteDataForReplication"]
READS = ["dynamodb:GetRecords", "dynamodb:DescribeStream", "dynamodb:GetShardIterator"]


def attached(actions: list[str], condition: dict[str, Any], **elements: Any) -> ResourcePolicy:
    """Return a policy that denies actions until ten minutes from now."""
    until = {"DateLessThan": {"aws:CurrentTime": "2023-11-14T22:23:20Z"}}
    statement = {"Effect": "Deny", "Action": actions, "Condition": condition | until, **elements}
    return ResourcePolicy(render(policy(statement, kind=PolicyKind.RESOURCE)), 1)


@pytest.mark.parametrize(
    ("found", "denied"),
    [
        (None, False),
        (ResourcePolicy("", 1), False),
        (attached(ITEMS, BY_ROLE), True),
        (attached(DATA, BY_SERVICE), True),
        (attached(ITEMS, BY_ROLE, Effect="Allow"), False),
        (attached(["dynamodb:DeleteTable"], BY_ROLE), False),
        (attached(ITEMS, {"StringEquals": {"aws:PrincipalAccount": "999999999999"}}), False),
        (attached(ITEMS, BY_ROLE, Resource="arn:aws:dynamodb:*:*:table/other"), False),
    ],
)
def test_replication_denied_by_a_tables_policy(
    found: ResourcePolicy | None, *, denied: bool
) -> None:
    """A deny for the role or the service counts while its time lasts."""
    table = replace(make_table(), policy=found)
    assert replication_denied(table, NOW_MS) is denied
    assert replication_denied(table, NOW_MS + 600_000) is False


def test_replication_denied_by_a_streams_policy() -> None:
    """What may not be read from the stream does not leave the region."""
    stream = Stream("2023-11-14T00:00:00.000", "NEW_AND_OLD_IMAGES", 0, 1)
    free = make_table(stream=stream)
    held = make_table(stream=replace(stream, policy=attached(READS, BY_ROLE)))
    assert (replication_denied(free, NOW_MS), replication_denied(held, NOW_MS)) == (False, True)
