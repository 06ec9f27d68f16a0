"""Tokens of an expression's text, and the syntax error with AWS's words for the first one that does not fit."""

import re
from typing import Literal, NamedTuple

from globaltables.foundation.errors import ApiError, validation

TokenKind = Literal["name", "attribute", "value", "number", "symbol", "end"]

# A character that begins no token is a token of its own, which no rule accepts: AWS quotes it in the error.
_TOKEN = re.compile(
    r"[ \t\r\n]*(?:"
    r"(?P<name>[A-Za-z][A-Za-z0-9_]*)|"
    r"(?P<attribute>\#[A-Za-z0-9_]+)|"
    r"(?P<value>:[A-Za-z0-9_]+)|"
    r"(?P<number>[0-9]+)|"
    r"(?P<symbol><>|<=|>=|[^ \t\r\n])"
    r")",
    re.DOTALL,
)


class Token(NamedTuple):
    """One token: `attribute` is #name, `value` is :name, `end` follows the last."""

    kind: TokenKind
    text: str
    start: int
    end: int


class Tokens:
    """The tokens of one expression and the reading position.

    Args:
        kind: the request member, e.g. "FilterExpression"; errors begin with it.
        text: the expression.
    """

    __slots__ = ("_at", "_text", "_tokens", "kind")

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0

    @property
    def current(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._at]

    @property
    def position(self) -> int:
        """How many tokens were taken."""
        return self._at

    def take(self) -> Token:
        """Return the next token and step over it."""
        token = self._tokens[self._at]
        self._at += 1
        return token

    def followed_by(self, symbol: str) -> bool:
        """Tell whether the token after the next one is that symbol."""
        following = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        return following.kind == "symbol" and following.text == symbol

    def at_symbol(self, *symbols: str) -> bool:
        """Tell whether the next token is one of the symbols."""
        token = self._tokens[self._at]
        return token.kind == "symbol" and token.text in symbols

    def at_keyword(self, *keywords: str) -> bool:
        """Tell whether the next token is one of the keywords, which are upper case here and any case in the text."""
        token = self._tokens[self._at]
        return token.kind == "name" and token.text.upper() in keywords

    def expect(self, symbol: str) -> None:
        """Step over the symbol.

        Raises:
            ApiError: ValidationException, syntax error, when the next token is another.
        """
        if not self.at_symbol(symbol):
            raise self.syntax_error()
        self._at += 1

    def expect_end(self) -> None:
        """Raise a syntax error unless everything was read."""
        if self.current.kind != "end":
            raise self.syntax_error()

    def syntax_error(self) -> ApiError:
        """Return AWS's syntax error for the next token; "near" runs from the token before it to the token after it."""
        token = self.current
        first = self._tokens[self._at - 1] if self._at else token
        last = self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else token
        last = first if token.kind == "end" else token if last.kind == "end" else last
        near = self._text[first.start : last.end]
        return self.refuse(f'Syntax error; token: "{token.text}", near: "{near}"')

    def refuse(self, reason: str) -> ApiError:
        """Return a ValidationException about this expression."""
        return validation(f"Invalid {self.kind}: {reason}")


def _tokens(text: str) -> list[Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        kind: TokenKind = match.lastgroup  # type: ignore[assignment]  # the groups are named after the kinds
        tokens.append(Token(kind, match[kind], match.start(kind), match.end(kind)))
    tokens.append(Token("end", "<EOF>", len(text), len(text)))
    return tokens
