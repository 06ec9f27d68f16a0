"""PutScalingPolicy: how a dimension is scaled."""

from typing import Any

import pytest

from tests.support.legacy_tables import refusal
from tests.support.scaling import AWAY, HOME, INDEX, ScaledDimension, settings


def test_put_policy_of_the_same_name_keeps_its_arn(writes: ScaledDimension) -> None:
    """Its configuration is replaced as a whole."""
    writes.register()
    first = writes.put(percent=70.0, ScaleInCooldown=60)
    again = writes.put(percent=50.0)
    assert first == again
    resource = f"resource/dynamodb/table/{writes.name}:policyName/p"
    assert first.endswith(resource)
    assert first.startswith("arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:")
    (found,) = writes.policies()
    assert {
        "TargetValue": 50.0,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "DynamoDBWriteCapacityUtilization"
        },
    } == found["TargetTrackingScalingPolicyConfiguration"]


def test_put_policy_without_a_target_is_refused(writes: ScaledDimension) -> None:
    """First the target, then the policy."""
    assert (
        "ObjectNotFoundException",
        "No scalable target registered for service namespace: dynamodb, "
        f"resource ID: table/{writes.name}, "
        "scalable dimension: dynamodb:table:WriteCapacityUnits",
    ) == refusal(writes.put)


def test_put_policy_beside_another_one_is_refused(writes: ScaledDimension) -> None:
    """A dimension has one metric, and a metric has one policy."""
    writes.register()
    writes.put("one")
    assert (
        "ValidationException",
        "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
    ) == refusal(writes.put, name="two")


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"PolicyType": "StepScaling"}, "StepScaling is not supported for DynamoDB."),
        ({"PolicyType": None}, "A new scaling policy needs a PolicyType."),
        (
            {"TargetTrackingScalingPolicyConfiguration": None},
            "TargetTrackingScaling needs a TargetTrackingScalingPolicyConfiguration.",
        ),
        (
            {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0}},
            "Predefined metric type None is not supported",
        ),
        (
            {
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": 91.0,
                    "PredefinedMetricSpecification": {
                        "PredefinedMetricType": "DynamoDBWriteCapacityUtilization"
                    },
                }
            },
            "For predefined metric type DynamoDBWriteCapacityUtilization, target value must be",
        ),
        (
            {
                "TargetTrackingScalingPolicyConfiguration": {
                    "TargetValue": 70.0,
                    "CustomizedMetricSpecification": {"MetricName": "m", "Namespace": "n"},
                }
            },
            "CustomizedMetricSpecification is not supported by globaltables",
        ),
    ],
)
def test_put_policy_that_does_not_fit_is_refused(
    writes: ScaledDimension, service: Any, members: dict[str, Any], text: str
) -> None:
    """Target tracking of the dimension's own metric is what DynamoDB has."""
    writes.register()
    request = {
        **writes.names,
        "PolicyName": "p",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0},
        **members,
    }
    given = {member: value for member, value in request.items() if value is not None}
    code, message = refusal(service.put_scaling_policy, **given)
    assert ("ValidationException", text) == (code, message[: len(text)])


def test_put_policies_of_all_writes_let_a_provisioned_table_have_replicas(
    writes: ScaledDimension,
) -> None:
    """A target alone is not enough, nor are those of the table without its indexes; the replica gets them too."""
    table = writes.table
    refused = "write capacity should either be Pay-Per-Request or AutoScaled."
    writes.register(1, 20)
    assert ("ValidationException", f"Table {refused}") == refusal(table.add_replica)
    writes.put("mine", ScaleOutCooldown=60)
    assert ("ValidationException", f"GSI {refused}") == refusal(table.add_replica)
    index_writes = writes.sibling(INDEX)
    index_writes.register(1, 20)
    index_writes.put()
    table.add_replica()
    assert (5, 5) == table.units(AWAY)
    for region in (HOME, AWAY):
        shown = table.replica(region)["ReplicaProvisionedWriteCapacityAutoScalingSettings"]
        (policy,) = shown["ScalingPolicies"]
        assert ("mine", 60) == (
            policy["PolicyName"],
            policy["TargetTrackingScalingPolicyConfiguration"]["ScaleOutCooldown"],
        )
    away = writes.target.scaling(AWAY).describe_scalable_targets(
        ServiceNamespace="dynamodb", ResourceIds=[writes.names["ResourceId"]]
    )
    assert 1 == len(away["ScalableTargets"])
    table.update(ProvisionedWriteCapacityAutoScalingUpdate=settings(7, 20))
    assert [(5, 7)] * 2 == [table.units(region) for region in (HOME, AWAY)]
    assert 7 == writes.found()[0]["MinCapacity"]
