"""UpdateGlobalTable: regions join and leave."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.legacy_tables import ASIA, NO_LONGER, REGIONS, group, has, put, refusal
from tests.support.replicas import STREAM
from tests.support.target import Target
from tests.support.waiting import eventually

pytestmark = pytest.mark.ours(NO_LONGER)

MakeTable = Callable[..., str]


def test_update_global_table_removes_a_region_whose_table_stays(target: Target, name: str) -> None:
    """The table that leaves keeps its items and is independent."""
    client = target.client(REGIONS[0])
    client.create_global_table(GlobalTableName=name, ReplicationGroup=group(*REGIONS))
    put(target, REGIONS[1], name, "before")
    updated = client.update_global_table(
        GlobalTableName=name, ReplicaUpdates=[{"Delete": {"RegionName": REGIONS[1]}}]
    )
    assert updated["GlobalTableDescription"]["ReplicationGroup"] == group(REGIONS[0])
    assert eventually(lambda: has(target, REGIONS[0], name, "before"))
    put(target, REGIONS[1], name, "after")
    assert has(target, REGIONS[1], name, "before")
    table = target.client(REGIONS[1]).describe_table(TableName=name)["Table"]
    assert "GlobalTableVersion" not in table
    assert not has(target, REGIONS[0], name, "after")


def test_update_global_table_adds_a_region_with_an_equal_empty_table(
    target: Target, name: str, make_table: MakeTable
) -> None:
    """A third region joins and follows all others."""
    client = target.client(REGIONS[0])
    client.create_global_table(GlobalTableName=name, ReplicationGroup=group(*REGIONS))
    make_table(region=ASIA, TableName=name, StreamSpecification=STREAM)
    updated = client.update_global_table(
        GlobalTableName=name, ReplicaUpdates=[{"Create": {"RegionName": ASIA}}]
    )
    assert updated["GlobalTableDescription"]["ReplicationGroup"] == group(*REGIONS, ASIA)
    put(target, ASIA, name, "a")
    assert eventually(lambda: all(has(target, region, name, "a") for region in REGIONS))
    put(target, REGIONS[1], name, "b")
    assert eventually(lambda: has(target, ASIA, name, "b"))


def test_update_global_table_of_wrong_members_is_refused(target: Target, name: str) -> None:
    """A present region can not be added, an absent one not removed."""
    client = target.client(REGIONS[0])
    missing = refusal(
        client.update_global_table,
        GlobalTableName=name,
        ReplicaUpdates=[{"Delete": {"RegionName": ASIA}}],
    )
    text = f"Global table not found: Global table with name: '{name}' does not exist."
    assert missing == ("GlobalTableNotFoundException", text)
    client.create_global_table(GlobalTableName=name, ReplicationGroup=group(*REGIONS))
    for action, region, code in (
        ("Create", REGIONS[1], "ReplicaAlreadyExistsException"),
        ("Delete", ASIA, "ReplicaNotFoundException"),
    ):
        update: Any = [{action: {"RegionName": region}}]
        refused = refusal(client.update_global_table, GlobalTableName=name, ReplicaUpdates=update)
        assert refused[0] == code
