"""From the text of a pattern to what tells whether a message fits it."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from globaltables.companions.logs.patterns.conditions import PatternError
from globaltables.companions.logs.patterns.fields import fields_pattern
from globaltables.companions.logs.patterns.json_fields import json_pattern
from globaltables.companions.logs.patterns.terms import terms_pattern
from globaltables.foundation.limits import LOG_PATTERNS_CACHED_MAX

#: The values that a pattern names, by their selectors; None for a message that does not fit.
Match = Callable[[str], Mapping[str, str] | None]

__all__ = ["Match", "PatternError", "parse_pattern"]


@lru_cache(LOG_PATTERNS_CACHED_MAX)
def parse_pattern(text: str) -> Match:
    """Return what a pattern is; an empty one fits everything.

    Raises:
        PatternError: it cannot be read.
    """
    stripped = text.strip()
    if not stripped:
        return lambda _: {}
    if stripped.startswith("{"):
        return json_pattern(stripped)
    if stripped.startswith("["):
        return fields_pattern(stripped)
    return terms_pattern(stripped)
