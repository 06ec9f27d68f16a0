"""What a message may be: body, attributes, and the parameters of FIFO queues."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from globaltables.companions.sqs.queue import Queue
from globaltables.companions.sqs.refusals import bad_value, invalid_value, missing
from globaltables.foundation.errors import ApiError
from globaltables.foundation.message_limits import SQS_DELAY_SECONDS_MAX, SQS_MESSAGE_ATTRIBUTES_MAX

_CHARACTERS = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
_NAME = re.compile(r"(?!(?i:aws\.|amazon\.))(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)")
_TYPE = re.compile(r"(?:String|Number|Binary)(?:\.[^\x00]*)?")
_TOKEN = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")


def check_message(queue: Queue, request: Mapping[str, Any]) -> None:
    """Raise what a message, or an entry of a batch, is refused with.

    Raises:
        ApiError: AWS's refusal.
    """
    body: str = request["MessageBody"]
    if not body:
        raise missing("MessageBody")
    if _CHARACTERS.fullmatch(body) is None:
        raise ApiError("InvalidMessageContents", "Invalid characters found in the message body.")
    check_attributes(request.get("MessageAttributes") or {})
    check_attributes(request.get("MessageSystemAttributes") or {})
    limit = queue.setting("MaximumMessageSize")
    if message_bytes(request) > limit:
        raise invalid_value(
            f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
        )
    _check_order(queue, request)
    _check_delay(queue, request.get("DelaySeconds"))


def check_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise what message attributes are refused with.

    Raises:
        ApiError: AWS's refusal.
    """
    if len(attributes) > SQS_MESSAGE_ATTRIBUTES_MAX:
        raise invalid_value(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum "
            f"[{SQS_MESSAGE_ATTRIBUTES_MAX}]."
        )
    for name, attribute in attributes.items():
        if _NAME.fullmatch(name) is None:
            raise invalid_value(f"The message attribute name '{name}' is invalid.")
        kind = attribute.get("DataType") or ""
        if not kind:
            raise invalid_value(
                f"The message attribute '{name}' must contain non-empty message attribute type."
            )
        if _TYPE.fullmatch(kind) is None:
            raise invalid_value(
                f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
                "prefixes is Binary, Number, and String."
            )
        member = "BinaryValue" if kind.startswith("Binary") else "StringValue"
        if not attribute.get(member):
            raise invalid_value(
                f"The message attribute '{name}' must contain non-empty message attribute value for message "
                f"attribute type '{kind}'."
            )
        if kind.startswith("Number") and not _is_number(attribute["StringValue"]):
            raise invalid_value(f"Can't cast the value of message attribute '{name}' to a number.")


def message_bytes(request: Mapping[str, Any]) -> int:
    """Return what a message counts: its body, and names, types and values of its attributes."""
    size = len(request["MessageBody"].encode())
    for name, attribute in (request.get("MessageAttributes") or {}).items():
        size += len(name.encode()) + len(attribute["DataType"].encode())
        size += len(attribute.get("BinaryValue") or b"")
        size += len((attribute.get("StringValue") or "").encode())
    return size


def deduplication_of(queue: Queue, request: Mapping[str, Any]) -> str:
    """Return what tells that a message of a FIFO queue is the same as one before, in its scope."""
    given: str | None = request.get("MessageDeduplicationId")
    if given is None:
        given = sha256(request["MessageBody"].encode()).hexdigest()
    return given


def _check_order(queue: Queue, request: Mapping[str, Any]) -> None:
    group = request.get("MessageGroupId")
    token = request.get("MessageDeduplicationId")
    if queue.is_fifo:
        if not group:
            raise missing("MessageGroupId")
        if token is None and queue.document["attributes"]["ContentBasedDeduplication"] != "true":
            raise invalid_value(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
                "provided explicitly"
            )
    elif token is not None:
        raise invalid_value(
            f"Value {token} for parameter MessageDeduplicationId is invalid. Reason: The request includes a "
            "parameter that is not valid for this queue type."
        )
    for name, value in (("MessageGroupId", group), ("MessageDeduplicationId", token)):
        if value is not None and _TOKEN.fullmatch(value) is None:
            raise bad_value(
                value,
                name,
                f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
            )


def _check_delay(queue: Queue, delay: int | None) -> None:
    if delay is None:
        return
    if queue.is_fifo and delay:
        raise bad_value(
            delay,
            "DelaySeconds",
            "The request include parameter that is not valid for this queue type.",
        )
    if not 0 <= delay <= SQS_DELAY_SECONDS_MAX:
        raise bad_value(
            delay, "DelaySeconds", f"DelaySeconds must be >= 0 and <= {SQS_DELAY_SECONDS_MAX}."
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
