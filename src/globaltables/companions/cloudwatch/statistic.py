"""Statistics by name: SampleCount to Maximum, percentiles, and the trimmed ones, over a distribution.

Source: CloudWatch user guide, Statistics definitions.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import accumulate
from types import MappingProxyType

from globaltables.companions.cloudwatch.distribution import Distribution, Weighted

#: The value of a statistic; None where the distribution does not tell it.
Measure = Callable[[Distribution], float | None]
_PLAIN: Mapping[str, Measure] = MappingProxyType(
    {
        "SampleCount": lambda found: found.count,
        "Average": lambda found: found.average,
        "Sum": lambda found: found.total,
        "Minimum": lambda found: found.least,
        "Maximum": lambda found: found.greatest,
    }
)
_PERCENT = r"(?:100(?:\.0{1,10})?|\d{1,2}(?:\.\d{1,10})?)"
_SHORT = re.compile(rf"(p|tm|tc|ts|wm)({_PERCENT})", re.IGNORECASE)
_NUMBER = r"-?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"(TM|TC|TS|WM|PR)\(({_NUMBER})?(%)?:({_NUMBER})?(%)?\)", re.IGNORECASE)
_RANK = re.compile(rf"PR\(({_NUMBER})\)", re.IGNORECASE)


def is_percentile(name: str) -> bool:
    """Tell whether a statistic is a percentile such as p99.9."""
    return name[:1] == "p" and _SHORT.fullmatch(name) is not None


def percent_of(name: str) -> float:
    """Return the percentage of a percentile."""
    return float(name[1:])


@lru_cache(256)
def measure_of(name: str) -> Measure | None:
    """Return how a statistic is measured, None for a name that is none."""
    plain = _PLAIN.get(name)
    if plain is not None:
        return plain
    if name.upper() == "IQM":
        return _cut("TM", 25.0, 75.0, percent=True)
    if (short := _SHORT.fullmatch(name)) is not None:
        kind, percent = short[1].lower(), float(short[2])
        if kind == "p":
            return lambda found: _percentile(found, percent)
        return _cut(kind.upper(), None, percent, percent=True)
    if (rank := _RANK.fullmatch(name)) is not None:
        return _rank(None, float(rank[1]))
    if (given := _RANGE.fullmatch(name)) is not None:
        return _range(given)
    return None


def _percentile(found: Distribution, percent: float) -> float | None:
    """Return the least value that so many per cent of the measurements do not exceed."""
    weighted = found.weighted()
    if not weighted:
        return None
    if percent >= 100:
        return found.greatest
    sums = list(accumulate(weight for _, weight in weighted))
    wanted = sums[-1] * percent / 100
    for (value, _), reached in zip(weighted, sums, strict=True):
        if reached >= wanted - 1e-9:
            return value
    return weighted[-1][0]


def _range(given: re.Match[str]) -> Measure | None:
    kind = given[1].upper()
    low = None if given[2] is None else float(given[2])
    high = None if given[4] is None else float(given[4])
    signs = {bool(sign) for sign, bound in ((given[3], low), (given[5], high)) if bound is not None}
    if len(signs) != 1:
        return None
    percent = signs.pop()
    if kind == "PR":
        return None if percent else _rank(low, high)
    return _cut(kind, low, high, percent=percent)


def _rank(low: float | None, high: float | None) -> Measure:
    def ranked(found: Distribution) -> float | None:
        weighted = found.weighted()
        if not weighted or not found.count:
            return None
        inside = sum(
            weight
            for value, weight in weighted
            if (low is None or value > low) and (high is None or value <= high)
        )
        return 100 * inside / found.count

    return ranked


def _cut(kind: str, low: float | None, high: float | None, *, percent: bool) -> Measure:
    def measured(found: Distribution) -> float | None:
        weighted = found.weighted()
        if not weighted:
            return None
        inside = _between(weighted, low, high) if percent else _within(weighted, low, high)
        count = sum(weight for _, weight in inside)
        if kind == "TC":
            return count
        if kind == "WM":
            return _winsorized(weighted, inside, found.count)
        total = sum(value * weight for value, weight in inside)
        if kind == "TS":
            return total
        return total / count if count else None

    return measured


def _within(weighted: Weighted, low: float | None, high: float | None) -> Weighted:
    return [
        (value, weight)
        for value, weight in weighted
        if (low is None or value >= low) and (high is None or value <= high)
    ]


def _between(weighted: Weighted, low: float | None, high: float | None) -> Weighted:
    """Return the part of the measurements between two percentages; a value may be in it with a part of its weight."""
    whole = sum(weight for _, weight in weighted)
    start, end = whole * (low or 0.0) / 100, whole * (100.0 if high is None else high) / 100
    inside: Weighted = []
    reached = 0.0
    for value, weight in weighted:
        part = min(reached + weight, end) - max(reached, start)
        if part > 0:
            inside.append((value, part))
        reached += weight
    return inside


def _winsorized(weighted: Weighted, inside: Weighted, count: float) -> float | None:
    """Return the mean in which what lies outside counts as the nearest value inside."""
    if not inside or not count:
        return None
    low, high = inside[0][0], inside[-1][0]
    return sum(min(max(value, low), high) * weight for value, weight in weighted) / count
