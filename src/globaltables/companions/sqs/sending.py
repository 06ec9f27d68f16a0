"""SendMessage and SendMessageBatch."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from globaltables.companions.service import ServiceCall
from globaltables.companions.sqs.batches import batch_entries, failed, outcome
from globaltables.companions.sqs.digests import attributes_digest, digest
from globaltables.companions.sqs.messages import check_message, deduplication_of, message_bytes
from globaltables.companions.sqs.queue import Queue
from globaltables.companions.sqs.refusals import no_queue
from globaltables.companions.sqs.stored import Queues, queues_of
from globaltables.companions.sqs.urls import queue_of
from globaltables.foundation.errors import ApiError
from globaltables.foundation.message_limits import SQS_MESSAGE_BYTES_MAX
from globaltables.itemstore.stage import Stage


async def send_message(call: ServiceCall) -> dict[str, Any]:
    """Store a message; it is durable when this is answered."""
    queues = queues_of(call.region)
    queue = queue_of(call, queues)
    check_message(queue, call.request)
    return await call.region.store.submit(
        lambda stage: _send(stage, queues, queue, call, call.request)
    )


async def send_message_batch(call: ServiceCall) -> dict[str, Any]:
    """Store up to ten messages; each is refused for itself."""
    queues = queues_of(call.region)
    queue = queue_of(call, queues)
    entries = batch_entries(call)
    size = sum(message_bytes(entry) for entry in entries)
    if size > SQS_MESSAGE_BYTES_MAX:
        raise ApiError(
            "BatchRequestTooLong",
            f"Batch requests cannot be longer than {SQS_MESSAGE_BYTES_MAX} bytes. You have sent {size} bytes.",
        )
    good: list[Mapping[str, Any]] = []
    bad: list[dict[str, Any]] = []
    for entry in entries:
        try:
            check_message(queue, entry)
            good.append(entry)
        except ApiError as error:
            bad.append(failed(entry, error))

    def decide(stage: Stage) -> list[dict[str, Any]]:
        return [{"Id": one["Id"], **_send(stage, queues, queue, call, one)} for one in good]

    return outcome(await call.region.store.submit(decide), bad)


def _send(
    stage: Stage, queues: Queues, queue: Queue, call: ServiceCall, request: Mapping[str, Any]
) -> dict[str, Any]:
    """Stage a message and return what its sender is told."""
    if queues.find(queue.account, queue.name) is not queue:
        raise no_queue()  # deleted since
    attributes = request.get("MessageAttributes") or {}
    system = request.get("MessageSystemAttributes") or {}
    body: str = request["MessageBody"]
    answer: dict[str, Any] = {"MD5OfMessageBody": digest(body.encode())}
    if attributes:
        answer["MD5OfMessageAttributes"] = attributes_digest(attributes)
    if system:
        answer["MD5OfMessageSystemAttributes"] = attributes_digest(system)
    scope = ""
    if queue.is_fifo:
        scope = deduplication_of(queue, request)
        if queue.document["attributes"]["DeduplicationScope"] == "messageGroup":
            scope = f"{request['MessageGroupId']}/{scope}"
        before = queues.remembered(queue, scope)
        if before is not None:
            return answer | {name: before[name] for name in ("MessageId", "SequenceNumber")}
    now_ms = call.region.clock.now_ms()
    delay = request.get("DelaySeconds")
    delay_s = queue.setting("DelaySeconds") if delay is None or queue.is_fifo else delay
    answer["MessageId"] = call.region.randomness.uuid()
    message = {
        "id": answer["MessageId"],
        "body": body,
        "md5": answer["MD5OfMessageBody"],
        "sent": now_ms,
        "sender": call.principal.user_id or call.account,
        "attributes": {name: _storable(one) for name, one in attributes.items()},
    }
    if "MessageGroupId" in request:
        message["group"] = request["MessageGroupId"]
    if "AWSTraceHeader" in system:
        message["trace"] = system["AWSTraceHeader"]["StringValue"]
    if queue.is_fifo:
        message["deduplication"] = deduplication_of(queue, request)
    sequence = queues.add(stage, queue, message, now_ms + delay_s * 1000)
    if queue.is_fifo:
        answer["SequenceNumber"] = f"{sequence:020d}"
        kept = {name: answer[name] for name in ("MessageId", "SequenceNumber")}
        queues.remember(stage, queue, scope, kept)
    return answer


def _storable(attribute: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"DataType": attribute["DataType"]}
    if attribute["DataType"].startswith("Binary"):
        return kept | {"BinaryValue": b64encode(attribute["BinaryValue"]).decode("ascii")}
    return kept | {"StringValue": attribute["StringValue"]}
