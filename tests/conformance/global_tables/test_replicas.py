"""Global tables of version 2019.11.21 as boto3 sees them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.replicas import stream_records
from tests.support.target import Target
from tests.support.waiting import eventually

HOME = "us-east-1"
EUROPE = "eu-west-1"
ASIA = "ap-northeast-1"
SECONDS_MAX = 30


class Members:
    """Short ways to a table and its replicas."""

    def __init__(self, target: Target, name: str) -> None:
        self.target = target
        self.name = name

    def describe(self, region: str = HOME) -> dict[str, Any]:
        """Return the description in a region."""
        return dict(self.target.client(region).describe_table(TableName=self.name)["Table"])

    def exists(self, region: str) -> bool:
        """Tell whether a region has the table."""
        try:
            self.describe(region)
        except self.target.client(region).exceptions.ResourceNotFoundException:
            return False
        return True

    def update(self, region: str = HOME, **action: Any) -> dict[str, Any]:
        """Send one replica action."""
        client = self.target.client(region)
        updates: Any = [action]
        answer = client.update_table(TableName=self.name, ReplicaUpdates=updates)
        return dict(answer["TableDescription"])

    def settled(self, region: str = HOME) -> bool:
        """Tell whether the table and every replica is active."""
        table = self.describe(region)
        replicas = table.get("Replicas", [])
        return table["TableStatus"] == "ACTIVE" and all(
            replica["ReplicaStatus"] == "ACTIVE" for replica in replicas
        )

    def add(self, region: str, source: str = HOME) -> None:
        """Create a replica and wait until it is active."""
        self.update(source, Create={"RegionName": region})
        assert eventually(lambda: self.settled(source), seconds_max=SECONDS_MAX)

    def others(self, region: str = HOME) -> list[str]:
        """Return the other members as a region lists them."""
        return [replica["RegionName"] for replica in self.describe(region).get("Replicas", [])]

    def put(self, region: str, **item: str) -> None:
        """Write an item of strings."""
        self.target.client(region).put_item(
            TableName=self.name, Item={name: {"S": value} for name, value in item.items()}
        )

    def value(self, region: str, pk: str) -> str | None:
        """Return the attribute v of an item."""
        found = self.target.client(region).get_item(TableName=self.name, Key={"pk": {"S": pk}})
        item = found.get("Item")
        return None if item is None else item["v"]["S"]

    def arrives(self, region: str, pk: str, value: str | None) -> bool:
        """Wait until an item has a value."""
        return eventually(lambda: self.value(region, pk) == value)

    def refusal(self, region: str = HOME, **action: Any) -> tuple[str, str]:
        """Return code and text with which a replica action is refused."""
        with pytest.raises(ClientError) as caught:
            self.update(region, **action)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    def drop(self) -> None:
        """Delete every member, those that were no source first."""
        for region in (*self.others(), HOME):
            self.target.client(region).delete_table(TableName=self.name)


@pytest.fixture
def members(target: Target, table_name: str) -> Iterator[Members]:
    """An on-demand table without replicas."""
    name = table_name
    made = Members(target, name)
    target.client(HOME).create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "v", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-value",
                "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    target.client(HOME).get_waiter("table_exists").wait(
        TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    yield made
    if made.exists(HOME):
        assert eventually(made.settled)
        made.drop()


def test_create_replica_of_a_table_with_items_copies_them_and_follows(members: Members) -> None:
    """What was there before, and what is written on either side after, is in both regions."""
    for number in range(30):
        members.put(HOME, pk=f"old-{number}", v="1")
    members.add(EUROPE)
    assert members.arrives(EUROPE, "old-29", "1")
    members.put(HOME, pk="new", v="from home")
    members.put(EUROPE, pk="old-3", v="from europe")
    assert members.arrives(EUROPE, "new", "from home")
    assert members.arrives(HOME, "old-3", "from europe")


def test_create_replica_answers_updating_with_stream_and_version(members: Members) -> None:
    """The service enables the stream; the replica is a table of its own."""
    answer = members.update(Create={"RegionName": EUROPE})
    assert (answer["TableStatus"], answer["GlobalTableVersion"]) == ("UPDATING", "2019.11.21")
    assert answer["StreamSpecification"] == {
        "StreamEnabled": True,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    assert eventually(members.settled, seconds_max=SECONDS_MAX)
    home, europe = members.describe(HOME), members.describe(EUROPE)
    assert home["TableId"] != europe["TableId"]
    assert home["StreamSpecification"] == europe["StreamSpecification"]
    assert EUROPE in europe["LatestStreamArn"]
    assert europe["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert europe["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"


def test_create_replica_keeps_the_view_type_of_a_stream(members: Members) -> None:
    """A stream of any view type is accepted and copied."""
    members.target.client(HOME).update_table(
        TableName=members.name,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    assert eventually(members.settled, seconds_max=SECONDS_MAX)
    members.add(EUROPE)
    for region in (HOME, EUROPE):
        assert members.describe(region)["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"


def test_describe_in_each_member_lists_the_others_in_creation_order(members: Members) -> None:
    """A third member that the second one created is known to all."""
    members.add(EUROPE)
    members.add(ASIA, source=EUROPE)
    assert members.others(HOME) == [EUROPE, ASIA]
    assert members.others(EUROPE) == [HOME, ASIA]
    assert members.others(ASIA) == [HOME, EUROPE]
    members.put(ASIA, pk="k", v="1")
    assert members.arrives(HOME, "k", "1")
    assert members.arrives(EUROPE, "k", "1")
    members.target.client(ASIA).delete_table(TableName=members.name)
    assert eventually(lambda: members.others(HOME) == [EUROPE], seconds_max=300)


def test_writes_in_two_regions_end_with_the_last_one(members: Members) -> None:
    """Both regions keep the later write of an item, a deletion too."""
    members.add(EUROPE)
    for turn in range(10):
        members.put(HOME, pk="k", v=f"home {turn}")
        members.put(EUROPE, pk="k", v=f"europe {turn}")
    assert members.arrives(HOME, "k", "europe 9")
    assert members.value(EUROPE, "k") == "europe 9"
    members.target.client(HOME).delete_item(TableName=members.name, Key={"pk": {"S": "k"}})
    assert members.arrives(EUROPE, "k", None)


def test_replicated_write_is_in_indexes_and_stream_of_the_replica(members: Members) -> None:
    """A replica has its own index entries and its own stream records, each change once."""
    members.add(EUROPE)
    members.put(HOME, pk="k", v="indexed")
    assert members.arrives(EUROPE, "k", "indexed")
    found = members.target.client(EUROPE).query(
        TableName=members.name,
        IndexName="by-value",
        KeyConditionExpression="v = :v",
        ExpressionAttributeValues={":v": {"S": "indexed"}},
    )
    assert found["Count"] == 1
    records = stream_records(members.target, EUROPE, members.name)
    assert [(record["eventName"], record["awsRegion"]) for record in records] == [
        ("INSERT", EUROPE)
    ]
    assert all("userIdentity" not in record for record in records)


def test_delete_replica_drops_its_table_and_makes_the_rest_regional(members: Members) -> None:
    """The last writes of the leaving member arrive; version and replicas vanish, the stream stays."""
    members.add(EUROPE)
    for number in range(20):
        members.put(EUROPE, pk=f"last-{number}", v="1")
    answer = members.update(Delete={"RegionName": EUROPE})
    assert answer["TableStatus"] == "UPDATING"
    assert eventually(lambda: not members.exists(EUROPE), seconds_max=300)
    assert eventually(lambda: "Replicas" not in members.describe(), seconds_max=300)
    left = members.describe()
    assert "GlobalTableVersion" not in left
    assert left["StreamSpecification"]["StreamEnabled"]
    assert members.value(HOME, "last-19") == "1"


def test_delete_table_in_a_replica_region_removes_that_member(members: Members) -> None:
    """DeleteTable there is the same as removing the replica here; it can be added again."""
    members.add(EUROPE)
    members.put(EUROPE, pk="k", v="1")
    members.target.client(EUROPE).delete_table(TableName=members.name)
    assert eventually(lambda: "Replicas" not in members.describe(), seconds_max=300)
    assert eventually(lambda: not members.exists(EUROPE), seconds_max=300)
    members.add(EUROPE)
    assert members.arrives(EUROPE, "k", "1")


def test_delete_of_a_source_within_a_day_is_refused_until_its_replica_is_gone(
    members: Members,
) -> None:
    """Neither DeleteTable nor a Delete action removes the region from which another was created."""
    text = (
        "Replica cannot be deleted because it has acted as a source region for new replica(s) "
        "being added to the table in the last 24 hours."
    )
    members.add(EUROPE)
    with pytest.raises(ClientError, match="acted as a source region"):
        members.target.client(HOME).delete_table(TableName=members.name)
    assert members.refusal(EUROPE, Delete={"RegionName": HOME}) == ("ValidationException", text)


def test_delete_of_a_protected_replica_is_refused(members: Members) -> None:
    """Deletion protection is the target region's own."""
    members.add(EUROPE)
    client = members.target.client(EUROPE)
    client.update_table(TableName=members.name, DeletionProtectionEnabled=True)
    assert members.refusal(Delete={"RegionName": EUROPE}) == (
        "ValidationException",
        f"Cannot delete table {members.name} in region {EUROPE} because it has deletion protection "
        "enabled. Disable deletion protection first.",
    )
    client.update_table(TableName=members.name, DeletionProtectionEnabled=False)


