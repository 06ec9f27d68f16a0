"""GetRecords."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.target import REGION, Target

MakeStream = Callable[..., Any]
KEY = {"pk": {"S": "a"}}


def test_get_records_put_update_delete_gives_three_events_in_order(make_stream: MakeStream) -> None:
    """Each change is one record, with the images before and after it."""
    stream = make_stream()
    stream.put("a", x="1")
    stream.put("a", x="2")
    stream.client.delete_item(TableName=stream.table, Key=KEY)
    found = [
        (
            record["eventName"],
            record["dynamodb"].get("OldImage", {}).get("x", {}).get("S"),
            record["dynamodb"].get("NewImage", {}).get("x", {}).get("S"),
        )
        for record in stream.records()
    ]
    assert [("INSERT", None, "1"), ("MODIFY", "1", "2"), ("REMOVE", "2", None)] == found


def test_get_records_no_op_writes_give_no_record(make_stream: MakeStream) -> None:
    """A put of the same item, an update to the same value and a deletion of nothing emit nothing."""
    stream = make_stream()
    stream.put("a", x="1")
    stream.put("a", x="1")
    stream.client.update_item(
        TableName=stream.table,
        Key=KEY,
        UpdateExpression="SET x = :x",
        ExpressionAttributeValues={":x": {"S": "1"}},
    )
    stream.client.delete_item(TableName=stream.table, Key={"pk": {"S": "missing"}})
    assert ["INSERT"] == [record["eventName"] for record in stream.records()]


def test_get_records_a_record_has_aws_members(make_stream: MakeStream) -> None:
    """The members that do not depend on time or chance."""
    stream = make_stream("KEYS_ONLY")
    stream.put("a", x="1")
    (record,) = stream.records()
    change = record["dynamodb"]
    assert ("1.1", "aws:dynamodb", REGION) == (
        record["eventVersion"],
        record["eventSource"],
        record["awsRegion"],
    )
    assert (KEY, 3, "KEYS_ONLY") == (
        change["Keys"],
        change["SizeBytes"],
        change["StreamViewType"],
    )
    assert change["SequenceNumber"].isdecimal()


@pytest.mark.parametrize(
    ("view_type", "images"),
    [
        ("KEYS_ONLY", set()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
def test_get_records_view_type_decides_the_images(
    make_stream: MakeStream, view_type: str, images: set[str]
) -> None:
    """A MODIFY record shows the images of its stream's view type."""
    stream = make_stream(view_type)
    stream.put("a", x="1")
    stream.put("a", x="2")
    change = stream.records()[-1]["dynamodb"]
    assert images == {"NewImage", "OldImage"} & set(change)


def test_get_records_old_image_of_an_item_of_keys_only_is_the_keys(
    make_stream: MakeStream,
) -> None:
    """An item that had nothing but its key has an old image."""
    stream = make_stream("OLD_IMAGE")
    stream.put("a")
    stream.put("a", x="1")
    assert KEY == stream.records()[-1]["dynamodb"]["OldImage"]


def test_get_records_limit_splits_the_shard_into_pages(make_stream: MakeStream) -> None:
    """The next iterator goes on where the page ended."""
    stream = make_stream("KEYS_ONLY")
    for key in "abc":
        stream.put(key)
    iterator, found = stream.iterator(), []
    for _ in range(3):
        page = stream.streams.get_records(ShardIterator=iterator, Limit=1)
        found += [record["dynamodb"]["Keys"]["pk"]["S"] for record in page["Records"]]
        iterator = page["NextShardIterator"]
    assert list("abc") == found


def test_get_records_page_ends_at_one_megabyte(make_stream: MakeStream) -> None:
    """A page holds no more than about 1 MB of records."""
    stream = make_stream("NEW_IMAGE")
    for key in "abcdef":
        stream.put(key, x="x" * 300_000)
    assert 4 == len(stream.records())


@pytest.mark.parametrize(
    ("limit", "bound"), [(0, "greater than or equal to 1"), (1001, "less than or equal to 1000")]
)
def test_get_records_limit_out_of_range_is_refused(
    make_stream: MakeStream, target: Target, limit: int, bound: str
) -> None:
    """Limit is 1 to 1,000."""
    request = {"ShardIterator": make_stream("KEYS_ONLY").iterator(), "Limit": limit}
    reply = target.call("GetRecords", request, service="dynamodbstreams")
    assert (
        f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
        f"Member must have value {bound}"
    ) == reply.message


def test_get_records_foreign_iterator_is_refused(target: Target) -> None:
    """An iterator that this service did not give is a ValidationException."""
    request = {"ShardIterator": "sdfsdfsgagaddafgagasgasgasdfasdfasdfasdfasdgasdasdgasdg"}
    assert (
        "ValidationException" == target.call("GetRecords", request, service="dynamodbstreams").code
    )


def test_get_records_disabled_stream_is_read_to_its_end(make_stream: MakeStream) -> None:
    """A closed shard stays readable and has no next iterator behind its last record."""
    stream = make_stream("KEYS_ONLY")
    stream.put("a")
    iterator = stream.iterator()
    stream.disable()
    stream.put("b")
    page = stream.streams.get_records(ShardIterator=iterator)
    keys = [record["dynamodb"]["Keys"] for record in page["Records"]]
    assert ([KEY], False) == (keys, "NextShardIterator" in page)


def test_get_records_transaction_gives_a_record_per_item(make_stream: MakeStream) -> None:
    """Every item that a transaction changes has its record."""
    stream = make_stream("KEYS_ONLY")
    puts = [{"Put": {"TableName": stream.table, "Item": {"pk": {"S": key}}}} for key in ("a", "b")]
    stream.client.transact_write_items(TransactItems=puts)
    found = {record["dynamodb"]["Keys"]["pk"]["S"] for record in stream.records()}
    assert {"a", "b"} == found
