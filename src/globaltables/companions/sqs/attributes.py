"""The attributes of queues: what may be set, defaults, and what is computed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson

from globaltables.companions.sqs.refusals import invalid_attribute, invalid_value
from globaltables.foundation.errors import ApiError
from globaltables.foundation.message_limits import SQS_MESSAGE_BYTES_MAX

#: Attributes that are numbers: least, greatest, default.
_NUMBERS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "DelaySeconds": (0, 900, 0),
        "MaximumMessageSize": (1_024, SQS_MESSAGE_BYTES_MAX, SQS_MESSAGE_BYTES_MAX),
        "MessageRetentionPeriod": (60, 1_209_600, 345_600),
        "ReceiveMessageWaitTimeSeconds": (0, 20, 0),
        "VisibilityTimeout": (0, 43_200, 30),
    }
)
_FIFO: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        "ContentBasedDeduplication": (("true", "false"), "false"),
        "DeduplicationScope": (("queue", "messageGroup"), "queue"),
        "FifoThroughputLimit": (("perQueue", "perMessageGroupId"), "perQueue"),
    }
)
_DOCUMENTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")
_COMPUTED = frozenset(
    {
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "CreatedTimestamp",
        "LastModifiedTimestamp",
        "QueueArn",
    }
)
_SEALED = ("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds")
_RECEIVES_MAX = 1_000


def defaults(*, is_fifo: bool) -> dict[str, str]:
    """Return the attributes of a queue of which nothing was set."""
    attributes = {name: str(default) for name, (_, _, default) in _NUMBERS.items()}
    attributes["SqsManagedSseEnabled"] = "true"
    if is_fifo:
        attributes["FifoQueue"] = "true"
        attributes |= {name: default for name, (_, default) in _FIFO.items()}
    return attributes


def checked(attributes: Mapping[str, str], *, is_fifo: bool) -> dict[str, str]:
    """Return attributes that were given for a queue, each in its usual form.

    An empty text takes a document away, as on AWS.

    Raises:
        ApiError: one is unknown, or cannot be set, or has a wrong value.
    """
    return {name: _checked(name, value, is_fifo) for name, value in attributes.items()}


def _checked(name: str, value: str, is_fifo: bool) -> str:  # noqa: FBT001 - of the queue
    if name in _NUMBERS:
        least, greatest, _ = _NUMBERS[name]
        if not value.isdecimal() or not least <= int(value) <= greatest:
            raise invalid_attribute(name)
        return str(int(value))
    if name == "FifoQueue" or name in _FIFO:
        if not is_fifo:
            raise ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")
        if value not in (_FIFO[name][0] if name in _FIFO else ("true",)):
            raise invalid_attribute(name)
        return value
    if name == "SqsManagedSseEnabled":
        if value not in ("true", "false"):
            raise invalid_attribute(name)
        return value
    if name in _DOCUMENTS:
        return _document(name, value)
    if name in _SEALED:
        raise ApiError(
            "UnsupportedOperation",
            f"{name} is not supported by globaltables; see docs/compatibility.md",
        )
    raise ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")


def _document(name: str, value: str) -> str:
    if not value:
        return ""
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise invalid_attribute(name)
    if name == "RedrivePolicy":
        _check_redrive(value, document)
    if name == "RedriveAllowPolicy":
        _check_allowed(document)
    return value


def _check_redrive(text: str, policy: Mapping[str, Any]) -> None:
    if set(policy) != {"deadLetterTargetArn", "maxReceiveCount"}:
        which = "maxReceiveCount" if "maxReceiveCount" not in policy else "deadLetterTargetArn"
        raise invalid_value(
            f"Value {text} for parameter RedrivePolicy is invalid. Reason: Redrive policy does not contain "
            f"mandatory attribute: {which}."
        )
    count = str(policy["maxReceiveCount"])
    if not count.isdecimal() or not 1 <= int(count) <= _RECEIVES_MAX:
        raise invalid_value(
            f"Value {text} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: "
            f"{count}, valid values are from 1 to {_RECEIVES_MAX} both inclusive."
        )


def _check_allowed(policy: Mapping[str, Any]) -> None:
    permission, arns = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission not in ("allowAll", "denyAll", "byQueue"):
        raise invalid_attribute("RedriveAllowPolicy")
    if (permission == "byQueue") != (isinstance(arns, list) and 1 <= len(arns) <= 10):
        raise invalid_attribute("RedriveAllowPolicy")


def redrive_of(attributes: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the ARN of the dead letter queue and after how many receptions messages go there."""
    text = attributes.get("RedrivePolicy")
    if not text:
        return None
    policy = orjson.loads(text)
    return str(policy["deadLetterTargetArn"]), int(policy["maxReceiveCount"])


def allows_redrive(attributes: Mapping[str, str], source_arn: str) -> bool:
    """Tell whether a queue takes the dead letters of another."""
    text = attributes.get("RedriveAllowPolicy")
    if not text:
        return True
    policy = orjson.loads(text)
    if policy["redrivePermission"] == "byQueue":
        return source_arn in policy["sourceQueueArns"]
    return bool(policy["redrivePermission"] == "allowAll")


def is_computed(name: str) -> bool:
    """Tell whether an attribute can be read and not set."""
    return name in _COMPUTED
