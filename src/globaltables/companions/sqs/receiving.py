"""ReceiveMessage: hands out messages, waits for them without looking again and again, moves dead letters away."""

import asyncio
from base64 import b64decode
from collections.abc import Collection, Mapping
from typing import Any

from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.companions.sqs.attributes import redrive_of
from globaltables.companions.sqs.digests import attributes_digest
from globaltables.companions.sqs.queue import Entry, Queue
from globaltables.companions.sqs.receipts import receipt_of
from globaltables.companions.sqs.refusals import bad_value, no_queue
from globaltables.companions.sqs.stored import Queues, queues_of
from globaltables.companions.sqs.urls import queue_of
from globaltables.foundation.errors import ApiError
from globaltables.foundation.message_limits import (
    SQS_BATCH_MAX,
    SQS_IN_FLIGHT_MAX,
    SQS_VISIBILITY_SECONDS_MAX,
    SQS_WAIT_SECONDS_MAX,
)
from globaltables.itemstore.stage import Stage

#: What was handed out: the message, its receipt handle, and what the reception made of its entry.
_Handed = tuple[Document, str, Entry]


async def receive_message(call: ServiceCall) -> dict[str, Any]:
    """Return up to ten messages, as soon as there is one or the time to wait is over."""
    queues = queues_of(call.region)
    queue = queue_of(call, queues)
    request = call.request
    most = _within(request, "MaxNumberOfMessages", 1, SQS_BATCH_MAX, 1, _BETWEEN)
    wait_s = _within(
        request,
        "WaitTimeSeconds",
        0,
        SQS_WAIT_SECONDS_MAX,
        queue.setting("ReceiveMessageWaitTimeSeconds"),
        "Must be >= {least} and <= {greatest}, if provided.",
    )
    visibility_s = _within(
        request,
        "VisibilityTimeout",
        0,
        SQS_VISIBILITY_SECONDS_MAX,
        queue.setting("VisibilityTimeout"),
        _BETWEEN,
    )
    end_ms = call.region.clock.now_ms() + wait_s * 1000
    while True:
        handed = await _receive(queues, queue, most, visibility_s * 1000)
        if handed or not await _wait(queues, queue, end_ms):
            break
    if not handed:
        return {}
    return {"Messages": [_told(queue, one, request) for one in handed]}


_BETWEEN = "Must be between {least} and {greatest}, if provided."


def _within(
    request: Mapping[str, Any], name: str, least: int, greatest: int, default: int, reason: str
) -> int:
    value: int | None = request.get(name)
    if value is None:
        return default
    if not least <= value <= greatest:
        raise bad_value(value, name, reason.format(least=least, greatest=greatest))
    return value


async def _receive(queues: Queues, queue: Queue, most: int, visibility_ms: int) -> list[_Handed]:
    if queues.find(queue.account, queue.name) is not queue:
        raise no_queue()
    if not queue.has_available(queues.region.clock.now_ms()):
        return []
    return await queues.region.store.submit(
        lambda stage: _hand_out(stage, queues, queue, most, visibility_ms)
    )


def _hand_out(
    stage: Stage, queues: Queues, queue: Queue, most: int, visibility_ms: int
) -> list[_Handed]:
    """Stage that messages were received, or went to the dead letter queue instead."""
    queues.expire(stage, queue)
    if queue.held >= SQS_IN_FLIGHT_MAX:
        if queue.is_fifo:
            return []
        raise ApiError("OverLimit", f"Too many messages in flight: {queue.held}", status=403)
    now_ms = queues.region.clock.now_ms()
    redrive = redrive_of(queue.document["attributes"])
    dead = queues.by_arn(redrive[0]) if redrive is not None else None
    handed: list[_Handed] = []
    for entry in queue.available(now_ms):
        if redrive is not None and dead is not None and entry.count >= redrive[1]:
            queues.move(stage, queue, entry.sequence, dead)
            continue
        queue.hold(entry, now_ms + visibility_ms, now_ms)
        queues.keep_reception(stage, queue, entry)
        message = queues.message(stage, queue, entry.sequence)
        copy = Entry(entry.sequence, entry.sent_ms, 0, entry.group, entry.count, entry.first_ms)
        handed.append((message, receipt_of(queue, entry), copy))
        if len(handed) == most:
            break
    return handed


async def _wait(queues: Queues, queue: Queue, end_ms: int) -> bool:
    """Wait until a message may be there; return False when the time is over."""
    clock = queues.region.clock
    if queues.stopping or clock.now_ms() >= end_ms:
        return False
    next_ms = queue.next_change_ms()
    until_ms = end_ms if next_ms is None else min(end_ms, next_ms)
    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = queues.waiting.setdefault((queue.account, queue.name), set())
    waiting.add(told)
    timer = asyncio.ensure_future(clock.until(until_ms))
    try:
        await asyncio.wait((told, timer), return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
        waiting.discard(told)
    return True


def _told(queue: Queue, handed: _Handed, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message as its receiver gets it."""
    message, receipt, entry = handed
    told = {
        "MessageId": message["id"],
        "ReceiptHandle": receipt,
        "MD5OfBody": message["md5"],
        "Body": message["body"],
    }
    wanted = {*request.get("AttributeNames", ()), *request.get("MessageSystemAttributeNames", ())}
    system = {
        name: value
        for name, value in _system_attributes(queue, message, entry).items()
        if name in wanted or "All" in wanted
    }
    if system:
        told["Attributes"] = system
    attributes = {
        name: _with_bytes(one)
        for name, one in message["attributes"].items()
        if _is_wanted(name, request.get("MessageAttributeNames", ()))
    }
    if attributes:
        told["MessageAttributes"] = attributes
        told["MD5OfMessageAttributes"] = attributes_digest(attributes)
    return told


def _system_attributes(queue: Queue, message: Document, entry: Entry) -> dict[str, str]:
    attributes = {
        "SenderId": message["sender"],
        "SentTimestamp": str(message["sent"]),
        "ApproximateReceiveCount": str(entry.count),
        "ApproximateFirstReceiveTimestamp": str(entry.first_ms),
    }
    if "group" in message:
        attributes["MessageGroupId"] = message["group"]
    if queue.is_fifo:
        attributes["MessageDeduplicationId"] = message["deduplication"]
        attributes["SequenceNumber"] = f"{entry.sequence:020d}"
    if "trace" in message:
        attributes["AWSTraceHeader"] = message["trace"]
    if "source" in message:
        attributes["DeadLetterQueueSourceArn"] = message["source"]
    return attributes


def _is_wanted(name: str, wanted: Collection[str]) -> bool:
    return any(
        one in ("All", ".*", name) or (one.endswith(".*") and name.startswith(one[:-1]))
        for one in wanted
    )


def _with_bytes(attribute: Mapping[str, Any]) -> dict[str, Any]:
    if "BinaryValue" not in attribute:
        return dict(attribute)
    return {**attribute, "BinaryValue": b64decode(attribute["BinaryValue"])}
