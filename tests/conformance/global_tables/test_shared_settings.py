"""Which settings the members of a global table share: always, unless one has its own, or never.

Source: developer guide, V2globaltables_HowItWorks, "Settings synchronization"; what overrides do was measured.
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.members import BY_VALUE, EUROPE, HOME, INDEX, Members
from tests.support.scaling import ScaledDimension

INFREQUENT: Any = "STANDARD_INFREQUENT_ACCESS"
UNITS = {"ReadCapacityUnits": 20, "WriteCapacityUnits": 5}


@pytest.fixture
def both(members: Members) -> Members:
    """A global table of two regions for this test alone."""
    members.add(EUROPE)
    return members


@pytest.fixture
def provisioned(bare: Members) -> Members:
    """A provisioned global table of two regions with an index; its writes are scaled."""
    bare.create(
        BillingMode="PROVISIONED",
        ProvisionedThroughput=UNITS,
        GlobalSecondaryIndexes=[{**BY_VALUE, "ProvisionedThroughput": UNITS}],
    )
    for index in ("", INDEX):
        dimension = ScaledDimension(bare.target, bare.name, index)
        dimension.register(5, 10)
        dimension.put()
    bare.add(EUROPE)
    return bare


def alike(members: Members, look: Any, value: Any) -> bool:
    """Wait until a part of the description is the same in both regions."""
    return members.patience.for_change(
        lambda: [look(members.describe(region)) for region in (HOME, EUROPE)] == [value, value]
    )


def units(table: dict[str, Any]) -> tuple[int, int]:
    """Return the provisioned units of a description."""
    throughput = table["ProvisionedThroughput"]
    return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]


# --- always shared


def test_index_that_any_member_creates_is_everywhere_with_its_items(both: Members) -> None:
    """Every member fills its own."""
    both.put(HOME, pk="k", v="1", w="2")
    assert both.arrives(EUROPE, "k", "1")
    both.change(
        EUROPE,
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "w", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-w",
                    "KeySchema": [{"AttributeName": "w", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            }
        ],
    )
    names = {INDEX, "by-w"}
    assert alike(both, lambda t: {i["IndexName"] for i in t["GlobalSecondaryIndexes"]}, names)
    both.settle()

    def found(region: str) -> int:
        answer = both.target.client(region).query(
            TableName=both.name,
            IndexName="by-w",
            KeyConditionExpression="w = :w",
            ExpressionAttributeValues={":w": {"S": "2"}},
        )
        return answer["Count"]

    assert both.patience.for_change(lambda: [found(HOME), found(EUROPE)] == [1, 1])


def test_index_that_any_member_deletes_is_gone_everywhere(both: Members) -> None:
    """Its definition is shared."""
    both.change(EUROPE, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": INDEX}}])
    assert alike(both, lambda table: table.get("GlobalSecondaryIndexes"), None)


@pytest.mark.parametrize("region", [HOME, EUROPE])
def test_time_to_live_that_any_member_sets_is_everywhere(both: Members, region: str) -> None:
    """And the attribute's name with it."""
    both.target.client(region).update_time_to_live(
        TableName=both.name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
    )

    def attributes() -> list[str | None]:
        return [
            both.target.client(one)
            .describe_time_to_live(TableName=both.name)["TimeToLiveDescription"]
            .get("AttributeName")
            for one in (HOME, EUROPE)
        ]

    assert both.patience.for_change(lambda: attributes() == ["expires", "expires"])


def test_on_demand_maximum_of_writes_is_everywhere(both: Members) -> None:
    """It cannot be a replica's own."""
    both.change(EUROPE, OnDemandThroughput={"MaxWriteRequestUnits": 500})
    assert alike(both, lambda t: t.get("OnDemandThroughput", {}).get("MaxWriteRequestUnits"), 500)


def test_warm_throughput_is_everywhere(both: Members) -> None:
    """Of the table."""
    warm = {"ReadUnitsPerSecond": 13_000, "WriteUnitsPerSecond": 4_100}
    both.change(HOME, WarmThroughput=warm)
    names = tuple(warm)
    assert alike(both, lambda t: {name: t["WarmThroughput"].get(name) for name in names}, warm)


