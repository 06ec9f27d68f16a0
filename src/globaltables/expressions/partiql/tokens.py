"""Tokens of a PartiQL statement, and AWS's words for a statement that is not well formed."""

import re
from typing import Literal, NamedTuple

from globaltables.expressions.partiql.keywords import KEYWORDS
from globaltables.foundation.errors import ApiError, validation

TokenKind = Literal["name", "keyword", "quoted", "string", "number", "symbol", "end"]

_TOKEN = re.compile(
    r"""
    (?P<skipped>(?:[ \t\r\n\f\v]+|--[^\r\n]*|/\*.*?\*/)+)|
    (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)|
    (?P<quoted>"(?:[^"]|"")*")|
    (?P<string>'(?:[^']|'')*')|
    (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|
    (?P<symbol><<|>>|<>|<=|>=|!=|\|\||[-+*/%<>=()\[\]{},.:;?@])
    """,
    re.DOTALL | re.VERBOSE,
)


def malformed(reason: str = "") -> ApiError:
    """Return AWS's refusal of a statement that cannot be parsed; for some there is no reason behind the colon."""
    return validation(f"Statement wasn't well formed, can't be processed: {reason}")


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: `quoted` is a name in double quotes, `end` follows the last token.
        text: without quotes; keywords in lower case.
        place: line, column and length as AWS writes them in errors.
    """

    kind: TokenKind
    text: str
    place: str


class Tokens:
    """The tokens of one statement and the reading position.

    Raises:
        ApiError: ValidationException for what begins no token.
    """

    __slots__ = ("_at", "_tokens")

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    @property
    def current(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._at]

    @property
    def following(self) -> Token:
        """The token after the next one."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    @property
    def left(self) -> int:
        """How many tokens are left, the end included."""
        return len(self._tokens) - self._at

    def take(self) -> Token:
        """Return the next token and step over it; nothing steps over the end."""
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def at(self, *texts: str) -> bool:
        """Tell whether the next token is one of these symbols or keywords."""
        token = self._tokens[self._at]
        return token.text in texts and token.kind in ("symbol", "keyword")

    def takes(self, text: str) -> bool:
        """Step over a symbol or keyword when it comes next; tell whether it did."""
        if not self.at(text):
            return False
        self._at += 1
        return True

    def expect(self, text: str, reason: str | None = None) -> None:
        """Step over a symbol or keyword.

        Raises:
            ApiError: ValidationException, not well formed, when the next token is another.
        """
        if not self.takes(text):
            raise malformed(reason or f"Expected {text.upper()}")


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    line, line_start = 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise malformed()
        kind, found = match.lastgroup or "", match[0]
        if kind == "symbol" and text.startswith("/*", at):
            raise malformed()  # a comment that does not end
        if kind != "skipped":
            place = f"{line}:{at - line_start + 1}:{len(found)}"
            tokens.append(_token(kind, found, place))
        breaks = found.count("\n")
        if breaks:
            line += breaks
            line_start = at + found.rindex("\n") + 1
        at = match.end()
    tokens.append(Token("end", "", f"{line}:{at - line_start + 1}:0"))
    return tokens


def _token(kind: str, found: str, place: str) -> Token:
    match kind:
        case "name" if found.lower() in KEYWORDS:
            return Token("keyword", found.lower(), place)
        case "name":
            return Token("name", found, place)
        case "quoted":
            return Token("quoted", found[1:-1].replace('""', '"'), place)
        case "string":
            return Token("string", found[1:-1].replace("''", "'"), place)
        case "number":
            return Token("number", found, place)
        case _:
            return Token("symbol", "<>" if found == "!=" else found, place)
