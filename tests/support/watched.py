"""CloudWatch and its logs in a region of memory on a clock that the test moves; what alarms do is noted."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any

from globaltables.companions.cloudwatch import handlers as cloudwatch
from globaltables.companions.cloudwatch.alarms.watching import look
from globaltables.companions.cloudwatch.intake import intake_of
from globaltables.companions.logs import handlers as logs
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.security.principals import Principal, account_root
from tests.support.regions import ACCOUNT, TestRegion, make_region

#: 2026-11-21T16:38:00Z
BEGIN_S = 1_795_279_080


class Neighbours:
    """Stands where the other services are: what is asked of them is noted.

    Attributes:
        asked: service, operation and request, in order.
    """

    endpoint = ""

    def __init__(self) -> None:
        self.at_stop: list[Callable[[], None]] = []
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    async def call(
        self,
        service: str,
        operation: str,
        request: Mapping[str, Any],
        *,
        region: str,
        account: str,
        principal: Principal | None = None,
    ) -> dict[str, Any]:
        """Note a request."""
        self.asked.append((service, operation, dict(request)))
        return {}


class Watched:
    """The services, and short ways to use them.

    Attributes:
        neighbours: see there.
    """

    def __init__(self) -> None:
        self.made: TestRegion = make_region()
        self.region: Region = self.made.region
        self.neighbours = Neighbours()
        self.region.services = self.neighbours
        intake_of(self.region)
        self.made.clock.advance(BEGIN_S * 1000 - self.made.clock.now_ms())
        self._node = Node(lambda _: self.region)

    @property
    def acted(self) -> list[tuple[str, str, dict[str, Any]]]:
        """What was asked of other services but for event buses, which learn of every change of an alarm."""
        return [one for one in self.neighbours.asked if one[0] != "events"]

    async def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """Return the answer of CloudWatch."""
        return await self._ask(cloudwatch.IMPLEMENTATION.handlers, operation, request)

    async def ask_logs(self, operation: str, **request: Any) -> dict[str, Any]:
        """Return the answer of CloudWatch Logs."""
        return await self._ask(logs.IMPLEMENTATION.handlers, operation, request)

    async def measure(
        self, *values: float, name: str = "errors", time_s: int | None = None
    ) -> None:
        """Send measurements of now, or of a time."""
        time = self.region.clock.now_ms() / 1000 if time_s is None else float(time_s)
        data = [{"MetricName": name, "Value": value, "Timestamp": time} for value in values]
        await self.ask("PutMetricData", Namespace="App", MetricData=data)

    async def alarm(self, **members: Any) -> None:
        """Make an alarm: "many" on the sum of errors, above 1 in a minute, unless told otherwise."""
        request = {
            "AlarmName": "many",
            "Namespace": "App",
            "MetricName": "errors",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
            **members,
        }
        kept = {name: value for name, value in request.items() if value is not None}
        await self.ask("PutMetricAlarm", **kept)

    async def pass_minutes(self, minutes: int = 1) -> None:
        """Let time pass, and evaluate the alarms at every minute."""
        for _ in range(minutes):
            self.made.clock.advance(60_000)
            await look(self.region, self.region.clock.now_ms() // 1000)

    async def state(self, name: str = "many") -> tuple[str, str]:
        """Return state and reason of an alarm."""
        types = ["MetricAlarm", "CompositeAlarm"]
        found = await self.ask("DescribeAlarms", AlarmNames=[name], AlarmTypes=types)
        alarms: list[dict[str, str]] = found["MetricAlarms"] + found["CompositeAlarms"]
        return alarms[0]["StateValue"], alarms[0]["StateReason"]

    async def _ask(
        self, handlers: Mapping[str, Callable[[ServiceCall], Any]], operation: str, request: Any
    ) -> dict[str, Any]:
        root = account_root(ACCOUNT)
        call = ServiceCall(
            operation, request, self.region, ACCOUNT, self._node, root, self.neighbours
        )
        answer = handlers[operation](call)
        found: dict[str, Any] = await answer if isawaitable(answer) else answer
        return found


def watched(check: Callable[[Watched], Awaitable[None]]) -> None:
    """Run a check, and end what it began."""

    async def work() -> None:
        world = Watched()
        try:
            await check(world)
        finally:
            await world.region.tasks.stop()
            await world.region.store.close()

    asyncio.run(work())
