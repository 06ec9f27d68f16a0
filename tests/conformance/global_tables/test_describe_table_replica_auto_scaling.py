"""DescribeTableReplicaAutoScaling: what is shown of the auto scaling of a global table."""

from collections.abc import Callable

from tests.support.legacy_tables import refusal
from tests.support.scaling import (
    AWAY,
    DISABLED,
    HOME,
    INDEX,
    ScaledTable,
    settings,
)
from tests.support.target import Target

MakeScaled = Callable[..., ScaledTable]


def test_describe_scaling_that_was_never_set_shows_it_disabled(scaled: MakeScaled) -> None:
    """Every dimension of every member is there, alike in every region."""
    table = scaled(with_index=True)
    entry = {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": INDEX,
                "IndexStatus": "ACTIVE",
                "ProvisionedReadCapacityAutoScalingSettings": DISABLED,
                "ProvisionedWriteCapacityAutoScalingSettings": DISABLED,
            }
        ],
        "ReplicaProvisionedReadCapacityAutoScalingSettings": DISABLED,
        "ReplicaProvisionedWriteCapacityAutoScalingSettings": DISABLED,
        "ReplicaStatus": "ACTIVE",
    }
    assert {
        "TableName": table.name,
        "TableStatus": "ACTIVE",
        "Replicas": [{"RegionName": AWAY, **entry}, {"RegionName": HOME, **entry}],
    } == table.scaling()
    assert table.scaling(HOME) == table.scaling(AWAY)


def test_describe_scaling_shows_the_members_that_were_given(scaled: MakeScaled) -> None:
    """A policy without a name has the server's; what was left out stays absent."""
    table = scaled()
    table.update(ProvisionedWriteCapacityAutoScalingUpdate=settings())
    given = {"DisableScaleIn": True, "ScaleInCooldown": 120, "ScaleOutCooldown": 60}
    table.update(
        ReplicaUpdates=[
            {
                "RegionName": AWAY,
                "ReplicaProvisionedReadCapacityAutoScalingUpdate": settings(
                    2, 20, 55.0, "mine", **given
                ),
            }
        ]
    )
    assert {
        "MinimumUnits": 1,
        "MaximumUnits": 10,
        "AutoScalingRoleArn": table.role(),
        "ScalingPolicies": [
            {
                "PolicyName": f"DynamoDBWriteCapacityUtilization:table/{table.name}",
                "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0},
            }
        ],
    } == table.replica(HOME)["ReplicaProvisionedWriteCapacityAutoScalingSettings"]
    assert {
        "MinimumUnits": 2,
        "MaximumUnits": 20,
        "AutoScalingRoleArn": table.role(),
        "ScalingPolicies": [
            {
                "PolicyName": "mine",
                "TargetTrackingScalingPolicyConfiguration": {**given, "TargetValue": 55.0},
            }
        ],
    } == table.replica(AWAY)["ReplicaProvisionedReadCapacityAutoScalingSettings"]
    assert DISABLED == table.replica(HOME)["ReplicaProvisionedReadCapacityAutoScalingSettings"]


def test_describe_scaling_of_a_table_on_demand_shows_it_disabled_with_its_bounds(
    scaled: MakeScaled,
) -> None:
    """The settings wait for the table to be provisioned again."""
    table = scaled()
    table.update(ProvisionedWriteCapacityAutoScalingUpdate=settings())
    table.target.client().update_table(TableName=table.name, BillingMode="PAY_PER_REQUEST")
    shown = table.replica()["ReplicaProvisionedWriteCapacityAutoScalingSettings"]
    assert (True, 1, 10) == (
        shown["AutoScalingDisabled"],
        shown["MinimumUnits"],
        shown["MaximumUnits"],
    )


def test_describe_scaling_of_a_table_of_one_region_is_refused(
    target: Target, make_table: Callable[..., str], table_name: str
) -> None:
    """The operation knows global tables only, and a table that is missing is none."""
    for name in (table_name, make_table()):
        table = ScaledTable(target, name)
        text = f"Global table with name: '{name}' does not exist."
        assert ("ResourceNotFoundException", text) == refusal(table.scaling)
        update = {"ProvisionedWriteCapacityAutoScalingUpdate": settings()}
        assert ("ResourceNotFoundException", text) == refusal(table.update, **update)