def test_billing_mode_that_any_member_sets_is_everywhere(provisioned: Members) -> None:
    """The switch is the table's."""
    provisioned.change(EUROPE, BillingMode="PAY_PER_REQUEST")
    assert alike(provisioned, lambda t: t["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")


def test_provisioned_writes_that_any_member_sets_are_everywhere(provisioned: Members) -> None:
    """Of the table and of an index."""
    more = {"ReadCapacityUnits": 20, "WriteCapacityUnits": 8}
    provisioned.change(EUROPE, ProvisionedThroughput=more)
    assert alike(provisioned, units, (20, 8))
    update: Any = {"Update": {"IndexName": INDEX, "ProvisionedThroughput": more}}
    provisioned.change(HOME, GlobalSecondaryIndexUpdates=[update])
    assert alike(provisioned, lambda table: units(table["GlobalSecondaryIndexes"][0]), (20, 8))


# --- shared unless a replica has its own


def test_provisioned_reads_of_a_replica_last_until_the_base_is_changed(
    provisioned: Members,
) -> None:
    """A=20, B=10 by an override; A=30 makes B 30 too."""
    provisioned.update(
        Update={"RegionName": EUROPE, "ProvisionedThroughputOverride": {"ReadCapacityUnits": 10}}
    )
    provisioned.settle()
    assert {"ReadCapacityUnits": 10} == provisioned.replica()["ProvisionedThroughputOverride"]
    assert (10, 5) == units(provisioned.describe(EUROPE))
    assert (20, 5) == units(provisioned.describe(HOME))
    provisioned.change(ProvisionedThroughput={"ReadCapacityUnits": 30, "WriteCapacityUnits": 5})
    assert alike(provisioned, units, (30, 5))
    assert not provisioned.replica().get("ProvisionedThroughputOverride")


def test_override_that_equals_the_base_vanishes(provisioned: Members) -> None:
    """As if it had never been set."""
    for read_units in (10, 20):
        override = {"ReadCapacityUnits": read_units}
        provisioned.update(Update={"RegionName": EUROPE, "ProvisionedThroughputOverride": override})
        provisioned.settle()
    assert not provisioned.replica().get("ProvisionedThroughputOverride")
    assert (20, 5) == units(provisioned.describe(EUROPE))


def test_reads_of_an_index_of_a_replica_are_its_own(provisioned: Members) -> None:
    """Overrides of indexes leave those of the table."""
    provisioned.update(
        Update={
            "RegionName": EUROPE,
            "GlobalSecondaryIndexes": [
                {"IndexName": INDEX, "ProvisionedThroughputOverride": {"ReadCapacityUnits": 3}}
            ],
        }
    )
    provisioned.settle()
    (listed,) = provisioned.replica()["GlobalSecondaryIndexes"]
    assert {"ReadCapacityUnits": 3} == listed["ProvisionedThroughputOverride"]
    assert (3, 5) == units(provisioned.describe(EUROPE)["GlobalSecondaryIndexes"][0])
    assert (20, 5) == units(provisioned.describe(EUROPE))


def test_on_demand_maximum_of_reads_lasts_until_the_base_is_changed(both: Members) -> None:
    """It is listed, takes effect there, and goes with a change of the base's."""
    override = {"MaxReadRequestUnits": 50}
    both.update(Update={"RegionName": EUROPE, "OnDemandThroughputOverride": override})
    both.settle()
    assert override == both.replica()["OnDemandThroughputOverride"]
    assert 50 == both.describe(EUROPE)["OnDemandThroughput"]["MaxReadRequestUnits"]
    both.change(OnDemandThroughput={"MaxReadRequestUnits": 70})
    assert alike(both, lambda t: t.get("OnDemandThroughput", {}).get("MaxReadRequestUnits"), 70)
    assert not both.replica().get("OnDemandThroughputOverride")


def test_same_override_twice_is_accepted(both: Members) -> None:
    """Unlike most changes that change nothing."""
    action = {"RegionName": EUROPE, "OnDemandThroughputOverride": {"MaxReadRequestUnits": 50}}
    for _ in range(2):
        assert "UPDATING" == both.update(Update=action)["TableStatus"]
        both.settle()
    assert {"MaxReadRequestUnits": 50} == both.replica()["OnDemandThroughputOverride"]


def test_table_class_of_the_base_is_the_replicas_too(both: Members) -> None:
    """A class is shared until a replica has its own."""
    classes: tuple[Any, ...] = (INFREQUENT, "STANDARD")
    for table_class in classes:
        both.change(TableClass=table_class)
        assert alike(both, lambda t: t["TableClassSummary"]["TableClass"], table_class)


def test_table_class_of_a_replica_is_listed_and_spends_its_two_changes(both: Members) -> None:
    """The base's class again clears it; then a change of the base is refused for that replica's sake."""
    both.update(Update={"RegionName": EUROPE, "TableClassOverride": INFREQUENT})
    both.settle()
    assert INFREQUENT == both.replica()["ReplicaTableClassSummary"]["TableClass"]
    assert INFREQUENT == both.describe(EUROPE)["TableClassSummary"]["TableClass"]
    both.update(Update={"RegionName": EUROPE, "TableClassOverride": "STANDARD"})
    both.settle()
    assert "ReplicaTableClassSummary" not in both.replica()
    with pytest.raises(ClientError) as refused:
        both.target.client(HOME).update_table(TableName=both.name, TableClass=INFREQUENT)
    spent = f"Limit exceeded for replica in {EUROPE}. "
    spent += "Updates to TableClass are limited to 2 times in 30 day(s)"
    assert spent == refused.value.response["Error"]["Message"]


# --- never shared


def test_tags_are_each_members_own(both: Members) -> None:
    """Of one ARN, not of the global table."""
    arns = {region: both.describe(region)["TableArn"] for region in (HOME, EUROPE)}
    tags: list[Any] = [{"Key": "owner", "Value": "europe"}]
    both.target.client(EUROPE).tag_resource(ResourceArn=arns[EUROPE], Tags=tags)

    def of(region: str) -> Any:
        client = both.target.client(region)
        return client.list_tags_of_resource(ResourceArn=arns[region])["Tags"]

    assert both.patience.for_change(lambda: of(EUROPE) == tags)
    assert [] == of(HOME)


def test_deletion_protection_is_each_members_own(both: Members) -> None:
    """One may be protected and the other not."""
    both.change(EUROPE, DeletionProtectionEnabled=True)
    assert both.describe(EUROPE)["DeletionProtectionEnabled"]
    assert not both.describe(HOME)["DeletionProtectionEnabled"]
    both.patience.rest()
    both.change(EUROPE, DeletionProtectionEnabled=False)


def test_contributor_insights_are_each_members_own(both: Members) -> None:
    """Of the table; indexes have theirs apart."""
    both.target.client(EUROPE).update_contributor_insights(
        TableName=both.name, ContributorInsightsAction="ENABLE"
    )

    def status(region: str) -> str:
        client = both.target.client(region)
        answer = client.describe_contributor_insights(TableName=both.name)
        return str(answer["ContributorInsightsStatus"])

    assert both.patience.for_change(lambda: status(EUROPE) == "ENABLED")
    assert "DISABLED" == status(HOME)


def test_resource_policy_is_each_members_own(both: Members) -> None:
    """It names the ARN of one table anyway."""
    arns = {region: both.describe(region)["TableArn"] for region in (HOME, EUROPE)}
    account = arns[EUROPE].split(":")[4]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "dynamodb:GetItem",
        "Resource": arns[EUROPE],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    europe, home = both.target.client(EUROPE), both.target.client(HOME)
    europe.put_resource_policy(ResourceArn=arns[EUROPE], Policy=policy)

    def attached() -> bool:
        try:
            return bool(europe.get_resource_policy(ResourceArn=arns[EUROPE])["Policy"])
        except europe.exceptions.PolicyNotFoundException:
            return False

    assert both.patience.for_change(attached)
    with pytest.raises(home.exceptions.PolicyNotFoundException):
        home.get_resource_policy(ResourceArn=arns[HOME])


def test_point_in_time_recovery_is_each_members_own(both: Members) -> None:
    """Every region keeps its own backups."""
    europe, home = both.target.client(EUROPE), both.target.client(HOME)
    europe.update_continuous_backups(
        TableName=both.name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )

    def status(client: Any) -> str:
        described = client.describe_continuous_backups(TableName=both.name)
        recovery = described["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        return str(recovery["PointInTimeRecoveryStatus"])

    assert both.patience.for_change(lambda: status(europe) == "ENABLED")
    assert "DISABLED" == status(home)
