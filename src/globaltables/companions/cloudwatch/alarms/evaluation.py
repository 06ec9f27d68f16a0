"""From the datapoints of the last periods to the state of an alarm and AWS's words for it.

Source: CloudWatch user guide, Using Amazon CloudWatch alarms, "Configuring how CloudWatch alarms treat missing data".
The texts are those of alarms on AWS.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
INITIAL_REASON = "Unchecked: Initial alarm creation"

_BREACHES: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {
        "GreaterThanOrEqualToThreshold": operator.ge,
        "GreaterThanThreshold": operator.gt,
        "LessThanThreshold": operator.lt,
        "LessThanOrEqualToThreshold": operator.le,
    }
)
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "GreaterThanOrEqualToThreshold": "greater than or equal to",
        "GreaterThanThreshold": "greater than",
        "LessThanThreshold": "less than",
        "LessThanOrEqualToThreshold": "less than or equal to",
    }
)
_TREATED: Mapping[str, str] = MappingProxyType(
    {"breaching": "Breaching", "notBreaching": "NonBreaching"}
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What an alarm looks for.

    Attributes:
        periods: N of "M of N".
        to_alarm: M.
        missing: how a period without a datapoint is treated.
    """

    comparison: str
    threshold: float
    periods: int
    to_alarm: int
    missing: str = "missing"


class Datapoint(NamedTuple):
    """One period: when it begins, in seconds; its value, None without one; how many measurements it has."""

    time: int
    value: float | None
    samples: float | None = None


class Finding(NamedTuple):
    """A state with AWS's words for it."""

    state: State
    reason: str


def rule_of(alarm: Mapping[str, Any]) -> Rule:
    """Return the rule of an alarm in the form of the API."""
    periods = alarm["EvaluationPeriods"]
    return Rule(
        alarm["ComparisonOperator"],
        alarm["Threshold"],
        periods,
        alarm.get("DatapointsToAlarm", periods),
        alarm.get("TreatMissingData", "missing"),
    )


def evaluate(rule: Rule, current: State, datapoints: Sequence[Datapoint]) -> Finding | None:
    """Return the state of an alarm; None when it stays as it is, for want of data that would tell.

    Args:
        rule: of the alarm.
        current: the state before.
        datapoints: of the last periods, oldest first; more of them than the rule's periods, in case of gaps.
    """
    known = [one for one in datapoints if one.value is not None][-rule.periods :]
    missing = rule.periods - len(known)
    breaches = _BREACHES[rule.comparison]
    breaching = [
        one for one in known if one.value is not None and breaches(one.value, rule.threshold)
    ]
    state = _state(rule, len(known), len(breaching), missing)
    if state is None:
        return None
    if state == "INSUFFICIENT_DATA":
        return Finding(state, _unknown(missing))
    if rule.missing not in _TREATED:
        missing = 0
    return Finding(state, _reason(rule, current, state, known, breaching, missing))


def _state(rule: Rule, known: int, breaching: int, missing: int) -> State | None:
    if rule.missing == "breaching":
        breaching += missing
    elif rule.missing == "ignore" and missing and breaching < rule.to_alarm:
        # Retained, unless what is known speaks for itself.
        return "OK" if known and breaching < min(rule.to_alarm, known) else None
    elif rule.missing == "missing":
        if not known:
            return "INSUFFICIENT_DATA"
        return "ALARM" if breaching >= min(rule.to_alarm, known) else "OK"
    return "ALARM" if breaching >= rule.to_alarm else "OK"


def _unknown(number: int) -> str:
    words = "datapoint was" if number == 1 else "datapoints were"
    return f"Insufficient Data: {number} {words} unknown."


def _reason(
    rule: Rule,
    current: State,
    state: State,
    known: Sequence[Datapoint],
    breaching: Sequence[Datapoint],
    missing: int,
) -> str:
    treated = _TREATED.get(rule.missing, "")
    if missing and not known:
        return (
            f"Threshold Crossed: no datapoints were received for {_counted(rule.periods, 'period')} "
            f"and {_counted(missing, 'missing datapoint')} {_was(missing)} treated as [{treated}]."
        )
    if state == "ALARM":
        shown, words = breaching, ""
        minimum, change = rule.to_alarm, "OK -> ALARM"
    else:
        shown = [one for one in known if one not in breaching]
        words = "not "
        minimum, change = rule.periods - rule.to_alarm + 1, "ALARM -> OK"
    listed = ", ".join(_shown(one) for one in reversed(shown))
    text = (
        f"Threshold Crossed: {len(shown)} out of the last {rule.periods} datapoints "
        f"[{listed}] {_was(len(shown))} {words}{_WORDS[rule.comparison]} the threshold "
        f"({_number(rule.threshold)})"
    )
    if missing:
        text += (
            f" and {_counted(missing, 'missing datapoint')} {_was(missing)} treated as [{treated}]"
        )
    return f"{text} (minimum {_counted(minimum, 'datapoint')} for {change} transition)."


def _shown(one: Datapoint) -> str:
    time = datetime.fromtimestamp(one.time, UTC).strftime("%d/%m/%y %H:%M:%S")
    assert one.value is not None
    return f"{_number(one.value)} ({time})"


def _number(value: float) -> str:
    return repr(float(value))


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
