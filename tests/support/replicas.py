"""Equal empty tables in several regions, and what has arrived in each."""

from typing import Any

from tests.support.target import Target

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


def create_equal_tables(target: Target, regions: list[str], **definition: Any) -> None:
    """Create the table in every region; a stream and on-demand capacity unless the definition says otherwise."""
    for region in regions:
        client = target.client(region)
        client.create_table(
            **{"BillingMode": "PAY_PER_REQUEST", "StreamSpecification": STREAM, **definition}
        )
        client.get_waiter("table_exists").wait(TableName=definition["TableName"])


def count_items(target: Target, region: str, table: str) -> int:
    """Return how many items a full scan of the table finds in the region."""
    pages = target.client(region).get_paginator("scan").paginate(TableName=table, Select="COUNT")
    return sum(page["Count"] for page in pages)


def stream_records(target: Target, region: str, table: str) -> list[dict[str, Any]]:
    """Return every record of the table's stream, oldest first, shard after shard."""
    streams = target.streams(region)
    arn = target.client(region).describe_table(TableName=table)["Table"]["LatestStreamArn"]
    found: list[dict[str, Any]] = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator: str | None = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            found += [dict(record["dynamodb"]) | dict(record) for record in page["Records"]]
            iterator = page.get("NextShardIterator") if page["Records"] else None
    return found
