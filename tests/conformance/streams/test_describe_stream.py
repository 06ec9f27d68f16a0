"""DescribeStream."""

from collections.abc import Callable
from typing import Any

from tests.support.target import Target

MakeStream = Callable[..., Any]


def described(stream: Any, **members: Any) -> Any:
    """Return the description of a stream."""
    answer = stream.streams.describe_stream(StreamArn=stream.arn, **members)
    return answer["StreamDescription"]


def test_describe_stream_enabled_has_its_settings_and_one_open_shard(
    make_stream: MakeStream,
) -> None:
    """A new stream is ENABLED and has one shard without an end."""
    stream = make_stream("NEW_IMAGE")
    description = described(stream)
    assert (
        stream.arn,
        stream.arn.rpartition("/")[2],
        "ENABLED",
        "NEW_IMAGE",
        stream.table,
        [{"AttributeName": "pk", "KeyType": "HASH"}],
    ) == (
        description["StreamArn"],
        description["StreamLabel"],
        description["StreamStatus"],
        description["StreamViewType"],
        description["TableName"],
        description["KeySchema"],
    )
    assert "CreationRequestDateTime" in description
    (shard,) = description["Shards"]
    assert {"StartingSequenceNumber"} == set(shard["SequenceNumberRange"])


def test_describe_stream_disabled_closes_its_shards(make_stream: MakeStream) -> None:
    """A disabled stream is DISABLED and its shard has an ending sequence number."""
    stream = make_stream("KEYS_ONLY")
    stream.disable()
    description = described(stream)
    (shard,) = description["Shards"]
    assert "DISABLED" == description["StreamStatus"]
    assert "EndingSequenceNumber" in shard["SequenceNumberRange"]


def test_describe_stream_after_the_last_shard_is_empty(make_stream: MakeStream) -> None:
    """ExclusiveStartShardId leaves out the shard that it names and those before it."""
    stream = make_stream("KEYS_ONLY")
    assert [] == described(stream, ExclusiveStartShardId=stream.shard())["Shards"]


def test_describe_stream_children_of_the_open_shard_are_none(make_stream: MakeStream) -> None:
    """An open shard has no children yet."""
    stream = make_stream("KEYS_ONLY")
    child_filter = {"Type": "CHILD_SHARDS", "ShardId": stream.shard()}
    assert [] == described(stream, ShardFilter=child_filter)["Shards"]


def test_describe_stream_text_that_is_no_arn_is_refused(target: Target) -> None:
    """A malformed ARN is a ValidationException."""
    request = {"StreamArn": "sdfadfsdfnlfkajakfgjalksfgklasjklasdjfklasdfasdfgasf"}
    reply = target.call("DescribeStream", request, service="dynamodbstreams")
    assert ("ValidationException", "Invalid StreamArn") == (reply.code, reply.message)


def test_describe_stream_limit_above_100_is_refused(
    make_stream: MakeStream, target: Target
) -> None:
    """Limit is 1 to 100."""
    request = {"StreamArn": make_stream("KEYS_ONLY").arn, "Limit": 101}
    reply = target.call("DescribeStream", request, service="dynamodbstreams")
    assert (
        "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 100"
    ) == reply.message
