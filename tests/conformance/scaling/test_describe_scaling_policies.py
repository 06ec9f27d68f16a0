"""DescribeScalingPolicies: the policies of an account."""

from typing import Any

from tests.support.scaling import INDEX, ScaledDimension


def test_describe_policies_shows_what_was_put(writes: ScaledDimension) -> None:
    """What was left out stays absent."""
    writes.register()
    arn = writes.put(DisableScaleIn=True, ScaleOutCooldown=60)
    (found,) = writes.policies()
    assert found.pop("CreationTime")
    assert {
        "PolicyARN": arn,
        "PolicyName": "p",
        **writes.names,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 70.0,
            "DisableScaleIn": True,
            "ScaleOutCooldown": 60,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "DynamoDBWriteCapacityUtilization"
            },
        },
        "Alarms": [],
    } == found


def test_describe_policies_finds_them_by_name_and_resource(
    writes: ScaledDimension, service: Any
) -> None:
    """Filters narrow the list."""
    other = writes.sibling(INDEX)
    for dimension, name in ((writes, f"a-{writes.name}"), (other, f"b-{writes.name}")):
        dimension.register()
        dimension.put(name)
    found = service.describe_scaling_policies(
        ServiceNamespace="dynamodb", PolicyNames=[f"b-{writes.name}"]
    )["ScalingPolicies"]
    assert [other.names["ResourceId"]] == [one["ResourceId"] for one in found]
    assert [f"a-{writes.name}"] == [one["PolicyName"] for one in writes.policies()]
