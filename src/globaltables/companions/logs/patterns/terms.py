"""Patterns of terms: all that are plain, none that has a minus, one of those that have a question mark."""

import re
from collections.abc import Callable, Mapping

from globaltables.companions.logs.patterns.conditions import PatternError, regular

_TERM = re.compile(
    r"""\s*(?P<sign>[-?]?)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regular>[^%]+)%|(?P<plain>[^\s"]+))"""
)
#: What terms may have without quotes.
_PLAIN = re.compile(r"[\w.\-/:*@#+,;=$&'!<>]+")


def terms_pattern(text: str) -> Callable[[str], Mapping[str, str] | None]:
    """Return the pattern of some terms.

    Raises:
        PatternError: a term has characters that need quotes.
    """
    wanted: list[Callable[[str], bool]] = []
    optional: list[Callable[[str], bool]] = []
    place = 0
    while text[place:].strip():
        found = _TERM.match(text, place)
        if found is None:
            raise PatternError(f"Invalid character(s) in term '{text[place:].strip()}'")
        place = found.end()
        holds = _holds(found)
        if found["sign"] == "?":
            optional.append(holds)
        elif found["sign"] == "-":
            wanted.append(_not(holds))
        else:
            wanted.append(holds)

    def match(message: str) -> Mapping[str, str] | None:
        if not all(one(message) for one in wanted):
            return None
        # Beside terms without a question mark those with one are not looked at.
        if optional and not wanted and not any(one(message) for one in optional):
            return None
        return {}

    return match


def _holds(found: re.Match[str]) -> Callable[[str], bool]:
    if found["regular"] is not None:
        expression = regular(found["regular"])
        return lambda message: expression.search(message) is not None
    term = found["plain"]
    if found["quoted"] is not None:
        term = re.sub(r"\\(.)", r"\1", found["quoted"])
    elif not _PLAIN.fullmatch(term):
        raise PatternError(f"Invalid character(s) in term '{term}'")
    return lambda message: term in message


def _not(holds: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda message: not holds(message)
