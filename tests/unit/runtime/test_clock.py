"""Tests of the clocks."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.foundation.errors import OperationalError
from globaltables.runtime.clock import (
    COUNTER_MAX,
    DRIFT_MS_MAX,
    HybridLogicalClock,
    SystemClock,
    VirtualClock,
    stamp_at,
    stamp_ms,
)


@given(st.lists(st.integers(-120_000, 120_000), max_size=60))
def test_ticks_are_unique_and_increasing_whatever_the_wall_clock_does(steps: list[int]) -> None:
    """A clock that is stepped back, stands still or jumps never makes a stamp that is not greater than all before."""
    wall = VirtualClock()
    clock = HybridLogicalClock(wall)
    stamps = [clock.tick()]
    for step in steps:
        wall.advance(step)
        stamps += [clock.tick(), clock.tick()]
    assert sorted(set(stamps)) == stamps


def test_tick_follows_the_wall_clock() -> None:
    """A stamp is the smallest of its millisecond, when that is later than all before."""
    wall = VirtualClock(1_000)
    clock = HybridLogicalClock(wall)
    assert stamp_at(1_000) == clock.tick()
    assert stamp_at(1_000) + 1 == clock.tick()
    wall.advance(5)
    assert stamp_at(1_005) == clock.tick()


def test_tick_when_the_counter_is_full_takes_the_next_millisecond() -> None:
    """More stamps than a millisecond has run ahead of the wall clock, they do not repeat."""
    clock = HybridLogicalClock(VirtualClock(1_000), stamp_at(1_000) + COUNTER_MAX)
    assert stamp_at(1_001) == clock.tick()


def test_tick_after_a_restart_is_later_than_the_last_stamp() -> None:
    """The stored stamp counts more than a wall clock that was stepped back."""
    last = stamp_at(5_000) + 3
    assert last + 1 == HybridLogicalClock(VirtualClock(1_000), last).tick()


def test_observe_of_a_later_stamp_is_followed() -> None:
    """What is written after seeing a peer's change is later than it."""
    wall = VirtualClock(1_000)
    clock = HybridLogicalClock(wall)
    seen = stamp_at(1_500) + 4
    clock.observe(seen)
    assert seen + 1 == clock.tick()


def test_observe_of_an_earlier_stamp_changes_nothing() -> None:
    """A peer that is behind does not turn the clock back."""
    clock = HybridLogicalClock(VirtualClock(1_000))
    last = clock.tick()
    clock.observe(stamp_at(10))
    assert last == clock.last


@pytest.mark.parametrize(("ahead_ms", "refused"), [(DRIFT_MS_MAX, False), (DRIFT_MS_MAX + 1, True)])
def test_observe_of_a_stamp_too_far_ahead_is_refused(ahead_ms: int, refused: bool) -> None:  # noqa: FBT001
    """A peer with a broken clock must not drag the region's clock into the future."""
    wall = VirtualClock(1_000)
    clock = HybridLogicalClock(wall)
    last = clock.tick()
    stamp = stamp_at(1_000 + ahead_ms)
    if refused:
        with pytest.raises(OperationalError):
            clock.observe(stamp)
    else:
        clock.observe(stamp)
    assert (last if refused else stamp) == clock.last


@given(st.integers(0, 2**48 - 1), st.integers(0, COUNTER_MAX))
def test_stamp_names_its_millisecond(milliseconds: int, counter: int) -> None:
    """The counter does not reach into the milliseconds."""
    assert milliseconds == stamp_ms(stamp_at(milliseconds) + counter)


def test_system_clock_with_an_offset_is_shifted() -> None:
    """An administrator can skew the clock of a node."""
    plain, shifted = SystemClock(), SystemClock()
    shifted.shift(3_600_000)
    assert 3_599_000 < shifted.now_ms() - plain.now_ms() <= 3_601_000


def test_until_virtual_clock_goes_on_when_the_time_is_reached() -> None:
    """Who waits goes on at its time and not before; a time that is past needs no waiting."""

    async def work() -> None:
        clock, reached = VirtualClock(1_000), list[int]()

        async def wait(time_ms: int) -> None:
            await clock.until(time_ms)
            reached.append(time_ms)

        tasks = [asyncio.create_task(wait(time_ms)) for time_ms in (3_000, 2_000, 500)]
        for seen in ([500], [500, 2_000], [500, 2_000], [500, 2_000, 3_000]):
            for _ in range(3):
                await asyncio.sleep(0)
            assert seen == reached
            clock.advance(1_000 if len(reached) == 1 else 500)
        await asyncio.gather(*tasks)

    asyncio.run(work())


def test_until_system_clock_waits_for_a_time_and_not_for_one_that_is_past() -> None:
    """A time in the past is reached at once, one in the future when the clock shows it."""

    async def work() -> None:
        clock = SystemClock()
        await clock.until(0)
        time_ms = clock.now_ms() + 20
        await clock.until(time_ms)
        assert clock.now_ms() >= time_ms

    asyncio.run(work())
