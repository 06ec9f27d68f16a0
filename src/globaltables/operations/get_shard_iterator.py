"""GetShardIterator: a position in a shard, to read from with GetRecords."""

from globaltables.operations.context import Answer, Call
from globaltables.operations.stream_access import allowed_stream
from globaltables.streams.descriptions import shard_not_found
from globaltables.streams.iterators import ShardIterator
from globaltables.streams.positions import requested_position
from globaltables.streams.shards import find_shard
from globaltables.streams.signing import iterator_secret


async def handle(call: Call) -> Answer:
    """Answer GetShardIterator."""
    request, region = call.request, call.region
    secret = await iterator_secret(region)
    present = region.hlc.tick()
    now_ms = region.clock.now_ms()
    arn = request["StreamArn"]
    table, stream = allowed_stream(call, arn, present)
    shard = find_shard(table, stream, request["ShardId"], present)
    if shard is None:
        raise shard_not_found()
    after = requested_position(request, shard, present, region.store.durable_position, now_ms)
    iterator = ShardIterator(table.number, stream.started_stamp, shard.index, after, now_ms)
    return {"ShardIterator": iterator.token(secret)}
