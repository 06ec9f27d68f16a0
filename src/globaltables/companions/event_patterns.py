"""Event patterns: the filter language of EventBridge, which Lambda's event source mappings and SNS share.

A pattern is a JSON object in the shape of the events that it lets through; at its leaves stand arrays of what is
accepted there. Several fields are all required, of several values in an array one is enough, and so is one element
when the event has an array there. Elements that are objects are looked at one by one: two fields of a pattern never
match in two different elements.

Source: Amazon EventBridge user guide, "Comparison operators for use in event patterns"; awslabs/event-ruler.
"""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import EVENT_PATTERN_DEPTH_MAX, EVENT_PATTERN_NUMBER_MAX

#: Makes the refusal of a service out of the reason why a text is no pattern.
Refuse = Callable[[str], ApiError]
#: Tells whether one value of an event, never an array or an object, is accepted.
_Test = Callable[[Any], bool]

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda value, limit: value == limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
}
_OPERATORS = frozenset(
    {
        "anything-but",
        "cidr",
        "equals-ignore-case",
        "exists",
        "numeric",
        "prefix",
        "suffix",
        "wildcard",
    }
)
_MISSING = object()


@dataclass(frozen=True, slots=True)
class _Leaf:
    """What is accepted at one place: a value that passes a test, or, if `absent`, that there is none."""

    tests: tuple[_Test, ...]
    absent: bool

    def accepts(self, value: Any) -> bool:
        values = [one for one in _flat(value) if type(one) is not dict]
        if not values:
            return self.absent
        return any(test(one) for one in values for test in self.tests)


