"""The shards of a stream, computed from its life: one is open at a time, each is the parent of the next.

A stream's life is cut into spans of STREAM_SHARD_DURATION_MS, counted in log positions from where it was enabled. The
last span is the open shard, unless the stream was disabled. AWS closes and replaces its shards about as often; readers
that follow the tree from parent to child meet here what they meet there.
"""

from dataclasses import dataclass
from hashlib import blake2s

from globaltables.foundation.limits import STREAM_RETENTION_MS, STREAM_SHARD_DURATION_MS
from globaltables.runtime.clock import stamp_at, stamp_ms
from globaltables.tables.definitions import Stream, Table

_SPAN = stamp_at(STREAM_SHARD_DURATION_MS)


@dataclass(frozen=True, slots=True)
class Shard:
    """A span of log positions [start, end) of one stream life.

    Attributes:
        index: 0 for the first shard of the stream's life.
        start: the lowest position that a record of this shard can have.
        end: the position after the highest one; None while the shard is open.
        id: 37 characters, in the order of the shards.
        parent_id: None for the first shard; the parent may have been trimmed already.
    """

    index: int
    start: int
    end: int | None
    id: str
    parent_id: str | None


def trim_horizon(present: int) -> int:
    """Return the lowest position that a reader may still see at a present position."""
    return max(0, present - stamp_at(STREAM_RETENTION_MS))


def expired(stream: Stream, present: int) -> bool:
    """Tell whether a stream was disabled so long ago that nothing of it is left."""
    return stream.ended_stamp is not None and stream.ended_stamp <= trim_horizon(present)


def visible_shards(table: Table, stream: Stream, present: int) -> list[Shard]:
    """Return the shards that hold or may still get records younger than 24 hours, oldest first.

    Args:
        table: the stream's table.
        stream: one life of its stream.
        present: a position that no later change of the region will be below.
    """
    horizon = trim_horizon(present)
    first = max(0, (horizon - stream.started_stamp) // _SPAN)
    last = _last_index(stream, present)
    return [shard(table, stream, index, present) for index in range(first, last + 1)]


def shard(table: Table, stream: Stream, index: int, present: int) -> Shard:
    """Return the shard of that index, which must have begun."""
    start = stream.started_stamp + index * _SPAN
    end: int | None = start + _SPAN
    if index == _last_index(stream, present):
        end = stream.ended_stamp
    parent_id = _shard_id(table, stream, index - 1) if index else None
    return Shard(index, start, end, _shard_id(table, stream, index), parent_id)


def find_shard(table: Table, stream: Stream, shard_id: str, present: int) -> Shard | None:
    """Return the visible shard of that id."""
    shards = visible_shards(table, stream, present)
    return next((found for found in shards if found.id == shard_id), None)


def _last_index(stream: Stream, present: int) -> int:
    if stream.ended_stamp is None:
        return max(0, present - stream.started_stamp) // _SPAN
    return max(0, stream.ended_stamp - 1 - stream.started_stamp) // _SPAN


def _shard_id(table: Table, stream: Stream, index: int) -> str:
    """Return `shardId-` with the shard's start in milliseconds, which gives the order, and a fingerprint."""
    start = stream.started_stamp + index * _SPAN
    identity = f"{table.table_id}/{stream.label}/{index}".encode()
    fingerprint = blake2s(identity, digest_size=4).hexdigest()
    return f"shardId-{stamp_ms(start):020d}-{fingerprint}"
