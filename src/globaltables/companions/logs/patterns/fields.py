"""Patterns of fields between spaces: [ip, user, ..., status = 4*, bytes > 1000]."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from globaltables.companions.logs.patterns.conditions import (
    Condition,
    PatternError,
    Token,
    Tokens,
    parse_condition,
    test_of,
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<symbol>&&|\|\||!=|<=|>=|[()=<>])
      | "(?P<quoted>(?:[^"\\]|\\.)*)" | %(?P<regular>[^%]+)%
      | (?P<value>[^\s()=<>!&|"]+))""",
    re.VERBOSE,
)
_FIELD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+))')
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_SYMBOLS = ("=", "!=", "<", "<=", ">", ">=")
_REST = "..."


class _Field(NamedTuple):
    name: str
    condition: Condition | None


def fields_pattern(text: str) -> Callable[[str], Mapping[str, str] | None]:
    """Return the pattern of some fields.

    Raises:
        PatternError: it cannot be read.
    """
    if not text.endswith("]"):
        raise PatternError("A bracket is not closed")
    fields = [_field(part, place) for place, part in enumerate(_parts(text[1:-1]), 1)]
    rests = [place for place, field in enumerate(fields) if field.name == _REST]
    if len(rests) > 1:
        raise PatternError("The pattern has ... more than once")

    def match(message: str) -> Mapping[str, str] | None:
        values = split_message(message)
        names = _names(fields, rests, len(values))
        if names is None:
            return None
        found = dict(zip(names, values, strict=True))
        for field in fields:
            if field.condition is not None and not field.condition(found.get):
                return None
        return {f"${name}": value for name, value in found.items()}

    return match


def split_message(message: str) -> list[str]:
    """Return the fields of a message; quotes and brackets hold several words together."""
    return [
        next(part for part in found.groups() if part is not None)
        for found in _FIELD.finditer(message.rstrip())
    ]


def _parts(text: str) -> list[str]:
    """Return what stands between the commas outside of quotes."""
    parts, quoted, current = [], False, ""
    for one in text:
        if one == '"':
            quoted = not quoted
        if one == "," and not quoted:
            parts.append(current.strip())
            current = ""
        else:
            current += one
    return [*parts, current.strip()] if current.strip() or parts else []


def _field(part: str, place: int) -> _Field:
    if part == _REST:
        return _Field(_REST, None)
    if not part:
        return _Field(str(place), None)
    if _NAME.fullmatch(part):
        return _Field(part, None)
    tokens = Tokens(_TOKEN, part)
    names: list[str] = []

    def comparison(tokens: Tokens) -> Condition:
        return _comparison(tokens, names)

    condition = parse_condition(tokens, comparison)
    rest = tokens.peek()
    if rest is not None:
        raise PatternError(f"Unexpected '{rest.text}'")
    if len(set(names)) != 1:
        raise PatternError("A field has conditions on itself only")
    return _Field(names[0], condition)


def _comparison(tokens: Tokens, names: list[str]) -> Condition:
    name = tokens.take()
    if name.kind != "value" or _NAME.fullmatch(name.text) is None:
        raise PatternError(f"The name of a field is expected instead of '{name.text}'")
    names.append(name.text)
    symbol = tokens.take()
    if symbol.kind != "symbol" or symbol.text not in _SYMBOLS:
        raise PatternError(f"A comparison is expected instead of '{symbol.text}'")
    value: Token = tokens.take()
    fits = test_of(symbol.text, value)
    return lambda found: fits(found(name.text))


def _names(fields: list[_Field], rests: list[int], number: int) -> list[str] | None:
    """Return a name for each field of a message, None when they are not as many as the pattern has."""
    names = [field.name for field in fields]
    if not rests:
        return names if len(names) == number else None
    missing = number - (len(names) - 1)
    if missing < 0:
        return None
    place = rests[0]
    filled = [str(place + one + 1) for one in range(missing)]
    return [*names[:place], *filled, *names[place + 1 :]]
