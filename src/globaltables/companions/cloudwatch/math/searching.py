"""SEARCH expressions: which metrics a text such as '{AWS/DynamoDB,TableName} MetricName="SystemErrors"' names.

Source: CloudWatch user guide, search expression syntax.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from globaltables.companions.cloudwatch.math.grammar import MathError
from globaltables.companions.cloudwatch.series import Metric

_TOKEN = re.compile(
    r"""\s*(?:(?P<symbol>[()=])|(?P<exact>"[^"]*")|(?P<word>[^\s()="{},]+))""", re.VERBOSE
)
_SCHEMA = re.compile(r'\s*\{((?:"[^"]*"|[^"{}])*)\}')
_PART = re.compile(r'\s*(?:"([^"]*)"|([^",]+?))\s*(?:,|$)')
_WORDS = frozenset(("AND", "OR", "NOT"))
#: Tells whether a metric is meant.
Filter = Callable[[Metric], bool]


class _Token(NamedTuple):
    kind: str
    text: str


def filter_of(text: str) -> Filter:
    """Return the filter that a search expression is.

    Raises:
        MathError: it cannot be read.
    """
    schema = _SCHEMA.match(text)
    rest = text if schema is None else text[schema.end() :]
    terms = _Terms(_tokens(rest)).whole()
    if schema is None:
        return terms
    parts = [one[1] or one[2] for one in _PART.finditer(schema[1]) if one[0]]
    if not parts:
        raise MathError("The schema of a search has a namespace.")
    namespace, names = parts[0], set(parts[1:])

    def matches(metric: Metric) -> bool:
        of_schema = metric.namespace == namespace and {n for n, _ in metric.dimensions} == names
        return of_schema and terms(metric)

    return matches


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise MathError("The search expression cannot be read.")
        kind = str(found.lastgroup)
        value = found[kind]
        if kind == "exact":
            value = value[1:-1]
        elif kind == "word" and value in _WORDS:
            kind = "operator"
        tokens.append(_Token(kind, value))
        place = found.end()
    return tokens


class _Terms:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0

    def whole(self) -> Filter:
        found = self._any() if self._tokens else (lambda _: True)
        if self._place < len(self._tokens):
            raise MathError("The search expression cannot be read.")
        return found

    def _any(self) -> Filter:
        found = self._all()
        while self._accept("operator", "OR"):
            found = _either(found, self._all())
        return found

    def _all(self) -> Filter:
        found = self._term()
        while self._place < len(self._tokens):
            if self._is("operator", "OR") or self._is("symbol", ")"):
                break
            self._accept("operator", "AND")
            found = _both(found, self._term())
        return found

    def _term(self) -> Filter:
        if self._accept("operator", "NOT"):
            refused = self._term()
            return lambda metric: not refused(metric)
        if self._accept("symbol", "("):
            inner = self._any()
            if not self._accept("symbol", ")"):
                raise MathError("A parenthesis of the search expression is not closed.")
            return inner
        first = self._next()
        if self._accept("symbol", "="):
            if self._accept("symbol", "("):
                return self._values(first.text)
            return _holds(first.text, self._next())
        return _anywhere(first)

    def _values(self, name: str) -> Filter:
        """Return the filter of a property with several texts: Name=(one OR two)."""
        found = _holds(name, self._next())
        while not self._accept("symbol", ")"):
            if self._accept("operator", "OR"):
                found = _either(found, _holds(name, self._next()))
            else:
                self._accept("operator", "AND")
                found = _both(found, _holds(name, self._next()))
        return found

    def _next(self) -> _Token:
        if self._place >= len(self._tokens):
            raise MathError("The search expression ends too early.")
        token = self._tokens[self._place]
        if token.kind in ("symbol", "operator"):
            raise MathError(f"Unexpected '{token.text}' in the search expression.")
        self._place += 1
        return token

    def _is(self, kind: str, text: str) -> bool:
        return self._place < len(self._tokens) and self._tokens[self._place] == (kind, text)

    def _accept(self, kind: str, text: str) -> bool:
        if self._is(kind, text):
            self._place += 1
            return True
        return False


def _both(left: Filter, right: Filter) -> Filter:
    return lambda metric: left(metric) and right(metric)


def _either(left: Filter, right: Filter) -> Filter:
    return lambda metric: left(metric) or right(metric)


def _properties(metric: Metric) -> Mapping[str, str]:
    own = {"Namespace": metric.namespace, "MetricName": metric.name}
    return own | dict(metric.dimensions)


def _holds(name: str, token: _Token) -> Filter:
    """Return the filter of a property's value: exact in quotes, else some of its words."""
    key = name.removeprefix(":aws.")
    return lambda metric: _fits(_properties(metric).get(key), token)


def _anywhere(token: _Token) -> Filter:
    def found(metric: Metric) -> bool:
        names = [name for name, _ in metric.dimensions]
        texts = [*_properties(metric).values(), *names]
        return any(_fits(text, token) for text in texts)

    return found


def _fits(text: str | None, token: _Token) -> bool:
    if text is None:
        return False
    if token.kind == "exact":
        return text == token.text
    return _words(token.text) <= _words(text)


def _words(text: str) -> set[str]:
    """Return the words of a text; a change of case begins a new one, as in ConsumedReadCapacityUnits."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", text)
    return {word.lower() for word in words} | {text.lower()}
