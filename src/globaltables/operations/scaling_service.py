"""What the operations of Application Auto Scaling share: DynamoDB's part of that service, its refusals and its pages.

It is served where DynamoDB is, as far as tables and indexes are scaled: targets, target tracking policies, activities.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from globaltables.autoscaling.targets import (
    ScalableTarget,
    ScaledResource,
    ScalingPolicy,
    resource_of,
)
from globaltables.foundation.arns import partition_of
from globaltables.foundation.errors import ApiError
from globaltables.operations.context import Call

T = TypeVar("T")
NAMESPACE = "dynamodb"
TARGET_TRACKING = "TargetTrackingScaling"


class ScalingError(ApiError):
    """A refusal in the form of this service: codes without a namespace, and `Message`."""

    def body(self) -> dict[str, Any]:
        """Return the JSON body."""
        return {"__type": self.code, "Message": self.message}


def invalid(message: str) -> ScalingError:
    """Return a ValidationException."""
    return ScalingError("ValidationException", message)


def not_found(what: str, request: Mapping[str, Any]) -> ScalingError:
    """Return an ObjectNotFoundException with the names of the request."""
    names = [
        f"service namespace: {request['ServiceNamespace']}",
        f"resource ID: {request['ResourceId']}",
        f"scalable dimension: {request['ScalableDimension']}",
    ]
    if "PolicyName" in request and what.startswith("No scaling policy"):
        names.append(f"policy name: {request['PolicyName']}")
    return ScalingError("ObjectNotFoundException", f"{what} for {', '.join(names)}")


def named_resource(call: Call) -> ScaledResource:
    """Return the dimension that a request names.

    Raises:
        ApiError: it is none of DynamoDB.
    """
    request = call.request
    resource = resource_of(call.account, request["ResourceId"], request["ScalableDimension"])
    if request["ServiceNamespace"] != NAMESPACE or resource is None:
        raise invalid("Unsupported service namespace, resource type or scalable dimension")
    return resource


def target_arn(call: Call, target: ScalableTarget) -> str:
    """Return the ARN of a scalable target."""
    region = call.region.name
    name = target.id.replace("-", "")
    return (
        f"arn:{partition_of(region)}:application-autoscaling:{region}:{call.account}:"
        f"scalable-target/{name}"
    )


def policy_arn(call: Call, resource: ScaledResource, policy: ScalingPolicy) -> str:
    """Return the ARN of a scaling policy."""
    region = call.region.name
    return (
        f"arn:{partition_of(region)}:autoscaling:{region}:{call.account}:scalingPolicy:"
        f"{policy.id}:resource/{NAMESPACE}/{resource.resource_id}:policyName/{policy.name}"
    )


def named(resource: ScaledResource) -> dict[str, str]:
    """Return the members that name a dimension."""
    return {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": resource.resource_id,
        "ScalableDimension": resource.dimension,
    }


def is_asked_for(request: Mapping[str, Any], resource: ScaledResource) -> bool:
    """Tell whether a request to describe asks for a dimension: for all, or by resources and dimension."""
    ids = request.get("ResourceIds") or [request.get("ResourceId") or resource.resource_id]
    dimension = request.get("ScalableDimension") or resource.dimension
    return (
        request["ServiceNamespace"] == NAMESPACE
        and resource.resource_id in ids
        and resource.dimension == dimension
    )


def page(
    request: Mapping[str, Any], found: Sequence[T], member: str, size_max: int
) -> tuple[Sequence[T], dict[str, str]]:
    """Return a page of what was found, and the members of the answer that lead to the next one.

    Args:
        request: may have MaxResults and NextToken.
        found: everything, in the same order for every page.
        member: what is listed; a token is good for one list.
        size_max: of a page.

    Raises:
        ApiError: the token or the number is none of this list.
    """
    size = request.get("MaxResults", size_max)
    if not 1 <= size <= size_max:
        raise invalid(f"MaxResults must be between 1 and {size_max}, but was {size}.")
    start = _start(request.get("NextToken"), member)
    end = start + size
    if end >= len(found):
        return found[start:], {}
    return found[start:end], {"NextToken": urlsafe_b64encode(f"{member}:{end}".encode()).decode()}


def _start(token: str | None, member: str) -> int:
    if token is None:
        return 0
    try:
        kind, _, start = urlsafe_b64decode(token).decode().partition(":")
        if kind == member and start.isdecimal():
            return int(start)
    except ValueError:
        pass  # answered like a token of another list
    raise ScalingError("InvalidNextTokenException", "The next token is invalid.")
