"""Settings that the members of a global table share: a change in any of them is one in all."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import eventually

Client = Callable[..., Any]
MakeTable = Callable[..., str]
HERE, THERE = "us-east-1", "eu-west-1"
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def index_state(client: Any, name: str) -> list[tuple[str, int]]:
    """Return status and entry count of a table's global indexes."""
    indexes = described(client, name).get("GlobalSecondaryIndexes", ())
    return [(index["IndexStatus"], index["ItemCount"]) for index in indexes]


def described(client: Any, name: str) -> dict[str, Any]:
    """Return a table's description."""
    return dict(client.describe_table(TableName=name)["Table"])


@pytest.fixture
def members(client: Client, make_table: MakeTable) -> Iterator[tuple[str, Any, Any]]:
    """A table of 20 items with one replica: its name, a client where it was made, one at the replica."""
    here, there, name = client(HERE), client(THERE), make_table(region=HERE)
    for number in range(20):
        here.put_item(TableName=name, Item={"pk": {"S": str(number)}, "g": {"S": "x"}})
    here.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": THERE}}])
    assert eventually(
        lambda: (
            described(here, name)["TableStatus"] == "ACTIVE"
            and [one["ReplicaStatus"] for one in described(here, name)["Replicas"]] == ["ACTIVE"]
        ),
        seconds_max=30,
    )
    yield name, here, there
    if name in there.list_tables()["TableNames"]:  # the member that was the source goes last
        there.delete_table(TableName=name)
    assert eventually(lambda: "Replicas" not in described(here, name), seconds_max=30)


def test_shared_settings_index_is_created_and_deleted_in_every_member(
    members: tuple[str, Any, Any],
) -> None:
    """Each member fills the index from its own items; a deletion at the replica reaches the first."""
    name, here, there = members
    create = {
        "IndexName": "gsi",
        "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    here.update_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": create}],
    )
    filled = [("ACTIVE", 20)]
    assert eventually(lambda: index_state(here, name) == index_state(there, name) == filled)
    delete = {"Delete": {"IndexName": "gsi"}}
    there.update_table(TableName=name, GlobalSecondaryIndexUpdates=[delete])
    for client in (here, there):
        assert [] == index_state(client, name)


def test_shared_settings_expiry_and_billing_mode_reach_every_member(
    members: tuple[str, Any, Any],
) -> None:
    """Time to live and capacity are one setting of the whole table."""
    name, here, there = members
    setting = {"Enabled": True, "AttributeName": "ttl"}
    there.update_time_to_live(TableName=name, TimeToLiveSpecification=setting)
    here.update_table(TableName=name, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    for client in (here, there):
        expiry = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert "ttl" == expiry["AttributeName"]
        throughput = described(client, name)["ProvisionedThroughput"]
        assert 5 == throughput["WriteCapacityUnits"]


def test_shared_settings_protection_and_tags_are_each_members_own(
    members: tuple[str, Any, Any],
) -> None:
    """What AWS does not synchronise stays where it was set."""
    name, here, there = members
    there.update_table(TableName=name, DeletionProtectionEnabled=True)
    arn = described(there, name)["TableArn"]
    there.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
    assert not described(here, name)["DeletionProtectionEnabled"]
    assert [] == here.list_tags_of_resource(ResourceArn=described(here, name)["TableArn"])["Tags"]
    with pytest.raises(ClientError, match="protected against deletion"):
        there.delete_table(TableName=name)
    there.update_table(TableName=name, DeletionProtectionEnabled=False)


def test_shared_settings_stream_of_a_member_cannot_be_disabled(
    members: tuple[str, Any, Any],
) -> None:
    """The stream is what replication reads on AWS."""
    name, here, _ = members
    with pytest.raises(ClientError, match="not allowed for a Global Table replica"):
        here.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})


def test_shared_settings_deleted_member_leaves_a_regional_table(
    members: tuple[str, Any, Any],
) -> None:
    """DeleteTable at the replica removes it, and the last member is an ordinary table with its items."""
    name, here, there = members
    there.delete_table(TableName=name)
    assert eventually(lambda: "Replicas" not in described(here, name))
    assert name not in there.list_tables()["TableNames"]
    assert 20 == described(here, name)["ItemCount"]
