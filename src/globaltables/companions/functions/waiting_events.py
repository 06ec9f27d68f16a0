"""Events that were accepted for functions and wait: durable, tried again, and told of where somebody wants it.

accept    an event is a record before the client is answered
run       when it is due, at most LAMBDA_EVENTS_RUNNING_MAX of a region at a time
success   the record ends, after the destination for successes was told
failure   the record is due again after a minute, then after two; then it ends as a failure does
throttle  the record is due again after a pause that grows, until it is too old
"""

import asyncio
import heapq
import logging
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from globaltables.companions.functions.deliveries import deliver, moment, queue_url
from globaltables.companions.functions.event_configs import config_of
from globaltables.companions.functions.execution.invocation import Invocation, Outcome
from globaltables.companions.functions.names import LATEST, Reference, function_arn
from globaltables.companions.functions.racing import first_of
from globaltables.companions.functions.running import running
from globaltables.companions.functions.stored import EVENTS, SERVICE, Resolved, resolved
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import (
    LAMBDA_EVENT_PAUSE_MS_MAX,
    LAMBDA_EVENT_PAUSE_MS_MIN,
    LAMBDA_EVENT_RETRY_MS,
    LAMBDA_EVENTS_RUNNING_MAX,
)
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

_log = logging.getLogger(__name__)
_COMPANION = f"{SERVICE}-events"


@dataclass(frozen=True, slots=True)
class _Ended:
    """How an event has ended.

    Attributes:
        condition: "Success", "RetriesExhausted" or "EventAgeExceeded".
        outcome: of the last try; None when there was none.
    """

    condition: str
    outcome: Outcome | None


class WaitingEvents:
    """Runs the events of a region when they are due.

    Args:
        region: whose.
    """

    def __init__(self, region: Region) -> None:
        self._region = region
        self._due: list[tuple[int, str, str]] = []
        self._came = asyncio.Event()
        self._running = 0
        self._name = f"{region.name}/{SERVICE}/events"

    def add(self, due_ms: int, account: str, key: str) -> None:
        """See that an event that has a record is run."""
        heapq.heappush(self._due, (due_ms, account, key))
        self._came.set()
        if not self._region.tasks.running(self._name):
            self._region.tasks.spawn(self._name, self._run())

    async def _run(self) -> None:
        clock = self._region.clock
        while self._due or self._running:
            self._came.clear()
            if not self._due or self._running >= LAMBDA_EVENTS_RUNNING_MAX:
                await self._came.wait()
                continue
            due_ms, account, key = self._due[0]
            if due_ms > clock.now_ms():
                await first_of(clock.until(due_ms), self._came.wait())
                continue
            heapq.heappop(self._due)
            self._running += 1
            self._region.tasks.spawn(f"{self._name}/{account}/{key}", self._one(account, key))

    async def _one(self, account: str, key: str) -> None:
        try:
            event = EVENTS.get(self._region.store.reader(), account, key)
            if event is not None:
                await self._try(account, key, event)
        except OperationalError as error:
            _log.warning("the event %s for a function is put off: %s", key, error)
            self.add(self._region.clock.now_ms() + LAMBDA_EVENT_PAUSE_MS_MIN, account, key)
        finally:
            self._running -= 1
            self._came.set()

    async def _try(self, account: str, key: str, event: Document) -> None:
        region = self._region
        try:
            target = resolved(region, account, event["function"], event["qualifier"])
        except ApiError:
            await self._replace(account, key, None)  # nobody is left whom the event is for
            return
        config = config_of(target.function, event["qualifier"])
        age_ms = region.clock.now_ms() - event["accepted_ms"]
        if age_ms > config["MaximumEventAgeInSeconds"] * 1000:
            await self._end(account, key, event, target, _Ended("EventAgeExceeded", None))
            return
        invocation = Invocation(event["request_id"], b64decode(event["payload"]), target.arn)
        try:
            outcome = await running(region).invoke(account, target, invocation)
        except ApiError:
            pause_ms = min(
                LAMBDA_EVENT_PAUSE_MS_MAX, LAMBDA_EVENT_PAUSE_MS_MIN * 2 ** event["refusals"]
            )
            later = {**event, "refusals": min(event["refusals"] + 1, 20)}
            await self._later(account, key, later, pause_ms)
            return
        tried = {**event, "attempts": event["attempts"] + 1}
        if not outcome.error_type:
            await self._end(account, key, tried, target, _Ended("Success", outcome))
        elif tried["attempts"] > config["MaximumRetryAttempts"]:
            await self._end(account, key, tried, target, _Ended("RetriesExhausted", outcome))
        else:
            pause_ms = LAMBDA_EVENT_RETRY_MS[tried["attempts"] - 1]
            await self._later(account, key, tried, pause_ms)

    async def _later(self, account: str, key: str, event: Document, pause_ms: int) -> None:
        due_ms = self._region.clock.now_ms() + pause_ms
        await self._replace(account, key, {**event, "due_ms": due_ms})
        self.add(due_ms, account, key)

    async def _end(
        self, account: str, key: str, event: Document, target: Resolved, ended: _Ended
    ) -> None:
        config = config_of(target.function, event["qualifier"])
        member = "OnSuccess" if ended.condition == "Success" else "OnFailure"
        destination = config["DestinationConfig"].get(member, {}).get("Destination")
        role = target.configuration["Role"]
        if destination:
            record = _record(self._region, account, event, target, ended)
            kind = "Success" if member == "OnSuccess" else "Failure"
            detail = f"Lambda Function Invocation Result - {kind}"
            day = moment(region_now := self._region.clock.now_ms())[:10].replace("-", "/")
            place = f"aws/lambda/async/{event['function']}/{day}/{region_now}-{event['request_id']}"
            await self._tell(
                destination,
                deliver(
                    self._region,
                    account,
                    destination,
                    record,
                    role,
                    detail_type=detail,
                    key=place,
                ),
            )
        letters = target.configuration.get("DeadLetterConfig", {}).get("TargetArn")
        if letters and member == "OnFailure":
            await self._tell(letters, _dead_letter(self._region, account, letters, event, ended))
        await self._replace(account, key, None)

    async def _tell(self, arn: str, telling: Any) -> None:
        try:
            await telling
        except ApiError as error:
            _log.warning("a record of an invocation could not be sent to %s: %s", arn, error)

    async def _replace(self, account: str, key: str, event: Document | None) -> None:
        def decide(stage: Stage) -> None:
            EVENTS.put(stage, account, key, event)

        await self._region.store.submit(decide)


