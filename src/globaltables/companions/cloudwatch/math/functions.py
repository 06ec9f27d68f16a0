"""The functions of metric math.

Source: CloudWatch user guide, Using metric math, "Functions supported for metric math".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil, floor, log, log10, sqrt
from types import MappingProxyType
from typing import NamedTuple

from globaltables.companions.cloudwatch.math.grammar import MathError
from globaltables.companions.cloudwatch.math.lines import (
    Line,
    Value,
    lines_of,
    mapped,
    with_points,
)

#: What makes one number of several.
_Fold = Callable[[Sequence[float]], float]


class Setting(NamedTuple):
    """What functions know of the request.

    Attributes:
        times: the beginnings of all its periods, in seconds.
        period: of the expression, in seconds.
        now_s: the time.
    """

    times: Sequence[int]
    period: int
    now_s: int


Function = Callable[[Setting, list[Value]], Value]


def _deviation(numbers: Sequence[float]) -> float:
    mean = sum(numbers) / len(numbers)
    return sqrt(sum((number - mean) ** 2 for number in numbers) / len(numbers))


def _fold(fold: _Fold) -> Function:
    """Return a function that makes a number of one line, and a line of several, time by time."""

    def folded(setting: Setting, arguments: list[Value]) -> Value:
        value = _only(arguments)
        if isinstance(value, Line):
            return fold(list(value.points.values())) if value.points else _empty(value)
        if isinstance(value, str):
            raise MathError("A time series is expected where the expression has a text.")
        if not isinstance(value, list):
            return value
        lines = [one for one in value if isinstance(one, Line)]
        numbers = [one for one in value if not isinstance(one, Line)]
        if not lines:
            return fold(numbers) if numbers else Line("", {}, setting.period)
        points = {
            time: fold([*(line.points[time] for line in lines if time in line.points), *numbers])
            for time in _times_of(lines)
        }
        return Line("", points, max(line.period for line in lines))

    return folded


def _each(change: Callable[[float], float | None]) -> Function:
    return lambda _, arguments: mapped(_only(arguments), change)


def _along(change: Callable[[Line], Mapping[int, float]]) -> Function:
    """Return a function that changes each line as a whole."""

    def changed(_: Setting, arguments: list[Value]) -> Value:
        value = _only(arguments)
        found: list[Line | float] = [with_points(line, change(line)) for line in lines_of(value)]
        return found if isinstance(value, list) else found[0]

    return changed


def _steps(line: Line) -> Iterable[tuple[int, float, int, float]]:
    ordered = sorted(line.points.items())
    for (before, earlier), (time, later) in pairwise(ordered):
        yield before, earlier, time, later


def _running_sum(line: Line) -> Mapping[int, float]:
    total, points = 0.0, {}
    for time, value in sorted(line.points.items()):
        total += value
        points[time] = total
    return points


def _fill(setting: Setting, arguments: list[Value]) -> Value:
    value, filling = _two(arguments)
    found: list[Line | float] = [_filled(setting, one, filling) for one in lines_of(value)]
    return found if isinstance(value, list) else found[0]


def _filled(setting: Setting, line: Line, filling: object) -> Line:
    points = dict(line.points)
    times = sorted({*setting.times, *points})
    if isinstance(filling, Line):
        points |= {t: v for t, v in filling.points.items() if t not in points}
    elif filling == "REPEAT":
        last: float | None = None
        for time in times:
            last = points.get(time, last)
            if last is not None:
                points[time] = last
    elif filling == "LINEAR":
        for before, earlier, after, later in list(_steps(line)):
            for time in times:
                if before < time < after:
                    share = (time - before) / (after - before)
                    points[time] = earlier + share * (later - earlier)
    elif isinstance(filling, float):
        points = {time: points.get(time, filling) for time in times}
    else:
        raise MathError("FILL takes a number, a time series, REPEAT or LINEAR.")
    return with_points(line, points)


def _if(setting: Setting, arguments: list[Value]) -> Value:
    if not 2 <= len(arguments) <= 3:
        raise MathError("IF takes two or three arguments.")
    condition, chosen = arguments[0], arguments[1]
    other: Value | None = arguments[2] if len(arguments) == 3 else None
    if isinstance(condition, list):
        raise MathError("The condition of IF is a time series or a number.")
    if not isinstance(condition, Line):
        if condition:
            return chosen
        return Line("", {}, setting.period) if other is None else other
    points: dict[int, float] = {}
    for time, holds in condition.points.items():
        source = chosen if holds else other
        if isinstance(source, list):
            raise MathError("IF with a time series as its condition takes no arrays.")
        if isinstance(source, str):
            raise MathError("IF takes no text.")
        number = source.points.get(time) if isinstance(source, Line) else source
        if number is not None:
            points[time] = number
    return with_points(condition, points)


def _first(setting: Setting, arguments: list[Value]) -> Value:
    return _place(arguments, 0)


def _last(setting: Setting, arguments: list[Value]) -> Value:
    return _place(arguments, -1)


def _place(arguments: list[Value], place: int) -> Value:
    value = _only(arguments)
    if not isinstance(value, list) or not value:
        raise MathError("An array with members is expected.")
    return value[place]


def _slice(setting: Setting, arguments: list[Value]) -> Value:
    if not 2 <= len(arguments) <= 3:
        raise MathError("SLICE takes two or three arguments.")
    value, *bounds = arguments
    lines: list[Line | float] = [*lines_of(value)]
    ends = [int(one) for one in bounds if isinstance(one, float)]
    if len(ends) == 1:
        if not 0 <= ends[0] < len(lines):
            raise MathError("SLICE is outside the array.")
        return lines[ends[0]]
    return lines[ends[0] : ends[1]]


def _sort(setting: Setting, arguments: list[Value]) -> Value:
    if not 3 <= len(arguments) <= 4:
        raise MathError("SORT takes an array, a function, a direction, and a number.")
    value, function, direction = arguments[:3]
    fold = _FOLDS.get(str(function))
    if fold is None or direction not in ("ASC", "DESC"):
        raise MathError("SORT takes AVG, MIN, MAX or SUM, and ASC or DESC.")
    lines = sorted(
        lines_of(value),
        key=lambda line: fold(list(line.points.values()) or [0.0]),
        reverse=direction == "DESC",
    )
    if len(arguments) == 4 and isinstance(arguments[3], float):
        lines = lines[: int(arguments[3])]
    return [*lines]


def _remove_empty(setting: Setting, arguments: list[Value]) -> Value:
    return [line for line in lines_of(_only(arguments)) if line.points]


def _metric_count(setting: Setting, arguments: list[Value]) -> Value:
    return float(len(lines_of(_only(arguments))))


def _time_series(setting: Setting, arguments: list[Value]) -> Value:
    value = _only(arguments)
    if not isinstance(value, float):
        raise MathError("TIME_SERIES takes a number.")
    return Line("", dict.fromkeys(setting.times, value), setting.period)


def _period(setting: Setting, arguments: list[Value]) -> Value:
    return float(lines_of(_only(arguments))[0].period)


def _of_time(part: Callable[[datetime], int]) -> Function:
    return _along(
        lambda line: {t: float(part(datetime.fromtimestamp(t, UTC))) for t in line.points}
    )


def _rate(line: Line) -> Mapping[int, float]:
    return {t: (later - earlier) / (t - before) for before, earlier, t, later in _steps(line)}


_FOLDS: Mapping[str, _Fold] = MappingProxyType(
    {
        "SUM": sum,
        "AVG": lambda numbers: sum(numbers) / len(numbers),
        "MIN": min,
        "MAX": max,
        "STDDEV": _deviation,
        "DATAPOINT_COUNT": lambda numbers: float(len(numbers)),
    }
)
FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        **{name: _fold(fold) for name, fold in _FOLDS.items()},
        "ABS": _each(abs),
        "CEIL": _each(lambda number: float(ceil(number))),
        "FLOOR": _each(lambda number: float(floor(number))),
        "LOG": _each(lambda number: log(number) if number > 0 else None),
        "LOG10": _each(lambda number: log10(number) if number > 0 else None),
        "DIFF": _along(lambda line: {t: later - earlier for _, earlier, t, later in _steps(line)}),
        "DIFF_TIME": _along(
            lambda line: {t: float(t - before) for before, _, t, _ in _steps(line)}
        ),
        "RATE": _along(_rate),
        "RUNNING_SUM": _along(_running_sum),
        "FILL": _fill,
        "IF": _if,
        "FIRST": _first,
        "LAST": _last,
        "SLICE": _slice,
        "SORT": _sort,
        "REMOVE_EMPTY": _remove_empty,
        "METRIC_COUNT": _metric_count,
        "TIME_SERIES": _time_series,
        "PERIOD": _period,
        "MINUTE": _of_time(lambda time: time.minute),
        "HOUR": _of_time(lambda time: time.hour),
        "DAY": _of_time(lambda time: time.isoweekday()),
        "DATE": _of_time(lambda time: time.day),
        "MONTH": _of_time(lambda time: time.month),
        "YEAR": _of_time(lambda time: time.year),
        "EPOCH": _of_time(lambda time: int(time.timestamp())),
    }
)
#: AWS has them and this product does not: what they need is not here.
REFUSED = frozenset(
    ("ANOMALY_DETECTION_BAND", "DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA", "SERVICE_QUOTA")
)


def _times_of(lines: Iterable[Line]) -> list[int]:
    return sorted({time for line in lines for time in line.points})


def _empty(line: Line) -> Line:
    return with_points(line, {})


def _only(arguments: list[Value]) -> Value:
    if len(arguments) != 1:
        raise MathError("The function takes one argument.")
    return arguments[0]


def _two(arguments: list[Value]) -> tuple[Value, Value]:
    if len(arguments) != 2:
        raise MathError("The function takes two arguments.")
    return arguments[0], arguments[1]
