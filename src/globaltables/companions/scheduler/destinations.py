"""What a schedule does: the calls of its target, templated or universal."""

from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.targets import TargetCall, arn_parts, check_target, target_calls
from globaltables.foundation.errors import validation

_UNIVERSAL = "aws-sdk:"
#: What SDKs call services whose requests are signed for another name.
_SIGNED_AS: Mapping[str, str] = {
    "applicationautoscaling": "application-autoscaling",
    "cloudwatch": "monitoring",
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
}
_READING = ("describe", "get", "list", "scan", "query")
_FOREIGN = ("EcsParameters", "KinesisParameters", "SageMakerPipelineParameters")


def check_schedule_target(target: Mapping[str, Any], region: str) -> None:
    """Raise what a schedule's target is refused with.

    Raises:
        ApiError: it cannot be reached, or its parameters are not right.
    """
    foreign = next((name for name in _FOREIGN if target.get(name)), None)
    if foreign is not None:
        raise validation(f"{foreign} is not supported by globaltables; see docs/compatibility.md")
    arn: str = target["Arn"]
    parts = arn_parts(arn)
    if parts[2] == "scheduler" and parts[5].startswith(_UNIVERSAL):
        _, action = _universal(arn)
        if action.startswith(_READING):
            raise validation(f"{action} is an operation that only reads; it cannot be a target.")
        try:
            members = orjson.loads(target.get("Input") or "{}")
        except orjson.JSONDecodeError:
            members = None
        if not isinstance(members, dict):
            raise validation("Invalid RequestJson provided. Reason: the input is no JSON object.")
        return
    service = check_target(arn, region)
    if service == "logs":
        raise validation(f"Provided Arn is not in correct format: {arn}")
    if (service == "events") != bool(target.get("EventBridgeParameters")):
        raise validation(
            "EventBridgeParameters must be provided for an event bus, and only for it."
        )
    if service == "events" and parts[3] != region:
        raise validation(f"Target {arn} is not in the same region.")
    is_fifo = service == "sqs" and arn.endswith(".fifo")
    if is_fifo and not (target.get("SqsParameters") or {}).get("MessageGroupId"):
        raise validation("MessageGroupId must be provided for a FIFO queue.")


def schedule_calls(
    target: Mapping[str, Any], payload: str, region: str, now_ms: int
) -> list[TargetCall]:
    """Return the calls of a schedule's target.

    Args:
        target: as it was given.
        payload: its input, with what stands in for the context filled in.
        region: where the schedule is.
        now_ms: the time.
    """
    arn: str = target["Arn"]
    parts = arn_parts(arn)
    if parts[2] == "scheduler":
        service, action = _universal(arn)
        operation = action[:1].upper() + action[1:]
        return [(region, _SIGNED_AS.get(service, service), operation, orjson.loads(payload))]
    if parts[2] == "events":
        parameters = target["EventBridgeParameters"]
        entry = {
            "EventBusName": arn,
            "Source": parameters["Source"],
            "DetailType": parameters["DetailType"],
            "Detail": payload,
        }
        return [(region, "events", "PutEvents", {"Entries": [entry]})]
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    return target_calls(arn, payload, group=group, stream="", now_ms=now_ms)


def is_universal(target: Mapping[str, Any]) -> bool:
    """Tell whether a target is an operation of any service."""
    return str(target["Arn"]).startswith("arn:aws:scheduler:::")


def _universal(arn: str) -> tuple[str, str]:
    """Return service and operation of arn:aws:scheduler:::aws-sdk:service:operation.

    Raises:
        ApiError: they are not there.
    """
    _, service, action = (*arn_parts(arn)[5].split(":"), "", "")[:3]
    if not service or not action:
        raise validation(f"Provided Arn is not in correct format: {arn}")
    return service, action
