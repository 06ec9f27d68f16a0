"""Conditions in patterns: tokens, AND, OR, parentheses, and the comparison of a value with what is written."""

import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from globaltables.companions.bounded_patterns import has_nested_repetitions

_DEPTH_MAX = 32
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
#: Tells whether what a message holds fits; the values are by name.
Condition = Callable[[Callable[[str], Any]], bool]
#: Tells whether one value fits.
Test = Callable[[Any], bool]


class PatternError(Exception):
    """A pattern that cannot be read.

    Args:
        text: why.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Token(NamedTuple):
    """A part of a pattern."""

    kind: str
    text: str


class Tokens:
    """The tokens of a pattern, taken one by one.

    Args:
        expression: a named group for each kind.
        text: the pattern.
    """

    def __init__(self, expression: re.Pattern[str], text: str) -> None:
        self._tokens: list[Token] = []
        self._place = 0
        place = 0
        while text[place:].strip():
            found = expression.match(text, place)
            if found is None or found.end() == place:
                raise PatternError(f"Invalid character(s) in term '{text[place : place + 20]}'")
            kind = str(found.lastgroup)
            self._tokens.append(Token(kind, found[kind]))
            place = found.end()

    def peek(self) -> Token | None:
        """Return the next token."""
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def take(self) -> Token:
        """Return the next token and go on.

        Raises:
            PatternError: there is none.
        """
        token = self.peek()
        if token is None:
            raise PatternError("The pattern ends too early")
        self._place += 1
        return token

    def accept(self, text: str) -> bool:
        """Tell whether the next token is a symbol or word, and go on when it is."""
        token = self.peek()
        if token is not None and token.kind in ("symbol", "word") and token.text == text:
            self._place += 1
            return True
        return False


def parse_condition(
    tokens: Tokens, comparison: Callable[[Tokens], Condition], depth: int = 0
) -> Condition:
    """Return comparisons joined by && and ||, as far as they go.

    Raises:
        PatternError: they cannot be read.
    """
    if depth > _DEPTH_MAX:
        raise PatternError("The pattern is nested too deeply")
    choices = [_all_of(tokens, comparison, depth)]
    while tokens.accept("||"):
        choices.append(_all_of(tokens, comparison, depth))
    return choices[0] if len(choices) == 1 else lambda found: any(one(found) for one in choices)


def _all_of(tokens: Tokens, comparison: Callable[[Tokens], Condition], depth: int) -> Condition:
    parts = [_part(tokens, comparison, depth)]
    while tokens.accept("&&"):
        parts.append(_part(tokens, comparison, depth))
    return parts[0] if len(parts) == 1 else lambda found: all(one(found) for one in parts)


def _part(tokens: Tokens, comparison: Callable[[Tokens], Condition], depth: int) -> Condition:
    if tokens.accept("("):
        inner = parse_condition(tokens, comparison, depth + 1)
        if not tokens.accept(")"):
            raise PatternError("A parenthesis is not closed")
        return inner
    return comparison(tokens)


def test_of(symbol: str, token: Token) -> Test:
    """Return the comparison with what is written: a number, a text with wildcards, or a regular expression.

    Raises:
        PatternError: the order of texts is asked for.
    """
    if symbol in _COMPARISONS:
        limit = number_of(token.text)
        if limit is None or token.kind == "quoted":
            raise PatternError(f"A number is expected after {symbol}")
        return _ordered(_COMPARISONS[symbol], limit)
    fits = _equal(token)
    return fits if symbol == "=" else lambda value: value is not None and not fits(value)


def number_of(value: Any) -> float | None:
    """Return the number that a value is or says."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value)
    return None


def text_of(value: Any) -> str:
    """Return a value as a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def regular(text: str) -> re.Pattern[str]:
    """Return a regular expression.

    Raises:
        PatternError: it is none.
    """
    try:
        if has_nested_repetitions(text):
            raise PatternError(f"Repetitions in repetitions are not supported: '{text}'")
        return re.compile(text)
    except (re.error, OverflowError, RecursionError):
        raise PatternError(f"Invalid regular expression '{text}'") from None


def _ordered(compare: Callable[[float, float], bool], limit: float) -> Test:
    def fits(value: Any) -> bool:
        number = number_of(value)
        return number is not None and compare(number, limit)

    return fits


def _equal(token: Token) -> Test:
    if token.kind == "regular":
        expression = regular(token.text)
        return lambda value: value is not None and expression.search(text_of(value)) is not None
    number = number_of(token.text) if token.kind != "quoted" else None
    if number is not None:
        return lambda value: number_of(value) == number
    parts = token.text.split("*")
    if len(parts) == 1:
        return lambda value: value is not None and text_of(value) == token.text
    wildcard = re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)
    return lambda value: value is not None and wildcard.fullmatch(text_of(value)) is not None
