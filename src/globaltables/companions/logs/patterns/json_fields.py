"""Patterns of JSON: { $.eventName = "PutItem" && $.latency > 100 }."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from globaltables.companions.logs.patterns.conditions import (
    Condition,
    PatternError,
    Tokens,
    parse_condition,
    test_of,
    text_of,
)

_SELECTOR = r"\$(?:\.[\w$-]+|\.?\[(?:\d+|\*|'[^']*'|\"[^\"]*\")\])*"
_TOKEN = re.compile(
    rf"""\s*(?:(?P<selector>{_SELECTOR})
      | (?P<symbol>&&|\|\||!=|<=|>=|[()=<>])
      | (?P<word>IS|NOT|NULL|EXISTS|TRUE|FALSE)(?![\w-])
      | "(?P<quoted>(?:[^"\\]|\\.)*)" | %(?P<regular>[^%]+)%
      | (?P<value>[^\s()=<>!&|"{{}}]+))""",
    re.VERBOSE,
)
_STEP = re.compile(r"\.([\w$-]+)|\.?\[(?:(\d+)|(\*)|'([^']*)'|\"([^\"]*)\")\]")
_SYMBOLS = ("=", "!=", "<", "<=", ">", ">=")


def json_pattern(text: str) -> Callable[[str], Mapping[str, str] | None]:
    """Return the pattern of conditions on JSON.

    Raises:
        PatternError: it cannot be read.
    """
    if not text.endswith("}"):
        raise PatternError("A brace is not closed")
    tokens = Tokens(_TOKEN, text[1:-1])
    selectors: dict[str, None] = {}

    def comparison(tokens: Tokens) -> Condition:
        return _comparison(tokens, selectors)

    condition = parse_condition(tokens, comparison)
    rest = tokens.peek()
    if rest is not None:
        raise PatternError(f"Unexpected '{rest.text}'")

    def match(message: str) -> Mapping[str, str] | None:
        try:
            document = orjson.loads(message)
        except orjson.JSONDecodeError:
            return None
        if not condition(lambda selector: list(selected(document, selector))):
            return None
        values = {selector: list(selected(document, selector)) for selector in selectors}
        return {selector: text_of(found[0]) for selector, found in values.items() if found}

    return match


def selected(document: Any, selector: str) -> Sequence[Any]:
    """Return the values that a selector such as $.items[*].id names."""
    found = [document]
    for step in _STEP.finditer(selector[1:]):
        found = [value for one in found for value in _step(one, step)]
    return found


def first_selected(message: str, selector: str) -> str | None:
    """Return the first value that a selector names in a message, None without one."""
    try:
        found = selected(orjson.loads(message), selector)
    except orjson.JSONDecodeError:
        return None
    return text_of(found[0]) if found else None


def _step(value: Any, step: re.Match[str]) -> list[Any]:
    name = step[1] or step[4] or step[5]
    if name is not None:
        return [value[name]] if isinstance(value, dict) and name in value else []
    if not isinstance(value, list):
        return []
    if step[3]:
        return value
    place = int(step[2])
    return [value[place]] if place < len(value) else []


def _comparison(tokens: Tokens, selectors: dict[str, None]) -> Condition:
    token = tokens.take()
    if token.kind != "selector":
        raise PatternError(f"A selector is expected instead of '{token.text}'")
    selector = token.text
    selectors[selector] = None
    if tokens.accept("IS"):
        return _is(selector, tokens)
    if tokens.accept("NOT"):
        if not tokens.accept("EXISTS"):
            raise PatternError("EXISTS is expected after NOT")
        return lambda found: not found(selector)
    if tokens.accept("EXISTS"):
        return lambda found: bool(found(selector))
    symbol = tokens.take()
    if symbol.kind != "symbol" or symbol.text not in _SYMBOLS:
        raise PatternError(f"A comparison is expected instead of '{symbol.text}'")
    fits = test_of(symbol.text, tokens.take())
    return lambda found: any(fits(value) for value in found(selector))


def _is(selector: str, tokens: Tokens) -> Condition:
    wanted: bool | None
    if tokens.accept("NULL"):
        wanted = None
    elif tokens.accept("TRUE"):
        wanted = True
    elif tokens.accept("FALSE"):
        wanted = False
    else:
        raise PatternError("NULL, TRUE or FALSE is expected after IS")
    return lambda found: any(value is wanted for value in found(selector))
