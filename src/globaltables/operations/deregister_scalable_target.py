"""DeregisterScalableTarget (Application Auto Scaling): a target goes, and its policies with it."""

from collections.abc import Awaitable

from globaltables.autoscaling.stored_targets import put_target, target
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.scaling_service import named_resource, not_found


def handle(call: Call) -> Awaitable[Answer]:
    """End the scaling of a dimension, whether its table still exists or not.

    Source: API_DeregisterScalableTarget.
    """
    resource = named_resource(call)

    def decide(stage: Stage) -> Answer:
        if target(stage, resource) is None:
            raise not_found("No scalable target found", call.request)
        put_target(stage, resource, None)
        return {}

    return call.region.store.submit(decide)
