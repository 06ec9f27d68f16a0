"""From what functions print to CloudWatch Logs: one log stream for each environment, in batches, in the background."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import LAMBDA_LOG_BYTES_WAITING_MAX
from globaltables.itemstore.region import Region
from globaltables.security.principals import Principal

#: CloudWatch Logs takes a mebibyte in a request, and counts 26 bytes for each event beside its text.
_BATCH_BYTES_MAX = 1_048_576
_BATCH_EVENTS_MAX = 10_000
_EVENT_BYTES = 26


class LogStream:
    """What one environment prints.

    Args:
        region: where the function is.
        account: whose it is.
        group: name of the log group; it is made when it is missing.
        stream: name of the log stream.
        principal: the function's role, which has to be allowed to write.
    """

    def __init__(
        self, region: Region, account: str, group: str, stream: str, principal: Principal
    ) -> None:
        self._region = region
        self._account = account
        self._group = group
        self._stream = stream
        self._principal = principal
        self._waiting: deque[tuple[int, str]] = deque()
        self._waiting_bytes = 0
        self._is_made = False
        self._is_refused = False

    def take(self, text: str) -> None:
        """Add an event, and see that it is shipped."""
        if self._is_refused:
            return
        self._waiting.append((self._region.clock.now_ms(), text))
        self._waiting_bytes += len(text) + _EVENT_BYTES
        name = f"{self._region.name}/lambda/logs/{self._account}{self._group}/{self._stream}"
        if not self._region.tasks.running(name):
            self._region.tasks.spawn(name, self._ship())

    def is_full(self) -> bool:
        """Tell whether more would be too much."""
        return self._waiting_bytes > LAMBDA_LOG_BYTES_WAITING_MAX

    async def _ship(self) -> None:
        while self._waiting:
            events = self._batch()
            try:
                if not self._is_made:
                    await self._make()
                await self._call("PutLogEvents", {"logEvents": events})
            except (ApiError, OperationalError):
                # Without logs, or without permission, the function works all the same, as on AWS.
                self._is_refused = True
                self._waiting.clear()
                self._waiting_bytes = 0

    def _batch(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        size = 0
        while self._waiting and len(events) < _BATCH_EVENTS_MAX:
            moment, text = self._waiting[0]
            added = len(text.encode()) + _EVENT_BYTES
            if events and size + added > _BATCH_BYTES_MAX:
                break
            self._waiting.popleft()
            self._waiting_bytes -= len(text) + _EVENT_BYTES
            size += added
            events.append({"timestamp": moment, "message": text})
        return events

    async def _make(self) -> None:
        for operation, names in (
            ("CreateLogGroup", {"logGroupName": self._group}),
            ("CreateLogStream", {"logGroupName": self._group, "logStreamName": self._stream}),
        ):
            try:
                await self._ask(operation, names)
            except ApiError as error:
                if error.code != "ResourceAlreadyExistsException":
                    raise
        self._is_made = True

    async def _call(self, operation: str, request: Mapping[str, Any]) -> None:
        names = {"logGroupName": self._group, "logStreamName": self._stream}
        await self._ask(operation, {**names, **request})

    async def _ask(self, operation: str, request: Mapping[str, Any]) -> None:
        await self._region.services.call(
            "logs",
            operation,
            request,
            region=self._region.name,
            account=self._account,
            principal=self._principal,
        )