def test_stream_of_a_member_can_not_be_disabled(members: Members) -> None:
    """Replication needs it."""
    members.add(EUROPE)
    with pytest.raises(ClientError, match="Disabling Stream is not allowed"):
        members.target.client(HOME).update_table(
            TableName=members.name, StreamSpecification={"StreamEnabled": False}
        )


def test_shared_settings_reach_every_member(members: Members) -> None:
    """Expiry and indexes are set in one region for all."""
    members.add(EUROPE)
    client = members.target.client(EUROPE)
    client.update_time_to_live(
        TableName=members.name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )
    client.update_table(
        TableName=members.name,
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-value"}}],
    )
    home = members.target.client(HOME)
    described = home.describe_time_to_live(TableName=members.name)["TimeToLiveDescription"]
    assert described["AttributeName"] == "expires"
    assert eventually(lambda: "GlobalSecondaryIndexes" not in members.describe(), seconds_max=300)


def test_table_class_override_is_listed_and_takes_effect_there(members: Members) -> None:
    """A replica may have a table class of its own; the base's class again clears it. Then its two changes are spent."""
    members.add(EUROPE)
    update = {"RegionName": EUROPE, "TableClassOverride": "STANDARD_INFREQUENT_ACCESS"}
    assert members.update(Update=update)["TableStatus"] == "UPDATING"
    assert eventually(members.settled, seconds_max=SECONDS_MAX)
    listed = members.describe()["Replicas"][0]
    assert listed["ReplicaTableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    there = members.describe(EUROPE)["TableClassSummary"]
    assert there["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    members.update(Update={"RegionName": EUROPE, "TableClassOverride": "STANDARD"})
    assert eventually(members.settled, seconds_max=SECONDS_MAX)
    assert "ReplicaTableClassSummary" not in members.describe()["Replicas"][0]
    with pytest.raises(ClientError) as refused:
        members.target.client(HOME).update_table(
            TableName=members.name, TableClass="STANDARD_INFREQUENT_ACCESS"
        )
    spent = f"Limit exceeded for replica in {EUROPE}. "
    spent += "Updates to TableClass are limited to 2 times in 30 day(s)"
    assert spent == refused.value.response["Error"]["Message"]


def test_table_class_of_the_base_is_the_replicas_too(members: Members) -> None:
    """A class is shared until a replica has its own."""
    members.add(EUROPE)
    home = members.target.client(HOME)
    for table_class in ("STANDARD_INFREQUENT_ACCESS", "STANDARD"):
        home.update_table(TableName=members.name, TableClass=table_class)
        assert eventually(members.settled, seconds_max=SECONDS_MAX)
        assert members.describe(EUROPE)["TableClassSummary"]["TableClass"] == table_class


def test_read_cap_override_is_listed_and_takes_effect_there(members: Members) -> None:
    """An on-demand replica may have a maximum of its own."""
    members.add(EUROPE)
    override = {"OnDemandThroughputOverride": {"MaxReadRequestUnits": 50}}
    members.update(Update={"RegionName": EUROPE, **override})
    assert eventually(members.settled, seconds_max=SECONDS_MAX)
    listed = members.describe()["Replicas"][0]
    assert listed["OnDemandThroughputOverride"] == {"MaxReadRequestUnits": 50}
    assert members.describe(EUROPE)["OnDemandThroughput"]["MaxReadRequestUnits"] == 50


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"Create": {"RegionName": EUROPE}},
        "Failed to create a the new replica of table with name: ‘{name}’ "  # noqa: RUF001 - AWS's quotes
        "because one or more replicas already existed as tables.",
    ),
    (
        {"Create": {"RegionName": HOME}},
        "Cannot add or delete the local region through ReplicaUpdates. "
        "Use CreateTable, DeleteTable, or UpdateTable as required.",
    ),
    (
        {"Delete": {"RegionName": HOME}},
        "Cannot add or delete the local region through ReplicaUpdates. "
        "Use CreateTable, DeleteTable, or UpdateTable as required.",
    ),
    (
        {"Delete": {"RegionName": "ca-central-1"}},
        "Update global table operation failed because one or more replicas were not part of the "
        "global table. Please retry the request without these replicas: [ca-central-1].",
    ),
    (
        {"Update": {"RegionName": "ca-central-1", "TableClassOverride": "STANDARD"}},
        "Update global table operation failed because one or more replicas were not part of the "
        "global table. Please retry the request without these replicas: [ca-central-1].",
    ),
    (
        {"Update": {"RegionName": EUROPE}},
        "There are no actions specified in the Replica Update Action of the request.",
    ),
    (
        {},
        "There are no actions specified in the Replica Update Action of the request.",
    ),
    (
        {"Create": {"RegionName": ASIA}, "Delete": {"RegionName": EUROPE}},
        "Update table operation with more than one type of replica actions not allowed.",
    ),
    (
        {
            "Update": {
                "RegionName": EUROPE,
                "ProvisionedThroughputOverride": {"ReadCapacityUnits": 5},
            }
        },
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST",
    ),
    (
        {"Create": {"RegionName": ASIA, "KMSMasterKeyId": "alias/aws/dynamodb"}},
        "One or more parameter values were invalid: "
        "KMSMasterKeyId must be specified for each replica.",
    ),
]


