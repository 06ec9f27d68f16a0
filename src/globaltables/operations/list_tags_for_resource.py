"""ListTagsForResource (Application Auto Scaling): the tags of a scalable target."""

from globaltables.autoscaling.stored_targets import targets
from globaltables.operations.context import Answer, Call
from globaltables.operations.scaling_service import ScalingError, target_arn


def handle(call: Call) -> Answer:
    """List the tags that a target was registered with.

    Source: API_ListTagsForResource of Application Auto Scaling.
    """
    arn = call.request["ResourceARN"]
    for _, known in targets(call.region.store.reader(), call.account):
        if target_arn(call, known) == arn:
            return {"Tags": dict(known.tags)}
    raise ScalingError("ResourceNotFoundException", f"The specified resource doesn't exist: {arn}")
