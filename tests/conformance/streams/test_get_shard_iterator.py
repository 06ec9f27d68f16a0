"""GetShardIterator."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.target import Target

MakeStream = Callable[..., Any]
SEQUENCE_NUMBER = "1" + "0" * 20


def keys_of(records: list[Any]) -> list[str]:
    """Return the partition keys of records."""
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]


def test_get_shard_iterator_latest_skips_what_was_written_before(make_stream: MakeStream) -> None:
    """LATEST reads only what comes later."""
    stream = make_stream("KEYS_ONLY")
    stream.put("before")
    iterator = stream.iterator("LATEST")
    stream.put("after")
    page = stream.streams.get_records(ShardIterator=iterator)
    assert ["after"] == keys_of(page["Records"])


def test_get_shard_iterator_sequence_number_types_include_and_exclude_it(
    make_stream: MakeStream,
) -> None:
    """AT_SEQUENCE_NUMBER begins with the record, AFTER_SEQUENCE_NUMBER behind it."""
    stream = make_stream("KEYS_ONLY")
    for key in "abc":
        stream.put(key)
    number = stream.records()[1]["dynamodb"]["SequenceNumber"]
    at = stream.records("AT_SEQUENCE_NUMBER", SequenceNumber=number)
    after = stream.records("AFTER_SEQUENCE_NUMBER", SequenceNumber=number)
    assert (["b", "c"], ["c"]) == (keys_of(at), keys_of(after))


def test_get_shard_iterator_starting_sequence_number_reads_the_whole_shard(
    make_stream: MakeStream,
) -> None:
    """A shard's StartingSequenceNumber is a position from which everything is read."""
    stream = make_stream("KEYS_ONLY")
    stream.put("a")
    description = stream.streams.describe_stream(StreamArn=stream.arn)["StreamDescription"]
    number = description["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]
    assert ["a"] == keys_of(stream.records("AT_SEQUENCE_NUMBER", SequenceNumber=number))


def refusal(target: Target, stream: Any, **members: Any) -> tuple[str, str]:
    """Return code and text with which a request is refused."""
    request = {
        "StreamArn": stream.arn,
        "ShardId": stream.shard(),
        "ShardIteratorType": "LATEST",
        **members,
    }
    reply = target.call("GetShardIterator", request, service="dynamodbstreams")
    return reply.code, reply.message


@pytest.mark.parametrize(
    "members",
    [
        {"ShardIteratorType": "AT_SEQUENCE_NUMBER"},
        {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"},
        {"ShardIteratorType": "TRIM_HORIZON", "SequenceNumber": SEQUENCE_NUMBER},
        {"ShardIteratorType": "LATEST", "SequenceNumber": SEQUENCE_NUMBER},
        {"ShardIteratorType": "bulle"},
        {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "x" * 30},
        {"StreamArn": "sdfadsfsdfsdgdfsgsfdabadfbabdadsfsdfsdfsdfsdfsdfsdfdf"},
    ],
)
def test_get_shard_iterator_members_that_do_not_fit_are_refused(
    make_stream: MakeStream, target: Target, members: dict[str, Any]
) -> None:
    """Missing, superfluous and malformed members are a ValidationException."""
    assert "ValidationException" == refusal(target, make_stream("KEYS_ONLY"), **members)[0]


def test_get_shard_iterator_unknown_shard_is_not_found(
    make_stream: MakeStream, target: Target
) -> None:
    """A shard id that the stream does not have is a ResourceNotFoundException."""
    stream = make_stream("KEYS_ONLY")
    unknown = "shardId-00000000000000000001-00000001"
    assert (
        "ResourceNotFoundException",
        "Requested resource not found: Shard does not exist",
    ) == refusal(target, stream, ShardId=unknown)


def test_get_shard_iterator_unknown_stream_is_not_found(
    make_stream: MakeStream, target: Target
) -> None:
    """A stream ARN with another label is a ResourceNotFoundException with the ARN in its text."""
    stream = make_stream("KEYS_ONLY")
    arn = stream.arn.rpartition("/")[0] + "/2017-10-05T14:36:01.514"
    assert (
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {arn} not found",
    ) == refusal(target, stream, StreamArn=arn)
