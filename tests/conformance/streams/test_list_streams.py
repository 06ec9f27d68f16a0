"""ListStreams."""

from collections.abc import Callable
from typing import Any

from tests.support.target import Target

MakeStream = Callable[..., Any]


def test_list_streams_of_a_table_is_its_stream(make_stream: MakeStream) -> None:
    """TableName leaves only that table's streams."""
    stream = make_stream("KEYS_ONLY")
    expected = {
        "StreamArn": stream.arn,
        "TableName": stream.table,
        "StreamLabel": stream.arn.rpartition("/")[2],
    }
    assert [expected] == stream.streams.list_streams(TableName=stream.table)["Streams"]


def test_list_streams_of_a_table_without_one_is_empty(
    make_table: Callable[..., str], streams: Callable[..., Any]
) -> None:
    """A table without a stream has none."""
    answer = streams().list_streams(TableName=make_table())
    assert ([], False) == (answer["Streams"], "LastEvaluatedStreamArn" in answer)


def test_list_streams_disabled_stream_is_still_listed(make_stream: MakeStream) -> None:
    """A disabled stream is listed while it can be read; a new one is listed beside it."""
    stream = make_stream("KEYS_ONLY")
    stream.disable()
    setting = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    stream.client.update_table(TableName=stream.table, StreamSpecification=setting)
    found = stream.streams.list_streams(TableName=stream.table)["Streams"]
    assert (2, True) == (len(found), stream.arn in {entry["StreamArn"] for entry in found})


def test_list_streams_pages_show_every_stream_once(make_stream: MakeStream) -> None:
    """LastEvaluatedStreamArn is the page's last ARN and leads to the next page."""
    made = {make_stream("KEYS_ONLY").table for _ in range(3)}
    stream = make_stream("KEYS_ONLY")
    answer = stream.streams.list_streams(Limit=1)
    found = [entry["TableName"] for entry in answer["Streams"]]
    while (last := answer.get("LastEvaluatedStreamArn")) is not None:
        assert last == answer["Streams"][-1]["StreamArn"]
        answer = stream.streams.list_streams(Limit=1, ExclusiveStartStreamArn=last)
        found += [entry["TableName"] for entry in answer["Streams"]]
    assert made <= set(found)
    assert len(set(found)) == len(found)


def test_list_streams_malformed_start_is_refused(target: Target) -> None:
    """ExclusiveStartStreamArn must be a stream's ARN."""
    request = {"ExclusiveStartStreamArn": "kossaapaaasdafsdaasdasdasdasasdasfadfadfasdas"}
    reply = target.call("ListStreams", request, service="dynamodbstreams")
    assert "ValidationException" == reply.code


def test_list_streams_limit_above_100_is_refused(target: Target) -> None:
    """Limit is 1 to 100."""
    reply = target.call("ListStreams", {"Limit": 101}, service="dynamodbstreams")
    assert "ValidationException" == reply.code
