"""CreateGlobalTable: equal, empty tables become one."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.legacy_tables import NO_LONGER, REGIONS, group, has, put, refusal
from tests.support.replicas import STREAM
from tests.support.scaling import KEYS, ScaledDimension, index
from tests.support.target import Target
from tests.support.waiting import eventually

pytestmark = pytest.mark.ours(NO_LONGER)

MakeTable = Callable[..., str]


def units(reads: int, writes: int) -> dict[str, int]:
    """Return provisioned units."""
    return {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}


def provisioned(table_units: tuple[int, int], *indexes: Any) -> dict[str, Any]:
    """Return the members of a provisioned table, perhaps with an index on `v`."""
    members: dict[str, Any] = {
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": units(*table_units),
    }
    return members | with_index(*indexes)


def with_index(*indexes: Any) -> dict[str, Any]:
    """Return the members of a table with indexes on `v`."""
    if not indexes:
        return {}
    return {"GlobalSecondaryIndexes": list(indexes), "AttributeDefinitions": KEYS}


#: What the tables of the two regions are made of.
DIFFERING: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "type of the key": ({}, {"key": "N"}),
    "sort key": ({}, {"sort": "S"}),
    "index": ({}, with_index(index())),
    "name of the index": (with_index(index()), with_index(index(IndexName="other"))),
    "keys of the index": (
        with_index(index()),
        with_index(
            index(
                KeySchema=[
                    {"AttributeName": "v", "KeyType": "HASH"},
                    {"AttributeName": "pk", "KeyType": "RANGE"},
                ]
            )
        ),
    ),
    "billing mode": ({}, provisioned((5, 5))),
    "writes": (provisioned((5, 5)), provisioned((5, 6))),
    "writes of the index": (
        provisioned((5, 5), index(ProvisionedThroughput=units(5, 5))),
        provisioned((5, 5), index(ProvisionedThroughput=units(5, 6))),
    ),
}


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


@pytest.mark.parametrize("differing", DIFFERING)
def test_create_global_table_of_tables_that_differ_is_refused(
    target: Target, make_table: MakeTable, table_name: str, differing: str
) -> None:
    """Keys and their types, names and keys of indexes, and write capacity are equal in every region."""
    here, there = DIFFERING[differing]
    for region, members in zip(REGIONS, (here, there), strict=True):
        make_table(region=region, TableName=table_name, StreamSpecification=STREAM, **members)
    assert refusal(
        target.client(REGIONS[0]).create_global_table,
        GlobalTableName=table_name,
        ReplicationGroup=group(*REGIONS),
    ) == (
        "ValidationException",
        f"One or more parameter values were invalid: Table '{table_name}' in region '{REGIONS[1]}' "
        f"differs in keys, indexes or write capacity from {REGIONS[0]}.",
    )


def test_create_global_table_of_tables_that_differ_in_reads_joins_them(
    target: Target, make_table: MakeTable, table_name: str
) -> None:
    """What only readers notice may differ: read capacity, projections, table class."""
    projection = {"ProjectionType": "KEYS_ONLY"}
    members: list[dict[str, Any]] = [
        provisioned((5, 5), index(ProvisionedThroughput=units(5, 5))),
        {
            **provisioned((9, 5), index(ProvisionedThroughput=units(9, 5), Projection=projection)),
            "TableClass": "STANDARD_INFREQUENT_ACCESS",
        },
    ]
    for region, definition in zip(REGIONS, members, strict=True):
        make_table(region=region, TableName=table_name, StreamSpecification=STREAM, **definition)
    client = target.client(REGIONS[0])
    client.create_global_table(GlobalTableName=table_name, ReplicationGroup=group(*REGIONS))
    described = client.describe_global_table(GlobalTableName=table_name)["GlobalTableDescription"]
    assert group(*REGIONS) == described["ReplicationGroup"]


def test_create_global_table_of_tables_that_are_scaled_differently_is_refused(
    target: Target, make_table: MakeTable, table_name: str
) -> None:
    """The maximum of auto scaling is a write capacity setting too."""
    for region in REGIONS:
        make_table(
            region=region, TableName=table_name, StreamSpecification=STREAM, **provisioned((5, 5))
        )
    client = target.client(REGIONS[0])
    request: Any = {"GlobalTableName": table_name, "ReplicationGroup": group(*REGIONS)}
    dimension = ScaledDimension(target, table_name)
    dimension.register(5, 10)
    assert "differs in keys" in refusal(client.create_global_table, **request)[1]
    target.scaling(REGIONS[1]).register_scalable_target(
        **dimension.names, MinCapacity=5, MaxCapacity=10
    )
    client.create_global_table(**request)


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
