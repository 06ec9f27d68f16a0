"""Global tables of version 2017.11.29 as boto3 sees them."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.replicas import STREAM
from tests.support.target import Target
from tests.support.waiting import eventually

MakeTable = Callable[..., str]
REGIONS = ["us-east-1", "eu-west-1"]
ASIA = "ap-northeast-1"


def group(*regions: str) -> list[Any]:
    """Return regions as the API takes them."""
    return [{"RegionName": region} for region in regions]


@pytest.fixture
def name(make_table: MakeTable, table_name: str) -> str:
    """The name of equal, empty tables in two regions."""
    for region in REGIONS:
        make_table(region=region, TableName=table_name, StreamSpecification=STREAM)
    return table_name


def put(target: Target, region: str, name: str, key: str) -> None:
    """Write an item."""
    target.client(region).put_item(TableName=name, Item={"pk": {"S": key}})


def has(target: Target, region: str, name: str, key: str) -> bool:
    """Tell whether an item is there."""
    return "Item" in target.client(region).get_item(TableName=name, Key={"pk": {"S": key}})


def refusal(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    """Return code and text with which a request is refused."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


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


def test_describe_global_table_of_none_is_refused(target: Target, name: str) -> None:
    """A table that is not global has no description as one."""
    assert refusal(target.client().describe_global_table, GlobalTableName=name) == (
        "GlobalTableNotFoundException",
        f"Global table not found: Global table with name: '{name}' does not exist.",
    )


def test_list_global_tables_pages_and_filters(
    target: Target, make_table: MakeTable, table_name: str
) -> None:
    """Pages continue behind the last name; a region's list has only what is there."""
    names = [f"{table_name}-{number}" for number in range(3)]
    client = target.client(REGIONS[0])
    for each in names:
        for region in REGIONS:
            make_table(region=region, TableName=each, StreamSpecification=STREAM)
        client.create_global_table(GlobalTableName=each, ReplicationGroup=group(*REGIONS))
    first = client.list_global_tables(ExclusiveStartGlobalTableName=table_name, Limit=2)
    assert [each["GlobalTableName"] for each in first["GlobalTables"]] == names[:2]
    assert first["LastEvaluatedGlobalTableName"] == names[1]
    second = client.list_global_tables(
        ExclusiveStartGlobalTableName=names[1], Limit=2, RegionName=REGIONS[1]
    )
    assert names[2] in [each["GlobalTableName"] for each in second["GlobalTables"]]
    elsewhere = client.list_global_tables(RegionName="sa-east-1")
    assert not set(names) & {each["GlobalTableName"] for each in elsewhere["GlobalTables"]}
