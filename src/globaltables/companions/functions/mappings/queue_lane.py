"""A lane of a mapping from a queue: receives messages, has them taken, deletes what was taken.

What was not taken is left alone: it is there again when its visibility timeout is over, and the queue's redrive policy
counts.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import orjson

from globaltables.companions.functions.deliveries import queue_url
from globaltables.companions.functions.execution.invocation import Outcome
from globaltables.companions.functions.mappings.answers import failed_items
from globaltables.companions.functions.mappings.source import Feeding
from globaltables.companions.functions.roles import session_of
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import LAMBDA_BATCH_BYTES_MAX

_RECEIVED_MAX = 10  # of one request
_WAIT_SECONDS = 20
_REFUSED = 5  # pauses as after so many failures


@dataclass(slots=True)
class QueueLane:
    """One lane.

    Attributes:
        feeding: the mapping.
    """

    feeding: Feeding

    async def run(self) -> None:
        """Work until the mapping is changed."""
        failures = 0
        while not self.feeding.changed.is_set():
            try:
                batch = await self._batch()
                if batch:
                    await self._have_taken(batch)
                failures = 0
            except ApiError as error:
                self.feeding.told.result = f"PROBLEM: {error.code}"
                failures += 1
                await self.feeding.pause(failures)

    async def _batch(self) -> list[dict[str, Any]]:
        mapping, clock = self.feeding.mapping, self.feeding.region.clock
        size, window_ms = mapping["BatchSize"], mapping["MaximumBatchingWindowInSeconds"] * 1000
        batch: list[dict[str, Any]] = []
        total, end_ms = 0, 0
        while len(batch) < size and total < LAMBDA_BATCH_BYTES_MAX:
            wait_s = _WAIT_SECONDS
            if batch:
                wait_s = min(wait_s, max(0, end_ms - clock.now_ms()) // 1000)
                if not wait_s:  # the queue waits for whole seconds
                    await self.feeding.unless_changed(clock.until(end_ms))
            most = min(_RECEIVED_MAX, size - len(batch))
            messages = await self._receive(most, wait_s)
            if messages is None:
                return batch
            if not batch:
                end_ms = clock.now_ms() + window_ms
            batch += await self._wanted(messages)
            total += sum(len(message["body"]) for message in messages)
            if batch and clock.now_ms() >= end_ms:
                break
        return batch

    async def _receive(self, most: int, wait_s: int) -> list[dict[str, Any]] | None:
        """Return messages as the function gets them; None when the mapping was changed."""
        request = {
            "MaxNumberOfMessages": most,
            "WaitTimeSeconds": wait_s,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        answer = await self.feeding.unless_changed(self._call("ReceiveMessage", request))
        if answer is None:
            return None
        arn = self.feeding.mapping["EventSourceArn"]
        return [_record(message, arn) for message in answer.get("Messages", ())]

    async def _wanted(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the messages that the filters want; the others are deleted."""
        filters = self.feeding.filters
        if not filters.patterns:
            return messages
        wanted = [message for message in messages if filters.want(_readable(message))]
        await self._delete([message for message in messages if message not in wanted])
        return wanted

    async def _have_taken(self, batch: list[dict[str, Any]]) -> None:
        _, outcome = await self.feeding.invoke(orjson.dumps({"Records": batch}))
        if outcome is None:
            # It was not run: to receive more would only hide more.
            await self.feeding.pause(_REFUSED)
        await self._delete(self._taken(batch, outcome))

    def _taken(self, batch: list[dict[str, Any]], outcome: Outcome | None) -> list[dict[str, Any]]:
        if outcome is None or outcome.error_type:
            return []
        if "ReportBatchItemFailures" not in self.feeding.mapping["FunctionResponseTypes"]:
            return batch
        failed = failed_items(outcome.payload, [message["messageId"] for message in batch])
        if failed is None:
            return []
        return [message for message in batch if message["messageId"] not in failed]

    async def _delete(self, messages: list[dict[str, Any]]) -> None:
        for start in range(0, len(messages), _RECEIVED_MAX):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["receiptHandle"]}
                for number, message in enumerate(messages[start : start + _RECEIVED_MAX])
            ]
            await self._call("DeleteMessageBatch", {"Entries": entries})

    async def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        feeding = self.feeding
        arn = feeding.mapping["EventSourceArn"]
        target = feeding.target()
        role, name = target.configuration["Role"], feeding.record["function"]
        answer: dict[str, Any] = await feeding.region.services.call(
            "sqs",
            operation,
            {"QueueUrl": queue_url(arn), **request},
            region=arn.split(":")[3],
            account=arn.split(":")[4],
            principal=await session_of(feeding.region, feeding.account, role, name),
        )
        return answer


def _record(message: dict[str, Any], arn: str) -> dict[str, Any]:
    """Return a message as a function gets it (Lambda developer guide, "Using Lambda with Amazon SQS")."""
    attributes = {}
    for name, value in message.get("MessageAttributes", {}).items():
        shown: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
        if "StringValue" in value:
            shown["stringValue"] = value["StringValue"]
        if "BinaryValue" in value:
            shown["binaryValue"] = b64encode(value["BinaryValue"]).decode()
        attributes[name] = {**shown, "dataType": value["DataType"]}
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _readable(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as filters see it: its body as JSON where it is an object."""
    try:
        body = orjson.loads(message["body"])
    except orjson.JSONDecodeError:
        return message
    return {**message, "body": body} if isinstance(body, dict) else message
