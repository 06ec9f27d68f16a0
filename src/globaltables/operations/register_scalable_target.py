"""RegisterScalableTarget (Application Auto Scaling): the bounds between which a dimension may be scaled."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from globaltables.autoscaling.rules import bounds_fault
from globaltables.autoscaling.stored_targets import put_target, target, target_count
from globaltables.autoscaling.targets import ScalableTarget, ScaledResource
from globaltables.foundation.limits import SCALABLE_TARGETS_MAX
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.replica_scaling import check_hosted, keep_bounds
from globaltables.operations.scaling_service import (
    ScalingError,
    invalid,
    named_resource,
    target_arn,
)

_SUSPENSIONS: Mapping[str, str] = {
    "DynamicScalingInSuspended": "suspended_in",
    "DynamicScalingOutSuspended": "suspended_out",
    "ScheduledScalingSuspended": "suspended_schedule",
}


async def handle(call: Call) -> Answer:
    """Register a target or change the one that is there; units outside of its bounds are changed at once.

    The role is always the service's own: DynamoDB has a service-linked one, and another RoleARN is ignored as on AWS.

    Source: API_RegisterScalableTarget.
    """
    resource = named_resource(call)
    _check_scalable(call, resource)

    def decide(stage: Stage) -> ScalableTarget:
        known = target(stage, resource)
        if known is None:
            known = _new(call)
        changed = _changed(known, call.request)
        put_target(stage, resource, changed)
        return changed

    registered = await call.region.store.submit(decide)
    await keep_bounds(call.node, call.region, resource)
    return {"ScalableTargetARN": target_arn(call, registered)}


def _check_scalable(call: Call, resource: ScaledResource) -> None:
    """Refuse what is not there, or has members on other nodes.

    Source:
        Measured on AWS for an index (aws-controllers-k8s/dynamodb-controller, docs/api-quirks, DDB-TABLE-322).
    """
    table = call.region.catalog.find(resource.account, resource.table_name)
    if table is None or table.restricted:
        raise invalid(f"DynamoDB table does not exist: {resource.resource_id}")
    check_hosted(call.node, (replica.region for replica in table.replicas))
    if resource.index_name is not None:
        index = table.index(resource.index_name)
        if index is None or index.kind != "GLOBAL" or index.status == "CREATING":
            raise invalid(f"DynamoDB index does not exist: {resource.resource_id}")


def _new(call: Call) -> ScalableTarget:
    request, region = call.request, call.region
    if request.get("MinCapacity") is None or request.get("MaxCapacity") is None:
        raise invalid("A new scalable target needs both MinCapacity and MaxCapacity.")
    if target_count(region.store.reader(), call.account) >= SCALABLE_TARGETS_MAX:
        msg = f"An account has at most {SCALABLE_TARGETS_MAX} scalable targets of DynamoDB."
        raise ScalingError("LimitExceededException", msg)
    return ScalableTarget(region.randomness.uuid(), region.clock.now_ms(), 0, 0)


def _changed(known: ScalableTarget, request: Mapping[str, Any]) -> ScalableTarget:
    """Return a target with what a request gives; what it leaves out stays."""
    suspended = request.get("SuspendedState", {})
    flags = {
        field: suspended[member] for member, field in _SUSPENSIONS.items() if member in suspended
    }
    tags = dict(known.tags) | request.get("Tags", {})
    changed = replace(
        known,
        minimum=request.get("MinCapacity", known.minimum),
        maximum=request.get("MaxCapacity", known.maximum),
        tags=tuple(tags.items()),
        **flags,
    )
    fault = bounds_fault(changed.minimum, changed.maximum)
    if changed.minimum < 1:
        fault = "Minimum capacity cannot be less than 1"
    if fault:
        raise invalid(fault)
    return changed
