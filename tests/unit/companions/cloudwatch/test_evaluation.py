"""From datapoints to an alarm's state: AWS's tables of missing data, and its words."""

import pytest

from globaltables.companions.cloudwatch.alarms.evaluation import Datapoint, Rule, State, evaluate

_TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
_SHORT = {"A": "ALARM", "O": "OK", "I": "INSUFFICIENT_DATA", "R": None}


def _datapoints(text: str) -> list[Datapoint]:
    values = {"-": None, "0": 0.0, "X": 9.0}
    begin = 1_795_279_080
    return [Datapoint(begin + 60 * place, values[one]) for place, one in enumerate(text)]


@pytest.mark.parametrize(
    ("datapoints", "to_alarm", "expected"),
    [
        ("0-X-X", 3, "OOOO"),
        ("0----", 3, "OOOO"),
        ("-----", 3, "IRAO"),
        ("0XX-X", 3, "AAAA"),
        ("--X--", 3, "ARAO"),
        ("0-X-X", 2, "AAAA"),
        ("00X0X", 2, "AAAA"),
        ("0-X--", 2, "OOAO"),
        ("----0", 2, "OOAO"),
        ("---X-", 2, "ARAO"),
    ],
)
def test_missing_data_is_treated_as_in_the_user_guide(
    datapoints: str, to_alarm: int, expected: str
) -> None:
    """Of the last five periods three are evaluated, real ones first."""
    found = []
    for treatment in _TREATMENTS:
        rule = Rule("GreaterThanThreshold", 1.0, 3, to_alarm, treatment)
        finding = evaluate(rule, "OK", _datapoints(datapoints))
        found.append(None if finding is None else finding.state)
    assert [_SHORT[one] for one in expected] == found


@pytest.mark.parametrize(
    ("comparison", "datapoints", "treatment", "reason"),
    [
        (
            "GreaterThanThreshold",
            "X",
            "missing",
            "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (21/11/26 16:38:00)] was greater "
            "than the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            "LessThanOrEqualToThreshold",
            "XX",
            "missing",
            "Threshold Crossed: 2 out of the last 2 datapoints [9.0 (21/11/26 16:39:00), 9.0 "
            "(21/11/26 16:38:00)] were not less than or equal to the threshold (1.0) (minimum 1 "
            "datapoint for ALARM -> OK transition).",
        ),
        (
            "GreaterThanThreshold",
            "--",
            "notBreaching",
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints "
            "were treated as [NonBreaching].",
        ),
        (
            "GreaterThanThreshold",
            "-",
            "breaching",
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint "
            "was treated as [Breaching].",
        ),
        ("GreaterThanThreshold", "--", "missing", "Insufficient Data: 2 datapoints were unknown."),
        ("GreaterThanThreshold", "-", "missing", "Insufficient Data: 1 datapoint was unknown."),
    ],
)
def test_the_reason_is_worded_as_on_aws(
    comparison: str, datapoints: str, treatment: str, reason: str
) -> None:
    """The datapoints that speak for the state are named, the latest first."""
    number = len(datapoints)
    rule = Rule(comparison, 1.0, number, number, treatment)
    state: State = "OK"
    finding = evaluate(rule, state, _datapoints(datapoints))
    assert finding is not None
    assert reason == finding.reason
