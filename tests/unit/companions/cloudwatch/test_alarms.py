"""Alarms over time: states, history, actions, composites, suppression."""

import json
from typing import Any

import pytest

from globaltables.companions.cloudwatch.alarms.composite import evaluate_composites
from globaltables.foundation.errors import ApiError
from tests.support.regions import ACCOUNT
from tests.support.watched import Watched, watched

_TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:ops"
_FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:act"


async def _history(world: Watched, kind: str, name: str = "many") -> list[str]:
    answer = await world.ask("DescribeAlarmHistory", AlarmName=name, HistoryItemType=kind)
    return [item["HistorySummary"] for item in reversed(answer["AlarmHistoryItems"])]


def test_an_alarm_goes_through_all_states() -> None:
    """Insufficient data at first, ALARM by a minute above the threshold, and back by one below."""

    async def check(world: Watched) -> None:
        await world.alarm()
        states = [await world.state()]
        for values in ((3.0,), (0.5,), ()):
            await world.measure(*values) if values else None
            await world.pass_minutes(1 if values else 4)
            states.append(await world.state())
        expected = ["INSUFFICIENT_DATA", "ALARM", "OK", "INSUFFICIENT_DATA"]
        assert expected == [state for state, _ in states]
        assert "Unchecked: Initial alarm creation" == states[0][1]
        assert [
            "Alarm updated from INSUFFICIENT_DATA to ALARM",
            "Alarm updated from ALARM to OK",
            "Alarm updated from OK to INSUFFICIENT_DATA",
        ] == await _history(world, "StateUpdate")

    watched(check)


def test_an_alarm_tells_topic_and_function() -> None:
    """The notification is AWS's JSON; actions are noted in the history."""

    async def check(world: Watched) -> None:
        await world.alarm(AlarmActions=[_TOPIC, _FUNCTION], AlarmDescription="too many")
        await world.measure(3.0)
        await world.pass_minutes()
        (service, operation, published), (_, _, invoked) = world.acted
        message = json.loads(published["Message"])
        assert ("sns", "Publish", _TOPIC) == (service, operation, published["TopicArn"])
        assert 'ALARM: "many" in EU (Ireland)' == published["Subject"]
        assert ("ALARM", "INSUFFICIENT_DATA") == (
            message["NewStateValue"],
            message["OldStateValue"],
        )
        assert ("errors", "SUM", 1.0) == tuple(
            message["Trigger"][name] for name in ("MetricName", "Statistic", "Threshold")
        )
        event = json.loads(invoked["Payload"])
        assert ("many", "ALARM") == (
            event["alarmData"]["alarmName"],
            event["alarmData"]["state"]["value"],
        )
        assert [
            f"Successfully executed action {_TOPIC}",
            f"Successfully executed action {_FUNCTION}",
        ] == await _history(world, "Action")

    watched(check)


def test_an_alarm_with_disabled_actions_tells_nobody() -> None:
    """Its state changes all the same."""

    async def check(world: Watched) -> None:
        await world.alarm(AlarmActions=[_TOPIC])
        await world.ask("DisableAlarmActions", AlarmNames=["many"])
        await world.measure(3.0)
        await world.pass_minutes()
        assert ("ALARM", []) == ((await world.state())[0], world.acted)

    watched(check)


def test_an_event_bus_learns_of_every_change() -> None:
    """Whether the alarm has actions or not."""

    async def check(world: Watched) -> None:
        await world.alarm()
        await world.measure(3.0)
        await world.pass_minutes()
        ((service, operation, request),) = world.neighbours.asked
        (entry,) = request["Entries"]
        detail = json.loads(entry["Detail"])
        assert ("events", "PutEvents") == (service, operation)
        assert ("aws.cloudwatch", "CloudWatch Alarm State Change") == (
            entry["Source"],
            entry["DetailType"],
        )
        assert ("many", "ALARM", "INSUFFICIENT_DATA") == (
            detail["alarmName"],
            detail["state"]["value"],
            detail["previousState"]["value"],
        )

    watched(check)


def test_an_alarm_on_an_expression_is_evaluated() -> None:
    """The share of errors in requests."""

    async def check(world: Watched) -> None:
        def query(name: str) -> dict[str, Any]:
            metric = {"Namespace": "App", "MetricName": name}
            stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
            return {"Id": name, "MetricStat": stat, "ReturnData": False}

        share = {"Id": "share", "Expression": "100 * errors / requests"}
        single = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
        queries = [query("errors"), query("requests"), share]
        await world.alarm(**single, Metrics=queries, Threshold=10.0)
        await world.measure(1.0)
        await world.measure(4.0, name="requests")
        await world.pass_minutes()
        assert "[25.0 (21/11/26 16:38:00)]" in (await world.state())[1]

    watched(check)


def test_an_alarm_of_two_in_three_minutes_needs_two() -> None:
    """M out of N."""

    async def check(world: Watched) -> None:
        await world.alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
        states = []
        for value in (0.0, 5.0, 0.0, 5.0):
            await world.measure(value)
            await world.pass_minutes()
            states.append((await world.state())[0])
        assert ["OK", "OK", "OK", "ALARM"] == states

    watched(check)


