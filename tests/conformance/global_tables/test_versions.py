"""What AWS says since 2026 of global tables of version 2017.11.29, and of tables that are none."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.members import HOME, Members, refused
from tests.support.server import Server
from tests.support.target import Target

GONE = (
    "ValidationException",
    "One or more parameter values were invalid: DynamoDB global tables version 2017.11.29 is "
    "not supported. We recommend using DynamoDB global tables version 2019.11.21, instead of "
    "version 2017.11.29 (Legacy).",
)


@pytest.fixture
def modern(target: Target) -> Iterator[Target]:
    """AWS, or a server that is told to behave as AWS does now."""
    if target.endpoint is None:
        yield target
        return
    with Server("--in-memory", "--aws-2026") as running:
        made = Target(running.endpoint)
        yield made
        made.close()


def test_changes_of_version_2017_are_refused(modern: Target) -> None:
    """New ones and new members, before anything is looked at."""
    client = modern.client()
    group: Any = [{"RegionName": HOME}]
    assert GONE == refused(
        client.create_global_table, GlobalTableName="gtc-none", ReplicationGroup=group
    )
    updates: Any = [{"Create": {"RegionName": HOME}}]
    assert GONE == refused(
        client.update_global_table, GlobalTableName="gtc-none", ReplicaUpdates=updates
    )


def test_member_of_the_current_version_is_none_of_version_2017(pair: Members) -> None:
    """The operations of the old version do not know it: how the two are told apart."""
    client = pair.target.client()
    assert "2019.11.21" == pair.describe()["GlobalTableVersion"]
    assert (
        "GlobalTableNotFoundException",
        f"Global table not found: Global table with name: '{pair.name}' does not exist.",
    ) == refused(client.describe_global_table, GlobalTableName=pair.name)
    listed = client.list_global_tables(ExclusiveStartGlobalTableName=pair.name[:-1], Limit=1)
    assert pair.name not in [one["GlobalTableName"] for one in listed["GlobalTables"]]
