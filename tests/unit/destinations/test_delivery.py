"""A delivery, step by step: what arrives, what is remembered, what happens when nothing arrives."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from globaltables.destinations.delivery import STALLED, Delivery
from globaltables.destinations.service import log_floor
from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import (
    KINESIS_GATHER_MS,
    KINESIS_REQUEST_RECORDS_MAX,
    KINESIS_STALL_MS_MAX,
)
from globaltables.items.values import Item
from globaltables.itemstore.keyspaces import kinesis_cursor_prefix, whole
from globaltables.itemstore.stage import Stage
from globaltables.tables.definitions import KinesisDestination, Table
from globaltables.tables.kinesis_destinations import (
    changed,
    find,
    settled,
    with_destination,
    without_destination,
)
from tests.support.kinesis_streams import MemoryKinesis
from tests.support.regions import TestRegion, make_region, make_table

ARN = "arn:aws:kinesis:eu-west-1:000000000000:stream/orders"
HOUR_MS = 3600 * 1000


class World:
    """A table with an active destination, and its stream.

    Args:
        engine: what an earlier process left; None begins anew.
        kinesis: the stream.
    """

    def __init__(
        self, engine: MemoryEngine | None = None, kinesis: MemoryKinesis | None = None
    ) -> None:
        self.engine = engine or MemoryEngine()
        self.here: TestRegion = make_region(engine=self.engine)
        self.kinesis = kinesis or MemoryKinesis()
        self.delivery = Delivery(self.here.region, make_table(), ARN, self.kinesis)

    @property
    def table(self) -> Table:
        """The definition as it is now."""
        found = self.here.region.catalog.by_number(1)
        assert found is not None
        return found

    @property
    def destination(self) -> KinesisDestination:
        """The destination as it is now."""
        found = find(self.table, ARN)
        assert found is not None
        return found

    async def enable(self) -> None:
        """Make the table, unless it is there, and the destination."""
        if self.here.region.catalog.by_number(1) is None:
            await self.here.save(make_table())

        def decide(stage: Stage) -> None:
            table = with_destination(self.table, ARN, None, stage.tick())
            found = find(table, ARN)
            assert found is not None
            stage.save_table(changed(table, settled(found)))

        await self.here.region.store.submit(decide)

    async def disable(self) -> None:
        """Disable the destination."""

        def decide(stage: Stage) -> None:
            table = without_destination(self.table, {"StreamArn": ARN}, stage.tick())
            found = find(table, ARN)
            assert found is not None
            stage.save_table(changed(table, settled(found)))

        await self.here.region.store.submit(decide)

    async def put(self, *keys: str, value: str = "") -> None:
        """Write an item under each key."""
        for key in keys:
            await self.here.put(self.table, {"pk": {"S": key}, "v": {"S": value}})

    async def step(self) -> str:
        """Let the delivery make one step; "over" when it has nothing to deliver any more, "failed" when that failed."""
        found = self.delivery.current()
        if found is None:
            return "over"
        try:
            return await self.delivery.step(*found)
        except OperationalError:
            self.delivery._failures += 1
            return "failed"

    async def deliver(self) -> None:
        """Let the delivery go on until there is nothing to do."""
        while await self.step() in ("on", "partly"):
            pass

    def arrived(self) -> list[tuple[str, str]]:
        """Return key and value of the new images that the stream got."""
        images = [orjson.loads(one.data)["dynamodb"]["NewImage"] for one in self.kinesis.taken]
        return [(image["pk"]["S"], image["v"]["S"]) for image in images]

    def cursors(self) -> int:
        """Return how many cursors are stored."""
        return len(list(self.here.region.store.reader().range(*whole(kinesis_cursor_prefix(1)))))


def run(scenario: Coroutine[Any, Any, Any]) -> Any:
    """Run a test's scenario."""
    return asyncio.run(scenario)


def test_step_changes_after_the_enabling_arrive_in_order() -> None:
    """Those before it do not; requests are as large as there is something to send."""

    async def scenario() -> World:
        world = World()
        await world.here.save(make_table())
        await world.put("before")
        await world.enable()
        await world.put("a", "b", "c")
        await world.deliver()
        return world

    world = run(scenario())
    assert [("a", ""), ("b", ""), ("c", "")] == world.arrived()
    assert [3] == world.kinesis.requests


def test_step_changes_of_one_item_go_one_after_the_other() -> None:
    """A request has one of them only."""

    async def scenario() -> World:
        world = World()
        await world.enable()
        for value in "123":
            await world.put("a", "b", value=value)
        await world.deliver()
        return world

    world = run(scenario())
    assert [2, 2, 2] == world.kinesis.requests
    assert [
        ("a", "1"),
        ("b", "1"),
        ("a", "2"),
        ("b", "2"),
        ("a", "3"),
        ("b", "3"),
    ] == world.arrived()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=8), st.integers(0, 6), st.data())
def test_step_after_a_crash_nothing_is_lost_and_items_keep_their_order(
    keys: list[str], steps: int, data: st.DataObject
) -> None:
    """Stopped anywhere, with a stream that takes what it likes: what is new arrives in order, the rest again."""

    async def scenario() -> World:
        world = World()
        await world.enable()
        for number, key in enumerate(keys):
            await world.put(key, value=str(number))
        world.kinesis.takes = lambda _: data.draw(st.booleans())
        for _ in range(steps):
            await world.step()
        world.kinesis.takes = lambda _: True
        after = World(world.engine, world.kinesis)
        await after.deliver()
        return after

    arrived = run(scenario()).arrived()
    for key in "abc":
        first_arrivals = [*dict.fromkeys(value for found, value in arrived if found == key)]
        assert [str(number) for number, found in enumerate(keys) if found == key] == first_arrivals


