"""From the text of an expression to its tree."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

#: Of nested parentheses, so that a text cannot exhaust the stack.
_DEPTH_MAX = 64


class MathError(Exception):
    """An expression that cannot be read or evaluated.

    Args:
        text: why.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """The id of a metric or expression, or a word such as REPEAT."""

    value: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Array:
    """Several values."""

    members: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator with its one or two operands."""

    symbol: str
    operands: "tuple[Node, ...]"


Node = Number | Text | Name | Call | Array | Operator

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<symbol>&&|\|\||==|!=|<=|>=|[-+*/^<>!()\[\],])
    )""",
    re.VERBOSE,
)
_WORDS: Mapping[str, str] = MappingProxyType({"AND": "&&", "OR": "||", "NOT": "!"})
#: How tightly an operator binds.
_BINDING: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(("||",), 1)
    | dict.fromkeys(("&&",), 2)
    | dict.fromkeys(("==", "!="), 3)
    | dict.fromkeys(("<", ">", "<=", ">="), 4)
    | dict.fromkeys(("+", "-"), 5)
    | dict.fromkeys(("*", "/"), 6)
    | dict.fromkeys(("^",), 8)
)
_UNARY_BINDING = 7


class _Token(NamedTuple):
    kind: str
    text: str


def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises:
        MathError: it is none.
    """
    parser = _Parser(_tokens(text))
    tree = parser.expression(0, 0)
    parser.expect_end()
    return tree


def names_in(node: Node) -> set[str]:
    """Return the names that an expression refers to."""
    match node:
        case Name(value):
            return {value}
        case Call(_, parts) | Array(parts) | Operator(_, parts):
            return set().union(*(names_in(part) for part in parts))
        case _:
            return set()


def calls_in(node: Node) -> set[str]:
    """Return the functions that an expression calls."""
    match node:
        case Call(name, parts):
            return {name}.union(*(calls_in(part) for part in parts))
        case Array(parts) | Operator(_, parts):
            return set().union(*(calls_in(part) for part in parts))
        case _:
            return set()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise MathError(f"Unexpected character at position {place}.")
        kind = str(found.lastgroup)
        value = found[kind]
        if kind == "name" and value in _WORDS:
            kind, value = "symbol", _WORDS[value]
        tokens.append(_Token(kind, value))
        place = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0

    def expression(self, binding: int, depth: int) -> Node:
        if depth > _DEPTH_MAX:
            raise MathError("The expression is nested too deeply.")
        left = self._operand(depth)
        while (token := self._peek()) is not None and token.kind == "symbol":
            level = _BINDING.get(token.text)
            if level is None or level <= binding:
                break
            self._place += 1
            left = Operator(token.text, (left, self.expression(level, depth + 1)))
        return left

    def expect_end(self) -> None:
        if (token := self._peek()) is not None:
            raise MathError(f"Unexpected '{token.text}'.")

    def _operand(self, depth: int) -> Node:
        token = self._next()
        match token.kind:
            case "number":
                return Number(float(token.text))
            case "text":
                return Text(re.sub(r"\\(.)", r"\1", token.text[1:-1]))
            case "name":
                if self._accept("("):
                    return Call(token.text, self._list(")", depth))
                return Name(token.text)
        match token.text:
            case "(":
                inner = self.expression(0, depth + 1)
                self._expect(")")
                return inner
            case "[":
                return Array(self._list("]", depth))
            case "-" | "!":
                return Operator(token.text, (self.expression(_UNARY_BINDING, depth + 1),))
            case "+":
                return self.expression(_UNARY_BINDING, depth + 1)
        raise MathError(f"Unexpected '{token.text}'.")

    def _list(self, end: str, depth: int) -> tuple[Node, ...]:
        members: list[Node] = []
        if self._accept(end):
            return ()
        while True:
            members.append(self.expression(0, depth + 1))
            if self._accept(end):
                return tuple(members)
            self._expect(",")

    def _peek(self) -> _Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _next(self) -> _Token:
        token = self._peek()
        if token is None:
            raise MathError("The expression ends too early.")
        self._place += 1
        return token

    def _accept(self, symbol: str) -> bool:
        token = self._peek()
        if token is not None and token.kind == "symbol" and token.text == symbol:
            self._place += 1
            return True
        return False

    def _expect(self, symbol: str) -> None:
        if not self._accept(symbol):
            token = self._peek()
            found = "the end" if token is None else f"'{token.text}'"
            raise MathError(f"Expected '{symbol}' and found {found}.")
