"""Replicas are created: of tables with items, indexes and streams, with settings of their own, from any member."""

from typing import Any

import pytest

from tests.support.members import ASIA, BY_VALUE, DEFINITION, EUROPE, HOME, INDEX, Members
from tests.support.scaling import ScaledDimension

UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
PROVISIONED: dict[str, Any] = {
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": UNITS,
    "GlobalSecondaryIndexes": [{**BY_VALUE, "ProvisionedThroughput": UNITS}],
}


def scale_writes(members: Members) -> None:
    """Let Application Auto Scaling have the writes of table and index."""
    for index in ("", INDEX):
        dimension = ScaledDimension(members.target, members.name, index)
        dimension.register(1, 10)
        dimension.put()


def test_create_replica_of_a_table_with_items_copies_them_and_follows(members: Members) -> None:
    """What was there before, and what is written on either side after, is in both regions."""
    for number in range(30):
        members.put(HOME, pk=f"old-{number}", v="1")
    members.add(EUROPE)
    for number in range(30):
        assert members.arrives(EUROPE, f"old-{number}", "1")
    members.put(HOME, pk="new", v="from home")
    members.put(EUROPE, pk="old-3", v="from europe")
    assert members.arrives(EUROPE, "new", "from home")
    assert members.arrives(HOME, "old-3", "from europe")


def test_create_replica_answers_updating_with_stream_and_version(members: Members) -> None:
    """The service enables the stream; the replica is a table of its own with the table's definition."""
    answer = members.update(Create={"RegionName": EUROPE})
    assert ("UPDATING", "2019.11.21") == (answer["TableStatus"], answer["GlobalTableVersion"])
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert stream == answer["StreamSpecification"]
    members.settle()
    home, europe = members.describe(HOME), members.describe(EUROPE)
    for own in ("TableId", "TableArn", "LatestStreamArn", "CreationDateTime"):
        assert home[own] != europe[own], own
    for shared in ("TableName", "KeySchema", "StreamSpecification", "GlobalTableVersion"):
        assert home[shared] == europe[shared], shared
    assert f":dynamodb:{EUROPE}:" in europe["LatestStreamArn"]
    assert "PAY_PER_REQUEST" == europe["BillingModeSummary"]["BillingMode"]
    assert INDEX == europe["GlobalSecondaryIndexes"][0]["IndexName"]
    assert "MultiRegionConsistency" not in home


def test_regional_table_has_no_members_of_a_global_one(members: Members) -> None:
    """What a global table says of itself is absent before and after."""
    said = {"GlobalTableVersion", "Replicas", "MultiRegionConsistency", "GlobalTableWitnesses"}
    assert set() == said & members.describe().keys()


def test_replica_is_listed_with_awss_members(members: Members) -> None:
    """Neither its ARN nor its progress is told; overrides only where there are some."""
    members.add(EUROPE)
    listed = members.replica()
    assert ("ACTIVE", EUROPE) == (listed["ReplicaStatus"], listed["RegionName"])
    mode = "GlobalTableSettingsReplicationMode"
    assert {"RegionName", "ReplicaStatus", "WarmThroughput", mode} == listed.keys()
    assert "ENABLED_WITH_OVERRIDES" == listed[mode]


@pytest.mark.parametrize("view_type", ["KEYS_ONLY", "NEW_IMAGE"])
def test_create_replica_keeps_the_view_type_of_a_stream(members: Members, view_type: Any) -> None:
    """A stream of any view type is accepted and copied."""
    members.change(StreamSpecification={"StreamEnabled": True, "StreamViewType": view_type})
    members.add(EUROPE)
    for region in (HOME, EUROPE):
        assert view_type == members.describe(region)["StreamSpecification"]["StreamViewType"]


def test_describe_in_each_member_lists_the_others_in_creation_order(members: Members) -> None:
    """A third member that the second one created is known to all, and each one's writes reach all."""
    members.add(EUROPE)
    members.add(ASIA, source=EUROPE)
    assert [EUROPE, ASIA] == members.others(HOME)
    assert [HOME, ASIA] == members.others(EUROPE)
    assert [HOME, EUROPE] == members.others(ASIA)
    for region in (HOME, EUROPE, ASIA):
        members.put(region, pk=region, v="1")
    for region in (HOME, EUROPE, ASIA):
        assert all(members.arrives(region, written, "1") for written in (HOME, EUROPE, ASIA))


def test_create_replica_with_a_class_and_read_maxima_of_its_own(members: Members) -> None:
    """Overrides are listed and take effect there; the base keeps its own settings."""
    members.add(
        EUROPE,
        TableClassOverride="STANDARD_INFREQUENT_ACCESS",
        OnDemandThroughputOverride={"MaxReadRequestUnits": 50},
        GlobalSecondaryIndexes=[
            {"IndexName": INDEX, "OnDemandThroughputOverride": {"MaxReadRequestUnits": 40}}
        ],
    )
    listed, there = members.replica(), members.describe(EUROPE)
    infrequent = "STANDARD_INFREQUENT_ACCESS"
    assert infrequent == listed["ReplicaTableClassSummary"]["TableClass"]
    assert {"MaxReadRequestUnits": 50} == listed["OnDemandThroughputOverride"]
    (index,) = listed["GlobalSecondaryIndexes"]
    assert {"MaxReadRequestUnits": 40} == index["OnDemandThroughputOverride"]
    assert infrequent == there["TableClassSummary"]["TableClass"]
    assert 50 == there["OnDemandThroughput"]["MaxReadRequestUnits"]
    assert 40 == there["GlobalSecondaryIndexes"][0]["OnDemandThroughput"]["MaxReadRequestUnits"]
    home = members.describe(HOME)
    assert "OnDemandThroughput" not in home
    assert "TableClassSummary" not in home


