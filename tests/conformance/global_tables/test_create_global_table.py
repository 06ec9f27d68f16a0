"""CreateGlobalTable: equal, empty tables become one."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.legacy_tables import NO_LONGER, REGIONS, group, has, put, refusal
from tests.support.replicas import STREAM
from tests.support.target import Target
from tests.support.waiting import eventually

pytestmark = pytest.mark.ours(NO_LONGER)

MakeTable = Callable[..., str]


def test_create_global_table_joins_equal_empty_tables(target: Target, name: str) -> None:
    """Writes reach the other region from then on; every region describes the same global table."""
    client = target.client(REGIONS[0])
    created = client.create_global_table(GlobalTableName=name, ReplicationGroup=group(*REGIONS))
    described = created["GlobalTableDescription"]
    assert described["GlobalTableStatus"] == "CREATING"
    assert described["GlobalTableArn"].endswith(f":global-table/{name}")
    for region in REGIONS:
        answer = target.client(region).describe_global_table(GlobalTableName=name)
        found = answer["GlobalTableDescription"]
        assert found["GlobalTableStatus"] == "ACTIVE"
        assert found["ReplicationGroup"] == group(*REGIONS)
        table = target.client(region).describe_table(TableName=name)["Table"]
        assert (table["GlobalTableVersion"], "Replicas" in table) == ("2017.11.29", False)
    put(target, REGIONS[0], name, "a")
    put(target, REGIONS[1], name, "b")
    assert eventually(lambda: has(target, REGIONS[1], name, "a"))
    assert eventually(lambda: has(target, REGIONS[0], name, "b"))


def test_create_global_table_with_unfit_tables_is_refused(
    target: Target, make_table: MakeTable, table_name: str
) -> None:
    """A table is missing, has no stream, is not empty, or has other keys."""
    client = target.client(REGIONS[0])
    request: Any = {"GlobalTableName": table_name, "ReplicationGroup": group(*REGIONS)}
    make_table(TableName=table_name, StreamSpecification=STREAM)
    assert refusal(client.create_global_table, **request) == (
        "TableNotFoundException",
        f"Table not found: Table: '{table_name}' not found in region: 'eu-west-1'.",
    )
    make_table(region=REGIONS[1], TableName=table_name)
    assert "has no stream" in refusal(client.create_global_table, **request)[1]
    stream: Any = STREAM
    target.client(REGIONS[1]).update_table(TableName=table_name, StreamSpecification=stream)
    put(target, REGIONS[0], table_name, "a")
    assert "is not empty" in refusal(client.create_global_table, **request)[1]
    client.delete_item(TableName=table_name, Key={"pk": {"S": "a"}})
    client.create_global_table(**request)
    assert refusal(client.create_global_table, **request)[0] == "GlobalTableAlreadyExistsException"


def test_create_global_table_with_other_keys_is_refused(
    target: Target, make_table: MakeTable, table_name: str
) -> None:
    """Keys and their types are equal in every region."""
    make_table(TableName=table_name, StreamSpecification=STREAM)
    make_table(region=REGIONS[1], key="N", TableName=table_name, StreamSpecification=STREAM)
    client = target.client(REGIONS[0])
    request = {"GlobalTableName": table_name, "ReplicationGroup": group(*REGIONS)}
    assert "differs in keys" in refusal(client.create_global_table, **request)[1]


def test_create_global_table_without_regions_is_refused(target: Target, table_name: str) -> None:
    """Neither an empty group nor a member without a name."""
    groups: list[list[dict[str, str]]] = [[], [{}]]
    messages = [
        target.call(
            "CreateGlobalTable", {"GlobalTableName": table_name, "ReplicationGroup": members}
        ).message
        for members in groups
    ]

    assert [
        "One or more parameter values were invalid: 1 validation error detected: Value '[]' at "
        "'replicationGroup' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1",
        "One or more parameter values were invalid: 1 validation error detected: Value null at "
        "'replicationGroup.1.member.regionName' failed to satisfy constraint: "
        "Member must not be null",
    ] == messages
