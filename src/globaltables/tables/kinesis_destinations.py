"""The Kinesis data streams that get a table's changes: which change of their status is allowed, and how they are shown.

At most one destination of a table is live; any number of others is remembered as DISABLED or ENABLE_FAILED. Orders of
checks and texts: dynamodb-controller, docs/api-quirks, DDB-TABLE-268, 299 to 304, 318, 319 and 460.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from globaltables.foundation.errors import ApiError, limit_exceeded, validation
from globaltables.foundation.limits import (
    KINESIS_PAST_DESTINATIONS_MAX,
    KINESIS_PRECISION_CHANGES_PER_DAY,
)
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.definitions import (
    Capture,
    DestinationStatus,
    KinesisDestination,
    Precision,
    Table,
)
from globaltables.tables.durations import (
    KINESIS_DISABLING_MS,
    KINESIS_ENABLING_MS,
    KINESIS_UPDATING_MS,
)

_DAY_MS = 24 * 3600 * 1000
_PAST = ("DISABLED", "ENABLE_FAILED")
_PRECISION = "ApproximateCreationDateTimePrecision"
_DURATIONS_MS: Mapping[str, int] = {
    "ENABLING": KINESIS_ENABLING_MS,
    "DISABLING": KINESIS_DISABLING_MS,
    "UPDATING": KINESIS_UPDATING_MS,
}


def find(table: Table, stream_arn: str) -> KinesisDestination | None:
    """Return the destination with a stream's ARN."""
    return next((one for one in table.destinations if one.stream_arn == stream_arn), None)


def with_destination(
    table: Table, stream_arn: str, precision: Precision | None, stamp: int
) -> Table:
    """Return a table that captures its changes from a position on for a stream, which is still to be looked at.

    Raises:
        ApiError: ValidationException when a destination is live.
    """
    if table.status == "DELETING" or any(one.status not in _PAST for one in table.destinations):
        raise _invalid_state(
            "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
        )
    known = find(table, stream_arn)
    captures = () if known is None else known.captures
    changes = () if known is None else known.precision_changes_ms
    destination = KinesisDestination(
        stream_arn=stream_arn,
        status="ENABLING",
        changed_ms=stamp_ms(stamp),
        precision=precision,
        captures=(*captures, Capture(stamp, precision or "MILLISECOND")),
        precision_changes_ms=changes,
    )
    if known is not None:
        return changed(table, destination)
    return replace(table, destinations=(destination, *_remembered(table.destinations)))


def without_destination(table: Table, request: Mapping[str, Any], stamp: int) -> Table:
    """Return a table whose capture of changes for a stream ends at a position; those before it are still delivered.

    Raises:
        ApiError: ValidationException when the destination is not active.
    """
    if request.get("EnableKinesisStreamingConfiguration"):
        raise validation(
            "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters"
        )
    destination = find(table, request["StreamArn"])
    if destination is not None and destination.status == "DISABLING":
        return table
    if table.status == "DELETING" or destination is None or destination.status != "ACTIVE":
        raise _invalid_state(
            "KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."
        )
    ended = replace(
        destination,
        status="DISABLING",
        changed_ms=stamp_ms(stamp),
        precision=None,
        captures=_ended(destination.captures, stamp),
    )
    return changed(table, ended)


def with_precision(table: Table, request: Mapping[str, Any], stamp: int, *, limited: bool) -> Table:
    """Return a table whose changes from a position on are delivered with times of another precision.

    Args:
        table: the table.
        request: of UpdateKinesisStreamingDestination.
        stamp: the position.
        limited: whether AWS's limit of changes a day holds.

    Raises:
        ApiError: ValidationException when the request is incomplete, changes nothing, or the destination is not
            active; LimitExceededException.
    """
    precision: Precision | None = request.get("UpdateKinesisStreamingConfiguration", {}).get(
        _PRECISION
    )
    if precision is None:
        raise validation(
            "Streaming destination cannot be updated with given parameters: "
            "UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
        )
    arn = request["StreamArn"]
    destination = find(table, arn)
    if destination is None:
        raise _invalid_state(
            f"No streaming destination with streamArn: {arn} found for table with tableName: {table.name}"
        )
    if destination.status != "ACTIVE":
        raise _invalid_state(
            "Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. "
            f"TableName: {table.name}, kdsArn: {arn}"
        )
    if precision == (destination.precision or "MILLISECOND"):
        raise validation(
            f"Invalid Request: Precision is already set to the desired value of {precision} "
            f"for tableId: {table.table_id}, kdsArn: {arn}"
        )
    now_ms = stamp_ms(stamp)
    changes = tuple(one for one in destination.precision_changes_ms if one > now_ms - _DAY_MS)
    if limited and len(changes) >= KINESIS_PRECISION_CHANGES_PER_DAY:
        raise limit_exceeded(
            "Subscriber limit exceeded: Updates of the precision of a Kinesis streaming destination are limited to "
            f"{KINESIS_PRECISION_CHANGES_PER_DAY} times in 1 day(s)."
        )
    updated = replace(
        destination,
        status="UPDATING",
        changed_ms=now_ms,
        precision=precision,
        captures=(*_ended(destination.captures, stamp), Capture(stamp, precision)),
        precision_changes_ms=(*changes, now_ms),
    )
    return changed(table, updated)


