"""PutEvents and TestEventPattern."""

from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.event_patterns import parse_pattern
from globaltables.companions.event_times import iso_seconds
from globaltables.companions.events.firing import buses_of, stage_event
from globaltables.companions.events.names import DEFAULT_BUS
from globaltables.companions.events.refusals import bad_pattern
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.message_limits import EVENTS_ENTRY_BYTES_MAX
from globaltables.itemstore.stage import Stage

_EVENT_MEMBERS = ("id", "detail-type", "source", "account", "time", "region", "resources")
_BUS_ARN_PARTS = 6


async def put_events(call: ServiceCall) -> dict[str, Any]:
    """Take events; what rules do with those that are right is durable when this is answered."""
    entries: list[dict[str, Any]] = call.request["Entries"]
    size = sum(_bytes(entry) for entry in entries)
    if size > EVENTS_ENTRY_BYTES_MAX:
        raise validation("Total size of the entries in the request is over the limit.")
    results: list[dict[str, Any]] = []
    accepted: list[tuple[str, str, Document]] = []
    for entry in entries:
        try:
            event = _event(call, entry)
        except ApiError as error:
            results.append({"ErrorCode": error.code, "ErrorMessage": error.message})
        else:
            accepted.append((*_bus(call, entry), event))
            results.append({"EventId": event["id"]})
    if accepted:
        buses = buses_of(call.region)

        def decide(stage: Stage) -> list[tuple[str, Document]]:
            return [
                staged
                for account, bus, event in accepted
                for staged in stage_event(stage, buses, account, bus, event)
            ]

        buses.start(await call.region.store.submit(decide))
    failed = sum("ErrorCode" in result for result in results)
    return {"FailedEntryCount": failed, "Entries": results}


def test_event_pattern(call: ServiceCall) -> dict[str, Any]:
    """Tell whether a pattern lets an event through."""
    pattern = parse_pattern(call.request["EventPattern"], bad_pattern)
    try:
        event = orjson.loads(call.request["Event"])
    except orjson.JSONDecodeError:
        event = None
    if not isinstance(event, dict):
        raise validation("Parameter Event is not valid. Reason: Event is not valid JSON.")
    for member in _EVENT_MEMBERS:
        if member not in event:
            raise validation(f"Parameter Event is not valid. Reason: Event must contain {member}.")
    return {"Result": pattern.matches(event)}


def _event(call: ServiceCall, entry: Mapping[str, Any]) -> Document:
    """Return the event of an entry.

    Raises:
        ApiError: what is told of the entry.
    """
    for member in ("Source", "DetailType", "Detail"):
        if not entry.get(member):
            raise ApiError(
                "InvalidArgument",
                f"Parameter {member} is not valid. Reason: {member} is a required argument.",
            )
    source: str = entry["Source"]
    if source.startswith("aws.") and call.http is not None:
        raise ApiError("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = orjson.loads(entry["Detail"])
    except orjson.JSONDecodeError:
        detail = None
    if not isinstance(detail, dict):
        raise ApiError("MalformedDetail", "Detail is malformed.")
    time_ms = call.region.clock.now_ms()
    if entry.get("Time") is not None:
        time_ms = int(entry["Time"] * 1000)
    return {
        "version": "0",
        "id": call.region.randomness.uuid(),
        "detail-type": entry["DetailType"],
        "source": source,
        "account": call.account,
        "time": iso_seconds(time_ms),
        "region": call.region.name,
        "resources": entry.get("Resources") or [],
        "detail": detail,
    }


def _bus(call: ServiceCall, entry: Mapping[str, Any]) -> tuple[str, str]:
    """Return account and name of the bus of an entry; events for one that is not there concern nobody, as on AWS."""
    text: str = entry.get("EventBusName") or DEFAULT_BUS
    parts = text.split(":")
    if len(parts) == _BUS_ARN_PARTS:
        return parts[4], parts[5].removeprefix("event-bus/")
    return call.account, text


def _bytes(entry: Mapping[str, Any]) -> int:
    """Return what an entry counts: its time 14 bytes, everything else what it is long."""
    size = 14 if entry.get("Time") is not None else 0
    texts = [entry.get(member) or "" for member in ("Source", "DetailType", "Detail")]
    return size + sum(len(text.encode()) for text in [*texts, *(entry.get("Resources") or ())])
