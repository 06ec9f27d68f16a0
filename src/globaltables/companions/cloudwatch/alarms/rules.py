"""The rules of composite alarms: ALARM("one") AND NOT (OK(two) OR INSUFFICIENT_DATA("three")).

Source: API_PutCompositeAlarm, AlarmRule.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from globaltables.companions.cloudwatch.alarms.evaluation import State

_TOKEN = re.compile(
    r"""\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"
          |'(?P<single>[^']*)'|(?P<plain>[^"'()\s][^"'()]*?))\s*\)
      | (?P<word>AND|OR|NOT|TRUE|FALSE)\b | (?P<symbol>[()]))""",
    re.VERBOSE,
)
_DEPTH_MAX = 64
#: The state of an alarm by its name or ARN; None for one that is gone.
StateOf = Callable[[str], State | None]


class RuleError(Exception):
    """A rule that cannot be read.

    Args:
        text: why.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class CompositeRule:
    """A rule that was read.

    Attributes:
        holds: whether it is true, given the states of alarms.
        alarms: the names and ARNs in it, in their order.
    """

    holds: Callable[[StateOf], bool]
    alarms: tuple[str, ...]


def parse_rule(text: str) -> CompositeRule:
    """Return a rule.

    Raises:
        RuleError: it is none.
    """
    parser = _Parser(text)
    holds = parser.any_of(0)
    parser.expect_end()
    return CompositeRule(holds, tuple(dict.fromkeys(parser.alarms)))


def name_of(reference: str) -> str:
    """Return the name of an alarm that is named by its name or ARN."""
    if reference.startswith("arn:") and reference.count(":") >= 6:
        return reference.split(":", 6)[6]
    return reference


class _Parser:
    def __init__(self, text: str) -> None:
        self.alarms: list[str] = []
        self._tokens: list[re.Match[str]] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None:
                raise RuleError(f"unexpected text at position {place}")
            self._tokens.append(found)
            place = found.end()
        self._place = 0

    def any_of(self, depth: int) -> Callable[[StateOf], bool]:
        terms = [self._all_of(depth)]
        while self._accept("word", "OR"):
            terms.append(self._all_of(depth))
        return terms[0] if len(terms) == 1 else lambda states: any(term(states) for term in terms)

    def expect_end(self) -> None:
        if self._place < len(self._tokens):
            raise RuleError(f"unexpected '{self._tokens[self._place][0].strip()}'")

    def _all_of(self, depth: int) -> Callable[[StateOf], bool]:
        terms = [self._term(depth)]
        while self._accept("word", "AND"):
            terms.append(self._term(depth))
        return terms[0] if len(terms) == 1 else lambda states: all(term(states) for term in terms)

    def _term(self, depth: int) -> Callable[[StateOf], bool]:
        if depth > _DEPTH_MAX:
            raise RuleError("it is nested too deeply")
        if self._accept("word", "NOT"):
            refused = self._term(depth + 1)
            return lambda states: not refused(states)
        for word, value in (("TRUE", True), ("FALSE", False)):
            if self._accept("word", word):
                return lambda _, value=value: value  # type: ignore[misc]
        if self._accept("symbol", "("):
            inner = self.any_of(depth + 1)
            if not self._accept("symbol", ")"):
                raise RuleError("a parenthesis is not closed")
            return inner
        return self._state()

    def _state(self) -> Callable[[StateOf], bool]:
        if self._place >= len(self._tokens):
            raise RuleError("it ends too early")
        token = self._tokens[self._place]
        if token["state"] is None:
            raise RuleError(f"unexpected '{token[0].strip()}'")
        self._place += 1
        wanted = token["state"]
        alarm = token["quoted"] or token["single"] or token["plain"] or ""
        alarm = re.sub(r"\\(.)", r"\1", alarm)
        self.alarms.append(alarm)
        return lambda states: states(alarm) == wanted

    def _accept(self, kind: str, text: str) -> bool:
        if self._place < len(self._tokens) and self._tokens[self._place][kind] == text:
            self._place += 1
            return True
        return False
