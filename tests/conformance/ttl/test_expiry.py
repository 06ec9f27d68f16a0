"""Expiry of items, seen from outside."""

import time
from collections.abc import Callable
from typing import Any

from tests.support.waiting import eventually

MakeTable = Callable[..., str]
STREAM = {"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"}


def expiring_table(make_table: MakeTable, client: Any, **members: Any) -> str:
    """Return the name of a table whose items expire by `ttl`."""
    name = make_table(**members)
    client.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
    )
    return name


def put(client: Any, table: str, key: str, seconds_from_now: int) -> None:
    """Write an item that expires then."""
    at = str(int(time.time()) + seconds_from_now)
    client.put_item(TableName=table, Item={"pk": {"S": key}, "ttl": {"N": at}})


def keys_of(client: Any, table: str) -> set[str]:
    """Return the partition keys of a table's items."""
    return {item["pk"]["S"] for item in client.scan(TableName=table)["Items"]}


def test_expiry_expired_item_goes_and_others_stay(
    make_table: MakeTable, client: Callable[..., Any]
) -> None:
    """An item whose time has come is deleted; one of the future and one of long ago are not."""
    dynamodb = client()
    table = expiring_table(make_table, dynamodb)
    put(dynamodb, table, "past", -10)
    put(dynamodb, table, "future", 3600)
    put(dynamodb, table, "six years ago", -6 * 365 * 86_400)
    assert eventually(lambda: "past" not in keys_of(dynamodb, table))
    assert {"future", "six years ago"} == keys_of(dynamodb, table)


def test_expiry_stream_record_names_the_service(
    make_table: MakeTable, client: Callable[..., Any], streams: Callable[..., Any]
) -> None:
    """The stream shows an expiry as a deletion by DynamoDB."""
    dynamodb, reader = client(), streams()
    table = expiring_table(make_table, dynamodb, StreamSpecification=STREAM)
    put(dynamodb, table, "past", -10)
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shards = reader.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]

    def removal() -> Any:
        iterator = reader.get_shard_iterator(
            StreamArn=arn, ShardId=shards[0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = reader.get_records(ShardIterator=iterator)["Records"]
        return next((record for record in records if record["eventName"] == "REMOVE"), None)

    record = eventually(removal)
    assert {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"} == record["userIdentity"]
    assert {"S": "past"} == record["dynamodb"]["OldImage"]["pk"]
