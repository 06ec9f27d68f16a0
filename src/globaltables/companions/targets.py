"""The targets that rules and schedules share: which call of which service brings something there."""

from collections.abc import Mapping
from typing import Any

from globaltables.foundation.errors import ApiError, validation

_ARN_PARTS = 6
_SERVED = ("events", "lambda", "logs", "sns", "sqs")
#: Region, service, operation, request.
TargetCall = tuple[str, str, str, dict[str, Any]]


def arn_parts(arn: str) -> list[str]:
    """Return the six parts of an ARN.

    Raises:
        ApiError: it is none.
    """
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or parts[0] != "arn" or not parts[2] or not parts[5]:
        raise validation(f"Provided Arn is not in correct format: {arn}")
    return parts


def check_target(arn: str, region: str) -> str:
    """Return the service of a target that can be reached.

    Args:
        arn: of the target.
        region: where the rule or schedule is.

    Raises:
        ApiError: it cannot.
    """
    parts = arn_parts(arn)
    service = parts[2]
    if service not in _SERVED:
        raise validation(
            f"Targets of the service {service} are not supported by globaltables; see docs/compatibility.md"
        )
    if parts[3] != region and service != "events":
        raise validation(f"Target {arn} is not in the same region.")
    return service


def target_calls(
    arn: str, payload: str, *, group: str | None, stream: str, now_ms: int
) -> list[TargetCall]:
    """Return the calls that bring a payload to a target.

    Args:
        arn: of the target, of one of the services that `check_target` lets through, but events.
        payload: the text.
        group: MessageGroupId of a FIFO queue.
        stream: name of the log stream of a log group.
        now_ms: time of the log event.

    Raises:
        ApiError: nothing is brought there so.
    """
    _, _, service, region, account, resource = arn_parts(arn)
    match service:
        case "lambda":
            request = {"FunctionName": arn, "InvocationType": "Event", "Payload": payload}
            return [(region, "lambda", "Invoke", request)]
        case "sqs":
            request = {"QueueUrl": f"/{account}/{resource}", "MessageBody": payload}
            if group is not None:
                request["MessageGroupId"] = group
            return [(region, "sqs", "SendMessage", request)]
        case "sns":
            return [(region, "sns", "Publish", {"TopicArn": arn, "Message": payload})]
        case "logs":
            return _log_calls(region, resource, payload, stream, now_ms)
        case _:
            raise ApiError("NotImplemented", f"nothing is delivered to {arn}", status=501)


def _log_calls(
    region: str, resource: str, payload: str, stream: str, now_ms: int
) -> list[TargetCall]:
    names: Mapping[str, str] = {
        "logGroupName": resource.removeprefix("log-group:").removesuffix(":*"),
        "logStreamName": stream,
    }
    events = [{"timestamp": now_ms, "message": payload}]
    return [
        (region, "logs", "CreateLogStream", dict(names)),
        (region, "logs", "PutLogEvents", {**names, "logEvents": events}),
    ]
