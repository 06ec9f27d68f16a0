"""From a message to its deliveries, and from a delivery to its receiver."""

from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.deliveries import call_services, delivery
from globaltables.companions.records import Document
from globaltables.companions.sns.messages import (
    Message,
    envelope,
    for_queue,
    lambda_event,
    passes,
)
from globaltables.companions.sns.stored import OUTBOX, Subscription, Topics
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.message_limits import SNS_HTTP_MS_MAX, SNS_OUTBOX_MAX
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

#: To queues and functions: as often and for as long as AWS tries it (23 days).
_SERVICE_RETRY: Mapping[str, int] = {
    "MaximumRetryAttempts": 100_015,
    "MaximumEventAgeInSeconds": 23 * 86_400,
}
_HTTP_RETRIES = 3
_LIFE_SECONDS = 3_600
_TOO_MANY, _SERVER_FAULT, _REFUSED = 429, 500, 300


def stage_message(
    stage: Stage, topics: Topics, account: str, topic: str, message: Message
) -> list[tuple[str, Document]]:
    """Stage a message for everybody who gets it."""
    staged = []
    for subscription in topics.subscriptions(account, topic):
        if not subscription.document["confirmed"] or not passes(subscription, message):
            continue
        made = _delivery(topics, subscription, message)
        if made is None:
            lay_out(
                stage,
                topics,
                subscription,
                message.text(subscription.document["protocol"]),
                message.subject,
            )
        else:
            staged.append(topics.deliveries.stage(stage, made))
    return staged


def lay_out(
    stage: Stage, topics: Topics, subscription: Subscription, text: str, subject: str | None
) -> None:
    """Stage what would go out of this machine by mail or telephone, into the outbox."""
    put_out(
        stage,
        topics,
        subscription.account,
        {
            "protocol": subscription.document["protocol"],
            "endpoint": subscription.document["endpoint"],
            "topic": topics.topic_arn(subscription.account, subscription.topic),
            "subject": subject,
            "message": text,
        },
    )


def put_out(stage: Stage, topics: Topics, account: str, document: Document) -> None:
    """Stage an entry of the outbox, which keeps the last ones."""
    document["time"] = topics.region.clock.now_ms()
    names = [name for name, _ in OUTBOX.of_account(stage.applied, account)]
    for name in names[: max(0, len(names) - SNS_OUTBOX_MAX + 1)]:
        OUTBOX.put(stage, account, name, None)
    OUTBOX.put(stage, account, f"{stage.tick():016x}", document)


def post(topics: Topics, subscription: Subscription, body: Document, kind: str) -> Document:
    """Return the delivery of something to an HTTP endpoint.

    Args:
        topics: of the region.
        subscription: whose endpoint.
        body: as it is posted.
        kind: x-amz-sns-message-type.
    """
    arn = topics.subscription_arn(subscription)
    raw = kind == "Notification" and subscription.attributes.get("RawMessageDelivery") == "true"
    request = {
        "url": subscription.document["endpoint"],
        "body": body["Message"] if raw else orjson.dumps(body).decode(),
        "headers": {
            "x-amz-sns-message-type": kind,
            "x-amz-sns-message-id": body["MessageId"],
            "x-amz-sns-topic-arn": body["TopicArn"],
            "x-amz-sns-subscription-arn": arn,
            "Content-Type": "text/plain; charset=UTF-8",
            "User-Agent": "Amazon Simple Notification Service Agent",
        },
    }
    if raw:
        request["headers"]["x-amz-sns-rawdelivery"] = "true"
    policy = orjson.loads(subscription.attributes.get("DeliveryPolicy") or "{}")
    retries = (policy.get("healthyRetryPolicy") or {}).get("numRetries", _HTTP_RETRIES)
    return delivery(
        arn,
        subscription.account,
        [("", "http", "POST", request)],
        began_ms=topics.region.clock.now_ms(),
        body=request["body"],
        target={
            "RetryPolicy": {
                "MaximumRetryAttempts": retries,
                "MaximumEventAgeInSeconds": _LIFE_SECONDS,
            },
            "DeadLetterConfig": _dead_letters(subscription),
        },
    )


async def perform(region: Region, document: Document) -> None:
    """Bring a delivery to its receiver.

    Raises:
        ApiError: it was refused.
        OperationalError: it failed.
    """
    (_, service, _, request) = document["calls"][0]
    if service != "http":
        await call_services(region, document)
        return
    # Only who has subscribed an endpoint pays for the import.
    import aiohttp  # noqa: PLC0415

    timeout = aiohttp.ClientTimeout(total=SNS_HTTP_MS_MAX / 1000)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(
                request["url"], data=request["body"].encode(), headers=request["headers"]
            ) as response,
        ):
            status = response.status
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise OperationalError(f"{request['url']} cannot be reached: {error}") from error
    if status >= _SERVER_FAULT or status == _TOO_MANY:
        raise OperationalError(f"{request['url']} answered {status}")
    if status >= _REFUSED:
        raise ApiError("HttpError", f"{request['url']} answered {status}", status=status)


def _delivery(topics: Topics, subscription: Subscription, message: Message) -> Document | None:
    """Return the delivery of a message to a subscriber, None when it is laid into the outbox."""
    protocol: str = subscription.document["protocol"]
    endpoint: str = subscription.document["endpoint"]
    arn = topics.subscription_arn(subscription)
    told = envelope(message, protocol, arn, topics.region.services.endpoint)
    if protocol in ("http", "https"):
        return post(topics, subscription, told, "Notification")
    raw = subscription.attributes.get("RawMessageDelivery") == "true"
    body = message.text(protocol) if raw else orjson.dumps(told).decode()
    parts = endpoint.split(":")
    request: dict[str, Any]
    if protocol == "sqs":
        request = {"QueueUrl": f"/{parts[4]}/{parts[5]}", "MessageBody": body}
        if raw and message.attributes:
            request["MessageAttributes"] = for_queue(message.attributes)
        if message.group is not None:
            request["MessageGroupId"] = message.group
        if endpoint.endswith(".fifo"):
            request["MessageDeduplicationId"] = message.token
        call = (parts[3], "sqs", "SendMessage", request)
    elif protocol == "lambda":
        body = orjson.dumps(lambda_event(told, arn)).decode()
        request = {"FunctionName": endpoint, "InvocationType": "Event", "Payload": body}
        call = (parts[3], "lambda", "Invoke", request)
    else:
        return None
    return delivery(
        arn,
        subscription.account,
        [call],
        began_ms=message.time_ms,
        body=body,
        target={"RetryPolicy": _SERVICE_RETRY, "DeadLetterConfig": _dead_letters(subscription)},
    )


def _dead_letters(subscription: Subscription) -> dict[str, str]:
    text = subscription.attributes.get("RedrivePolicy")
    return {"Arn": orjson.loads(text)["deadLetterTargetArn"]} if text else {}
