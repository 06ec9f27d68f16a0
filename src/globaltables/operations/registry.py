"""Every operation that is served: X-Amz-Target value -> handler. What is not listed here is served to nobody."""

from collections.abc import Mapping

from globaltables.operations import (
    delete_item,
    describe_stream,
    get_records,
    get_shard_iterator,
    list_streams,
    put_item,
    transact_write_items,
    update_item,
)
from globaltables.operations.context import Handler

HANDLERS: Mapping[str, Handler] = {
    "DynamoDB_20120810.DeleteItem": delete_item.handle,
    "DynamoDB_20120810.PutItem": put_item.handle,
    "DynamoDB_20120810.TransactWriteItems": transact_write_items.handle,
    "DynamoDB_20120810.UpdateItem": update_item.handle,
    "DynamoDBStreams_20120810.DescribeStream": describe_stream.handle,
    "DynamoDBStreams_20120810.GetRecords": get_records.handle,
    "DynamoDBStreams_20120810.GetShardIterator": get_shard_iterator.handle,
    "DynamoDBStreams_20120810.ListStreams": list_streams.handle,
}