async def accept(region: Region, account: str, found: Reference, payload: bytes) -> str:
    """Keep an event for a function, and return the id of its request once it is durable."""
    now_ms = region.clock.now_ms()
    request_id = region.randomness.uuid()
    key = f"{now_ms:015d}-{request_id}"
    event = {
        "function": found.name,
        "qualifier": found.qualifier,
        "payload": b64encode(payload).decode(),
        "request_id": request_id,
        "accepted_ms": now_ms,
        "due_ms": now_ms,
        "attempts": 0,
        "refusals": 0,
    }

    def decide(stage: Stage) -> None:
        EVENTS.put(stage, account, key, event)

    await region.store.submit(decide)
    _events(region).add(now_ms, account, key)
    return request_id


def resume_events(region: Region) -> None:
    """Go on with the events that a stop of the process left waiting."""
    for account, key, event in EVENTS.of_everybody(region.store.reader()):
        _events(region).add(event["due_ms"], account, key)


def _events(region: Region) -> WaitingEvents:
    found = region.companions.get(_COMPANION)
    if found is None:
        found = region.companions[_COMPANION] = WaitingEvents(region)
    assert isinstance(found, WaitingEvents)
    return found


def _record(
    region: Region, account: str, event: Document, target: Resolved, ended: _Ended
) -> dict[str, Any]:
    """Return what a destination is told (Lambda developer guide, "Capturing records of asynchronous invocations")."""
    name = event["function"]
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": moment(region.clock.now_ms()),
        "requestContext": {
            "requestId": event["request_id"],
            "functionArn": function_arn(region.name, account, name, event["qualifier"] or LATEST),
            "condition": ended.condition,
            "approximateInvokeCount": event["attempts"],
        },
        "requestPayload": orjson.loads(b64decode(event["payload"])),
    }
    if ended.outcome is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": target.version}
        if ended.outcome.error_type:
            context["functionError"] = "Unhandled"
        record["responseContext"] = context
        record["responsePayload"] = _json(ended.outcome.payload)
    return record


async def _dead_letter(
    region: Region, account: str, arn: str, event: Document, ended: _Ended
) -> None:
    """Send an event that failed for good to a queue or a topic, as it came."""
    failure = {} if ended.outcome is None else _json(ended.outcome.payload)
    message = failure.get("errorMessage", "") if isinstance(failure, dict) else ""
    texts: Mapping[str, str] = {
        "RequestID": event["request_id"],
        "ErrorCode": "200",
        "ErrorMessage": str(message)[:1024] or ended.condition,
    }
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
    body = b64decode(event["payload"]).decode("utf-8", "replace")
    service, where, owner = arn.split(":")[2:5]
    if service == "sqs":
        operation = "SendMessage"
        request: dict[str, Any] = {"QueueUrl": queue_url(arn), "MessageBody": body}
    else:
        operation, request = "Publish", {"TopicArn": arn, "Message": body}
    await region.services.call(
        service,
        operation,
        {**request, "MessageAttributes": attributes},
        region=where or region.name,
        account=owner or account,
    )


def _json(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload.decode("utf-8", "replace")
