"""The status of destinations between two states, on a clock that the test moves."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from globaltables.destinations.service import match_destinations, start
from globaltables.destinations.stream_arns import NO_PERMISSION, NOT_ACTIVE
from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.limits import KINESIS_ENABLING_MS_MAX
from globaltables.foundation.settings import Settings
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.tables.definitions import KinesisDestination, Table
from globaltables.tables.durations import KINESIS_DISABLING_MS, KINESIS_ENABLING_MS
from globaltables.tables.kinesis_destinations import find, with_destination, without_destination
from tests.support.kinesis_streams import MemoryKinesis
from tests.support.regions import TestRegion, make_region, make_table

ARN = "arn:aws:kinesis:eu-west-1:000000000000:stream/orders"
_TURNS_MAX = 100_000
Change = Callable[[Table, int], Table]


def destination(here: TestRegion) -> KinesisDestination:
    """Return the destination as it is now."""
    table = here.region.catalog.by_number(1)
    assert table is not None
    found = find(table, ARN)
    assert found is not None
    return found


def enabling(table: Table, stamp: int) -> Table:
    """Enable the destination."""
    return with_destination(table, ARN, None, stamp)


def disabling(table: Table, stamp: int) -> Table:
    """Disable the destination."""
    return without_destination(table, {"StreamArn": ARN}, stamp)


async def change(here: TestRegion, kinesis: MemoryKinesis, how: Change) -> None:
    """Decide a change, and start what follows."""

    def decide(stage: Stage) -> Table:
        table = here.region.catalog.by_number(1)
        assert table is not None
        changed = how(table, stage.tick())
        stage.save_table(changed)
        return changed

    changed = await here.region.store.submit(decide)

    def opened(region: Region, table: Table, name: str) -> MemoryKinesis:
        assert (here.region, "orders") == (region, name)
        return kinesis

    match_destinations(here.region, changed, opened)


async def prepared(*, realistic: bool = True, engine: MemoryEngine | None = None) -> TestRegion:
    """Return a region with a table."""
    here = make_region(engine=engine)
    here.region.settings = Settings(realistic=realistic, kinesis_endpoint="http://127.0.0.1:1")
    if here.region.catalog.by_number(1) is None:
        await here.save(make_table())
    return here


async def becomes(here: TestRegion, status: str, *, advance_ms: int = 0) -> None:
    """Return when the destination has a status."""
    for _ in range(_TURNS_MAX):
        if destination(here).status == status:
            return
        here.clock.advance(advance_ms)
        await asyncio.sleep(0)
    raise AssertionError(f"still {destination(here).status}, not {status}")


async def rest() -> None:
    """Let everything happen that happens without the clock."""
    for _ in range(50):
        await asyncio.sleep(0)


def run(scenario: Coroutine[Any, Any, Any]) -> Any:
    """Run a test's scenario."""
    return asyncio.run(scenario)


def test_change_takes_awss_time_in_the_realistic_mode() -> None:
    """ENABLING and DISABLING last as long as they were measured, and end by themselves."""

    async def scenario() -> list[str]:
        here, kinesis = await prepared(), MemoryKinesis()
        seen: list[str] = []
        for how, lasts_ms in ((enabling, KINESIS_ENABLING_MS), (disabling, KINESIS_DISABLING_MS)):
            await change(here, kinesis, how)
            for milliseconds in (lasts_ms - 1, 1):
                here.clock.advance(milliseconds)
                await rest()
                seen.append(destination(here).status)
        await here.region.tasks.stop()
        return seen

    assert ["ENABLING", "ACTIVE", "DISABLING", "DISABLED"] == run(scenario())


def test_change_goes_on_after_a_stop() -> None:
    """A region that opens again ends what was under way and delivers what is owed."""

    async def scenario() -> str:
        engine = MemoryEngine()
        here = await prepared(engine=engine)
        await change(here, MemoryKinesis(), enabling)
        await here.region.tasks.stop()
        after = await prepared(realistic=False, engine=engine)
        definition = after.region.catalog.by_number(1)
        assert definition is not None
        match_destinations(after.region, definition, lambda *_: MemoryKinesis())
        await becomes(after, "ACTIVE")
        await after.region.tasks.stop()
        return destination(after).status

    assert "ACTIVE" == run(scenario())


@pytest.mark.parametrize(("state", "description"), [(False, NO_PERMISSION), (None, NOT_ACTIVE)])
def test_change_enabling_of_an_unusable_stream_fails(state: bool | None, description: str) -> None:  # noqa: FBT001
    """A stream that nobody answers for is asked for a minute."""

    async def scenario() -> tuple[KinesisDestination, int]:
        here = await prepared(realistic=False)
        began_ms = here.clock.now_ms()
        await change(here, MemoryKinesis(state=state), enabling)
        await becomes(here, "ENABLE_FAILED", advance_ms=100)
        return destination(here), here.clock.now_ms() - began_ms

    failed, waited_ms = run(scenario())
    assert (description, ()) == (failed.description, failed.captures)
    assert waited_ms <= KINESIS_ENABLING_MS_MAX


def test_change_of_another_accounts_stream_fails_after_a_minute() -> None:
    """In the realistic mode, as it was measured on AWS."""

    async def scenario() -> list[str]:
        here = await prepared()
        seen: list[str] = []
        arn = ARN.replace("000000000000", "999999999999")
        await change(
            here, MemoryKinesis(), lambda table, stamp: with_destination(table, arn, None, stamp)
        )
        for milliseconds in (KINESIS_ENABLING_MS_MAX - 1, 1):
            here.clock.advance(milliseconds)
            await rest()
            table = here.region.catalog.by_number(1)
            assert table is not None
            seen.append(table.destinations[0].status)
        await here.region.tasks.stop()
        return seen

    assert ["ENABLING", "ENABLE_FAILED"] == run(scenario())


def test_start_without_destinations_runs_nothing() -> None:
    """Nobody imports a client for a region that delivers nothing."""

    async def scenario() -> list[str]:
        here = await prepared()
        start(here.region)
        return here.region.tasks.names()

    assert [] == run(scenario())


def test_start_without_an_endpoint_keeps_what_is_owed() -> None:
    """Started without --kinesis-endpoint, a delivery waits as for a stream that is away."""

    async def scenario() -> tuple[str, bool]:
        engine = MemoryEngine()
        here = await prepared(realistic=False, engine=engine)
        await change(here, MemoryKinesis(), enabling)
        await becomes(here, "ACTIVE")
        await here.region.tasks.stop()
        after = await prepared(engine=engine)
        after.region.settings = replace(after.region.settings, kinesis_endpoint=None)
        start(after.region)
        table = after.region.catalog.by_number(1)
        assert table is not None
        await after.put(table, {"pk": {"S": "a"}})
        await rest()
        running = after.region.tasks.running(f"eu-west-1/kinesis/1/{ARN}")
        await after.region.tasks.stop()
        return destination(after).status, running

    assert ("ACTIVE", True) == run(scenario())