def test_wrong_actions_are_refused_in_awss_words(members: Members) -> None:
    """Every text was measured on AWS."""
    members.add(EUROPE)
    for action, text in REFUSED:
        assert (action, members.refusal(**action)) == (
            action,
            ("ValidationException", text.replace("{name}", members.name)),
        )


def test_unknown_region_is_refused_with_the_supported_ones(members: Members) -> None:
    """Upper case is no region."""
    code, text = members.refusal(Create={"RegionName": "EU-WEST-1"})
    assert code == "ValidationException"
    assert text.startswith(
        "Region EU-WEST-1 is not supported. The latest version of global tables are only "
        "supported in the following regions: ["
    )


def test_two_creates_in_one_request_are_refused_unless_equal(members: Members) -> None:
    """One replica a request; the same one twice counts once."""
    client = members.target.client(HOME)
    with pytest.raises(ClientError, match="more than one create or delete replica actions"):
        client.update_table(
            TableName=members.name,
            ReplicaUpdates=[{"Create": {"RegionName": EUROPE}}, {"Create": {"RegionName": ASIA}}],
        )
    client.update_table(
        TableName=members.name, ReplicaUpdates=[{"Create": {"RegionName": EUROPE}}] * 2
    )
    assert eventually(members.settled, seconds_max=SECONDS_MAX)
    assert members.others() == [EUROPE]


def test_replica_updates_with_another_change_are_refused(members: Members) -> None:
    """ReplicaUpdates stands alone."""
    with pytest.raises(ClientError, match="must be the only operation in the request"):
        members.target.client(HOME).update_table(
            TableName=members.name,
            ReplicaUpdates=[{"Create": {"RegionName": EUROPE}}],
            DeletionProtectionEnabled=True,
        )


def test_create_replica_of_a_provisioned_table_is_refused(
    target: Target, make_table: Callable[..., str]
) -> None:
    """Without auto scaling of its writes a provisioned table can not be a member."""
    name = make_table(
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )
    assert Members(target, name).refusal(Create={"RegionName": EUROPE}) == (
        "ValidationException",
        "Table write capacity should either be Pay-Per-Request or AutoScaled.",
    )
