"""Batches that were given up, told of at the mapping's destination."""

import logging
from dataclasses import dataclass
from typing import Any

from globaltables.companions.functions.deliveries import deliver, moment
from globaltables.companions.functions.execution.invocation import Outcome
from globaltables.companions.functions.mappings.source import Feeding
from globaltables.foundation.errors import ApiError
from globaltables.runtime.clock import stamp_ms
from globaltables.streams.sequence_numbers import sequence_number
from globaltables.streams.shards import visible_shards
from globaltables.tables.definitions import Stream, Table

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A batch that no function will take.

    Attributes:
        positions: of its records.
        payload: what the function was given.
        condition: why: "RetryAttemptsExhausted" or "RecordAgeExceeded".
        request_id: of the last try; empty when there was none.
        tries: how many there were.
        outcome: of the last one.
    """

    positions: list[int]
    payload: bytes
    condition: str
    request_id: str
    tries: int
    outcome: Outcome | None


async def tell_of(feeding: Feeding, table: Table, stream: Stream, lost: GivenUp) -> None:
    """Send a record of a batch that was given up to where the mapping wants it, if it wants it.

    Source: Lambda developer guide, "Retain discarded records".
    """
    destination = feeding.mapping["DestinationConfig"].get("OnFailure", {}).get("Destination")
    if not destination:
        return
    try:
        target = feeding.target()
        shard = _shard(feeding, table, stream, lost.positions[0])
        record = _record(feeding, target.arn, target.version, shard, lost)
        if ":s3:" in destination:
            record["payload"] = lost.payload.decode()
        await deliver(
            feeding.region,
            feeding.account,
            destination,
            record,
            target.configuration["Role"],
            key=_key(feeding, shard),
        )
    except ApiError as error:
        _log.warning("a batch that %s gave up is told of nowhere: %s", feeding.uuid, error)


def _record(feeding: Feeding, arn: str, version: str, shard: str, lost: GivenUp) -> dict[str, Any]:
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": lost.request_id,
            "functionArn": arn,
            "condition": lost.condition,
            "approximateInvokeCount": lost.tries,
        }
    }
    if lost.outcome is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": version}
        if lost.outcome.error_type:
            context["functionError"] = "Unhandled"
        record["responseContext"] = context
    first, last = lost.positions[0], lost.positions[-1]
    return {
        **record,
        "version": "1.0",
        "timestamp": moment(feeding.region.clock.now_ms()),
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": sequence_number(first),
            "endSequenceNumber": sequence_number(last),
            "approximateArrivalOfFirstRecord": moment(stamp_ms(first)),
            "approximateArrivalOfLastRecord": moment(stamp_ms(last)),
            "batchSize": len(lost.positions),
            "streamArn": feeding.mapping["EventSourceArn"],
        },
    }


def _shard(feeding: Feeding, table: Table, stream: Stream, position: int) -> str:
    """Return the id of the shard that a position is in; empty when it is gone."""
    for shard in visible_shards(table, stream, feeding.region.hlc.tick()):
        if shard.start <= position and (shard.end is None or position < shard.end):
            return shard.id
    return ""


def _key(feeding: Feeding, shard: str) -> str:
    now = moment(feeding.region.clock.now_ms())
    day = now[:10].replace("-", "/")
    unique = feeding.region.randomness.uuid()
    return f"aws/lambda/{feeding.uuid}/{shard}/{day}/{now.replace(':', '.')}-{unique}"
