"""Minutes follow each other on a clock that the test moves."""

from globaltables.foundation.limits import METRIC_MINUTES_KEPT
from globaltables.insights.series import MINUTE_MS, Series

_NOON_MS = 1_700_000_040_000  # a whole minute


def _weights(series: Series, start_ms: int = 0, end_ms: int = 2**62) -> list[tuple[int, int]]:
    return [(at, minute.total) for at, minute in series.between(start_ms, end_ms)]


def test_series_new_minute_begins_a_new_count() -> None:
    """What is counted belongs to the minute in which it happened; minutes without any are absent."""
    series = Series()
    series.add(("a",), 1, _NOON_MS)
    series.add(("a",), 2, _NOON_MS + MINUTE_MS - 1)
    series.add(("b",), 4, _NOON_MS + MINUTE_MS)
    series.add(("a",), 8, _NOON_MS + 5 * MINUTE_MS + 1)
    expected = [(_NOON_MS, 3), (_NOON_MS + MINUTE_MS, 4), (_NOON_MS + 5 * MINUTE_MS, 8)]
    assert expected == _weights(series)
    within = _weights(series, _NOON_MS + MINUTE_MS, _NOON_MS + 5 * MINUTE_MS)
    assert [(_NOON_MS + MINUTE_MS, 4)] == within


def test_series_empty_has_no_minutes() -> None:
    """A rule that counted nothing reports nothing."""
    assert [] == _weights(Series())


def test_series_old_minutes_are_forgotten() -> None:
    """Only the last hours are kept, whatever the traffic."""
    series = Series()
    for minute in range(METRIC_MINUTES_KEPT + 50):
        series.add(("a",), 1, _NOON_MS + minute * MINUTE_MS)
    kept = _weights(series)
    assert METRIC_MINUTES_KEPT == len(kept)
    assert (_NOON_MS + (METRIC_MINUTES_KEPT + 49) * MINUTE_MS, 1) == kept[-1]


def test_series_pause_forgets_what_is_too_old() -> None:
    """After a day of silence the first access finds yesterday's minutes gone."""
    series = Series()
    series.add(("a",), 1, _NOON_MS)
    later = _NOON_MS + 24 * 60 * MINUTE_MS
    series.add(("a",), 1, later)
    assert [(later, 1)] == _weights(series)


def test_series_clock_steps_back_counts_in_the_minute_that_was_begun() -> None:
    """No minute is counted twice and none is lost."""
    series = Series()
    series.add(("a",), 1, _NOON_MS + MINUTE_MS)
    series.add(("a",), 2, _NOON_MS)
    assert [(_NOON_MS + MINUTE_MS, 3)] == _weights(series)