@dataclass(frozen=True, slots=True)
class EventPattern:
    """What an event has to look like.

    Attributes:
        fields: by name, what is required there.
        choices: of the patterns of each of these one has to match, too (`$or`).
    """

    fields: tuple[tuple[str, "EventPattern | _Leaf"], ...]
    choices: tuple[tuple["EventPattern", ...], ...]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Tell whether an event, as JSON is read, is let through."""
        for name, required in self.fields:
            value = event.get(name, _MISSING)
            if isinstance(required, _Leaf):
                if not required.accepts(value):
                    return False
            elif not _any_object(required, value):
                return False
        return all(any(one.matches(event) for one in choice) for choice in self.choices)


def parse_pattern(text: str | bytes, refuse: Refuse) -> EventPattern:
    """Return the pattern that a text says.

    Args:
        text: JSON.
        refuse: makes the error that is raised from a reason, e.g. `Unrecognized match type sufix`.

    Raises:
        ApiError: the text is no pattern; made by `refuse`.
    """
    try:
        pattern = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise refuse("Filter is not valid JSON") from None
    if type(pattern) is not dict:
        raise refuse("Filter is not an object")
    return _Parser(refuse).object(pattern)


def _any_object(pattern: EventPattern, value: Any) -> bool:
    """Tell whether an object, or one of an array of them, matches; without one, what must be absent is."""
    objects = [one for one in _flat(value) if type(one) is dict]
    return any(pattern.matches(one) for one in objects) if objects else pattern.matches({})


def _flat(value: Any) -> list[Any]:
    """Return the values of nested arrays in one; a single value is an array of itself, a missing one is empty."""
    if value is _MISSING:
        return []
    flat = []
    left = [value]
    while left:
        one = left.pop()
        if type(one) is list:
            left.extend(one)
        else:
            flat.append(one)
    return flat


class _Parser:
    """Reads patterns for one service."""

    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse

    def object(self, pattern: Mapping[str, Any], depth: int = 1) -> EventPattern:
        if not pattern:
            raise self._refuse("Empty objects are not allowed")
        if depth > EVENT_PATTERN_DEPTH_MAX:
            raise self._refuse("Event pattern is nested too deep")
        fields: list[tuple[str, EventPattern | _Leaf]] = []
        choices = []
        for name, required in pattern.items():
            if name == "$or" and _is_choice(required):
                choices.append(tuple(self.object(one, depth + 1) for one in required))
            elif type(required) is dict:
                fields.append((name, self.object(required, depth + 1)))
            elif type(required) is list:
                fields.append((name, self._leaf(required)))
            else:
                raise self._refuse(f'"{name}" must be an object or an array')
        return EventPattern(tuple(fields), tuple(choices))

    def _leaf(self, accepted: Sequence[Any]) -> _Leaf:
        if not accepted:
            raise self._refuse("Empty arrays are not allowed")
        tests = []
        absent = False
        for one in accepted:
            if type(one) is list:
                raise self._refuse("Match value must be String, number, true, false, or null")
            if type(one) is not dict:
                tests.append(_equal_to(one))
            elif self._only_key(one) == "exists":
                if type(one["exists"]) is not bool:
                    raise self._refuse("exists match pattern must be either true or false.")
                if one["exists"]:
                    tests.append(_anything)
                else:
                    absent = True
            else:
                tests.append(self._operator(one))
        return _Leaf(tuple(tests), absent)

    def _only_key(self, expression: Mapping[str, Any]) -> str:
        if not expression:
            raise self._refuse("Empty objects are not allowed")
        if len(expression) != 1:
            raise self._refuse("Only one key allowed in match expression")
        (name,) = expression
        if name not in _OPERATORS:
            raise self._refuse(f"Unrecognized match type {name}")
        return name

    def _operator(self, expression: Mapping[str, Any]) -> _Test:
        name = self._only_key(expression)
        operand = expression[name]
        if name == "numeric":
            return self._numeric(operand)
        if name == "cidr":
            return self._cidr(operand)
        if name == "anything-but":
            return self._anything_but(operand)
        return self._text_test(name, operand)

    def _text_test(self, name: str, operand: Any) -> _Test:
        """Return the test of an operator on text; prefix and suffix may ignore the case."""
        if name in ("prefix", "suffix") and type(operand) is dict:
            if list(operand) != ["equals-ignore-case"]:
                raise self._refuse(f"Unsupported {name} pattern: {next(iter(operand), '')}")
            folded = self._text(name, operand["equals-ignore-case"]).lower()
            if name == "prefix":
                return lambda value: type(value) is str and value.lower().startswith(folded)
            return lambda value: type(value) is str and value.lower().endswith(folded)
        text = self._text(name, operand)
        match name:
            case "prefix":
                return lambda value: type(value) is str and value.startswith(text)
            case "suffix":
                return lambda value: type(value) is str and value.endswith(text)
            case "equals-ignore-case":
                lowered = text.lower()
                return lambda value: type(value) is str and value.lower() == lowered
            case _:
                return self._wildcard(text)

    def _text(self, name: str, operand: Any) -> str:
        if type(operand) is not str:
            raise self._refuse(f"{name} match pattern must be a string")
        return operand

    def _anything_but(self, operand: Any) -> _Test:
        if type(operand) is dict:
            if len(operand) != 1:
                raise self._refuse("Only one key allowed in match expression")
            ((name, texts),) = operand.items()
            if name not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
                raise self._refuse(f"Unsupported anything-but pattern: {name}")
            refused = [
                self._text_test(name, text) for text in (texts if type(texts) is list else [texts])
            ]
        else:
            values = operand if type(operand) is list else [operand]
            kinds = {"number" if _is_number(one) else type(one).__name__ for one in values}
            if not kinds <= {"number", "str"}:
                raise self._refuse("Inside anything-but list, start|null|boolean is not supported.")
            if len(kinds) > 1:
                raise self._refuse(
                    "Inside anything-but list, either all values are number or string, "
                    "mixed type is not supported"
                )
            refused = [_equal_to(one) for one in values]
        if not refused:
            raise self._refuse("Empty arrays are not allowed")
        return lambda value: not any(test(value) for test in refused)

    def _numeric(self, operand: Any) -> _Test:
        if type(operand) is not list:
            raise self._refuse('Value of "numeric" must be an array.')
        if len(operand) not in (2, 4):
            raise self._refuse("Too few or too many terms in numeric range expression")
        bounds = []
        for operator, limit in zip(operand[::2], operand[1::2], strict=True):
            if type(operator) is not str or operator not in _COMPARISONS:
                raise self._refuse(f"Unrecognized numeric range operator: {operator}")
            if not _is_number(limit):
                raise self._refuse("Value of numeric range operator must be a number")
            if abs(limit) > EVENT_PATTERN_NUMBER_MAX:
                raise self._refuse("Value must be between -5.0E9 and 5.0E9, inclusive")
            bounds.append((operator, limit))
        if len(bounds) == 2:
            (lower, least), (upper, most) = bounds
            if lower not in (">", ">=") or upper not in ("<", "<="):
                raise self._refuse(f"Bad numeric range operator: {upper}")
            if least >= most:
                raise self._refuse("Bottom must be less than top")
        tests = [(_COMPARISONS[operator], limit) for operator, limit in bounds]
        return lambda value: _is_number(value) and all(test(value, limit) for test, limit in tests)

    def _cidr(self, operand: Any) -> _Test:
        text = self._text("cidr", operand)
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise self._refuse(f"Malformed CIDR, one '/' required: {text}") from None

        def within(value: Any) -> bool:
            try:
                return type(value) is str and ipaddress.ip_address(value) in network
            except ValueError:
                return False

        return within

    def _wildcard(self, text: str) -> _Test:
        r"""Return the test for a text in which `*` stands for anything; `\*` and `\\` are themselves."""
        parts = [""]
        position = 0
        while position < len(text):
            sign = text[position]
            position += 1
            if sign == "\\":
                if text[position : position + 1] not in ("*", "\\"):
                    raise self._refuse(f"Invalid escape character at pos {position - 1}")
                parts[-1] += text[position]
                position += 1
            elif sign == "*":
                if len(parts) > 1 and not parts[-1]:
                    raise self._refuse(f"Consecutive wildcard characters at pos {position - 2}")
                parts.append("")
            else:
                parts[-1] += sign
        return lambda value: type(value) is str and _fits(value, parts)


def _fits(value: str, parts: Sequence[str]) -> bool:
    """Tell whether a text is these parts with anything between them; takes time as the text is long."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return value == first
    if not value.startswith(first) or not value.endswith(last):
        return False
    position, end = len(first), len(value) - len(last)
    for part in parts[1:-1]:
        found = value.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return position <= end


def _is_choice(required: Any) -> bool:
    """Tell whether the value of `$or` gives alternatives; otherwise it is a field of that name."""
    return (
        type(required) is list
        and len(required) > 1
        and all(type(one) is dict and not _OPERATORS & one.keys() for one in required)
    )


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _equal_to(wanted: Any) -> _Test:
    """Return the test for a value; numbers are equal by their size, and true is no number."""
    if _is_number(wanted):
        return lambda value: _is_number(value) and value == wanted
    return lambda value: type(value) is type(wanted) and value == wanted


def _anything(value: Any) -> bool:
    return True
