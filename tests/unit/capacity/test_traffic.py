"""What became of requests: durations, and what is counted."""

from globaltables.capacity.traffic import Event, Traffic
from globaltables.foundation.limits import TRAFFIC_SAMPLES_MAX


def test_durations_are_counted_by_operation_account_and_table() -> None:
    """Within eight microseconds; what was taken is not there again."""
    traffic = Traffic()
    for duration in (1_000_000, 1_000_100, 3_000_000):
        traffic.succeeded("GetItem", "1", "orders", duration)
    traffic.succeeded("PutItem", "1", "orders", 5_000_000)
    durations, _ = traffic.take()

    found = durations["GetItem", "1", "orders"].milliseconds()

    assert [2, 1] == list(found.values())
    assert [1.0, 3.0] == [round(value, 1) for value in found]
    assert ("PutItem", "1", "orders") in durations
    assert ({}, {}) == traffic.take()


def test_many_durations_take_bounded_memory() -> None:
    """They are counted together while nobody asks."""
    traffic = Traffic()
    number = 3 * TRAFFIC_SAMPLES_MAX + 5
    for _ in range(number):
        traffic.succeeded("GetItem", "1", "orders", 1_000_000)
    durations, _ = traffic.take()
    found = durations["GetItem", "1", "orders"]

    assert 5 == len(found.latest)
    assert [number] == list(found.milliseconds().values())


def test_events_are_counted_by_their_value() -> None:
    """Errors as one each, returned items as many as there were."""
    traffic = Traffic()
    returned = Event("1", "ReturnedItemCount", (("TableName", "orders"),))
    for value in (3.0, 3.0, 7.0):
        traffic.happened(returned, value)
    traffic.happened(Event("1", "UserErrors"))
    _, events = traffic.take()

    assert {3.0: 2, 7.0: 1} == events[returned]
    assert {1.0: 1} == events[Event("1", "UserErrors")]
