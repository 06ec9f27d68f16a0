"""What the code of a resource type works with: the properties, the other services, and the record of its resource."""

import asyncio
from collections.abc import Mapping
from typing import Any

from globaltables.companions.cloudformation.engine.ledger import Ledger, principal_of
from globaltables.companions.cloudformation.requests import request_of
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import (
    CLOUDFORMATION_POLL_MS,
    CLOUDFORMATION_STABLE_MS_MAX,
)

#: What services call something that is not there.
NOT_FOUND = frozenset(
    {
        *("AWS.SimpleQueueService.NonExistentQueue", "NoSuchBucket", "NoSuchBucketPolicy"),
        *("NoSuchEntity", "NoSuchEntityException", "NotFound", "NotFoundException"),
        *("ObjectNotFoundException", "ParameterNotFound", "PolicyNotFoundException"),
        *("QueueDoesNotExist", "ResourceNotFound", "ResourceNotFoundException"),
        *("TableNotFoundException", "GlobalTableNotFoundException", "NoSuchKey"),
        *("LifecyclePolicyNotFoundException", "RepositoryNotFoundException"),
        *("RepositoryPolicyNotFoundException", "StateMachineDoesNotExist"),
    }
)
CALLED_OFF = "CalledOff"
#: What services call that something can be asked again in a moment.
_LATER = frozenset(
    {
        *("ContinuousBackupsUnavailableException", "RequestLimitExceeded", "Throttling"),
        *("ThrottlingException", "TooManyRequestsException"),
    }
)


class Signals:
    """What ends the work on the resources of a stack early.

    Attributes:
        called_off: set when another resource has failed; waiting work ends then.
        deadline_ms: when the stack's time is over; None for no limit.
    """

    def __init__(self, deadline_ms: int | None = None) -> None:
        self.called_off = asyncio.Event()
        self.deadline_ms = deadline_ms


class ResourceWork:
    """The work on one resource.

    Args:
        ledger: of the stack.
        stack: as it was when the work began.
        record: of the resource.
        properties: what it shall have; dynamic references are resolved.
        old: what it had; empty for a new one.
        signals: what ends the work early.

    Attributes:
        ledger: see there.
        stack: see there.
        record: see there.
        properties: see there.
        old: see there.
    """

    def __init__(
        self,
        ledger: Ledger,
        stack: Document,
        record: Document,
        properties: Mapping[str, Any],
        old: Mapping[str, Any],
        signals: Signals,
    ) -> None:
        self.ledger = ledger
        self.stack = stack
        self.record = record
        self.properties = properties
        self.old = old
        self._signals = signals

    @property
    def logical(self) -> str:
        """The logical id."""
        logical: str = self.record["logical"]
        return logical

    @property
    def physical(self) -> str:
        """The physical id; empty before there is one."""
        physical: str = self.record.get("physical") or ""
        return physical

    @property
    def name(self) -> str:
        """The name that the properties give, or the one that was made up."""
        name: str = self.record["name"]
        return name

    @property
    def token(self) -> str:
        """A token of this resource, the same when its creation is tried again."""
        token: str = self.record["token"]
        return token

    @property
    def region(self) -> str:
        """The name of the stack's region."""
        return self.ledger.region.name

    @property
    def account(self) -> str:
        """The stack's account."""
        return self.ledger.account

    @property
    def partition(self) -> str:
        """E.g. "aws"."""
        arn: str = self.stack["arn"]
        return arn.split(":")[1]

    def now_ms(self) -> int:
        """Return the time."""
        return self.ledger.region.clock.now_ms()

    def changed(self, *names: str) -> bool:
        """Tell whether one of these properties is another one than before."""
        return any(self.properties.get(name) != self.old.get(name) for name in names)

    async def call(
        self, service: str, operation: str, *, region: str = "", **members: Any
    ) -> dict[str, Any]:
        """Carry out an operation of a service and return the members of its response; None is left out."""
        request = {name: value for name, value in members.items() if value is not None}
        since_ms = self.now_ms()
        while True:
            try:
                return await self._call(service, operation, request, region or self.region)
            except ApiError as error:
                if error.code not in _LATER:
                    raise
            await self.keep_waiting(since_ms)

    async def _call(
        self, service: str, operation: str, request: dict[str, Any], region: str
    ) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = await self.ledger.region.services.call(
                service,
                operation,
                request,
                region=region,
                account=self.account,
                principal=principal_of(self.stack),
            )
        except OperationalError as error:
            # What a client would be answered: the resource fails, and the stack goes back.
            raise ApiError("InternalFailure", str(error), status=500) from error
        return answer

    async def send(
        self, service: str, operation: str, *, region: str = "", **members: Any
    ) -> dict[str, Any]:
        """Carry out an operation with the properties that it has members for, and some members beside.

        A member that is given wins; None leaves it out.
        """
        request = request_of(service, operation, self.properties)
        given = request_of(
            service,
            operation,
            {name: value for name, value in members.items() if value is not None},
        )
        request = {
            **{name: value for name, value in request.items() if name not in members},
            **given,
        }
        return await self.call(service, operation, region=region, **request)

    async def found(
        self, service: str, operation: str, *, region: str = "", **members: Any
    ) -> dict[str, Any] | None:
        """Carry out an operation; None for something that is not there."""
        try:
            return await self.call(service, operation, region=region, **members)
        except ApiError as error:
            if error.code in NOT_FOUND:
                return None
            raise

    async def made(self, physical: str) -> None:
        """Record that the resource is there; from now on a failure removes it again."""
        if self.record.get("physical") == physical:
            return
        self.record["physical"] = physical
        await self.ledger.put(self.record, self.record["status"], "Resource creation Initiated")

    async def pause(
        self, milliseconds: int = CLOUDFORMATION_POLL_MS, wake: asyncio.Event | None = None
    ) -> None:
        """Wait a while, or until an event is set.

        Raises:
            ApiError: the work is called off, or the stack's time is over.
        """
        clock = self.ledger.region.clock
        until_ms = clock.now_ms() + milliseconds
        if self._signals.deadline_ms is not None:
            until_ms = min(until_ms, self._signals.deadline_ms)
        waiting = {
            asyncio.ensure_future(clock.until(until_ms)),
            asyncio.ensure_future(self._called_off()),
        }
        if wake is not None:
            waiting.add(asyncio.ensure_future(_set(wake)))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
        if self._signals.called_off.is_set():
            raise ApiError(CALLED_OFF, f"Resource {_doing(self.record)} cancelled")
        if self._signals.deadline_ms is not None and clock.now_ms() >= self._signals.deadline_ms:
            raise ApiError("TimedOut", "Stack creation timed out")

    async def _called_off(self) -> None:
        await self._signals.called_off.wait()

    async def keep_waiting(self, since_ms: int) -> None:
        """Wait until a resource may be ready.

        Raises:
            ApiError: it took too long.
        """
        if self.now_ms() - since_ms > CLOUDFORMATION_STABLE_MS_MAX:
            raise ApiError("NotStabilized", "Exceeded attempts to wait")
        await self.pause()


def _doing(record: Document) -> str:
    return "update" if record["status"].startswith("UPDATE") else "creation"


async def _set(event: asyncio.Event) -> None:
    await event.wait()
