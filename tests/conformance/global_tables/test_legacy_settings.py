"""What tables of a version 2017.11.29 global table do not share: expiry, indexes, tags, protection."""

import time
from typing import Any

import pytest

from tests.support.legacy_tables import NO_LONGER, REGIONS, group, has, refusal
from tests.support.patience import Patience
from tests.support.replicas import stream_records
from tests.support.target import Target

pytestmark = pytest.mark.ours(NO_LONGER)

HOME, AWAY = REGIONS


@pytest.fixture
def joined(target: Target, name: str) -> str:
    """The name of a global table of two regions."""
    target.client(HOME).create_global_table(GlobalTableName=name, ReplicationGroup=group(*REGIONS))
    return name


def test_settings_of_one_table_are_not_the_others(
    target: Target, joined: str, patience: Patience
) -> None:
    """Time to live, indexes and deletion protection are each table's own."""
    home, away = target.client(HOME), target.client(AWAY)
    home.update_time_to_live(
        TableName=joined, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )
    home.update_table(
        TableName=joined,
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "v", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-v",
                    "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    active = {"TableStatus": "ACTIVE"}.items()
    assert patience.for_change(
        lambda: active <= home.describe_table(TableName=joined)["Table"].items()
    )
    home.update_table(TableName=joined, DeletionProtectionEnabled=True)
    home.put_item(TableName=joined, Item={"pk": {"S": "a"}, "v": {"S": "1"}})
    assert patience.for_write(lambda: has(target, AWAY, joined, "a"))
    there = away.describe_table(TableName=joined)["Table"]
    assert "GlobalSecondaryIndexes" not in there
    assert not there["DeletionProtectionEnabled"]
    expiry = away.describe_time_to_live(TableName=joined)["TimeToLiveDescription"]
    assert "DISABLED" == expiry["TimeToLiveStatus"]
    home.update_table(TableName=joined, DeletionProtectionEnabled=False)


def test_expiry_in_one_region_is_not_replicated(
    target: Target, joined: str, patience: Patience
) -> None:
    """The item stays in the region where nothing expires; the stream where it expired names the service."""
    home = target.client(HOME)
    at = str(int(time.time()) - 10)
    home.put_item(TableName=joined, Item={"pk": {"S": "past"}, "ttl": {"N": at}})
    assert patience.for_write(lambda: has(target, AWAY, joined, "past"))
    home.update_time_to_live(
        TableName=joined, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )
    assert patience.for_expiry(lambda: not has(target, HOME, joined, "past"))
    home.put_item(TableName=joined, Item={"pk": {"S": "marker"}})
    assert patience.for_write(lambda: has(target, AWAY, joined, "marker"))
    assert has(target, AWAY, joined, "past")
    (removal,) = [
        record for record in stream_records(target, HOME, joined) if record["eventName"] == "REMOVE"
    ]
    assert "Service" == removal["userIdentity"]["Type"]


def test_stream_of_a_member_can_not_be_disabled(target: Target, joined: str) -> None:
    """Replication needs it, in AWS's words for any replica."""
    stream: Any = {"StreamEnabled": False}
    code, text = refusal(
        target.client(HOME).update_table, TableName=joined, StreamSpecification=stream
    )
    assert "ValidationException" == code
    assert "Disabling Stream is not allowed for a Global Table replica." in text
