"""DescribeScalingPolicies (Application Auto Scaling): the policies of an account in a region."""

from globaltables.autoscaling.stored_targets import targets
from globaltables.foundation.limits import SCALING_POLICIES_PAGE_MAX
from globaltables.operations.context import Answer, Call
from globaltables.operations.replica_scaling import tracking_members
from globaltables.operations.scaling_service import (
    TARGET_TRACKING,
    is_asked_for,
    named,
    page,
    policy_arn,
)
from globaltables.tables.description import seconds


def handle(call: Call) -> Answer:
    """List a page of policies: all of them, or those that PolicyNames, ResourceId and ScalableDimension name.

    Source: API_DescribeScalingPolicies.
    """
    request = call.request
    names = request.get("PolicyNames")
    found = [
        (resource, policy)
        for resource, known in targets(call.region.store.reader(), call.account)
        if is_asked_for(request, resource)
        for policy in known.policies
        if not names or policy.name in names
    ]
    shown, further = page(request, found, "ScalingPolicies", SCALING_POLICIES_PAGE_MAX)
    listed = [
        {
            "PolicyARN": policy_arn(call, resource, policy),
            "PolicyName": policy.name,
            **named(resource),
            "PolicyType": TARGET_TRACKING,
            "TargetTrackingScalingPolicyConfiguration": {
                **tracking_members(policy),
                "PredefinedMetricSpecification": {"PredefinedMetricType": resource.metric},
            },
            "Alarms": [],
            "CreationTime": seconds(policy.created_ms),
        }
        for resource, policy in shown
    ]
    return {"ScalingPolicies": listed, **further}
