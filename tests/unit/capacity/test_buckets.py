"""Tests of token buckets on a clock of their own."""

from globaltables.capacity.buckets import Bucket, GrowingBucket

_MINUTE = 60_000


def test_bucket_when_new_holds_its_burst() -> None:
    """It is full: tokens for 300 seconds are there at once, and not one more."""
    bucket = Bucket(1, 300, 0)

    taken = 0
    while bucket.open(0):
        bucket.take(1)
        taken += 1

    assert taken == 300


def test_bucket_that_was_emptied_fills_at_its_rate_up_to_the_burst() -> None:
    """What comes after it is full is lost."""
    bucket = Bucket(2, 300, 0)
    bucket.take(600)
    levels = []

    for now_ms in (0, 500, 100_000, 1_000_000):
        bucket.open(now_ms)
        levels.append(bucket.level)

    assert levels == [0, 1, 200, 600]


def test_bucket_that_was_overdrawn_stays_shut_until_that_is_made_up_for() -> None:
    """The last one that is let in may take more than there is; the debt is paid by waiting."""
    bucket = Bucket(1, 300, 0)
    bucket.take(310)

    assert [False, False, True] == [bucket.open(now_ms) for now_ms in (0, 10_000, 10_001)]


def test_bucket_that_is_drained_owes_nothing() -> None:
    """What cannot be refused empties the bucket and leaves a debt as it was."""
    bucket = Bucket(1, 300, 0)

    bucket.drain(1000)
    emptied = bucket.level
    bucket.take(5)
    bucket.drain(1000)

    assert (0, -5) == (emptied, bucket.level)


def test_bucket_with_another_rate_keeps_what_it_holds() -> None:
    """An increase gives no tokens of its own; a decrease takes those that the new bucket has no room for."""
    bucket = Bucket(1, 300, 0)
    bucket.take(290)

    bucket.set_rate(100, 300, 0)
    raised = bucket.level
    bucket.open(1000)
    filled = bucket.level
    bucket.set_rate(0.1, 300, 1000)

    assert (10, 110, 30) == (raised, filled, bucket.level)


def test_bucket_after_the_clock_was_set_back_goes_on_from_there() -> None:
    """A step back gives nothing and takes nothing."""
    bucket = Bucket(1, 300, 1_000_000)
    bucket.take(300)
    bucket.open(0)

    bucket.open(7000)

    assert bucket.level == 7


def test_growing_bucket_follows_twice_the_peak_once_in_thirty_minutes() -> None:
    """A minute above half of the rate raises it, at the earliest half an hour after the last time."""
    bucket = GrowingBucket(100, 0, 0)
    rates = []
    for minute in range(62):
        bucket.open(minute * _MINUTE)
        rates.append(bucket.rate)
        bucket.take(60 * 0.9 * bucket.rate)

    assert [100, 100, 180, 180, 324] == [rates[minute] for minute in (0, 29, 30, 59, 60)]


def test_growing_bucket_with_little_use_keeps_its_rate() -> None:
    """It never falls below what the table was warm for."""
    bucket = GrowingBucket(4000, 0, 0)
    for minute in range(120):
        bucket.open(minute * _MINUTE)
        bucket.take(60)

    assert bucket.rate == 4000
