"""What every mapping has: a function, filters, a way to be told that the mapping has changed."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from globaltables.companions.functions.execution.invocation import Invocation, Outcome
from globaltables.companions.functions.mappings.filtering import Filters
from globaltables.companions.functions.measuring import measure
from globaltables.companions.functions.running import running
from globaltables.companions.functions.stored import Resolved, resolved
from globaltables.companions.records import Document
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import LAMBDA_MAPPING_PAUSE_MS_MAX, LAMBDA_MAPPING_PAUSE_MS_MIN
from globaltables.itemstore.region import Region

T = TypeVar("T")
NOTHING = "No records processed"
OK = "OK"
FAILED = "PROBLEM: Function call failed"


@dataclass(slots=True)
class Told:
    """What a mapping's work tells of itself.

    Attributes:
        result: as LastProcessingResult has it.
    """

    result: str = NOTHING


@dataclass(frozen=True, slots=True)
class Feeding:
    """A mapping at work, until it is changed.

    Attributes:
        region: where it is.
        account: whose it is.
        uuid: names it.
        record: as it is stored.
        filters: which records the function wants.
        changed: set when the mapping was changed or deleted.
        told: what becomes of it.
    """

    region: Region
    account: str
    uuid: str
    record: Document
    filters: Filters
    changed: asyncio.Event
    told: Told

    @property
    def mapping(self) -> Document:
        """The mapping in the form of the API."""
        mapping: Document = self.record["mapping"]
        return mapping

    def target(self) -> Resolved:
        """Return the function.

        Raises:
            ApiError: it is gone.
        """
        return resolved(
            self.region, self.account, self.record["function"], self.record["qualifier"]
        )

    async def invoke(self, payload: bytes) -> tuple[str, Outcome | None]:
        """Run the function and return the id of the request, and no outcome when it could not be run."""
        request_id = self.region.randomness.uuid()
        try:
            target = self.target()
            invocation = Invocation(request_id, payload, target.arn)
            outcome = await running(self.region).invoke(self.account, target, invocation)
        except ApiError as error:
            self.told.result = f"PROBLEM: {error.code}"
            return request_id, None
        self.told.result = FAILED if outcome.error_type else OK
        return request_id, outcome

    def measure_age(self, written_ms: int) -> None:
        """Count how long ago the last record of a batch was written, which the function is given now."""
        with suppress(ApiError):
            age_ms = max(0, self.region.clock.now_ms() - written_ms)
            measure(self.region, self.account, self.target(), {"IteratorAge": age_ms})

    async def pause(self, failures: int) -> None:
        """Wait longer with every failure, but not when the mapping was changed."""
        pause_ms = LAMBDA_MAPPING_PAUSE_MS_MIN * 2 ** min(failures, 20)
        until_ms = self.region.clock.now_ms() + min(LAMBDA_MAPPING_PAUSE_MS_MAX, pause_ms)
        await self.unless_changed(self.region.clock.until(until_ms))

    async def unless_changed(self, work: Awaitable[T]) -> T | None:
        """Return what some work brings; None, and an end of that work, when the mapping was changed before."""
        task: asyncio.Future[Any] = asyncio.ensure_future(work)
        waiting = asyncio.ensure_future(self.changed.wait())
        try:
            await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                brought: T = task.result()
                return brought
            return None
        finally:
            for one in (task, waiting):
                if not one.done():
                    one.cancel()
                    with suppress(asyncio.CancelledError):
                        await one
