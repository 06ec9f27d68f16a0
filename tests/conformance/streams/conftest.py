"""What every test of streams does: make a table with one, find its shard, read it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodbstreams import DynamoDBStreamsClient

MakeTable = Callable[..., str]
Item = dict[str, Any]


class StreamOf:
    """The enabled stream of a table of its own.

    Attributes:
        table: the table's name.
        arn: the stream's ARN.
    """

    def __init__(self, client: Any, streams: "DynamoDBStreamsClient", table: str) -> None:
        self.client = client
        self.streams = streams
        self.table = table
        self.arn = client.describe_table(TableName=table)["Table"]["LatestStreamArn"]

    def shard(self) -> str:
        """Return the id of the newest shard."""
        description = self.streams.describe_stream(StreamArn=self.arn)["StreamDescription"]
        return description["Shards"][-1]["ShardId"]

    def iterator(self, kind: Any = "TRIM_HORIZON", **members: Any) -> str:
        """Return an iterator of the newest shard."""
        answer = self.streams.get_shard_iterator(
            StreamArn=self.arn, ShardId=self.shard(), ShardIteratorType=kind, **members
        )
        return answer["ShardIterator"]

    def records(self, kind: Any = "TRIM_HORIZON", **members: Any) -> list[Any]:
        """Return one page of records of the newest shard."""
        return list(
            self.streams.get_records(ShardIterator=self.iterator(kind, **members))["Records"]
        )

    def put(self, key: str, **attributes: Any) -> None:
        """Write an item with string attributes."""
        item = {"pk": {"S": key}, **{name: {"S": text} for name, text in attributes.items()}}
        self.client.put_item(TableName=self.table, Item=item)

    def disable(self) -> None:
        """Disable the stream."""
        self.client.update_table(TableName=self.table, StreamSpecification={"StreamEnabled": False})


@pytest.fixture
def make_stream(
    make_table: MakeTable, client: Callable[..., Any], streams: Callable[..., Any]
) -> Callable[..., StreamOf]:
    """Make a table with a stream: `make_stream()`, `make_stream("KEYS_ONLY")`."""

    def make(view_type: str = "NEW_AND_OLD_IMAGES") -> StreamOf:
        setting = {"StreamEnabled": True, "StreamViewType": view_type}
        return StreamOf(client(), streams(), make_table(StreamSpecification=setting))

    return make
