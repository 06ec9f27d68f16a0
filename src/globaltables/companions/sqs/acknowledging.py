"""DeleteMessage, ChangeMessageVisibility, and their batches."""

from collections.abc import Callable, Mapping
from typing import Any

from globaltables.companions.service import ServiceCall
from globaltables.companions.sqs.batches import batch_entries, failed, outcome
from globaltables.companions.sqs.queue import Queue
from globaltables.companions.sqs.receipts import received
from globaltables.companions.sqs.refusals import bad_value, no_queue
from globaltables.companions.sqs.stored import Queues, queues_of
from globaltables.companions.sqs.urls import queue_of
from globaltables.foundation.errors import ApiError
from globaltables.foundation.message_limits import SQS_VISIBILITY_SECONDS_MAX
from globaltables.itemstore.stage import Stage

#: Does what is asked for one receipt handle.
_Act = Callable[[Stage, Queues, Queue, Mapping[str, Any]], None]


async def delete_message(call: ServiceCall) -> dict[str, Any]:
    """Take a message away that was received."""
    await _single(call, _delete)
    return {}


async def delete_message_batch(call: ServiceCall) -> dict[str, Any]:
    """Take up to ten messages away."""
    return await _batch(call, _delete)


async def change_message_visibility(call: ServiceCall) -> dict[str, Any]:
    """Hide a message for longer, or let it come back."""
    await _single(call, _change)
    return {}


async def change_message_visibility_batch(call: ServiceCall) -> dict[str, Any]:
    """Hide up to ten messages for longer, or let them come back."""
    return await _batch(call, _change)


async def _single(call: ServiceCall, act: _Act) -> None:
    queues = queues_of(call.region)
    queue = queue_of(call, queues)

    def decide(stage: Stage) -> None:
        _check_there(queues, queue)
        act(stage, queues, queue, call.request)

    await call.region.store.submit(decide)


async def _batch(call: ServiceCall, act: _Act) -> dict[str, Any]:
    queues = queues_of(call.region)
    queue = queue_of(call, queues)
    entries = batch_entries(call)

    def decide(stage: Stage) -> dict[str, Any]:
        _check_there(queues, queue)
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        for entry in entries:
            try:
                act(stage, queues, queue, entry)
                good.append({"Id": entry["Id"]})
            except ApiError as error:
                bad.append(failed(entry, error))
        return outcome(good, bad)

    return await call.region.store.submit(decide)


def _check_there(queues: Queues, queue: Queue) -> None:
    if queues.find(queue.account, queue.name) is not queue:
        raise no_queue()


def _delete(stage: Stage, queues: Queues, queue: Queue, request: Mapping[str, Any]) -> None:
    """Delete a message; an old receipt handle deletes nothing, and is refused for a FIFO queue only."""
    receipt: str = request["ReceiptHandle"]
    entry = received(queue, receipt)
    queue.settle(queues.region.clock.now_ms())
    if entry is None:
        return
    if queue.is_fifo and not entry.held:
        raise bad_value(receipt, "ReceiptHandle", "The receipt handle has expired.")
    queues.remove(stage, queue, entry.sequence)


def _change(stage: Stage, queues: Queues, queue: Queue, request: Mapping[str, Any]) -> None:
    receipt: str = request["ReceiptHandle"]
    seconds: int = request.get("VisibilityTimeout", 0)
    if not 0 <= seconds <= SQS_VISIBILITY_SECONDS_MAX:
        raise bad_value(
            seconds,
            "VisibilityTimeout",
            f"Must be between 0 and {SQS_VISIBILITY_SECONDS_MAX}, if provided.",
        )
    entry = received(queue, receipt)
    now_ms = queues.region.clock.now_ms()
    queue.settle(now_ms)
    if entry is None or not entry.held:
        raise bad_value(
            receipt,
            "ReceiptHandle",
            "Message does not exist or is not available for visibility timeout change.",
        )
    queue.hide(entry, now_ms + seconds * 1000)
    queues.keep_reception(stage, queue, entry)
    queue.settle(now_ms)
    queues.tell(queue)
