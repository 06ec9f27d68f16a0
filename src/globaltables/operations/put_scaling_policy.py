"""PutScalingPolicy (Application Auto Scaling): how a dimension is scaled; target tracking of its own metric."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any

from globaltables.autoscaling.rules import target_value_fault
from globaltables.autoscaling.stored_targets import put_target, target
from globaltables.autoscaling.targets import ScalableTarget, ScaledResource
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.replica_scaling import policy_of
from globaltables.operations.scaling_service import (
    TARGET_TRACKING,
    invalid,
    named_resource,
    not_found,
    policy_arn,
)


def handle(call: Call) -> Awaitable[Answer]:
    """Create a policy of a target, or replace the configuration of the one of that name.

    The answer names no alarms: consumption is looked at without any.

    Source: API_PutScalingPolicy.
    """
    resource = named_resource(call)
    name = call.request["PolicyName"]

    def decide(stage: Stage) -> Answer:
        known = target(stage, resource)
        if known is None:
            raise not_found("No scalable target registered", call.request)
        tracking = _configuration(call.request, resource, known)
        policy = policy_of(call.region, name, tracking, known.policies)
        put_target(stage, resource, replace(known, policies=(policy,)))
        return {"PolicyARN": policy_arn(call, resource, policy), "Alarms": []}

    return call.region.store.submit(decide)


def _configuration(
    request: Mapping[str, Any], resource: ScaledResource, known: ScalableTarget
) -> Mapping[str, Any]:
    """Return the configuration of a request.

    Raises:
        ApiError: DynamoDB has no such policies, or the target has another one already.
    """
    exists = any(policy.name == request["PolicyName"] for policy in known.policies)
    kind = request.get("PolicyType", TARGET_TRACKING if exists else None)
    if kind is None:
        raise invalid("A new scaling policy needs a PolicyType.")
    if kind != TARGET_TRACKING:
        raise invalid(f"{kind} is not supported for DynamoDB.")
    tracking: Mapping[str, Any] | None = request.get("TargetTrackingScalingPolicyConfiguration")
    if tracking is None:
        raise invalid(f"{TARGET_TRACKING} needs a TargetTrackingScalingPolicyConfiguration.")
    if tracking.get("CustomizedMetricSpecification") is not None:
        raise invalid(
            "CustomizedMetricSpecification is not supported by globaltables, see docs/compatibility.md"
        )
    metric = (tracking.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
    if metric != resource.metric:
        raise invalid(
            f"Predefined metric type {metric} is not supported for scalable dimension "
            f"{resource.dimension}; it is scaled by {resource.metric}."
        )
    fault = target_value_fault(metric, float(tracking["TargetValue"]))
    if fault:
        raise invalid(fault)
    if known.policies and not exists:
        raise invalid(
            f"Only one {TARGET_TRACKING} policy for a given metric specification is allowed."
        )
    return tracking
