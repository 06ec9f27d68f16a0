"""PutLogEvents: events come in, are counted by metric filters, and go on to subscribers."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from globaltables.companions.logs.groups import existing
from globaltables.companions.logs.metric_filters import count_events
from globaltables.companions.logs.requests import invalid, not_found
from globaltables.companions.logs.stored import (
    Event,
    group_named,
    oldest_kept,
    put_event,
    put_stream,
    stream_named,
)
from globaltables.companions.logs.streams import SEQUENCE_TOKEN
from globaltables.companions.logs.subscriptions import pass_on
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import (
    LOG_BATCH_BYTES_MAX,
    LOG_BATCH_SPAN_MS,
    LOG_EVENT_BYTES_MAX,
    LOG_EVENT_OVERHEAD_BYTES,
    LOG_FUTURE_MS_MAX,
    LOG_PAST_MS_MAX,
)
from globaltables.itemstore.stage import Stage


async def put_log_events(call: ServiceCall) -> dict[str, Any]:
    """Answer PutLogEvents when the events are durable."""
    request = call.request
    group, name = request["logGroupName"], request["logStreamName"]
    events: Sequence[Mapping[str, Any]] = request["logEvents"]
    size = _checked_size(events)
    now_ms = call.region.clock.now_ms()
    known = existing(call.region.store.reader(), call.account, group)
    begin, end, rejected = _accepted(events, now_ms, oldest_kept(known, now_ms))
    accepted = events[begin:end]

    def decide(stage: Stage) -> list[Event]:
        existing(stage, call.account, group)
        stream = stream_named(stage, call.account, group, name)
        if stream is None:
            raise not_found("log stream")
        if not accepted:
            return []
        first, last = accepted[0]["timestamp"], accepted[-1]["timestamp"]
        stream["first"] = min(stream.get("first", first), first)
        stream["last"] = max(stream.get("last", last), last)
        stream["ingested"] = now_ms
        stream["bytes"] = stream.get("bytes", 0) + size
        put_stream(stage, call.account, group, name, stream)
        return [
            Event(
                one["timestamp"],
                put_event(stage, stream, one["timestamp"], now_ms, one["message"]),
                name,
                now_ms,
                one["message"],
            )
            for one in accepted
        ]

    stored = await call.region.store.submit(decide)
    current = group_named(call.region.store.reader(), call.account, group)
    if stored and current is not None:
        count_events(call.region, call.account, current, stored)
        pass_on(call, group, current, stored)
    answer: dict[str, Any] = {"nextSequenceToken": SEQUENCE_TOKEN}
    return {**answer, "rejectedLogEventsInfo": rejected} if rejected else answer


def _checked_size(events: Sequence[Mapping[str, Any]]) -> int:
    """Return the billed bytes of a batch.

    Raises:
        ApiError: InvalidParameterException.
    """
    sizes = [len(one["message"].encode()) + LOG_EVENT_OVERHEAD_BYTES for one in events]
    total = sum(sizes)
    if total > LOG_BATCH_BYTES_MAX:
        raise invalid(f"Upload too large: {total} bytes exceeds limit of {LOG_BATCH_BYTES_MAX}")
    if max(sizes) > LOG_EVENT_BYTES_MAX:
        raise invalid(
            f"Log event too large: {max(sizes)} bytes exceeds limit of {LOG_EVENT_BYTES_MAX}"
        )
    if not all(one["message"] for one in events):
        raise invalid(
            "1 validation error detected: Value '' at 'logEvents.member.message' failed to "
            "satisfy constraint: Member must have length greater than or equal to 1"
        )
    times = [one["timestamp"] for one in events]
    if any(later < earlier for earlier, later in pairwise(times)):
        raise invalid("Log events in a single PutLogEvents request must be in chronological order.")
    if times[-1] - times[0] > LOG_BATCH_SPAN_MS:
        raise invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    return total


def _accepted(
    events: Sequence[Mapping[str, Any]], now_ms: int, kept_ms: int
) -> tuple[int, int, dict[str, int]]:
    """Return which events are accepted, from and to, and what is told of the others."""
    too_old = sum(1 for one in events if one["timestamp"] < now_ms - LOG_PAST_MS_MAX)
    expired = sum(1 for one in events if one["timestamp"] < kept_ms)
    end = sum(1 for one in events if one["timestamp"] <= now_ms + LOG_FUTURE_MS_MAX)
    rejected: dict[str, int] = {}
    if end < len(events):
        rejected["tooNewLogEventStartIndex"] = end
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired:
        rejected["expiredLogEventEndIndex"] = expired
    return max(too_old, expired), end, rejected
