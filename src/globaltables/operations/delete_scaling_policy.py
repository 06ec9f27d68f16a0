"""DeleteScalingPolicy (Application Auto Scaling): a target stays, one of its policies goes."""

from collections.abc import Awaitable
from dataclasses import replace

from globaltables.autoscaling.stored_targets import put_target, target
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.scaling_service import named_resource, not_found


def handle(call: Call) -> Awaitable[Answer]:
    """Delete the policy of the request.

    Source: API_DeleteScalingPolicy.
    """
    resource = named_resource(call)
    name = call.request["PolicyName"]

    def decide(stage: Stage) -> Answer:
        known = target(stage, resource)
        policies = () if known is None else known.policies
        kept = tuple(policy for policy in policies if policy.name != name)
        if known is None or len(kept) == len(policies):
            raise not_found("No scaling policy found", call.request)
        put_target(stage, resource, replace(known, policies=kept))
        return {}

    return call.region.store.submit(decide)
