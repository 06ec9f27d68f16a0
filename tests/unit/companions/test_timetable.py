"""When schedules fire: once for each time, in order, and what is made up for."""

import asyncio
from collections.abc import Sequence

from globaltables.companions.schedule_expressions import Once, Rate
from globaltables.companions.timetable import Key, Timetable
from tests.support.regions import TestRegion, make_region

HOUR = 3_600_000


class _Fired:
    """Remembers what fired."""

    def __init__(self) -> None:
        self.times: list[tuple[Key, int]] = []

    async def __call__(self, due: Sequence[tuple[Key, int]]) -> None:
        self.times += due


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def _world() -> tuple[TestRegion, _Fired, Timetable]:
    world, fired = make_region(), _Fired()
    return world, fired, Timetable(world.region, "events", fired)


def test_schedules_fire_once_for_each_time_in_order() -> None:
    """Those of several schedules among each other too."""

    async def run() -> None:
        world, fired, timetable = _world()
        now = world.clock.now_ms()
        timetable.put(("a", "hourly"), Rate(HOUR, now), now)
        timetable.put(("a", "once"), Once(now + HOUR + 1), now)
        await _settle()
        world.clock.advance(3 * HOUR)
        await _settle()
        await world.region.tasks.stop()

        assert [
            (("a", "hourly"), now + HOUR),
            (("a", "once"), now + HOUR + 1),
            (("a", "hourly"), now + 2 * HOUR),
            (("a", "hourly"), now + 3 * HOUR),
        ] == fired.times

    asyncio.run(run())


def test_schedule_makes_up_for_a_day_and_no_more() -> None:
    """What nobody was there for is done when somebody is, the last 24 hours of it."""

    async def run() -> None:
        world, fired, timetable = _world()
        now = world.clock.now_ms()
        timetable.put(("a", "hourly"), Rate(HOUR, now - 100 * HOUR), now - 48 * HOUR)
        await _settle()
        await world.region.tasks.stop()

        assert [now - number * HOUR for number in range(23, -1, -1)] == [
            time_ms for _, time_ms in fired.times
        ]

    asyncio.run(run())


def test_schedule_that_is_changed_or_removed_fires_no_more_as_it_was() -> None:
    """Whoever waits for its former time is woken for nothing."""

    async def run() -> None:
        world, fired, timetable = _world()
        now = world.clock.now_ms()
        timetable.put(("a", "moved"), Once(now + 10), now)
        timetable.put(("a", "removed"), Once(now + 10), now)
        await _settle()
        timetable.put(("a", "moved"), Once(now + 20), now)
        timetable.remove(("a", "removed"))
        world.clock.advance(15)
        await _settle()
        before = list(fired.times)
        world.clock.advance(15)
        await _settle()
        await world.region.tasks.stop()

        assert ([], [(("a", "moved"), now + 20)]) == (before, fired.times)

    asyncio.run(run())
