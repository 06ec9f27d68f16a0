"""Events of logs: order, pages, rejections, retention, filters."""

import gzip
import json
from base64 import b64decode
from typing import Any

import pytest

from globaltables.companions.logs.retention import trim
from globaltables.foundation.errors import ApiError
from tests.support.watched import BEGIN_S, Watched, watched

_GROUP, _STREAM = "/aws/lambda/orders", "2026/11/21/[$LATEST]ab"
_NOW = BEGIN_S * 1000
_DAY = 24 * 3600 * 1000


async def _begin(world: Watched, *streams: str) -> None:
    await world.ask_logs("CreateLogGroup", logGroupName=_GROUP)
    for stream in streams or (_STREAM,):
        await world.ask_logs("CreateLogStream", logGroupName=_GROUP, logStreamName=stream)


async def _put(world: Watched, *events: tuple[int, str], stream: str = _STREAM) -> dict[str, Any]:
    found = [{"timestamp": _NOW + offset, "message": message} for offset, message in events]
    return await world.ask_logs(
        "PutLogEvents", logGroupName=_GROUP, logStreamName=stream, logEvents=found
    )


async def _get(world: Watched, **members: Any) -> tuple[list[str], dict[str, Any]]:
    answer = await world.ask_logs(
        "GetLogEvents", logGroupName=_GROUP, logStreamName=_STREAM, **members
    )
    return [event["message"] for event in answer["events"]], answer


async def _filtered(world: Watched, **members: Any) -> tuple[list[str], dict[str, Any]]:
    answer = await world.ask_logs("FilterLogEvents", logGroupName=_GROUP, **members)
    return [event["message"] for event in answer["events"]], answer


def test_a_stream_is_read_forwards_and_backwards() -> None:
    """At an end the same token comes back; what is written later follows it."""

    async def check(world: Watched) -> None:
        await _begin(world)
        await _put(world, *((number, str(number)) for number in range(5)))
        first, answer = await _get(world, startFromHead=True, limit=2)
        second, answer = await _get(world, nextToken=answer["nextForwardToken"])
        third, again = await _get(world, nextToken=answer["nextForwardToken"])
        assert (["0", "1"], ["2", "3", "4"], []) == (first, second, third)
        assert answer["nextForwardToken"] == again["nextForwardToken"]
        await _put(world, (4, "5"))
        assert ["5"] == (await _get(world, nextToken=again["nextForwardToken"]))[0]
        before, _ = await _get(world, nextToken=answer["nextBackwardToken"])
        assert ["0", "1"] == before
        assert ["4", "5"] == (await _get(world, limit=2))[0]

    watched(check)


def test_an_empty_stream_gives_tokens_that_go_on() -> None:
    """Whoever follows a log begins before its first event."""

    async def check(world: Watched) -> None:
        await _begin(world)
        _, answer = await _get(world, startFromHead=True)
        await _put(world, (0, "first"))
        assert ["first"] == (await _get(world, nextToken=answer["nextForwardToken"]))[0]

    watched(check)


def test_a_group_is_filtered_over_its_streams_in_order() -> None:
    """Pages go on behind the last event that was looked at."""

    async def check(world: Watched) -> None:
        await _begin(world, "a", "b")
        await _put(world, (0, "ERROR 0"), (2, "ok"), (4, "ERROR 4"), stream="a")
        await _put(world, (1, "ERROR 1"), (3, "ERROR 3"), stream="b")
        first, answer = await _filtered(world, filterPattern="ERROR", limit=2)
        second, last = await _filtered(
            world, filterPattern="ERROR", limit=5, nextToken=answer["nextToken"]
        )
        assert (["ERROR 0", "ERROR 1"], ["ERROR 3", "ERROR 4"]) == (first, second)
        assert "nextToken" not in last
        only, _ = await _filtered(world, logStreamNames=["b"], startTime=_NOW + 2)
        assert ["ERROR 3"] == only
        ids = {event["eventId"] for event in (await _filtered(world))[1]["events"]}
        assert 5 == len(ids)

    watched(check)


