"""Streams: made, listed, deleted."""

from typing import Any

from globaltables.companions.logs.groups import existing
from globaltables.companions.logs.requests import (
    exists_already,
    group_arn,
    group_name,
    invalid,
    not_found,
    page,
)
from globaltables.companions.logs.stored import (
    drop_events,
    next_number,
    put_stream,
    stream_named,
    streams_of,
)
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.stage import Stage

#: Sequence tokens are there for clients that want one; nothing looks at them.
SEQUENCE_TOKEN = "49039859561873458765432100000000000000000000000000000000"


async def create_log_stream(call: ServiceCall) -> dict[str, Any]:
    """Answer CreateLogStream."""
    group, name = call.request["logGroupName"], call.request["logStreamName"]
    now_ms = call.region.clock.now_ms()

    def decide(stage: Stage) -> None:
        existing(stage, call.account, group)
        if stream_named(stage, call.account, group, name) is not None:
            raise exists_already("log stream")
        stream = {"number": next_number(stage), "created": now_ms}
        put_stream(stage, call.account, group, name, stream)

    await call.region.store.submit(decide)
    return {}


async def delete_log_stream(call: ServiceCall) -> dict[str, Any]:
    """Answer DeleteLogStream."""
    group, name = call.request["logGroupName"], call.request["logStreamName"]

    def decide(stage: Stage) -> None:
        existing(stage, call.account, group)
        stream = stream_named(stage, call.account, group, name)
        if stream is None:
            raise not_found("log stream")
        drop_events(stage, stream)
        put_stream(stage, call.account, group, name, None)

    await call.region.store.submit(decide)
    return {}


def describe_log_streams(call: ServiceCall) -> dict[str, Any]:
    """Answer DescribeLogStreams."""
    request = call.request
    group = group_name(request)
    existing(call.region.store.reader(), call.account, group)
    by_time = request.get("orderBy") == "LastEventTime"
    prefix = request.get("logStreamNamePrefix")
    if by_time and prefix is not None:
        raise invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    found = [
        one
        for one in streams_of(call.region.store.reader(), call.account, group)
        if one[0].startswith(prefix or "")
    ]
    if by_time:
        found.sort(key=lambda one: one[1].get("last", 0))
    if request.get("descending"):
        found.reverse()
    shown, token = page(request, found)
    answer: dict[str, Any] = {"logStreams": [_described(call, group, *one) for one in shown]}
    return answer if token is None else {**answer, "nextToken": token}


def _described(call: ServiceCall, group: str, name: str, stream: Document) -> dict[str, Any]:
    found = {
        "logStreamName": name,
        "creationTime": stream["created"],
        "firstEventTimestamp": stream.get("first"),
        "lastEventTimestamp": stream.get("last"),
        "lastIngestionTime": stream.get("ingested"),
        "uploadSequenceToken": SEQUENCE_TOKEN,
        "arn": f"{group_arn(call, group)}:log-stream:{name}",
        "storedBytes": stream.get("bytes", 0),
    }
    return {member: value for member, value in found.items() if value is not None}
