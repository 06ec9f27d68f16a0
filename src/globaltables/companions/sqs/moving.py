"""StartMessageMoveTask and what belongs to it: dead letters go back to where they came from, or elsewhere."""

from base64 import b64decode, b64encode
from functools import partial
from typing import Any

from globaltables.companions.records import Document, Records
from globaltables.companions.service import ServiceCall
from globaltables.companions.sqs.control import sources_of
from globaltables.companions.sqs.queue import Queue
from globaltables.companions.sqs.refusals import invalid_value
from globaltables.companions.sqs.stored import Queues, queues_of
from globaltables.foundation.errors import ApiError
from globaltables.foundation.message_limits import (
    SQS_CHANGES_PER_DECISION,
    SQS_MOVES_LISTED_MAX,
    SQS_MOVES_PER_SECOND_MAX,
)
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

MOVES = Records("sqs", "move")


async def start_message_move_task(call: ServiceCall) -> dict[str, Any]:
    """Begin to move the messages of a dead letter queue."""
    queues = queues_of(call.region)
    request = call.request
    source_arn: str = request["SourceArn"]
    source = _queue(queues, source_arn, "source")
    destination_arn = request.get("DestinationArn")
    if destination_arn is not None:
        _queue(queues, destination_arn, "destination")
    if not sources_of(queues, source.account, source_arn):
        raise invalid_value("Source queue must be configured as a Dead Letter Queue.")
    rate = request.get("MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= rate <= SQS_MOVES_PER_SECOND_MAX:
        raise invalid_value(
            f"Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must set this value to "
            f"{SQS_MOVES_PER_SECOND_MAX} or less."
        )
    task_id = call.region.randomness.uuid()
    document: Document = {
        "source": source_arn,
        "destination": destination_arn,
        "rate": rate,
        "status": "RUNNING",
        "started": call.region.clock.now_ms(),
        "moved": 0,
        "total": len(source.entries),
    }

    def decide(stage: Stage) -> None:
        if any(one["status"] == "RUNNING" for _, one in _moves_of(call.region, source_arn)):
            raise ApiError(
                "UnsupportedOperation",
                "There is already a task running. Only one active task is allowed for a source queue arn "
                "at a given time.",
            )
        MOVES.put(stage, call.account, task_id, document)

    await call.region.store.submit(decide)
    _start(call.region, call.account, task_id)
    return {"TaskHandle": _handle(task_id, source_arn)}


async def cancel_message_move_task(call: ServiceCall) -> dict[str, Any]:
    """End the moving of messages before all have moved."""
    try:
        task_id = b64decode(call.request["TaskHandle"]).decode("ascii").split("/")[0]
    except ValueError:
        raise invalid_value("Value for parameter TaskHandle is invalid.") from None

    def decide(stage: Stage) -> int:
        task = MOVES.get(stage, call.account, task_id)
        if task is None:
            raise ApiError("ResourceNotFoundException", "Task does not exist.", status=404)
        if task["status"] != "RUNNING":
            raise ApiError("UnsupportedOperation", "Only active tasks can be cancelled.")
        MOVES.put(stage, call.account, task_id, {**task, "status": "CANCELLED"})
        moved: int = task["moved"]
        return moved

    return {"ApproximateNumberOfMessagesMoved": await call.region.store.submit(decide)}


def list_message_move_tasks(call: ServiceCall) -> dict[str, Any]:
    """Return the last tasks of a queue, newest first."""
    source_arn: str = call.request["SourceArn"]
    _queue(queues_of(call.region), source_arn, "source")
    most = min(call.request.get("MaxResults") or 1, SQS_MOVES_LISTED_MAX)
    found = sorted(_moves_of(call.region, source_arn), key=lambda one: -int(one[1]["started"]))
    return {"Results": [_described(task_id, task) for task_id, task in found[:most]]}


def resume_moves(region: Region) -> None:
    """Go on with the tasks that a stop of the process interrupted."""
    for account, task_id, task in list(MOVES.of_everybody(region.store.reader())):
        if task["status"] == "RUNNING":
            _start(region, account, task_id)


def _start(region: Region, account: str, task_id: str) -> None:
    region.tasks.spawn(f"{region.name}/sqs/move/{task_id}", _run(region, account, task_id))


async def _run(region: Region, account: str, task_id: str) -> None:
    """Move messages in steps, as fast as the task says: ten times a second."""
    queues = queues_of(region)
    step = partial(_step, queues, account, task_id)
    while await region.store.submit(step):
        await region.clock.until(region.clock.now_ms() + 100)


def _step(queues: Queues, account: str, task_id: str, stage: Stage) -> bool:
    """Stage the moving of some messages; return whether there are more."""
    task = MOVES.get(stage, account, task_id)
    source = None if task is None else queues.by_arn(task["source"])
    if task is None or task["status"] != "RUNNING":
        return False
    if source is None:
        MOVES.put(
            stage,
            account,
            task_id,
            {**task, "status": "FAILED", "reason": "AWS.SimpleQueueService.NonExistentQueue"},
        )
        return False
    most = SQS_CHANGES_PER_DECISION if task["rate"] is None else max(1, task["rate"] // 10)
    for entry in source.available(queues.region.clock.now_ms()):
        if not most:
            break
        to = _destination(stage, queues, source, entry.sequence, task)
        if to is None:
            failure = {"status": "FAILED", "reason": "CouldNotDetermineMessageSource"}
            MOVES.put(stage, account, task_id, {**task, **failure})
            return False
        queues.move(stage, source, entry.sequence, to)
        task["moved"] += 1
        most -= 1
    if most:
        task["status"] = "COMPLETED"
    MOVES.put(stage, account, task_id, task)
    return not most


def _destination(
    stage: Stage, queues: Queues, source: Queue, sequence: int, task: Document
) -> Queue | None:
    arn = task["destination"] or queues.message(stage, source, sequence).get("source", "")
    return queues.by_arn(arn)


def _moves_of(region: Region, source_arn: str) -> list[tuple[str, Document]]:
    return [
        (name, task)
        for _, name, task in MOVES.of_everybody(region.store.reader())
        if task["source"] == source_arn
    ]


def _described(task_id: str, task: Document) -> dict[str, Any]:
    running = task["status"] == "RUNNING"
    return {
        "TaskHandle": _handle(task_id, task["source"]) if running else None,
        "Status": task["status"],
        "SourceArn": task["source"],
        "DestinationArn": task["destination"],
        "MaxNumberOfMessagesPerSecond": task["rate"],
        "ApproximateNumberOfMessagesMoved": task["moved"],
        "ApproximateNumberOfMessagesToMove": task["total"],
        "FailureReason": task.get("reason"),
        "StartedTimestamp": task["started"],
    }


def _queue(queues: Queues, arn: str, what: str) -> Queue:
    queue = queues.by_arn(arn)
    if queue is None:
        raise ApiError(
            "ResourceNotFoundException",
            f"The resource that you specified for the {what.capitalize()}Arn parameter doesn't exist.",
            status=404,
        )
    return queue


def _handle(task_id: str, source_arn: str) -> str:
    return b64encode(f"{task_id}/{source_arn}".encode("ascii")).decode("ascii")
