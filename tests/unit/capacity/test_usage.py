"""Tests of the meters of consumed units and throttled requests."""

from globaltables.capacity.usage import Meter, Usage
from globaltables.runtime.series import Statistics

_NOW_S = 1_700_000_000


def test_usage_of_some_seconds_is_summed_by_the_second() -> None:
    """The sum of [since, until) has the seconds that begin in it."""
    usage = Usage()
    meter = usage.consumed_meter(1, None, "write")
    for second in range(5):
        meter.add(_NOW_S + second, 1.5)
    start = _NOW_S * 1000

    sums = [
        usage.consumed(1, None, "write", start, start + 5000),
        usage.consumed(1, None, "write", start + 1000, start + 3000),
        usage.consumed(1, None, "write", start + 4000, start + 9000),
        usage.consumed(1, None, "read", start, start + 5000),
        usage.consumed(1, "i", "write", start, start + 5000),
    ]

    assert sums == [7.5, 3.0, 1.5, 0.0, 0.0]


def test_usage_that_is_long_ago_is_summed_by_the_minute() -> None:
    """What the seconds do not reach back to is summed in whole minutes, the current one included."""
    meter = Meter()
    begin = _NOW_S // 60 * 60
    for second in range(1200):
        meter.add(begin + second, 1.0)

    sums = [
        meter.sum(begin * 1000, (begin + 1200) * 1000),
        meter.sum((begin + 60) * 1000, (begin + 180) * 1000),
    ]

    assert sums == [1200.0, 120.0]


def test_usage_over_hours_takes_bounded_memory() -> None:
    """Only the last minutes of use are kept."""
    meter = Meter()
    begin = _NOW_S // 60 * 60
    for minute in range(1000):
        meter.add(begin + 60 * minute, 1.0)

    kept = meter.sum(0, (begin + 60_000) * 1000)

    # 180 closed minutes and the open one.
    assert kept == 181.0


def test_usage_of_a_minute_has_its_statistics() -> None:
    """How many counts, their sum, the least and the greatest; the minute that is being counted included."""
    usage = Usage()
    meter = usage.consumed_meter(1, None, "read")
    begin = _NOW_S // 60
    for second, amount in ((0, 0.5), (0, 4.0), (30, 1.0), (60, 2.0)):
        meter.add(begin * 60 + second, amount)

    found = list(usage.minutes(begin))

    subject = (1, None, "read")
    assert found == [
        (False, subject, begin, Statistics(3, 5.5, 0.5, 4.0)),
        (False, subject, begin + 1, Statistics(1, 2.0, 2.0, 2.0)),
    ]
    assert [minute for _, _, minute, _ in usage.minutes(begin + 1)] == [begin + 1]


def test_usage_after_the_clock_was_set_back_is_counted_where_it_is_said() -> None:
    """A step of the clock loses nothing."""
    meter = Meter()
    meter.add(_NOW_S, 1.0)
    meter.add(_NOW_S - 10, 2.0)

    sums = [
        meter.sum((_NOW_S - 10) * 1000, _NOW_S * 1000),
        meter.sum(_NOW_S * 1000, _NOW_S * 1000 + 1000),
    ]

    assert sums == [2.0, 1.0]


def test_usage_of_a_forgotten_table_is_nothing() -> None:
    """A table that is gone takes its indexes' meters with it, and leaves others alone."""
    usage = Usage()
    usage.consumed_meter(1, None, "write").add(_NOW_S, 1.0)
    usage.throttled_meter(1, "i", "write").add(_NOW_S, 1.0)
    usage.throttled_meter(2, "i", "write").add(_NOW_S, 1.0)
    whole = (0, (_NOW_S + 1) * 1000)

    usage.forget(1)

    assert [
        usage.consumed(1, None, "write", *whole),
        usage.throttled(1, "i", "write", *whole),
        usage.throttled(2, "i", "write", *whole),
    ] == [0.0, 0, 1]