def test_events_outside_of_the_times_are_rejected_by_index() -> None:
    """What is too old, too new or expired is told, the rest is taken."""

    async def check(world: Watched) -> None:
        await _begin(world)
        await world.ask_logs("PutRetentionPolicy", logGroupName=_GROUP, retentionInDays=3)
        old = await _put(world, (-15 * _DAY, "old"), (-15 * _DAY + 1, "old"))
        mixed = await _put(world, (-3 * _DAY - 5, "expired"), (-3 * _DAY + 5, "kept"))
        new = await _put(world, (0, "now"), (3 * 3600 * 1000, "new"))
        assert {"tooOldLogEventEndIndex": 2, "expiredLogEventEndIndex": 2} == old[
            "rejectedLogEventsInfo"
        ]
        assert {"expiredLogEventEndIndex": 1} == mixed["rejectedLogEventsInfo"]
        assert {"tooNewLogEventStartIndex": 1} == new["rejectedLogEventsInfo"]
        assert ["kept", "now"] == (await _get(world, startFromHead=True))[0]

    watched(check)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (((1, "b"), (0, "a")), "must be in chronological order"),
        (((-_DAY, "a"), (1, "b")), "cannot span more than 24 hours"),
        (((0, "x" * 1_048_576),), "Upload too large: 1048602 bytes exceeds limit of 1048576"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(
    events: tuple[tuple[int, str], ...], message: str
) -> None:
    """Nothing of it is kept."""

    async def check(world: Watched) -> None:
        await _begin(world)
        with pytest.raises(ApiError) as refusal:
            await _put(world, *events)
        assert "InvalidParameterException" == refusal.value.code
        assert message in str(refusal.value.message)
        assert [] == (await _get(world))[0]

    watched(check)


def test_events_are_gone_after_their_retention() -> None:
    """At once for readers, and from the disk at the next look."""

    async def check(world: Watched) -> None:
        await _begin(world)
        await _put(world, (0, "first"), (3600_000, "second"))
        await world.ask_logs("PutRetentionPolicy", logGroupName=_GROUP, retentionInDays=1)
        world.made.clock.advance(_DAY + 1800_000)
        assert ["second"] == (await _get(world))[0]
        await trim(world.region)
        await world.ask_logs("DeleteRetentionPolicy", logGroupName=_GROUP)
        assert ["second"] == (await _get(world))[0]

    watched(check)


def test_a_deleted_group_leaves_nothing() -> None:
    """A new one of its name is empty."""

    async def check(world: Watched) -> None:
        await _begin(world)
        await _put(world, (0, "first"))
        await world.ask_logs("DeleteLogGroup", logGroupName=_GROUP)
        with pytest.raises(ApiError) as refusal:
            await _get(world)
        await _begin(world)
        assert ("ResourceNotFoundException", []) == (refusal.value.code, (await _get(world))[0])

    watched(check)


def test_a_metric_filter_counts_and_measures() -> None:
    """One for each event that fits, or what a selector names; the default where nothing fits."""

    async def check(world: Watched) -> None:
        await _begin(world)

        async def put(name: str, pattern: str, **transformation: Any) -> None:
            members = {"metricNamespace": "App", "metricName": name, **transformation}
            await world.ask_logs(
                "PutMetricFilter",
                logGroupName=_GROUP,
                filterName=name,
                filterPattern=pattern,
                metricTransformations=[members],
            )

        await put("errors", "ERROR", metricValue="1", defaultValue=0.0)
        await put("latency", "{ $.ms > 0 }", metricValue="$.ms", unit="Milliseconds")
        await put("by", "{ $.ms > 0 }", metricValue="1", dimensions={"User": "$.user"})
        await _put(world, (0, "ERROR"), (1, "fine"), (2, '{"ms": 40, "user": "ann"}'))
        found = {}
        for name, dimensions in (("errors", ""), ("latency", ""), ("by", "ann")):
            answer = await world.ask(
                "GetMetricStatistics",
                Namespace="App",
                MetricName=name,
                Dimensions=[{"Name": "User", "Value": dimensions}] if dimensions else [],
                StartTime=float(BEGIN_S),
                EndTime=float(BEGIN_S + 60),
                Period=60,
                Statistics=["Sum", "SampleCount"],
            )
            (point,) = answer["Datapoints"]
            found[name] = (point["Sum"], point["SampleCount"], point["Unit"])
        assert {
            "errors": (1.0, 3.0, "None"),
            "latency": (40.0, 1.0, "Milliseconds"),
            "by": (1.0, 1.0, "None"),
        } == found

    watched(check)


def test_a_subscription_filter_hands_events_to_a_function() -> None:
    """Packed as AWS packs them, and not in the writer's request."""

    async def check(world: Watched) -> None:
        await _begin(world)
        function = "arn:aws:lambda:eu-west-1:000000000000:function:see"
        await world.ask_logs(
            "PutSubscriptionFilter",
            logGroupName=_GROUP,
            filterName="errors",
            filterPattern="ERROR",
            destinationArn=function,
        )
        await _put(world, (0, "ERROR"), (1, "fine"))
        tasks = world.region.tasks
        (name,) = [one for one in tasks.names() if "subscription" in one]
        await tasks.ended(name)
        _, operation, request = world.neighbours.asked[-1]
        data = json.loads(
            gzip.decompress(b64decode(json.loads(request["Payload"])["awslogs"]["data"]))
        )
        assert ("Invoke", "Event", function) == (
            operation,
            request["InvocationType"],
            request["FunctionName"],
        )
        assert (_GROUP, ["ERROR"]) == (
            data["logGroup"],
            [event["message"] for event in data["logEvents"]],
        )

    watched(check)
