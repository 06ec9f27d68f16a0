"""Expressions of queries: their grammar, and their values in a record."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from globaltables.companions.bounded_patterns import has_nested_repetitions

#: The value of an expression in a record; None where it has none.
Expression = Callable[[Mapping[str, Any]], Any]
_DEPTH_MAX = 32
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)(?![\w.])
      | "(?P<text>(?:[^"\\]|\\.)*)" | '(?P<single>(?:[^'\\]|\\.)*)'
      | `(?P<quoted>[^`]+)`
      | (?P<symbol>!=|<=|>=|=~|[-+*/%^(),=<>\[\]])
      | (?P<name>@?[A-Za-z_][\w.@]*))""",
    re.VERBOSE,
)
_REGULAR = re.compile(r"\s*/((?:[^/\\]|\\.)*)/")
_DURATION = re.compile(r"\s*(\d+)\s*(ms|s|m|h|d|w)[a-z]*\s*")
_UNITS_MS: Mapping[str, int] = MappingProxyType(
    {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
)
_BINDING: Mapping[str, int] = MappingProxyType(
    {"or": 1, "and": 2, "=": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "like": 4, "=~": 4}
    | {"in": 4, "not": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "^": 7}
)
_NOT_BINDING = 3
_NEGATION_BINDING = 8


class QueryError(Exception):
    """A query that cannot be read.

    Args:
        text: why.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Token(NamedTuple):
    """A part of a command."""

    kind: str
    text: str


class Reader:
    """Reads expressions from the text of one command.

    Args:
        text: behind the command's name.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    @property
    def ended(self) -> bool:
        """Whether everything was read."""
        return not self._text[self._place :].strip()

    @property
    def place(self) -> int:
        """Where the next token begins."""
        return self._place

    def source(self, begin: int) -> str:
        """Return what was read since a place."""
        return self._text[begin : self._place].strip()

    def accept(self, *words: str) -> str:
        """Return the next token when it is one of these words, read; else nothing."""
        found = self._match()
        if found is not None and found[0].kind in ("symbol", "name"):
            word = found[0].text.lower()
            if word in words:
                self._place = found[1]
                return word
        return ""

    def expect(self, word: str) -> None:
        """Read a word.

        Raises:
            QueryError: something else is there.
        """
        if not self.accept(word):
            raise QueryError(f"expected {word} at position {self._place}")

    def name(self) -> str:
        """Read the name of a field.

        Raises:
            QueryError: something else is there.
        """
        token = self._take()
        if token.kind not in ("name", "quoted"):
            raise QueryError(f"a field is expected instead of {token.text}")
        return token.text

    def call(self) -> str:
        """Return the name of the function that is called next, read with its parenthesis; else nothing."""
        found = self._match()
        if found is not None and found[0].kind == "name":
            rest = self._text[found[1] :]
            if rest.lstrip().startswith("("):
                self._place = found[1] + len(rest) - len(rest.lstrip()) + 1
                return found[0].text.lower()
        return ""

    def duration_ms(self) -> int:
        """Read a duration such as 5m.

        Raises:
            QueryError: something else is there.
        """
        found = _DURATION.match(self._text, self._place)
        if found is None:
            raise QueryError("a duration such as 5m is expected")
        self._place = found.end()
        return int(found[1]) * _UNITS_MS[found[2]]

    def regular(self) -> re.Pattern[str] | None:
        """Return the regular expression between slashes that is next, read; else None.

        Raises:
            QueryError: it is none.
        """
        found = _REGULAR.match(self._text, self._place)
        if found is None:
            return None
        self._place = found.end()
        text = re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", found[1])
        try:
            if has_nested_repetitions(text):
                raise QueryError(f"repetitions in repetitions are not supported: {found[1]}")
            return re.compile(text)
        except (re.error, OverflowError, RecursionError):
            raise QueryError(f"invalid regular expression {found[1]}") from None

    def text(self) -> str:
        """Read a text in quotes.

        Raises:
            QueryError: something else is there.
        """
        token = self._take()
        if token.kind not in ("text", "single"):
            raise QueryError(f"a text is expected instead of {token.text}")
        return re.sub(r"\\(.)", r"\1", token.text)

    def expression(self, binding: int = 0, depth: int = 0) -> Expression:
        """Read an expression.

        Raises:
            QueryError: it cannot be read.
        """
        if depth > _DEPTH_MAX:
            raise QueryError("the query is nested too deeply")
        left = self._operand(depth)
        while True:
            found = self._match()
            word = "" if found is None else found[0].text.lower()
            level = _BINDING.get(word, 0)
            if found is None or found[0].kind not in ("symbol", "name") or level <= binding:
                return left
            self._place = found[1]
            left = self._operator(word, level, left, depth)

    def _operator(self, word: str, level: int, left: Expression, depth: int) -> Expression:
        if word == "not":
            denied = self.accept("like", "in")
            if not denied:
                raise QueryError("like or in is expected behind not")
            holds = self._operator(denied, level, left, depth)
            return lambda record: not holds(record)
        if word in ("like", "=~"):
            pattern = self.regular()
            if pattern is None:
                pattern = re.compile(re.escape(self.text()))
            return lambda record: pattern.search(text_of(left(record))) is not None
        if word == "in":
            self.expect("[")
            members = self._list("]", depth)
            return lambda record: any(_same(left(record), one(record)) for one in members)
        right = self.expression(level, depth + 1)
        return _combined(word, left, right)

    def _operand(self, depth: int) -> Expression:
        if self.accept("not"):
            denied = self.expression(_NOT_BINDING, depth + 1)
            return lambda record: not denied(record)
        if self.accept("-"):
            negated = self.expression(_NEGATION_BINDING, depth + 1)
            return lambda record: _negative(negated(record))
        if self.accept("("):
            inner = self.expression(0, depth + 1)
            self.expect(")")
            return inner
        function = self.call()
        if function:
            return self._called(function, depth)
        token = self._take()
        if token.kind == "number":
            number = float(token.text)
            return lambda _: number
        if token.kind in ("text", "single"):
            text = re.sub(r"\\(.)", r"\1", token.text)
            return lambda _: text
        if token.kind in ("name", "quoted"):
            return lambda record: record.get(token.text)
        raise QueryError(f"unexpected {token.text}")

    def _called(self, function: str, depth: int) -> Expression:
        if function == "bin":
            step = self.duration_ms()
            self.expect(")")
            return lambda record: Moment(int(record["@timestamp"]) // step * step)
        perform = FUNCTIONS.get(function)
        if perform is None:
            raise QueryError(f"the function {function} is not supported by globaltables")
        arguments = self._list(")", depth)
        return lambda record: perform([one(record) for one in arguments])

    def _list(self, end: str, depth: int) -> list[Expression]:
        members: list[Expression] = []
        if self.accept(end):
            return members
        while True:
            members.append(self.expression(0, depth + 1))
            if self.accept(end):
                return members
            self.expect(",")

    def _match(self) -> tuple[Token, int] | None:
        found = _TOKEN.match(self._text, self._place)
        if found is None:
            return None
        kind = str(found.lastgroup)
        return Token(kind, found[kind]), found.end()

    def _take(self) -> Token:
        found = self._match()
        if found is None:
            raise QueryError(f"unexpected end or character at position {self._place}")
        self._place = found[1]
        return found[0]


class Moment(int):
    """Milliseconds since 1970, which are shown as a time."""

    __slots__ = ()


def number_of(value: Any) -> float | None:
    """Return the number that a value is or says."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def text_of(value: Any) -> str:
    """Return a value as a text, empty for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.4f}".rstrip("0")
    return str(value)


def _same(left: Any, right: Any) -> bool:
    numbers = number_of(left), number_of(right)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return left is not None and right is not None and text_of(left) == text_of(right)


def _combined(word: str, left: Expression, right: Expression) -> Expression:
    if word == "and":
        return lambda record: bool(left(record)) and bool(right(record))
    if word == "or":
        return lambda record: bool(left(record)) or bool(right(record))
    if word == "=":
        return lambda record: _same(left(record), right(record))
    if word == "!=":
        return lambda record: not _same(left(record), right(record))
    compute = _NUMBERS[word]

    def computed(record: Mapping[str, Any]) -> Any:
        one, other = number_of(left(record)), number_of(right(record))
        return None if one is None or other is None else compute(one, other)

    return computed


def _negative(value: Any) -> float | None:
    number = number_of(value)
    return None if number is None else -number


def _over_number(compute: Callable[[float], float]) -> Callable[[Sequence[Any]], Any]:
    def computed(values: Sequence[Any]) -> Any:
        number = number_of(values[0]) if values else None
        return None if number is None else compute(number)

    return computed


_NUMBERS: Mapping[str, Callable[[float, float], Any]] = MappingProxyType(
    {
        "<": lambda one, other: one < other,
        "<=": lambda one, other: one <= other,
        ">": lambda one, other: one > other,
        ">=": lambda one, other: one >= other,
        "+": lambda one, other: one + other,
        "-": lambda one, other: one - other,
        "*": lambda one, other: one * other,
        "/": lambda one, other: one / other if other else None,
        "%": lambda one, other: math.fmod(one, other) if other else None,
        "^": lambda one, other: float(one**other) if one > 0 and abs(other) < 100 else None,
    }
)
FUNCTIONS: Mapping[str, Callable[[Sequence[Any]], Any]] = MappingProxyType(
    {
        "abs": _over_number(abs),
        "ceil": _over_number(lambda number: float(math.ceil(number))),
        "floor": _over_number(lambda number: float(math.floor(number))),
        "ispresent": lambda values: values[0] is not None,
        "isempty": lambda values: values[0] is None or text_of(values[0]) == "",
        "isblank": lambda values: not text_of(values[0]).strip(),
        "strlen": lambda values: float(len(text_of(values[0]))),
        "toupper": lambda values: text_of(values[0]).upper(),
        "tolower": lambda values: text_of(values[0]).lower(),
        "trim": lambda values: text_of(values[0]).strip(),
        "concat": lambda values: "".join(text_of(value) for value in values),
        "strcontains": lambda values: text_of(values[1]) in text_of(values[0]),
        "coalesce": lambda values: next((one for one in values if one is not None), None),
    }
)
