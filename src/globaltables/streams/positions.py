"""Where reading starts: the four iterator types and AT_TIMESTAMP as log positions.

A position is always given as the one AFTER which reading continues.
"""

from collections.abc import Mapping
from typing import Any

from globaltables.foundation.errors import ApiError, validation
from globaltables.runtime.clock import stamp_at
from globaltables.streams.sequence_numbers import position_of
from globaltables.streams.shards import Shard, trim_horizon


def requested_position(
    request: Mapping[str, Any], shard: Shard, present: int, durable: int, now_ms: int
) -> int:
    """Return the position after which a GetShardIterator request wants to read.

    Args:
        request: the request.
        shard: the shard that it names.
        present: a position that no later change of the region will be below.
        durable: every change up to this position can be read.
        now_ms: wall clock, milliseconds since 1970.

    Raises:
        ApiError: ValidationException when members do not fit together or the shard, TrimmedDataAccessException when
            the sequence number is older than 24 hours.
    """
    kind = request["ShardIteratorType"]
    _check_members(request, kind)
    oldest = max(shard.start, trim_horizon(present)) - 1
    match kind:
        case "TRIM_HORIZON":
            return oldest
        case "LATEST":
            return max(oldest, _within(shard, durable))
        case "AT_TIMESTAMP":
            at_ms = round(request["Timestamp"] * 1000)
            if at_ms > now_ms:
                raise validation("Timestamp must not be in the future")
            return max(oldest, _within(shard, stamp_at(at_ms) - 1))
    position = position_of(request["SequenceNumber"])
    if position is None or position < shard.start or position > _within(shard, present):
        raise validation("Invalid SequenceNumber")
    if position <= oldest:
        raise trimmed()
    return position - 1 if kind == "AT_SEQUENCE_NUMBER" else position


def trimmed() -> ApiError:
    """Return the refusal for a position whose records are gone."""
    return ApiError(
        "TrimmedDataAccessException", "The data you are trying to access has been trimmed"
    )


def _within(shard: Shard, position: int) -> int:
    return position if shard.end is None else min(position, shard.end - 1)


def _check_members(request: Mapping[str, Any], kind: str) -> None:
    """Refuse a missing SequenceNumber or Timestamp, and one that the type does not take."""
    takes = {
        "AT_SEQUENCE_NUMBER": "SequenceNumber",
        "AFTER_SEQUENCE_NUMBER": "SequenceNumber",
        "AT_TIMESTAMP": "Timestamp",
    }.get(kind)
    for member in ("SequenceNumber", "Timestamp"):
        if member == takes and member not in request:
            raise validation(f"{member} must be specified for ShardIteratorType {kind}")
        if member != takes and member in request:
            raise validation(f"{member} must not be specified for ShardIteratorType {kind}")
