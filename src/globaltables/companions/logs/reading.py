"""GetLogEvents and FilterLogEvents."""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Any

from globaltables.companions.logs.groups import existing
from globaltables.companions.logs.requests import (
    group_name,
    invalid,
    matcher_of,
    not_found,
    place_of,
    token_of,
    unsupported,
)
from globaltables.companions.logs.stored import (
    Event,
    events_of,
    oldest_kept,
    stream_named,
    streams_of,
)
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.foundation.limits import (
    LOG_EVENT_OVERHEAD_BYTES,
    LOG_PAGE_BYTES_MAX,
    LOG_PAGE_EVENTS_MAX,
    LOG_SCAN_EVENTS_MAX,
)

_END = (2**63, 0)
#: Time and stamp.
_Place = tuple[int, int]


def get_log_events(call: ServiceCall) -> dict[str, Any]:
    """Answer GetLogEvents; a token is good for both ends of what was shown, whether events come behind it or not."""
    request, reader = call.request, call.region.store.reader()
    group_of, name = group_name(request), request["logStreamName"]
    group = existing(reader, call.account, group_of)
    stream = stream_named(reader, call.account, group_of, name)
    if stream is None:
        raise not_found("log stream")
    oldest = oldest_kept(group, call.region.clock.now_ms())
    start = (max(request.get("startTime", 0), oldest), 0)
    end = (request["endTime"], 0) if "endTime" in request else _END
    direction, token = _direction(request.get("nextToken"))
    backwards = direction == "b" or (not direction and not request.get("startFromHead"))
    if direction == "f":
        start = max(start, (token[0], token[1] + 1))
    elif direction == "b":
        end = min(end, token)
    found = events_of(reader, name, stream, start, end, reverse=backwards)
    events = list(_bounded(found, request.get("limit", LOG_PAGE_EVENTS_MAX)))
    if backwards:
        events.reverse()
    first, last = token, token
    if events:
        first = (events[0].time_ms, events[0].stamp)
        last = (events[-1].time_ms, events[-1].stamp)
    elif not direction:
        first = last = end if backwards else start
        last = (last[0], last[1] - 1) if last[1] else (max(last[0] - 1, 0), 2**63)
    return {
        "events": [_shown(event) for event in events],
        "nextForwardToken": f"f/{last[0]:020}{last[1]:036}/s",
        "nextBackwardToken": f"b/{first[0]:020}{first[1]:036}/s",
    }


def filter_log_events(call: ServiceCall) -> dict[str, Any]:
    """Answer FilterLogEvents; a page may be empty and have a token, as on AWS."""
    request, reader = call.request, call.region.store.reader()
    group_of = group_name(request)
    group = existing(reader, call.account, group_of)
    if request.get("startFromHead") is False:
        raise unsupported("startFromHead=false")
    match = matcher_of(request.get("filterPattern", ""))
    oldest = oldest_kept(group, call.region.clock.now_ms())
    start = (max(request.get("startTime", 0), oldest), 0)
    end = (request["endTime"] + 1, 0) if "endTime" in request else _END
    place = place_of(request.get("nextToken"))
    if place:
        start = max(start, _parsed(place))
    names = request.get("logStreamNames")
    prefix = request.get("logStreamNamePrefix")
    if names is not None and prefix is not None:
        raise invalid("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.")
    streams = [
        one
        for one in streams_of(reader, call.account, group_of)
        if (names is None or one[0] in names) and one[0].startswith(prefix or "")
    ]
    if names is not None and len(streams) < len(set(names)):
        raise not_found("log stream")
    found = merge(*(events_of(reader, name, one, start, end) for name, one in streams))
    limit, size = request.get("limit", LOG_PAGE_EVENTS_MAX), 0
    events: list[dict[str, Any]] = []
    answer: dict[str, Any] = {"events": events, "searchedLogStreams": []}
    for seen, event in enumerate(found):
        if len(events) == limit or seen >= LOG_SCAN_EVENTS_MAX or size > LOG_PAGE_BYTES_MAX:
            answer["nextToken"] = token_of(f"{event.time_ms}:{event.stamp}")
            break
        if match(event.message) is not None:
            events.append(
                {**_shown(event), "logStreamName": event.stream, "eventId": event.event_id}
            )
            size += _size(event)
    return answer


def events_between(
    reader: Reader, account: str, group_of: str, start: tuple[int, int], end_ms: int, number: int
) -> Iterator[Event]:
    """Return the events of a group from a time and stamp on, before a time, in order, so many at the most."""
    streams = streams_of(reader, account, group_of)
    found = merge(*(events_of(reader, name, one, start, (end_ms, 0)) for name, one in streams))
    return islice(found, number)


def _bounded(events: Iterable[Event], number: int) -> Iterator[Event]:
    size = 0
    for event in islice(events, number):
        size += _size(event)
        if size > LOG_PAGE_BYTES_MAX:
            return
        yield event


def _size(event: Event) -> int:
    return len(event.message) + LOG_EVENT_OVERHEAD_BYTES


def _shown(event: Event) -> dict[str, Any]:
    return {
        "timestamp": event.time_ms,
        "message": event.message,
        "ingestionTime": event.ingested_ms,
    }


def _direction(token: str | None) -> tuple[str, _Place]:
    """Return the direction and the place of a token of GetLogEvents; no direction without one.

    Raises:
        ApiError: InvalidParameterException.
    """
    if token is None:
        return "", (0, 0)
    direction, _, digits = token.removesuffix("/s").partition("/")
    if direction not in ("f", "b") or len(digits) != 56 or not digits.isdecimal():
        raise invalid("The specified nextToken is invalid.")
    return direction, (int(digits[:20]), int(digits[20:]))


def _parsed(place: str) -> _Place:
    time, _, stamp = place.partition(":")
    if not (time.isdecimal() and stamp.isdecimal()):
        raise invalid("The specified nextToken is invalid.")
    return int(time), int(stamp)
