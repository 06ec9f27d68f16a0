"""DescribeStream: a stream and its shards, oldest first."""

from typing import Any

from globaltables.foundation.errors import validation
from globaltables.foundation.limits import STREAM_LIST_MAX
from globaltables.operations.context import Answer, Call
from globaltables.operations.stream_access import allowed_stream
from globaltables.streams.descriptions import shard_description, stream_description
from globaltables.streams.paging import checked_limit
from globaltables.streams.shards import Shard, visible_shards


def handle(call: Call) -> Answer:
    """Answer DescribeStream."""
    request, region = call.request, call.region
    limit = checked_limit(request, STREAM_LIST_MAX)
    arn = request["StreamArn"]
    present = region.hlc.tick()
    table, stream = allowed_stream(call, arn, present)
    shards = _filtered(visible_shards(table, stream, present), request)
    page = shards[:limit]
    answer = stream_description(table, stream)
    answer["Shards"] = [shard_description(shard) for shard in page]
    if len(shards) > limit:
        answer["LastEvaluatedShardId"] = page[-1].id
    return {"StreamDescription": answer}


def _filtered(shards: list[Shard], request: dict[str, Any]) -> list[Shard]:
    """Return the shards that the request asks for; an id that is none of ours only marks a place in the order."""
    if (parent := request.get("ShardFilter")) is not None:
        if "ShardId" not in parent or "Type" not in parent:
            raise validation("ShardFilter must have both Type and ShardId")
        shards = [shard for shard in shards if shard.parent_id == parent["ShardId"]]
    if (after := request.get("ExclusiveStartShardId")) is not None:
        shards = [shard for shard in shards if shard.id > after]
    return shards
