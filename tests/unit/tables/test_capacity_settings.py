"""Tests of how often capacity may be changed."""

from datetime import UTC, datetime

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.tables.capacity_settings import reprovisioned, switches_to_on_demand
from globaltables.tables.definitions import Throughput

_MIDNIGHT_MS = int(datetime(2026, 10, 9, tzinfo=UTC).timestamp() * 1000)
_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS


def test_decreases_of_a_day_are_twenty_seven_at_the_most() -> None:
    """Four at once, then one in each hour; trying every minute gives no more, and refused ones change nothing."""
    throughput = Throughput(1000, 1000)
    done = 0
    for minute in range(24 * 60):
        now_ms = _MIDNIGHT_MS + minute * _MINUTE_MS
        wanted = Throughput(throughput.read_units - 1, throughput.write_units)
        for _ in range(6):
            try:
                throughput = reprovisioned(throughput, wanted, now_ms)
            except ApiError:
                break
            done += 1
            wanted = Throughput(throughput.read_units - 1, throughput.write_units)

    assert (27, 973) == (done, throughput.read_units)


def test_increases_are_not_counted_as_decreases() -> None:
    """Only lowering is limited; a change that raises one kind and lowers the other is a decrease."""
    throughput = Throughput(100, 100)
    for number in range(4):
        wanted = Throughput(101 + number, 99 - number)
        throughput = reprovisioned(throughput, wanted, _MIDNIGHT_MS)

    raised = reprovisioned(throughput, Throughput(200, 200), _MIDNIGHT_MS)

    assert (4, 4) == (throughput.decreases_today, raised.decreases_today)
    with pytest.raises(ApiError, match="LimitExceededException"):
        reprovisioned(raised, Throughput(1, 300), _MIDNIGHT_MS)


def test_switches_to_on_demand_are_four_in_any_day() -> None:
    """A window of 24 hours that rolls: the next one is possible when the first one is a day ago."""
    switches: tuple[int, ...] = ()
    for hour in range(4):
        switches = switches_to_on_demand(switches, _MIDNIGHT_MS + hour * _HOUR_MS)

    with pytest.raises(ApiError) as caught:
        switches_to_on_demand(switches, _MIDNIGHT_MS + 24 * _HOUR_MS - 1)
    later = switches_to_on_demand(switches, _MIDNIGHT_MS + 24 * _HOUR_MS)

    assert (
        "Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in "
        "1 day(s). Last update at Fri Oct 09 03:00:00 UTC 2026. Next update can be made at "
        "Sat Oct 10 00:00:00 UTC 2026"
    ) == caught.value.message
    assert (4, 24) == (len(later), (later[-1] - _MIDNIGHT_MS) // _HOUR_MS)