def test_a_percentile_with_few_samples_is_waited_for_when_told() -> None:
    """A p99 needs a thousand of them."""

    async def check(world: Watched) -> None:
        await world.alarm(
            Statistic=None, ExtendedStatistic="p99", EvaluateLowSampleCountPercentile="ignore"
        )
        await world.measure(50.0)
        await world.pass_minutes()
        assert "INSUFFICIENT_DATA" == (await world.state())[0]

    watched(check)


def test_a_composite_alarm_follows_its_children() -> None:
    """It says which one moved it."""

    async def check(world: Watched) -> None:
        await world.alarm()
        await world.alarm(AlarmName="few", ComparisonOperator="LessThanThreshold")
        rule = 'ALARM("many") AND NOT ALARM(few)'
        await world.ask("PutCompositeAlarm", AlarmName="both", AlarmRule=rule)
        first = await world.state("both")
        await world.measure(3.0)
        await world.pass_minutes()
        state, reason = await world.state("both")
        assert "OK" == first[0]
        assert "ALARM" == state
        assert reason.endswith("at Saturday 21 November, 2026 16:39:00 UTC")

    watched(check)


def test_a_suppressor_holds_the_actions_of_a_composite_alarm() -> None:
    """They are done when the suppressor has been quiet for the extension."""

    async def check(world: Watched) -> None:
        await world.alarm()
        await world.alarm(AlarmName="works", MetricName="maintenance")
        await world.measure(5.0, name="maintenance")
        await world.pass_minutes()
        await world.ask(
            "PutCompositeAlarm",
            AlarmName="both",
            AlarmRule="ALARM(many)",
            AlarmActions=[_TOPIC],
            ActionsSuppressor="works",
            ActionsSuppressorWaitPeriod=30,
            ActionsSuppressorExtensionPeriod=120,
        )
        change = {"StateValue": "ALARM", "StateReason": "test"}
        await world.ask("SetAlarmState", AlarmName="many", **change)
        found = await world.ask("DescribeAlarms", AlarmTypes=["CompositeAlarm"])
        assert "Alarm" == found["CompositeAlarms"][0]["ActionsSuppressedBy"]
        assert [] == world.acted
        quiet = {"StateValue": "OK", "StateReason": "test"}
        await world.ask("SetAlarmState", AlarmName="works", **quiet)
        assert [] == world.acted
        world.made.clock.advance(121_000)
        await evaluate_composites(world.region)
        assert ["sns"] == [service for service, _, _ in world.acted]

    watched(check)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Period": 45}, "multiple of 60"),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm value must be less than or equal"),
        ({"EvaluationPeriods": 2000}, "EvaluationPeriods * Period must be <= 86400"),
        ({"TreatMissingData": "never"}, "is unsupported for parameter TreatMissingData"),
        ({"Statistic": None}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"AlarmActions": ["topic"]}, "Invalid arn syntax: topic"),
        (
            {"AlarmActions": ["arn:aws:automate:eu-west-1:ec2:stop"]},
            "The action arn:aws:automate:eu-west-1:ec2:stop is not supported",
        ),
        ({"ThresholdMetricId": "e1"}, "anomaly detection band is not supported"),
        ({"Threshold": None}, "Threshold must be specified"),
    ],
)
def test_an_alarm_that_cannot_be_is_refused(members: dict[str, Any], message: str) -> None:
    """Each with the reason."""

    async def check(world: Watched) -> None:
        with pytest.raises(ApiError) as refusal:
            await world.alarm(**members)
        assert "ValidationError" == refusal.value.code
        assert message in str(refusal.value.message)

    watched(check)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("ALARM(", "Error parsing AlarmRule: unexpected text at position 0"),
        ("TRUE AND", "Error parsing AlarmRule: it ends too early"),
        ("(TRUE", "Error parsing AlarmRule: a parenthesis is not closed"),
        ("TRUE FALSE", "Error parsing AlarmRule: unexpected 'FALSE'"),
        (
            "OK(other)",
            "Could not save the composite alarm as alarms [other] in the alarm rule do not exist",
        ),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(rule: str, message: str) -> None:
    """Alarms in it have to be there."""

    async def check(world: Watched) -> None:
        with pytest.raises(ApiError) as refusal:
            await world.ask("PutCompositeAlarm", AlarmName="both", AlarmRule=rule)
        assert message == refusal.value.message

    watched(check)


def test_a_child_of_a_composite_alarm_is_not_deleted() -> None:
    """Its parent goes first."""

    async def check(world: Watched) -> None:
        await world.alarm()
        await world.ask("PutCompositeAlarm", AlarmName="both", AlarmRule="ALARM(many)")
        with pytest.raises(ApiError) as refusal:
            await world.ask("DeleteAlarms", AlarmNames=["many"])
        await world.ask("DeleteAlarms", AlarmNames=["both"])
        await world.ask("DeleteAlarms", AlarmNames=["many"])
        assert "composite alarm(s) depending on it: [both]" in str(refusal.value.message)
        assert [] == (await world.ask("DescribeAlarms"))["MetricAlarms"]

    watched(check)
