"""The operations that make, describe, change and delete queues."""

import re
from collections.abc import Mapping
from typing import Any

from globaltables.companions.paging import page_of
from globaltables.companions.service import ServiceCall
from globaltables.companions.sqs.attributes import (
    allows_redrive,
    checked,
    defaults,
    is_computed,
    redrive_of,
)
from globaltables.companions.sqs.queue import Queue
from globaltables.companions.sqs.refusals import bad_value, invalid_value, missing, no_queue
from globaltables.companions.sqs.retention import start_retention
from globaltables.companions.sqs.stored import Queues, queues_of
from globaltables.companions.sqs.urls import queue_of, url_of
from globaltables.foundation.errors import ApiError
from globaltables.foundation.message_limits import SQS_LIST_MAX, SQS_NAME_REUSED_MS
from globaltables.itemstore.stage import Stage

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_NAME = re.compile(r"(?=.{1,80}\Z)[A-Za-z0-9_-]+\.fifo")


async def create_queue(call: ServiceCall) -> dict[str, Any]:
    """Make a queue; one of that name with these attributes is as good."""
    name: str = call.request["QueueName"]
    attributes: dict[str, str] = dict(call.request.get("Attributes") or {})
    is_fifo = name.endswith(".fifo")
    if (_FIFO_NAME if is_fifo else _NAME).fullmatch(name) is None:
        raise invalid_value(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )
    if attributes.get("FifoQueue") == "true" and not is_fifo:
        raise invalid_value(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )
    if is_fifo and attributes.get("FifoQueue") != "true":
        raise invalid_value(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )
    given = checked(attributes, is_fifo=is_fifo)
    queues = queues_of(call.region)
    start_retention(call.region)
    await call.region.store.submit(lambda stage: _create(stage, queues, call, given))
    return {"QueueUrl": url_of(call, call.account, name)}


def _create(stage: Stage, queues: Queues, call: ServiceCall, given: Mapping[str, str]) -> None:
    name: str = call.request["QueueName"]
    there = queues.find(call.account, name)
    if there is not None:
        for attribute, value in given.items():
            if there.document["attributes"].get(attribute, "") != value:
                raise ApiError(
                    "QueueNameExists",
                    f"A queue already exists with the same name and a different value for attribute {attribute}",
                )
        return
    queues.check_name_free(call.account, name)
    arn = queues.arn_of(call.account, name)
    _check_dead_letters(queues, given, arn, is_fifo=name.endswith(".fifo"))
    now_ms = call.region.clock.now_ms()
    kept = {**defaults(is_fifo=name.endswith(".fifo")), **given}
    document = {
        "id": call.region.randomness.uuid(),
        "attributes": {attribute: value for attribute, value in kept.items() if value},
        "tags": dict(call.request.get("tags") or {}),
        "created": now_ms,
        "modified": now_ms,
    }
    queues.create(stage, call.account, name, document)


def get_queue_url(call: ServiceCall) -> dict[str, Any]:
    """Return the URL of a queue."""
    name: str = call.request["QueueName"]
    account: str = call.request.get("QueueOwnerAWSAccountId") or call.account
    if queues_of(call.region).find(account, name) is None:
        raise no_queue()
    return {"QueueUrl": url_of(call, account, name)}


def list_queues(call: ServiceCall) -> dict[str, Any]:
    """Return the URLs of the account's queues, by name."""
    request = call.request
    prefix: str = request.get("QueueNamePrefix") or ""
    most: int | None = request.get("MaxResults")
    if most is not None and not 1 <= most <= SQS_LIST_MAX:
        raise bad_value(
            most, "MaxResults", f"MaxResults must be an integer between 1 and {SQS_LIST_MAX}."
        )
    if request.get("NextToken") and most is None:
        raise missing("MaxResults")
    names = [
        queue.name
        for queue in queues_of(call.region).of_account(call.account)
        if queue.name.startswith(prefix)
    ]
    page, token = page_of(names, most or SQS_LIST_MAX, request.get("NextToken"), _wrong_token)
    answer: dict[str, Any] = {"QueueUrls": [url_of(call, call.account, name) for name in page]}
    return answer if token is None or most is None else answer | {"NextToken": token}


def _wrong_token() -> ApiError:
    return invalid_value("Invalid or expired next token.")


async def delete_queue(call: ServiceCall) -> dict[str, Any]:
    """Delete a queue and what is in it."""
    queues = queues_of(call.region)
    queue = queue_of(call, queues)

    def decide(stage: Stage) -> None:
        if queues.find(queue.account, queue.name) is queue:
            queues.delete(stage, queue)

    await call.region.store.submit(decide)
    return {}


