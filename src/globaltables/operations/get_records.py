"""GetRecords: the next records of a shard."""

from typing import Any

import orjson

from globaltables.capacity.traffic import Event
from globaltables.foundation.errors import resource_not_found
from globaltables.foundation.limits import STREAM_RECORDS_MAX
from globaltables.itemstore.region import Region
from globaltables.operations.context import Answer, Call
from globaltables.operations.stream_access import check_access
from globaltables.streams.descriptions import shard_not_found
from globaltables.streams.iterators import ShardIterator, parse
from globaltables.streams.paging import checked_limit
from globaltables.streams.reading import read_page
from globaltables.streams.records import stream_record
from globaltables.streams.shards import expired
from globaltables.streams.signing import iterator_secret
from globaltables.tables.definitions import Stream, Table


async def handle(call: Call) -> Answer:
    """Answer GetRecords."""
    region = call.region
    limit = checked_limit(call.request, STREAM_RECORDS_MAX)
    secret = await iterator_secret(region)
    now_ms = region.clock.now_ms()
    iterator = parse(call.request["ShardIterator"], secret, now_ms)
    present = region.hlc.tick()
    table, stream = _stream_of(region, iterator, present)
    check_access(call, table, stream)
    page = await read_page(
        region.store, table, stream, iterator.shard_index, iterator.after, limit, present
    )
    view_type = stream.view_type
    answer: dict[str, Any] = {
        "Records": [stream_record(record, table, view_type) for record in page.records]
    }
    if page.next_after is not None:
        following = ShardIterator(
            table.number, stream.started_stamp, iterator.shard_index, page.next_after, now_ms
        )
        answer["NextShardIterator"] = following.token(secret)
    body = orjson.dumps(answer)
    labelled = (
        ("Operation", "GetRecords"),
        ("StreamLabel", stream.label),
        ("TableName", table.name),
    )
    happened = region.traffic.happened
    happened(Event(table.account, "ReturnedRecordsCount", labelled), float(len(page.records)))
    happened(Event(table.account, "ReturnedBytes", labelled), float(len(body)))
    return body


def _stream_of(region: Region, iterator: ShardIterator, present: int) -> tuple[Table, Stream]:
    """Return what an iterator reads, if it is still there.

    Raises:
        ApiError: ResourceNotFoundException when the table was deleted or the stream's 24 hours are over.
    """
    table = region.catalog.by_number(iterator.table_number)
    if table is None:
        raise resource_not_found()
    for stream in table.streams:
        if stream.started_stamp == iterator.started_stamp and not expired(stream, present):
            return table, stream
    raise shard_not_found()
