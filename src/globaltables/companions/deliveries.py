"""What services send to others by themselves: kept until it has arrived, tried again, or laid into a dead letter queue.

A delivery is a record, staged in the same decision as what causes it, so that nothing is lost and nothing is caused
twice. It is one or more calls of services. Deliveries of one lane (a rule's target) begin in order; one that fails is
tried again beside the others, with growing pauses, as often and for as long as its policy says.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from globaltables.companions.records import Document, Records
from globaltables.companions.target_access import acting_for
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.message_limits import (
    DELIVERIES_AT_ONCE_MAX,
    DELIVERY_AGE_SECONDS_MAX,
    DELIVERY_ATTEMPTS_MAX,
    DELIVERY_PAUSE_MS_MAX,
)
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

_log = logging.getLogger(__name__)
_FIRST_PAUSE_MS = 1_000
_SERVER_FAULT = 500
#: Refusals that may be others later.
_PASSING = frozenset(
    {
        "ConcurrentModificationException",
        "EC2ThrottledException",
        "LimitExceededException",
        "OverLimit",
        "RequestThrottled",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
#: Brings a delivery to its target, or raises.
Perform = Callable[[Region, Document], Awaitable[None]]


def delivery(
    lane: str,
    account: str,
    calls: Iterable[tuple[str, str, str, Mapping[str, Any]]],
    *,
    began_ms: int,
    body: str,
    target: Mapping[str, Any],
    facts: Mapping[str, str] | None = None,
    not_before_ms: int = 0,
) -> Document:
    """Return a delivery to be staged.

    Args:
        lane: what is delivered in order.
        account: whose it is.
        calls: region, service, operation and request (JSON) of each call, in order.
        began_ms: since when it counts how long is tried.
        body: what a dead letter is.
        target: its RetryPolicy and DeadLetterConfig say how often is tried, and where goes what does not arrive, its
            RoleArn who asks.
        facts: attributes of the dead letter beside those about the failure.
        not_before_ms: when it is first tried.
    """
    policy = target.get("RetryPolicy") or {}
    return {
        "lane": lane,
        "account": account,
        "calls": [list(one) for one in calls],
        "began": began_ms,
        "body": body,
        "retries": policy.get("MaximumRetryAttempts", DELIVERY_ATTEMPTS_MAX),
        "age": policy.get("MaximumEventAgeInSeconds", DELIVERY_AGE_SECONDS_MAX),
        "role": target.get("RoleArn"),
        "dead": (target.get("DeadLetterConfig") or {}).get("Arn"),
        "facts": dict(facts or {}),
        "attempts": 0,
        "next": not_before_ms,
    }


async def call_services(region: Region, document: Document) -> None:
    """Carry out the calls of a delivery.

    Raises:
        ApiError: one was refused.
        OperationalError: one failed.
    """
    account: str = document["account"]
    principal = await acting_for(region, document)
    for region_name, service, operation, request in document["calls"]:
        members = dict(request)
        if "Payload" in members:
            members["Payload"] = members["Payload"].encode()
        try:
            await region.services.call(
                service,
                operation,
                members,
                region=region_name,
                account=account,
                principal=principal,
            )
        except ApiError as error:
            if operation != "CreateLogStream" or error.code != "ResourceAlreadyExistsException":
                raise  # an attempt before this one made the stream


class Deliveries:
    """The deliveries of one service in a region.

    Args:
        region: where they begin.
        service: its name.
        perform: brings one to its target.
    """

    def __init__(self, region: Region, service: str, perform: Perform = call_services) -> None:
        self._region = region
        self._service = service
        self._perform = perform
        self._records = Records(service, "delivery")
        self._lanes: dict[str, deque[tuple[str, str]]] = {}
        self._slots = asyncio.Semaphore(DELIVERIES_AT_ONCE_MAX)

    def stage(self, stage: Stage, document: Document) -> tuple[str, Document]:
        """Stage a delivery, and return what is to be started when it is durable."""
        name = f"{stage.tick():016x}"
        self._records.put(stage, document["account"], name, document)
        return name, document

    def start(self, staged: Iterable[tuple[str, Document]]) -> None:
        """Begin with deliveries that are durable."""
        now_ms = self._region.clock.now_ms()
        for name, document in staged:
            if document["next"] > now_ms:
                self._retry_later(document, name)
            else:
                self._queue(document, name)

    def resume(self) -> None:
        """Go on with what a stop of the process interrupted."""
        found = list(self._records.of_everybody(self._region.store.reader()))
        self.start((name, document) for _, name, document in sorted(found, key=lambda one: one[1]))

    def _queue(self, document: Document, name: str) -> None:
        lane: str = document["lane"]
        waiting = self._lanes.get(lane)
        if waiting is not None:
            waiting.append((document["account"], name))
            return
        self._lanes[lane] = deque([(document["account"], name)])
        task = f"{self._region.name}/{self._service}/lane/{lane}/{name}"
        self._region.tasks.spawn(task, self._run(lane))

    async def _run(self, lane: str) -> None:
        waiting = self._lanes[lane]
        try:
            while waiting:
                account, name = waiting.popleft()
                async with self._slots:
                    await self._attempt(account, name)
        finally:
            del self._lanes[lane]

    async def _attempt(self, account: str, name: str) -> None:
        document = self._records.get(self._region.store.reader(), account, name)
        if document is None:
            return
        try:
            await self._perform(self._region, document)
        except ApiError as error:
            passing = error.status >= _SERVER_FAULT or error.code in _PASSING
            passing = passing and error.code != "NotImplemented"
            await self._failed(document, name, error.code, error.message or "", passing=passing)
        except OperationalError as error:
            await self._failed(document, name, "INTERNAL_ERROR", str(error), passing=True)
        else:
            await self._forget(account, name)

    async def _failed(
        self, document: Document, name: str, code: str, message: str, *, passing: bool
    ) -> None:
        """Try again later, or give up."""
        now_ms = self._region.clock.now_ms()
        pause_ms = min(_FIRST_PAUSE_MS << min(document["attempts"], 30), DELIVERY_PAUSE_MS_MAX)
        pause_ms = int(pause_ms * (1 + self._region.randomness.share()) / 2)
        condition = ""
        if document["attempts"] >= document["retries"]:
            condition = "MaximumRetryAttempts"
        elif now_ms + pause_ms > document["began"] + document["age"] * 1000:
            condition = "MaximumEventAgeInSeconds"
        if passing and not condition:
            document["attempts"] += 1
            document["next"] = now_ms + pause_ms
            account = document["account"]
            await self._region.store.submit(
                lambda stage: self._records.put(stage, account, name, document)
            )
            self._retry_later(document, name)
            return
        _log.warning("a delivery of %s failed: %s: %s", document["lane"], code, message)
        if document["dead"] is not None:
            facts = {"ERROR_CODE": code, "ERROR_MESSAGE": message or code}
            facts["RETRY_ATTEMPTS"] = str(document["attempts"])
            if passing:
                facts["EXHAUSTED_RETRY_CONDITION"] = condition
            await self._bury(document, document["facts"] | facts)
        await self._forget(document["account"], name)

    async def _bury(self, document: Document, facts: Mapping[str, str]) -> None:
        """Send a dead letter; when that is refused it is lost, as on AWS."""
        queue = document["dead"].split(":")
        request: dict[str, Any] = {
            "QueueUrl": f"/{queue[4]}/{queue[5]}",
            "MessageBody": document["body"],
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in facts.items()
                if value
            },
        }
        if queue[5].endswith(".fifo"):
            request["MessageGroupId"] = document.get("group", "dead-letters")
            request["MessageDeduplicationId"] = self._region.randomness.uuid()
        try:
            await self._region.services.call(
                "sqs", "SendMessage", request, region=queue[3], account=document["account"]
            )
        except ApiError as error:
            _log.warning("a dead letter of %s is lost: %s", document["lane"], error)

    def _retry_later(self, document: Document, name: str) -> None:
        task = f"{self._region.name}/{self._service}/retry/{name}"
        if not self._region.tasks.running(task):
            self._region.tasks.spawn(task, self._retry(document, name))

    async def _retry(self, document: Document, name: str) -> None:
        while True:
            await self._region.clock.until(document["next"])
            async with self._slots:
                await self._attempt(document["account"], name)
            again = self._records.get(self._region.store.reader(), document["account"], name)
            if again is None:
                return
            document = again

    async def _forget(self, account: str, name: str) -> None:
        await self._region.store.submit(lambda stage: self._records.put(stage, account, name, None))