def test_create_replica_with_overrides_that_do_not_fit_is_accepted(members: Members) -> None:
    """An unknown index and provisioned units of a table on demand are passed over, as measured on AWS."""
    members.add(
        EUROPE,
        ProvisionedThroughputOverride={"ReadCapacityUnits": 7},
        GlobalSecondaryIndexes=[
            {
                "IndexName": "no-such-index",
                "ProvisionedThroughputOverride": {"ReadCapacityUnits": 7},
            }
        ],
    )
    assert "PAY_PER_REQUEST" == members.describe(EUROPE)["BillingModeSummary"]["BillingMode"]
    assert [INDEX] == [
        one["IndexName"] for one in members.describe(EUROPE)["GlobalSecondaryIndexes"]
    ]


def test_create_replica_of_a_table_with_a_local_index_fills_it(bare: Members) -> None:
    """Local and global indexes of the new member have the items that were there before."""
    keys = [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "v")]
    local = {
        "IndexName": "local",
        "KeySchema": [keys[0], {"AttributeName": "v", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    bare.create(KeySchema=keys, AttributeDefinitions=attributes, LocalSecondaryIndexes=[local])
    for number in range(5):
        bare.put(HOME, pk="p", sk=str(number), v=str(9 - number))
    bare.add(EUROPE)
    client = bare.target.client(EUROPE)

    def found(index: str, condition: str, value: str) -> list[str]:
        answer = client.query(
            TableName=bare.name,
            IndexName=index,
            KeyConditionExpression=condition,
            ExpressionAttributeValues={":value": {"S": value}},
        )
        return [item["sk"]["S"] for item in answer["Items"]]

    assert bare.patience.for_change(
        lambda: found("local", "pk = :value", "p") == ["4", "3", "2", "1", "0"]
    )
    assert bare.patience.for_change(lambda: found(INDEX, "v = :value", "7") == ["2"])


def test_create_replica_twice_in_one_request_creates_one(members: Members) -> None:
    """Equal actions count once."""
    create: Any = {"Create": {"RegionName": EUROPE}}
    members.change(ReplicaUpdates=[create, create])
    assert [EUROPE] == members.others()


def test_removed_replica_is_added_again(members: Members) -> None:
    """With what was written meanwhile, deletions too."""
    members.add(EUROPE)
    members.put(EUROPE, pk="kept", v="1")
    members.put(EUROPE, pk="deleted", v="1")
    assert members.arrives(HOME, "deleted", "1")
    members.remove(EUROPE)
    members.remove_item(HOME, "deleted")
    members.put(HOME, pk="new", v="2")
    members.add(EUROPE)
    assert members.arrives(EUROPE, "kept", "1")
    assert members.arrives(EUROPE, "new", "2")
    assert members.arrives(EUROPE, "deleted", None)


def test_create_replica_of_a_provisioned_table_needs_scaled_writes(bare: Members) -> None:
    """Of the table and of every global index; then the replica has the units, and reads of its own where asked for."""
    bare.create(**PROVISIONED)
    refused = bare.refusal(Create={"RegionName": EUROPE})
    text = "Table write capacity should either be Pay-Per-Request or AutoScaled."
    assert ("ValidationException", text) == refused
    table = ScaledDimension(bare.target, bare.name)
    table.register(1, 10)
    table.put()
    refused = bare.refusal(Create={"RegionName": EUROPE})
    text = "GSI write capacity should either be Pay-Per-Request or AutoScaled."
    assert ("ValidationException", text) == refused
    scale_writes(bare)
    bare.add(
        EUROPE,
        ProvisionedThroughputOverride={"ReadCapacityUnits": 7},
        GlobalSecondaryIndexes=[
            {"IndexName": INDEX, "ProvisionedThroughputOverride": {"ReadCapacityUnits": 3}}
        ],
    )
    listed, there = bare.replica(), bare.describe(EUROPE)
    assert {"ReadCapacityUnits": 7} == listed["ProvisionedThroughputOverride"]
    units = there["ProvisionedThroughput"]
    assert (7, 5) == (units["ReadCapacityUnits"], units["WriteCapacityUnits"])
    units = there["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]
    assert (3, 5) == (units["ReadCapacityUnits"], units["WriteCapacityUnits"])
    assert 5 == bare.describe(HOME)["ProvisionedThroughput"]["ReadCapacityUnits"]


def test_create_replica_copies_no_settings_that_are_each_tables_own(members: Members) -> None:
    """Tags and deletion protection of the source are not the replica's."""
    client = members.target.client(HOME)
    arn = members.describe()["TableArn"]
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "home"}])
    members.change(DeletionProtectionEnabled=True)
    members.add(EUROPE)
    there = members.describe(EUROPE)
    assert not there["DeletionProtectionEnabled"]
    europe = members.target.client(EUROPE)
    assert [] == europe.list_tags_of_resource(ResourceArn=there["TableArn"])["Tags"]
    members.change(DeletionProtectionEnabled=False)


def test_name_that_is_taken_in_the_region_is_refused(members: Members) -> None:
    """A table of that name is no replica, whatever its keys are."""
    other = Members(members.target, members.name, members.patience)
    other.create(EUROPE, **DEFINITION)
    assert (
        "ValidationException",
        f"Failed to create a the new replica of table with name: ‘{members.name}’ because one or "  # noqa: RUF001 - AWS's quotes
        "more replicas already existed as tables.",
    ) == members.refusal(Create={"RegionName": EUROPE})
