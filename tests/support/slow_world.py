"""Regions whose changes take AWS's time, on a clock that the test moves, asked through the operations."""

import asyncio
from collections.abc import Awaitable
from inspect import isawaitable
from pathlib import Path
from typing import Any

import orjson

from globaltables.engine.embedded.engine import EmbeddedEngine
from globaltables.engine.interface import Engine
from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import ApiError
from globaltables.foundation.settings import Settings
from globaltables.itemstore.index_backfills import start_backfills
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.settlements import start_settlements
from globaltables.itemstore.store import Store
from globaltables.operations.context import Call
from globaltables.operations.registry import HANDLERS
from globaltables.recovery import service as recovery
from globaltables.replication import service
from globaltables.runtime.clock import VirtualClock
from globaltables.runtime.randomness import SeededRandomness
from globaltables.runtime.tasks import Tasks

ACCOUNT = "000000000000"
REGION = "us-east-1"
NAME = "orders"
_TURNS = 400

#: Members of CreateTable for a table with the string key `pk`.
TABLE: dict[str, Any] = {
    "TableName": NAME,
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
PROVISIONED: dict[str, Any] = {
    **TABLE,
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": UNITS,
}
#: A global index on the string attribute `g`.
INDEX: dict[str, Any] = {
    "IndexName": "gsi",
    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
INDEX_CREATION: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "g", "AttributeType": "S"}],
    "GlobalSecondaryIndexUpdates": [{"Create": INDEX}],
}
INDEX_DELETION: dict[str, Any] = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "gsi"}}]}


class SlowWorld:
    """A node in which nothing happens by itself: its clock moves when the test moves it.

    Args:
        folder: where the regions are stored; None keeps them in memory.
        realistic: whether changes take their time.
    """

    def __init__(self, folder: Path | None = None, *, realistic: bool = True) -> None:
        self.clock = VirtualClock()
        self.realistic = realistic
        self._folder = folder
        self._begin()

    async def ask(self, operation: str, region: str = REGION, **request: Any) -> dict[str, Any]:
        """Return the answer to a request; of TableName the usual one where the request has none.

        Raises:
            ApiError: it is refused.
        """
        members = {"TableName": NAME} | request
        call = Call(operation, members, self.node.region(region), self.node, ACCOUNT, "key", 0)
        answer: Any = HANDLERS[f"DynamoDB_20120810.{operation}"](call)
        if isawaitable(answer):
            answer = await answer
        return dict(orjson.loads(answer) if isinstance(answer, bytes) else answer)

    async def refused(self, operation: str, region: str = REGION, **request: Any) -> str:
        """Return code and text of a refusal."""
        try:
            await self.ask(operation, region, **request)
        except ApiError as error:
            return f"{error.code}: {error.message}"
        raise AssertionError(f"{operation} was not refused")

    async def described(self, region: str = REGION) -> dict[str, Any]:
        """Return the table's description, without members when it is gone."""
        try:
            answer = await self.ask("DescribeTable", region)
        except ApiError as error:
            if error.code == "ResourceNotFoundException":
                return {}
            raise
        return dict(answer["Table"])

    async def states(self, region: str = REGION) -> tuple[str | None, str | None, bool | None]:
        """Return the table's status, its first global index's status, and whether that is being filled."""
        table = await self.described(region)
        index = (table.get("GlobalSecondaryIndexes") or [{}])[0]
        return table.get("TableStatus"), index.get("IndexStatus"), index.get("Backfilling")

    async def advance(self, milliseconds: int) -> None:
        """Move the clock and let everything happen that is due."""
        self.clock.advance(milliseconds)
        await self.rest()

    async def rest(self) -> None:
        """Let what was begun go on as far as it can."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def restart(self) -> None:
        """End the process and begin another one on the same data."""
        await self.end()
        self._begin()
        self.node.region(REGION)

    async def end(self) -> None:
        """End the process."""
        await self._tasks.stop()
        await self.node.close()

    def _begin(self) -> None:
        self._tasks = Tasks()
        self.node = Node(self._open)

    def _open(self, name: str) -> Region:
        store = Store(name, self._engine(name), self.clock)
        region = Region(
            name=name,
            settings=Settings(realistic=self.realistic),
            store=store,
            catalog=store.catalog,
            hlc=store.hlc,
            clock=self.clock,
            randomness=SeededRandomness(len(name)),
            tasks=self._tasks,
        )
        start_backfills(region)
        start_settlements(region)
        recovery.start(self.node, region)
        service.start(self.node, region)
        return region

    def _engine(self, name: str) -> Engine:
        return MemoryEngine() if self._folder is None else EmbeddedEngine(self._folder / name, "os")


def run(world: SlowWorld, work: "Awaitable[None]") -> None:
    """Run one asynchronous test to its end, and end the world."""

    async def main() -> None:
        try:
            await work
        finally:
            await world.end()

    asyncio.run(main())
