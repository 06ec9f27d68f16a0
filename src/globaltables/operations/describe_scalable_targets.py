"""DescribeScalableTargets (Application Auto Scaling): the targets of an account in a region."""

from globaltables.autoscaling.stored_targets import targets
from globaltables.autoscaling.targets import service_role
from globaltables.foundation.limits import SCALING_PAGE_MAX
from globaltables.operations.context import Answer, Call
from globaltables.operations.scaling_service import is_asked_for, named, page, target_arn
from globaltables.tables.description import seconds


def handle(call: Call) -> Answer:
    """List a page of targets: all of them, or those that ResourceIds and ScalableDimension name.

    Source: API_DescribeScalableTargets.
    """
    request = call.request
    found = [
        (resource, known)
        for resource, known in targets(call.region.store.reader(), call.account)
        if is_asked_for(request, resource)
    ]
    shown, further = page(request, found, "ScalableTargets", SCALING_PAGE_MAX)
    role = service_role(call.region.name, call.account)
    listed = [
        {
            **named(resource),
            "MinCapacity": known.minimum,
            "MaxCapacity": known.maximum,
            "RoleARN": role,
            "CreationTime": seconds(known.created_ms),
            "SuspendedState": {
                "DynamicScalingInSuspended": known.suspended_in,
                "DynamicScalingOutSuspended": known.suspended_out,
                "ScheduledScalingSuspended": known.suspended_schedule,
            },
            "ScalableTargetARN": target_arn(call, known),
        }
        for resource, known in shown
    ]
    return {"ScalableTargets": listed, **further}
