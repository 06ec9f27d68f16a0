"""Wildcards and policy variables in actions, resources and condition values.

`*` stands for any characters, `?` for one. `${aws:username}` is replaced by the value of that condition key,
`${key, 'default'}` by the default when the request has no such key; `${*}`, `${?}` and `${$}` are the plain characters.
What a variable brings in is plain text: it cannot widen a pattern.

Sources: IAM user guide, reference_policies_elements_resource, reference_policies_variables.
"""

import re
from functools import lru_cache
from typing import NamedTuple, Protocol

from globaltables.foundation.limits import POLICY_PATTERNS_CACHED_MAX

_VARIABLE = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
_PLAIN = frozenset("*?$")
_ARN_COLONS = 5


class Context(Protocol):
    """The condition keys of a request."""

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a key, given in lower case; None when the request does not have the key."""


class Variable(NamedTuple):
    """A `${key, 'default'}`; the key in lower case."""

    key: str
    default: str | None


Part = str | Variable


@lru_cache(POLICY_PATTERNS_CACHED_MAX)
def action_pattern(pattern: str) -> re.Pattern[str]:
    """Return what matches the actions of a pattern, which are not case-sensitive."""
    return re.compile(_glob(pattern), re.IGNORECASE | re.DOTALL)


@lru_cache(POLICY_PATTERNS_CACHED_MAX)
def names_action(patterns: tuple[str, ...], action: str) -> bool:
    """Tell whether an action fits one of several patterns; asked for with every statement, so it is remembered."""
    return any(action_pattern(pattern).fullmatch(action) for pattern in patterns)


def substituted(text: str, variables: Context | None) -> str | None:
    """Return a text with its variables replaced; None when one has no value.

    Args:
        text: of a policy.
        variables: gives the values; None when the policy's version has no variables.
    """
    if variables is None or "${" not in text:
        return text
    words: list[str] = []
    for part in _parts(text):
        word = part if isinstance(part, str) else _value(part, variables)
        if word is None:
            return None
        words.append(word)
    return "".join(words)


def variables_of(text: str) -> list[str]:
    """Return the condition keys that a text has variables of, as they are written."""
    names = (found.group(1) for found in _VARIABLE.finditer(text))
    return [name for name in names if name not in _PLAIN]


def matches(pattern: str, text: str, variables: Context | None) -> bool:
    """Tell whether a text fits a pattern; one with a variable that has no value fits nothing."""
    regex = _regex(pattern, variables, segments=False)
    return regex is not None and regex.fullmatch(text) is not None


def matches_arn(pattern: str, arn: str, variables: Context | None) -> bool:
    """Tell whether an ARN fits a pattern; a wildcard stays within its part between colons, except in the last."""
    if pattern == "*":
        return True
    regex = _regex(pattern, variables, segments=True)
    return regex is not None and regex.fullmatch(arn) is not None


def _regex(pattern: str, variables: Context | None, *, segments: bool) -> re.Pattern[str] | None:
    if variables is None or "${" not in pattern:
        return _plain_regex(pattern, segments=segments)
    pieces: list[tuple[str, bool]] = []
    for part in _parts(pattern):
        if isinstance(part, str):
            pieces.append((part, True))
        else:
            value = _value(part, variables)
            if value is None:
                return None
            pieces.append((value, False))
    return _compiled(_translated(pieces, segments=segments))


@lru_cache(POLICY_PATTERNS_CACHED_MAX)
def _plain_regex(pattern: str, *, segments: bool) -> re.Pattern[str]:
    return _compiled(_translated([(pattern, True)], segments=segments))


@lru_cache(POLICY_PATTERNS_CACHED_MAX)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex, re.DOTALL)


def _translated(pieces: list[tuple[str, bool]], *, segments: bool) -> str:
    """Return the regular expression of pieces, each a pattern or plain text.

    What follows a star is looked for where it comes first, and not again (an atomic group): the first place leaves most
    room for the rest, so that no pattern takes longer than its length times the text's.
    """
    colons = sum(piece.count(":") for piece, is_pattern in pieces if is_pattern)
    # The star that ends what is shorter than an ARN ("arn:aws:dynamodb:*") stands for all the rest.
    last, is_pattern = pieces[-1]
    short = colons < _ARN_COLONS and is_pattern and last.endswith("*")
    passed = 0 if segments and not short else _ARN_COLONS
    words: list[str] = []
    star, fixed = "", ""
    for piece, is_pattern in pieces:
        if not is_pattern:
            fixed += re.escape(piece)
            continue
        for character in piece:
            any_one = "." if passed >= _ARN_COLONS else "[^:]"
            if character == ":":
                passed += 1
            if character == "*":
                if fixed or not star:
                    words.append(f"(?>{star}?{fixed})" if star else fixed)
                    fixed = ""
                star = f"{any_one}*"
            else:
                fixed += any_one if character == "?" else re.escape(character)
    return "".join((*words, star, fixed))


def _glob(pattern: str) -> str:
    return _translated([(pattern, True)], segments=False)


@lru_cache(POLICY_PATTERNS_CACHED_MAX)
def _parts(text: str) -> tuple[Part, ...]:
    """Return the plain pieces and the variables of a text, in order; `${*}` and the like are variables too."""
    parts: list[Part] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        parts.append(text[end : found.start()])
        parts.append(Variable(found.group(1).lower(), found.group(2)))
        end = found.end()
    parts.append(text[end:])
    return tuple(parts)


def _value(variable: Variable, context: Context) -> str | None:
    if variable.key in _PLAIN:
        return variable.key
    values = context.values(variable.key)
    # A key with several values cannot be a variable (reference_policies_variables).
    if values is None or len(values) != 1:
        return variable.default
    return values[0]
