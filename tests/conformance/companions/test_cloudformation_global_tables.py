"""AWS::DynamoDB::GlobalTable with boto3: replicas with everything that they may have, and how they change."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.stacks import Stacks, stacks
from tests.support.target import Target

_HOME, _EUROPE, _ASIA = "us-east-1", "eu-west-1", "ap-northeast-1"
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "dynamodb:GetItem",
            "Resource": "*",
        }
    ],
}


@pytest.fixture
def made(target: Target, worker_id: str, request: pytest.FixtureRequest) -> Iterator[Stacks]:
    """Stacks of the test."""
    name = f"gt-{worker_id}-{abs(hash(request.node.name)) % 10**8}"
    with stacks(target.other("cloudformation"), name) as found:
        yield found


def _table(*replicas: dict[str, Any], **members: Any) -> dict[str, Any]:
    properties = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "Replicas": list(replicas),
        **members,
    }
    return {"T": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}}


def _scaled(least: int, most: int) -> dict[str, Any]:
    tracking = {"TargetValue": 70.0}
    return {
        "MinCapacity": least,
        "MaxCapacity": most,
        "TargetTrackingScalingPolicyConfiguration": tracking,
    }


def _replicas(target: Target, name: str, region: str = _HOME) -> set[str]:
    described: Any = target.client(region).describe_table(TableName=name)["Table"]
    return {replica["RegionName"] for replica in described.get("Replicas", [])}


def test_replicas_have_what_the_template_gives_each(made: Stacks, target: Target) -> None:
    """Recovery, insights, class, protection, tags and a policy of its own in each region; an item is in both."""
    europe = {
        "Region": _EUROPE,
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": True,
            "RecoveryPeriodInDays": 7,
        },
        "ContributorInsightsSpecification": {"Enabled": True},
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "DeletionProtectionEnabled": False,
        "Tags": [{"Key": "where", "Value": "europe"}],
        "ResourcePolicy": {"PolicyDocument": _POLICY},
    }
    stack = made.create(
        _table(
            {"Region": _HOME, "Tags": [{"Key": "where", "Value": "home"}]},
            europe,
            TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True},
        )
    )
    assert "CREATE_COMPLETE" == stack["StackStatus"], made.events(stack, "T")
    name = made.physical(stack, "T")
    there = target.client(_EUROPE)

    table: Any = there.describe_table(TableName=name)["Table"]
    recovery = there.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    tags = there.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    assert {_HOME} == _replicas(target, name, _EUROPE)
    assert "STANDARD_INFREQUENT_ACCESS" == table["TableClassSummary"]["TableClass"]
    assert 7 == recovery["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"]
    assert [{"Key": "where", "Value": "europe"}] == tags
    assert (
        "ENABLED"
        == (there.describe_contributor_insights(TableName=name)["ContributorInsightsStatus"])
    )
    assert "dynamodb:GetItem" in there.get_resource_policy(ResourceArn=table["TableArn"])["Policy"]
    assert (
        "ENABLED"
        == (
            there.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"]
        )
    )


def test_replicas_come_and_go_by_updates(made: Stacks, target: Target) -> None:
    """One at a time, in one update of the stack."""
    stack = made.create(_table({"Region": _HOME}, {"Region": _EUROPE}))
    name = made.physical(stack, "T")

    changed = made.update(stack, _table({"Region": _HOME}, {"Region": _ASIA}))

    assert "UPDATE_COMPLETE" == changed["StackStatus"], made.events(stack, "T")
    assert {_ASIA} == _replicas(target, name) - {_HOME}
    with pytest.raises(target.client(_EUROPE).exceptions.ResourceNotFoundException):
        target.client(_EUROPE).describe_table(TableName=name)


def test_capacity_is_scaled_in_every_region(made: Stacks, target: Target) -> None:
    """Writes alike everywhere, reads as each replica has it."""
    stack = made.create(
        _table(
            {"Region": _HOME, "ReadProvisionedThroughputSettings": {"ReadCapacityUnits": 12}},
            {
                "Region": _EUROPE,
                "ReadProvisionedThroughputSettings": {
                    "ReadCapacityAutoScalingSettings": _scaled(8, 80)
                },
            },
            BillingMode="PROVISIONED",
            WriteProvisionedThroughputSettings={"WriteCapacityAutoScalingSettings": _scaled(5, 50)},
        )
    )
    assert "CREATE_COMPLETE" == stack["StackStatus"], made.events(stack, "T")
    name = made.physical(stack, "T")

    def scaled(region: str) -> dict[str, tuple[int, int]]:
        found = target.scaling(region).describe_scalable_targets(
            ServiceNamespace="dynamodb", ResourceIds=[f"table/{name}"]
        )
        return {
            one["ScalableDimension"].rpartition(":")[2]: (one["MinCapacity"], one["MaxCapacity"])
            for one in found["ScalableTargets"]
        }

    assert {"WriteCapacityUnits": (5, 50)} == scaled(_HOME)
    assert {"WriteCapacityUnits": (5, 50), "ReadCapacityUnits": (8, 80)} == scaled(_EUROPE)
    throughput = target.client().describe_table(TableName=name)["Table"]["ProvisionedThroughput"]
    assert (12, 5) == (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"])


def test_a_strongly_consistent_table_is_made_with_its_witness(made: Stacks, target: Target) -> None:
    """In one request, as DynamoDB has it; it is deleted as a whole."""
    stack = made.create(
        _table(
            {"Region": _HOME},
            {"Region": "us-east-2"},
            MultiRegionConsistency="STRONG",
            GlobalTableWitnesses=[{"Region": "us-west-2"}],
        )
    )
    assert "CREATE_COMPLETE" == stack["StackStatus"], made.events(stack, "T")
    name = made.physical(stack, "T")

    table: Any = target.client().describe_table(TableName=name)["Table"]

    assert "STRONG" == table["MultiRegionConsistency"]
    assert ["us-west-2"] == [one["RegionName"] for one in table["GlobalTableWitnesses"]]
    assert "DELETE_COMPLETE" == made.delete(stack)["StackStatus"]


def test_the_region_of_the_stack_must_be_among_the_replicas(made: Stacks) -> None:
    """Otherwise there would be no table to begin with."""
    stack = made.create(_table({"Region": _EUROPE}))

    assert "ROLLBACK_COMPLETE" == stack["StackStatus"]
    assert (
        "CREATE_FAILED",
        f"Replicas must include a replica in the region of the stack ({_HOME})",
    ) in made.events(stack, "T")
