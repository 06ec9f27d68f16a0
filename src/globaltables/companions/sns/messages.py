"""What a message may be, and what each kind of subscriber gets of it."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from globaltables.companions.sns.refusals import invalid
from globaltables.companions.sns.stored import Subscription
from globaltables.foundation.message_limits import SNS_MESSAGE_BYTES_MAX

#: What messages have instead of a signature: nobody here has Amazon's key.
_UNSIGNED = b64encode(b"not signed by globaltables").decode("ascii")


@dataclass(frozen=True, slots=True)
class Message:
    """What was published.

    Attributes:
        message_id: its id.
        topic_arn: of its topic.
        texts: the text, by protocol; "default" for all others.
        subject: of mails.
        attributes: with bytes as Base64.
        time_ms: when.
        group: of a FIFO topic, or for one.
        token: its deduplication id.
        sequence: of a FIFO topic.
    """

    message_id: str
    topic_arn: str
    texts: Mapping[str, str]
    subject: str | None
    attributes: Mapping[str, Mapping[str, Any]]
    time_ms: int
    group: str | None
    token: str | None
    sequence: str | None

    def text(self, protocol: str) -> str:
        """Return the text for a protocol."""
        return self.texts.get(protocol, self.texts["default"])


def texts_of(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of a message by protocol.

    Raises:
        ApiError: it is empty, too long, or not of the structure that it says.
    """
    message: str = request["Message"]
    if not message:
        raise invalid("Empty message")
    size = len(message.encode()) + sum(
        len(name.encode())
        + len(one["DataType"].encode())
        + len((one.get("StringValue") or "").encode())
        + len(one.get("BinaryValue") or b"")
        for name, one in (request.get("MessageAttributes") or {}).items()
    )
    if size > SNS_MESSAGE_BYTES_MAX:
        raise invalid("Message too long")
    if request.get("MessageStructure") is None:
        return {"default": message}
    if request["MessageStructure"] != "json":
        raise invalid("MessageStructure")
    try:
        texts = orjson.loads(message)
    except orjson.JSONDecodeError:
        raise invalid("Message Structure - JSON message body failed to parse") from None
    if not isinstance(texts, dict) or "default" not in texts:
        raise invalid("Message Structure - No default entry in JSON message body")
    return {name: text for name, text in texts.items() if isinstance(text, str)}


def attributes_of(request: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the attributes of a message, bytes as Base64.

    Raises:
        ApiError: one is not right.
    """
    attributes = {}
    for name, one in (request.get("MessageAttributes") or {}).items():
        kind: str = one["DataType"]
        if not kind.startswith(("String", "Number", "Binary")):
            raise invalid(
                f"The message attribute '{name}' has an invalid message attribute type, the set of supported "
                "type prefixes is Binary, Number, and String."
            )
        member = "BinaryValue" if kind.startswith("Binary") else "StringValue"
        value = one.get(member)
        if not value:
            raise invalid(
                f"The message attribute '{name}' must contain non-empty message attribute value for message "
                f"attribute type '{kind}'."
            )
        kept = b64encode(value).decode("ascii") if member == "BinaryValue" else value
        attributes[name] = {"DataType": kind, member: kept}
    return attributes


def passes(subscription: Subscription, message: Message) -> bool:
    """Tell whether a subscription's filter policy lets a message through."""
    if subscription.pattern is None:
        return True
    if not subscription.by_body:
        return subscription.pattern.matches(_filtered(message.attributes))
    try:
        body = orjson.loads(message.text(subscription.document["protocol"]))
    except orjson.JSONDecodeError:
        return False
    return isinstance(body, dict) and subscription.pattern.matches(body)


def _filtered(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return attributes as a filter policy sees them: texts, numbers, arrays; no bytes."""
    seen: dict[str, Any] = {}
    for name, one in attributes.items():
        text = one.get("StringValue")
        if text is None:
            continue
        seen[name] = text
        if one["DataType"] in ("Number", "String.Array"):
            try:
                seen[name] = orjson.loads(text)
            except orjson.JSONDecodeError:
                continue
    return seen


def envelope(
    message: Message, protocol: str, subscription_arn: str, endpoint: str
) -> dict[str, Any]:
    """Return a message as its receivers know it."""
    answer: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": message.message_id,
        "TopicArn": message.topic_arn,
    }
    if message.sequence is not None:
        answer["SequenceNumber"] = message.sequence
    if message.subject is not None:
        answer["Subject"] = message.subject
    unsubscribe = f"{endpoint}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"
    answer |= {
        "Message": message.text(protocol),
        "Timestamp": iso_milliseconds(message.time_ms),
        "SignatureVersion": "1",
        "Signature": _UNSIGNED,
        "SigningCertURL": f"{endpoint}/SimpleNotificationService.pem",
        "UnsubscribeURL": unsubscribe,
    }
    if message.attributes:
        answer["MessageAttributes"] = {
            name: {
                "Type": one["DataType"],
                "Value": one.get("StringValue") or one.get("BinaryValue"),
            }
            for name, one in message.attributes.items()
        }
    return answer


def lambda_event(told: Mapping[str, Any], subscription_arn: str) -> dict[str, Any]:
    """Return what a function gets of an envelope."""
    renamed = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    notification = {renamed.get(name, name): value for name, value in told.items()}
    notification.setdefault("Subject", None)
    notification.setdefault("MessageAttributes", {})
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "Sns": notification,
    }
    return {"Records": [record]}


def for_queue(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return attributes as SQS takes them."""
    return {name: dict(one) for name, one in attributes.items()}


def iso_milliseconds(time_ms: int) -> str:
    """Return a time in ISO 8601, to the millisecond."""
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"