def test_step_delivered_changes_are_not_delivered_again_after_a_stop() -> None:
    """The cursor is stored, and the log before it is no longer held."""

    async def scenario() -> tuple[World, bool]:
        world = World()
        await world.enable()
        await world.put("a", "b")
        held = log_floor(world.here.region, world.table)
        await world.deliver()
        after = World(world.engine, world.kinesis)
        await after.put("c")
        await after.deliver()
        return after, log_floor(after.here.region, after.table) > held

    world, moved = run(scenario())
    assert [("a", ""), ("b", ""), ("c", "")] == world.arrived()
    assert moved


def test_step_disabled_ends_when_everything_before_is_delivered() -> None:
    """Then nothing of it is stored but the entry."""

    async def scenario() -> World:
        world = World()
        await world.enable()
        await world.put("a")
        await world.disable()
        await world.put("b")
        await world.deliver()
        return world

    world = run(scenario())
    assert [("a", "")] == world.arrived()
    assert ("DISABLED", (), 0) == (
        world.destination.status,
        world.destination.captures,
        world.cursors(),
    )


def test_step_stream_that_is_away_holds_one_page_and_the_log() -> None:
    """Hours of failures change nothing; then everything arrives."""

    async def scenario() -> tuple[World, bool, int]:
        world = World()
        await world.enable()
        world.kinesis.away = True
        floor = log_floor(world.here.region, world.table)
        for count in range(KINESIS_REQUEST_RECORDS_MAX + 10):
            await world.put(str(count))
        for _ in range(10):
            world.here.clock.advance(16 * HOUR_MS)
            await world.step()
        held = len(world.delivery._page.next_request())
        same = floor == log_floor(world.here.region, world.table)
        world.kinesis.away = False
        await world.deliver()
        return world, same, held

    world, same, held = run(scenario())
    assert same
    assert KINESIS_REQUEST_RECORDS_MAX == held
    assert KINESIS_REQUEST_RECORDS_MAX + 10 == len(world.arrived())


def test_step_stream_that_is_away_for_a_week_is_disabled_with_a_reason() -> None:
    """Not before it was tried once more, and the log is not held any longer."""

    async def scenario() -> tuple[World, list[str]]:
        world = World()
        await world.enable()
        await world.put("a")
        world.kinesis.away = True
        world.here.clock.advance(KINESIS_STALL_MS_MAX + 1)
        return world, [await world.step() for _ in range(4)]

    world, steps = run(scenario())
    assert ["on", "failed", "on", "over"] == steps
    assert ("DISABLED", STALLED, ()) == (
        world.destination.status,
        world.destination.description,
        world.destination.captures,
    )
    assert not world.table.keeps_log


def test_step_record_that_is_too_large_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """AWS goes on with the next one too; the log says that one is missing, not what it holds."""

    async def scenario() -> World:
        world = World()
        await world.enable()
        for value in ("é" * 180_000, "ü" * 180_000):  # the second record has both
            nulls = [{"NULL": True}] * 30_000
            item: Item = {"pk": {"S": "large"}, "v": {"S": value}, "n": {"L": nulls}}
            await world.here.put(world.table, item)
        await world.put("small")
        await world.deliver()
        return world

    world = run(scenario())
    assert ("small", "") == world.arrived()[-1]
    assert 2 == len(world.arrived())
    assert "leaves out a record of" in caplog.text
    assert "é" not in caplog.text


def test_run_ends_with_the_table() -> None:
    """A delivery that waits for changes learns that the table is gone."""

    async def scenario() -> None:
        world = World()
        await world.enable()
        running = asyncio.ensure_future(world.delivery.run())
        await world.put("a")
        await asyncio.sleep(0)
        await world.here.region.store.submit(lambda stage: stage.drop_table(world.table))
        while not running.done():
            world.here.clock.advance(KINESIS_GATHER_MS)
            await asyncio.sleep(0)

    run(scenario())


def test_run_gathers_what_comes_soon_after_one_another() -> None:
    """The first change goes at once, those of the next moment together."""

    async def scenario() -> World:
        world = World()
        await world.enable()
        running = asyncio.ensure_future(world.delivery.run())
        for keys in ("a", "bcd"):
            await world.put(*keys)
            while len(world.kinesis.taken) < len(keys):
                world.here.clock.advance(1)
                await asyncio.sleep(0)
        running.cancel()
        return world

    world = run(scenario())
    assert [1, 3] == world.kinesis.requests


def test_run_pauses_longer_with_every_failure_and_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One warning for all of them; the pauses are on the region's clock."""

    async def scenario() -> tuple[World, int]:
        world = World()
        await world.enable()
        await world.put("a")
        world.kinesis.away = True
        began_ms = world.here.clock.now_ms()
        running = asyncio.ensure_future(world.delivery.run())
        while world.delivery._failures < 8:
            world.here.clock.advance(10)
            await asyncio.sleep(0)
        waited_ms = world.here.clock.now_ms() - began_ms
        world.kinesis.away = False
        while not world.kinesis.taken:
            world.here.clock.advance(1000)
            await asyncio.sleep(0)
        running.cancel()
        return world, waited_ms

    world, waited_ms = run(scenario())
    assert [("a", "")] == world.arrived()
    assert 1 == caplog.text.count("waits: nobody answers")
    assert waited_ms > (200 + 400 + 800 + 1600 + 3200 + 6400 + 12800) / 2