def due_ms(destination: KinesisDestination, *, realistic: bool) -> int | None:
    """Return when the change of status that is under way is to be over, None when none is."""
    duration_ms = _DURATIONS_MS.get(destination.status)
    if duration_ms is None:
        return None
    return destination.changed_ms + (duration_ms if realistic else 0)


def settled(destination: KinesisDestination) -> KinesisDestination:
    """Return a destination whose change of status is over."""
    status: DestinationStatus = "DISABLED" if destination.status == "DISABLING" else "ACTIVE"
    return replace(destination, status=status)


def not_enabled(destination: KinesisDestination, description: str) -> KinesisDestination:
    """Return a destination whose stream cannot be used; what an earlier enabling captured is still delivered."""
    captures = destination.captures[:-1]
    return replace(
        destination,
        status="ENABLE_FAILED",
        precision=None,
        description=description,
        captures=captures,
    )


def given_up(destination: KinesisDestination, description: str, now_ms: int) -> KinesisDestination:
    """Return a destination whose stream took nothing for so long that nothing more is delivered to it."""
    return replace(
        destination,
        status="DISABLED",
        changed_ms=now_ms,
        precision=None,
        description=description,
        captures=(),
    )


def delivered(destination: KinesisDestination, started_stamp: int) -> KinesisDestination:
    """Return a destination that has got every change of one capture."""
    captures = tuple(one for one in destination.captures if one.started_stamp != started_stamp)
    return replace(destination, captures=captures)


def changed(table: Table, destination: KinesisDestination) -> Table:
    """Return a table with another state of a destination that it has."""
    destinations = tuple(
        destination if one.stream_arn == destination.stream_arn else one
        for one in table.destinations
    )
    return replace(table, destinations=destinations)


def describe_destinations(table: Table) -> list[dict[str, Any]]:
    """Return a table's KinesisDataStreamDestinations; what was not asked for is not shown."""
    found = []
    for one in table.destinations:
        entry: dict[str, Any] = {
            "StreamArn": one.stream_arn,
            "DestinationStatus": one.status,
        }
        if one.description is not None:
            entry["DestinationStatusDescription"] = one.description
        if one.precision is not None:
            entry[_PRECISION] = one.precision
        found.append(entry)
    return found


def requested_precision(request: Mapping[str, Any]) -> Precision | None:
    """Return the precision that an EnableKinesisStreamingDestination request asks for."""
    precision: Precision | None = request.get("EnableKinesisStreamingConfiguration", {}).get(
        _PRECISION
    )
    return precision


def _remembered(destinations: tuple[KinesisDestination, ...]) -> tuple[KinesisDestination, ...]:
    """Return the newest past destinations, and every one that is still owed changes."""
    newest = destinations[: KINESIS_PAST_DESTINATIONS_MAX - 1]
    owed = tuple(one for one in destinations[len(newest) :] if one.captures)
    return newest + owed


def _ended(captures: tuple[Capture, ...], stamp: int) -> tuple[Capture, ...]:
    """Return captures of which the last one ends at a position."""
    return (*captures[:-1], replace(captures[-1], ended_stamp=stamp))


def _invalid_state(reason: str) -> ApiError:
    return validation(
        f"Table is not in a valid state to enable Kinesis Streaming Destination: {reason}"
    )
