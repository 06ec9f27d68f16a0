"""Regular expressions of clients, which must not be able to stop the process.

A search that goes back and tries again may take longer than the universe is old, and nothing interrupts it. What a
pattern may cost with a text is estimated from its repetitions before it is tried.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from globaltables.foundation.limits import PATTERN_SECONDS_MAX, PATTERN_STEPS_MAX

#: What Python's own parser makes of a pattern; it has no public name.
_parser: Any = re._parser  # type: ignore[attr-defined]  # noqa: SLF001
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT"})
#: A repetition of up to so many is as good as none.
_FEW = 16


#: What a process of its own does with a pattern and a text.
_PROGRAM = "import re, sys; sys.exit(0 if re.fullmatch(sys.argv[1], sys.stdin.read()) else 3)"
_MATCHED, _OTHER = 0, 3


class PatternTooCostlyError(Exception):
    """A pattern takes too long with a text."""


def matches_whole(pattern: str, text: str) -> bool:
    """Tell whether a pattern matches all of a text.

    Raises:
        re.error: it is no pattern.
        PatternTooCostlyError: it takes too long.
    """
    compiled = re.compile(pattern)
    depth, repeats = _repetitions(pattern)
    length = len(text) + 1
    # Repetitions in repetitions can divide a text in 2 ** length ways, those behind each other in length ** repeats.
    ways = 2 ** min(length, 64) if depth > 1 else length ** min(repeats, 12)
    if ways <= PATTERN_STEPS_MAX:
        return compiled.fullmatch(text) is not None
    return _matches_elsewhere(pattern, text)


def has_nested_repetitions(pattern: str) -> bool:
    """Tell whether a pattern repeats what repeats: such may take twice as long with each character of a text.

    Raises:
        re.error: it is no pattern.
    """
    return _repetitions(pattern)[0] > 1


def _matches_elsewhere(pattern: str, text: str) -> bool:
    """Match in a process of its own, the only one that can be ended in the middle of it."""
    command = [sys.executable, "-I", "-X", "utf8", "-S", "-c", _PROGRAM, pattern]
    try:
        ended = subprocess.run(  # noqa: S603 - the program is ours, the pattern its argument
            command,
            input=text.encode("utf-8"),
            timeout=PATTERN_SECONDS_MAX,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except (subprocess.TimeoutExpired, ValueError, OSError) as error:
        raise PatternTooCostlyError(pattern) from error
    if ended.returncode not in (_MATCHED, _OTHER):
        raise PatternTooCostlyError(pattern)
    return ended.returncode == _MATCHED


@lru_cache(1024)
def _repetitions(pattern: str) -> tuple[int, int]:
    """Return how deeply the repetitions of a pattern are nested, and how many there are."""
    return _of(_parser.parse(pattern))


def _of(parsed: Iterable[tuple[Any, Any]]) -> tuple[int, int]:
    depth = repeats = 0
    for operation, argument in parsed:
        inner_depth, inner = _inside(argument)
        if str(operation) in _REPEATS and argument[1] > _FEW:
            inner_depth, inner = inner_depth + 1, inner + 1
        depth, repeats = max(depth, inner_depth), repeats + inner
    return depth, repeats


def _inside(argument: Any) -> tuple[int, int]:
    """Return the same of what an operation consists of."""
    if isinstance(argument, _parser.SubPattern):
        return _of(argument)
    depth = repeats = 0
    if isinstance(argument, tuple | list):
        for part in argument:
            inner_depth, inner = _inside(part)
            depth, repeats = max(depth, inner_depth), repeats + inner
    return depth, repeats
