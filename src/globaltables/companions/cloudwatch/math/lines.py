"""What expressions compute with: numbers, time series (lines), and lists of these; and the operators on them."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from globaltables.companions.cloudwatch.math.grammar import MathError


@dataclass(frozen=True, slots=True)
class Line:
    """A time series.

    Attributes:
        label: what it is called in an answer.
        points: values by time in seconds; a time without a value is not in it.
        period: in seconds.
    """

    label: str
    points: Mapping[int, float]
    period: int


#: A text is a word such as REPEAT, or what SEARCH looks for.
Value = float | str | Line | list[Line | float]
_Pair = Callable[[float, float], float | None]


def _divided(left: float, right: float) -> float | None:
    return left / right if right else None


def _power(left: float, right: float) -> float | None:
    try:
        raised = left**right
    except (OverflowError, ZeroDivisionError):
        return None
    return float(raised) if isinstance(raised, int | float) else None


def _flag(compare: Callable[[float, float], bool]) -> _Pair:
    return lambda left, right: float(compare(left, right))


_OPERATORS: Mapping[str, _Pair] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": _divided,
        "^": _power,
        "==": _flag(operator.eq),
        "!=": _flag(operator.ne),
        "<": _flag(operator.lt),
        ">": _flag(operator.gt),
        "<=": _flag(operator.le),
        ">=": _flag(operator.ge),
        "&&": lambda left, right: float(bool(left) and bool(right)),
        "||": lambda left, right: float(bool(left) or bool(right)),
    }
)


def combined(symbol: str, left: Value, right: Value) -> Value:
    """Return the value of an operator with two operands; lines meet at the times that both have.

    Raises:
        MathError: two lists, or a text.
    """
    apply = _OPERATORS[symbol]
    if isinstance(left, str) or isinstance(right, str):
        raise MathError(f"The operator {symbol} takes no text.")
    if isinstance(left, list):
        if isinstance(right, list):
            raise MathError(f"The operator {symbol} takes one array at most.")
        return [_pairwise(apply, one, right) for one in left]
    if isinstance(right, list):
        return [_pairwise(apply, left, one) for one in right]
    return _pairwise(apply, left, right)


def mapped(value: Value, change: Callable[[float], float | None]) -> Value:
    """Return a value with every number in it changed; what changes to None is left out.

    Raises:
        MathError: a text.
    """
    if isinstance(value, str):
        raise MathError("A number or a time series is expected where the expression has a text.")
    if isinstance(value, list):
        return [_mapped_one(one, change) for one in value]
    return _mapped_one(value, change)


def lines_of(value: Value) -> list[Line]:
    """Return the lines in a value.

    Raises:
        MathError: there are numbers in it.
    """
    members = value if isinstance(value, list) else [value]
    lines = [one for one in members if isinstance(one, Line)]
    if len(lines) != len(members):
        raise MathError("A time series is expected where the expression has a number.")
    return lines


def with_points(line: Line, points: Mapping[int, float]) -> Line:
    """Return a line with other points."""
    return replace(line, points=points)


def _pairwise(apply: _Pair, left: Line | float, right: Line | float) -> Line | float:
    if isinstance(left, Line) and isinstance(right, Line):
        both = {
            time: apply(value, right.points[time])
            for time, value in left.points.items()
            if time in right.points
        }
        return _kept(replace(left, period=max(left.period, right.period)), both)
    if isinstance(left, Line):
        assert not isinstance(right, Line)
        return _kept(left, {time: apply(value, right) for time, value in left.points.items()})
    if isinstance(right, Line):
        return _kept(right, {time: apply(left, value) for time, value in right.points.items()})
    result = apply(left, right)
    if result is None:
        raise MathError("The expression divides by zero.")
    return result


def _mapped_one(value: Line | float, change: Callable[[float], float | None]) -> Line | float:
    if isinstance(value, Line):
        return _kept(value, {time: change(one) for time, one in value.points.items()})
    changed = change(value)
    if changed is None:
        raise MathError("The expression is not defined for this number.")
    return changed


def _kept(line: Line, points: Mapping[int, float | None]) -> Line:
    return replace(line, points={time: one for time, one in points.items() if one is not None})