async def purge_queue(call: ServiceCall) -> dict[str, Any]:
    """Take out everything that is in a queue."""
    queues = queues_of(call.region)
    queue = queue_of(call, queues)

    def decide(stage: Stage) -> None:
        now_ms = call.region.clock.now_ms()
        purged = queue.document.get("purged", 0)
        if call.region.settings.realistic and now_ms < purged + SQS_NAME_REUSED_MS:
            raise ApiError(
                "PurgeQueueInProgress",
                f"Only one PurgeQueue operation on {queue.name} is allowed every 60 seconds.",
                status=403,
            )
        queues.purge(stage, queue)
        queues.save(stage, queue, {**queue.document, "purged": now_ms})

    await call.region.store.submit(decide)
    return {}


def get_queue_attributes(call: ServiceCall) -> dict[str, Any]:
    """Return the attributes that are asked for."""
    queues = queues_of(call.region)
    queue = queue_of(call, queues)
    wanted = call.request.get("AttributeNames") or ()
    everything = _attributes(queues, queue)
    for name in wanted:
        if name not in everything and name != "All" and not _is_known(name):
            raise ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")
    found = {name: value for name, value in everything.items() if name in wanted or "All" in wanted}
    return {"Attributes": found} if found else {}


def _is_known(name: str) -> bool:
    documents = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
    more = ("KmsDataKeyReusePeriodSeconds",)
    return name in defaults(is_fifo=True) or name in documents or name in more


def _attributes(queues: Queues, queue: Queue) -> dict[str, str]:
    queue.settle(queues.region.clock.now_ms())
    visible = len(queue.entries) - queue.held - queue.delayed
    return {
        "QueueArn": queues.arn(queue),
        "ApproximateNumberOfMessages": str(visible),
        "ApproximateNumberOfMessagesNotVisible": str(queue.held),
        "ApproximateNumberOfMessagesDelayed": str(queue.delayed),
        "CreatedTimestamp": str(queue.document["created"] // 1000),
        "LastModifiedTimestamp": str(queue.document["modified"] // 1000),
        **queue.document["attributes"],
    }


async def set_queue_attributes(call: ServiceCall) -> dict[str, Any]:
    """Change attributes."""
    queues = queues_of(call.region)
    queue = queue_of(call, queues)
    given: Mapping[str, str] = call.request["Attributes"]
    for name in given:
        if is_computed(name) or name == "FifoQueue":
            raise ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")
    changed = checked(given, is_fifo=queue.is_fifo)

    def decide(stage: Stage) -> None:
        if queues.find(queue.account, queue.name) is not queue:
            raise no_queue()
        _check_dead_letters(queues, changed, queues.arn(queue), is_fifo=queue.is_fifo)
        kept = {**queue.document["attributes"], **changed}
        document = {
            **queue.document,
            "attributes": {name: value for name, value in kept.items() if value},
            "modified": call.region.clock.now_ms(),
        }
        queues.save(stage, queue, document)
        queues.expire(stage, queue)

    await call.region.store.submit(decide)
    return {}


def _check_dead_letters(
    queues: Queues, attributes: Mapping[str, str], source_arn: str, *, is_fifo: bool
) -> None:
    """Raise what a redrive policy is refused with for the queue that it names.

    Raises:
        ApiError: that queue is not there, of the other kind, or does not take them.
    """
    redrive = redrive_of(attributes)
    if redrive is None:
        return
    text = attributes["RedrivePolicy"]
    dead = queues.by_arn(redrive[0])
    if dead is None:
        raise bad_value(text, "RedrivePolicy", "Dead letter target does not exist.")
    if dead.is_fifo != is_fifo:
        raise bad_value(
            text,
            "RedrivePolicy",
            "Dead-letter queue must be same type of queue as the source.",
        )
    if not allows_redrive(dead.document["attributes"], source_arn):
        raise bad_value(
            text, "RedrivePolicy", "The dead-letter queue does not allow this queue as a source."
        )


def list_dead_letter_source_queues(call: ServiceCall) -> dict[str, Any]:
    """Return the URLs of the queues whose dead letters come to a queue."""
    queues = queues_of(call.region)
    arn = queues.arn(queue_of(call, queues))
    names = [queue.name for queue in sources_of(queues, call.account, arn)]
    most: int = call.request.get("MaxResults") or SQS_LIST_MAX
    page, token = page_of(names, most, call.request.get("NextToken"), _wrong_token)
    urls = [url_of(call, call.account, name) for name in page]
    return {"queueUrls": urls, "NextToken": token}


def sources_of(queues: Queues, account: str, arn: str) -> list[Queue]:
    """Return the queues of an account whose dead letters come to the queue of an ARN."""
    return [
        queue
        for queue in queues.of_account(account)
        if (redrive := redrive_of(queue.document["attributes"])) is not None and redrive[0] == arn
    ]
