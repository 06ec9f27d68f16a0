"""Publish and PublishBatch."""

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.companions.sns.delivering import put_out, stage_message
from globaltables.companions.sns.messages import Message, attributes_of, texts_of
from globaltables.companions.sns.refusals import invalid, unsupported
from globaltables.companions.sns.region_topics import topics_of
from globaltables.companions.sns.stored import Topics
from globaltables.foundation.errors import ApiError
from globaltables.foundation.message_limits import SNS_BATCH_MAX, SNS_MESSAGE_BYTES_MAX
from globaltables.itemstore.stage import Stage

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_SUBJECT_MAX = 100
#: What is answered, and what is to be started.
_Published = tuple[dict[str, Any], list[tuple[str, Document]]]


async def publish(call: ServiceCall) -> dict[str, Any]:
    """Take a message; who gets it is durable when this is answered."""
    request = call.request
    topics = topics_of(call.region)
    if request.get("PhoneNumber"):
        return await _to_telephone(call, topics)
    arn = request.get("TopicArn") or request.get("TargetArn")
    if not arn:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if ":endpoint/" in arn:
        raise unsupported("Publishing to an endpoint of a platform application")
    account, topic, document = topics.by_arn(arn)
    decide = _publication(call, topics, account, topic, document, request)
    answer, staged = await call.region.store.submit(decide)
    topics.start(staged)
    return answer


async def publish_batch(call: ServiceCall) -> dict[str, Any]:
    """Take up to ten messages; each is refused for itself."""
    topics = topics_of(call.region)
    account, topic, document = topics.by_arn(call.request["TopicArn"])
    entries: list[dict[str, Any]] = call.request["PublishBatchRequestEntries"]
    _check_batch(entries)
    successful, failed, staged = [], [], []
    for entry in entries:
        try:
            decide = _publication(call, topics, account, topic, document, entry)
            answer, made = await call.region.store.submit(decide)
        except ApiError as error:
            failed.append(
                {
                    "Id": entry["Id"],
                    "Code": error.code,
                    "Message": error.message,
                    "SenderFault": True,
                }
            )
        else:
            successful.append({"Id": entry["Id"], **answer})
            staged += made
    topics.start(staged)
    return {"Successful": successful, "Failed": failed}


def _publication(
    call: ServiceCall,
    topics: Topics,
    account: str,
    topic: str,
    document: Document,
    request: Mapping[str, Any],
) -> Callable[[Stage], _Published]:
    """Return the decision that stages a message.

    Raises:
        ApiError: the message is refused.
    """
    is_fifo = topic.endswith(".fifo")
    token = _check_order(request, document, is_fifo=is_fifo)
    subject = request.get("Subject")
    if subject is not None and not 0 < len(subject) < _SUBJECT_MAX:
        raise invalid("Subject")
    texts, attributes = texts_of(request), attributes_of(request)
    message_id = call.region.randomness.uuid()

    def decide(stage: Stage) -> _Published:
        answer: dict[str, Any] = {"MessageId": message_id}
        if is_fifo:
            assert token is not None
            before = topics.repeated(account, topic, token)
            if before is not None:
                return {name: before[name] for name in ("MessageId", "SequenceNumber")}, []
            answer["SequenceNumber"] = f"{stage.tick():020d}"
            topics.keep(stage, account, topic, token, answer)
        message = Message(
            message_id=message_id,
            topic_arn=topics.topic_arn(account, topic),
            texts=texts,
            subject=subject,
            attributes=attributes,
            time_ms=call.region.clock.now_ms(),
            group=request.get("MessageGroupId"),
            token=token,
            sequence=answer.get("SequenceNumber"),
        )
        return answer, stage_message(stage, topics, account, topic, message)

    return decide


def _check_order(request: Mapping[str, Any], document: Document, *, is_fifo: bool) -> str | None:
    """Return the deduplication id of a message.

    Raises:
        ApiError: a FIFO topic's message has not what it needs, or another has it.
    """
    token: str | None = request.get("MessageDeduplicationId")
    if not is_fifo:
        if token is not None:
            raise invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not "
                "valid for this topic type"
            )
        return None
    if not request.get("MessageGroupId"):
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if token is None:
        if document["attributes"].get("ContentBasedDeduplication") != "true":
            raise invalid(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
                "provided explicitly"
            )
        return sha256(request["Message"].encode()).hexdigest()
    return token


async def _to_telephone(call: ServiceCall, topics: Topics) -> dict[str, Any]:
    """Lay a text for a telephone into the outbox."""
    texts = texts_of(call.request)
    entry = {
        "protocol": "sms",
        "endpoint": call.request["PhoneNumber"],
        "topic": None,
        "subject": None,
        "message": texts.get("sms", texts["default"]),
    }
    await call.region.store.submit(lambda stage: put_out(stage, topics, call.account, entry))
    return {"MessageId": call.region.randomness.uuid()}


def _check_batch(entries: list[dict[str, Any]]) -> None:
    if not entries:
        raise ApiError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > SNS_BATCH_MAX:
        raise ApiError(
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        )
    ids = [entry["Id"] for entry in entries]
    if len(set(ids)) != len(ids):
        raise ApiError(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        )
    if any(_ID.fullmatch(one) is None for one in ids):
        raise ApiError(
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the specification.",
        )
    if sum(len(entry["Message"].encode()) for entry in entries) > SNS_MESSAGE_BYTES_MAX:
        raise ApiError(
            "BatchRequestTooLong",
            "The length of all the messages put together is more than the limit.",
        )
