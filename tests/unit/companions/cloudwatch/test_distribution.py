"""Distributions: statistics, percentiles, merging, stored bytes."""

import pytest

from globaltables.companions.cloudwatch.distribution import Distribution
from globaltables.companions.cloudwatch.statistic import measure_of
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import METRIC_BUCKETS_MAX

_FEW = [(float(value), 1.0) for value in (1, 2, 2, 3, 10)]
_MANY = [(float(value), 1.0) for value in range(1, 1001)]


def _measured(name: str, distribution: Distribution) -> float | None:
    measure = measure_of(name)
    assert measure is not None
    return measure(distribution)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SampleCount", 5.0),
        ("Sum", 18.0),
        ("Average", 3.6),
        ("Minimum", 1.0),
        ("Maximum", 10.0),
        ("p0", 1.0),
        ("p50", 2.0),
        ("p80", 3.0),
        ("p99.9", 10.0),
        ("p100", 10.0),
        ("tm80", 2.0),
        ("TM(20%:80%)", 7 / 3),
        ("TM(2:3)", 7 / 3),
        ("wm80", 2.2),
        ("TC(:3)", 4.0),
        ("TS(2:)", 17.0),
        ("PR(3)", 80.0),
        ("PR(1:3)", 60.0),
        ("IQM", 2.3),
    ],
)
def test_a_statistic_of_few_values_is_exact(name: str, expected: float) -> None:
    """Each is computed from the values themselves."""
    assert pytest.approx(expected) == _measured(name, Distribution.of(_FEW))


@pytest.mark.parametrize("name", ["p101", "median", "TM(10:20%)", "PR(1%:2%)", "TM(:)", "p", ""])
def test_a_statistic_that_is_none_is_not_known(name: str) -> None:
    """Nothing is guessed from a name."""
    assert measure_of(name) is None


@pytest.mark.parametrize(("percent", "exact"), [(50, 500), (90, 900), (99, 990), (99.9, 999)])
def test_a_percentile_of_many_values_is_within_a_percent(percent: float, exact: int) -> None:
    """Their buckets grow by two per cent."""
    assert pytest.approx(exact, rel=0.011) == _measured(f"p{percent}", Distribution.of(_MANY))


def test_merging_counts_everything_once() -> None:
    """Few and many values make what all of them make together."""
    merged, whole = Distribution.of(_FEW), Distribution.of([*_FEW, *_MANY])
    merged.merge(Distribution.of(_MANY))
    names = ("SampleCount", "Sum", "Minimum", "Maximum", "p50", "p99")
    assert [_measured(name, whole) for name in names] == [_measured(name, merged) for name in names]


def test_statistics_without_values_have_no_percentiles() -> None:
    """Merged with values they take these away too; what is all the same is known."""
    unknown = Distribution.of_statistics(4, 10, 1, 4)
    assert _measured("p50", unknown) is None
    merged = Distribution.of(_FEW)
    merged.merge(unknown)
    assert (None, 28.0) == (_measured("p50", merged), _measured("Sum", merged))
    assert 3.0 == _measured("p50", Distribution.of_statistics(4, 12, 3, 3))


def test_values_of_every_size_take_bounded_memory() -> None:
    """The lowest buckets are joined; signs and zero are kept."""
    sizes = [(sign * 10.0**power, 1.0) for power in range(-90, 91) for sign in (-1, 1)]
    found = Distribution.of([*sizes, (0.0, 1.0)] + [(1.03**step, 1.0) for step in range(3000)])
    assert METRIC_BUCKETS_MAX >= len(found.weighted())
    assert -(10.0**90) == _measured("Minimum", found)


@pytest.mark.parametrize("values", [_FEW, _MANY])
def test_stored_bytes_give_the_same_distribution(values: list[tuple[float, float]]) -> None:
    """Whether values or buckets are kept."""
    found = Distribution.of(values)
    again = Distribution.decode(found.encode())
    assert (found.weighted(), found.total) == (again.weighted(), again.total)


@pytest.mark.parametrize("raw", [b"", b"[1,2]", b"{}", b"[1,2,3,4,[0,[1],[]]]"])
def test_damaged_bytes_are_told(raw: bytes) -> None:
    """They are never guessed."""
    with pytest.raises(OperationalError):
        Distribution.decode(raw)
