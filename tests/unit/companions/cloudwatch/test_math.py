"""Metric math: grammar, operators, functions, searches."""

from collections.abc import Mapping

import pytest

from globaltables.companions.cloudwatch.math.evaluation import Scope, evaluate
from globaltables.companions.cloudwatch.math.functions import Setting
from globaltables.companions.cloudwatch.math.grammar import MathError, parse
from globaltables.companions.cloudwatch.math.lines import Line, Value
from globaltables.companions.cloudwatch.math.searching import filter_of
from globaltables.companions.cloudwatch.series import Metric

_TIMES = (0, 60, 120)
_LINES: Mapping[str, Line] = {
    "m1": Line("m1", {0: 1.0, 60: 2.0, 120: 4.0}, 60),
    "m2": Line("m2", {0: 10.0, 120: 30.0}, 60),
}


def _value(text: str) -> Value:
    scope = Scope(_LINES.get, lambda: _LINES, lambda *_: [], Setting(_TIMES, 60, 1000))
    return evaluate(parse(text), scope)


def _points(text: str) -> Mapping[int, float]:
    value = _value(text)
    assert isinstance(value, Line)
    return value.points


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("-2 ^ 2", -4.0),
        ("10 - 2 - 3", 5.0),
        ("1 < 2 AND NOT 0", 1.0),
        ("1 == 2 || 2 >= 2", 1.0),
        ("AVG(m1)", 7 / 3),
        ("SUM(m1) / MAX(m1)", 1.75),
        ("STDDEV([1, 3])", 1.0),
        ("METRIC_COUNT(METRICS())", 2.0),
        ("DATAPOINT_COUNT(m2)", 2.0),
        ("PERIOD(m1)", 60.0),
        ("ABS(-3) + CEIL(1.2) + FLOOR(1.8) + LOG10(100)", 8.0),
    ],
)
def test_an_expression_of_numbers_is_a_number(text: str, expected: float) -> None:
    """Operators bind as in AWS's table, and aggregates make a number of one series."""
    assert pytest.approx(expected) == _value(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 * 2", {0: 2.0, 60: 4.0, 120: 8.0}),
        ("m1 + m2", {0: 11.0, 120: 34.0}),
        ("m2 / 0", {}),
        ("SUM([m1, m2])", {0: 11.0, 60: 2.0, 120: 34.0}),
        ("MAX([m1, 3])", {0: 3.0, 60: 3.0, 120: 4.0}),
        ("SUM(METRICS('2'))", {0: 10.0, 120: 30.0}),
        ("FILL(m2, 0)", {0: 10.0, 60: 0.0, 120: 30.0}),
        ("FILL(m2, REPEAT)", {0: 10.0, 60: 10.0, 120: 30.0}),
        ("FILL(m2, LINEAR)", {0: 10.0, 60: 20.0, 120: 30.0}),
        ("IF(m1 > 1, m1, 0)", {0: 0.0, 60: 2.0, 120: 4.0}),
        ("IF(m1 > 1, m1)", {60: 2.0, 120: 4.0}),
        ("RATE(m1)", {60: 1 / 60, 120: 2 / 60}),
        ("DIFF(m1)", {60: 1.0, 120: 2.0}),
        ("DIFF_TIME(m2)", {120: 120.0}),
        ("RUNNING_SUM(m1)", {0: 1.0, 60: 3.0, 120: 7.0}),
        ("TIME_SERIES(5)", {0: 5.0, 60: 5.0, 120: 5.0}),
        ("MINUTE(m1)", {0: 0.0, 60: 1.0, 120: 2.0}),
        ("m1 > 1 AND m2 > 5", {0: 0.0, 120: 1.0}),
        ("FIRST(SORT([m1, m2], SUM, DESC))", {0: 10.0, 120: 30.0}),
        ("LAST([m1, m2])", {0: 10.0, 120: 30.0}),
        ("SLICE([m1, m2], 0)", {0: 1.0, 60: 2.0, 120: 4.0}),
        ("SUM(REMOVE_EMPTY([m1]))", {0: 1.0, 60: 2.0, 120: 4.0}),
    ],
)
def test_an_expression_of_series_is_a_series(text: str, expected: Mapping[int, float]) -> None:
    """Series meet at the times that both have."""
    assert pytest.approx(dict(expected)) == dict(_points(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 +", "The expression ends too early."),
        ("(1", "Expected ')' and found the end."),
        ("1 2", "Unexpected '2'."),
        ("m1 § m2", "Unexpected character at position 2."),
        ("nothing + 1", "The expression refers to 'nothing', which is not an id of this request."),
        ("WHAT(m1)", "Unsupported function 'WHAT'."),
        ("[m1] + [m2]", "The operator + takes one array at most."),
        ("'a' + 1", "The operator + takes no text."),
        ("1 / 0", "The expression divides by zero."),
        ("FILL(m1)", "The function takes two arguments."),
        ("RATE(1)", "A time series is expected where the expression has a number."),
        ("(" * 100, "The expression is nested too deeply."),
        (
            "ANOMALY_DETECTION_BAND(m1)",
            "ANOMALY_DETECTION_BAND is not supported by globaltables; see docs/compatibility.md.",
        ),
    ],
)
def test_an_expression_that_has_no_value_says_why(text: str, reason: str) -> None:
    """The reason is for the caller."""
    with pytest.raises(MathError) as refusal:
        _value(text)
    assert reason == refusal.value.text


_READS = Metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", (("TableName", "orders"),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{AWS/DynamoDB,TableName} Consumed", True),
        ("{AWS/DynamoDB,TableName} read capacity", True),
        ("{AWS/DynamoDB} Consumed", False),
        ('{AWS/DynamoDB,TableName} MetricName="ConsumedReadCapacityUnits"', True),
        ('{AWS/DynamoDB,TableName} MetricName="Consumed"', False),
        ("TableName=(customers OR orders) NOT Write", True),
        ("Namespace=AWS/DynamoDB AND (Write OR customers)", False),
        ("", True),
    ],
)
def test_a_search_names_metrics(text: str, *, expected: bool) -> None:
    """By schema, by properties, by words of their names."""
    assert expected == filter_of(text)(_READS)
