"""From the tree of an expression to its value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from globaltables.companions.cloudwatch.math.functions import FUNCTIONS, REFUSED, Setting
from globaltables.companions.cloudwatch.math.grammar import (
    Array,
    Call,
    MathError,
    Name,
    Node,
    Number,
    Operator,
    Text,
)
from globaltables.companions.cloudwatch.math.lines import Line, Value, combined, mapped

#: Words that are arguments, not ids.
_WORDS = frozenset(("REPEAT", "LINEAR", "ASC", "DESC", "SUM", "AVG", "MIN", "MAX"))
#: Finds the lines that a search expression names: its text, statistic and period.
Search = Callable[[str, str, int], list[Line]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may refer to.

    Attributes:
        value_of: the value of an id, None for an unknown one.
        metrics: the lines of all metrics of the request by id, in its order.
        search: see `Search`.
        setting: what functions know.
    """

    value_of: Callable[[str], Value | None]
    metrics: Callable[[], Mapping[str, Line]]
    search: Search
    setting: Setting


def evaluate(node: Node, scope: Scope) -> Value:
    """Return the value of an expression.

    Raises:
        MathError: it has none.
    """
    match node:
        case Number(value) | Text(value):
            return value
        case Name(name):
            return _named(name, scope)
        case Array(members):
            return _array([evaluate(member, scope) for member in members])
        case Operator(symbol, (operand,)):
            return _negated(symbol, evaluate(operand, scope))
        case Operator(symbol, operands):
            return combined(symbol, evaluate(operands[0], scope), evaluate(operands[1], scope))
        case Call(name, arguments):
            return _called(name, arguments, scope)


def _named(name: str, scope: Scope) -> Value:
    value = scope.value_of(name)
    if value is not None:
        return value
    if name in _WORDS:
        return name
    raise MathError(f"The expression refers to '{name}', which is not an id of this request.")


def _negated(symbol: str, value: Value) -> Value:
    if symbol == "-":
        return mapped(value, lambda number: -number)
    return mapped(value, lambda number: float(not number))


def _called(name: str, arguments: tuple[Node, ...], scope: Scope) -> Value:
    if name == "METRICS":
        return _metrics([evaluate(one, scope) for one in arguments], scope)
    if name == "SEARCH":
        return _search([evaluate(one, scope) for one in arguments], scope)
    if name in REFUSED:
        raise MathError(f"{name} is not supported by globaltables; see docs/compatibility.md.")
    function = FUNCTIONS.get(name)
    if function is None:
        raise MathError(f"Unsupported function '{name}'.")
    return function(scope.setting, [evaluate(one, scope) for one in arguments])


def _metrics(arguments: list[Value], scope: Scope) -> Value:
    if len(arguments) > 1 or any(not isinstance(one, str) for one in arguments):
        raise MathError("METRICS takes one text at most.")
    part = str(arguments[0]) if arguments else ""
    return [line for name, line in scope.metrics().items() if part in name]


def _search(arguments: list[Value], scope: Scope) -> Value:
    match arguments:
        case [str(text), str(statistic)]:
            return [*scope.search(text, statistic, scope.setting.period)]
        case [str(text), str(statistic), float(period)]:
            return [*scope.search(text, statistic, int(period))]
    raise MathError("SEARCH takes a text, a statistic and a period.")


def _array(members: list[Value]) -> Value:
    found: list[Line | float] = []
    for member in members:
        if isinstance(member, str):
            raise MathError("An array has no texts.")
        if isinstance(member, list):
            found += member
        else:
            found.append(member)
    return found
