"""The stream setting of a table: enabling starts a new life, disabling ends it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from globaltables.foundation.errors import invalid_parameters, validation
from globaltables.foundation.limits import STREAM_RETENTION_MS
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.definitions import Stream, StreamViewType, Table


def stream_at_creation(request: Mapping[str, Any] | None, stamp: int) -> tuple[Stream, ...]:
    """Return the stream of a new table, if it has one.

    Raises:
        ApiError: view type and switch do not fit each other.
    """
    if request is None:
        return ()
    view_type = request.get("StreamViewType")
    if not request["StreamEnabled"]:
        if view_type is not None:
            msg = (
                "Table is being created with a stream disabled, "
                "UpdateViewType should not be specified"
            )
            raise invalid_parameters(msg)
        return ()
    if view_type is None:
        msg = "Table is being created with a stream enabled, UpdateViewType is required"
        raise invalid_parameters(msg)
    return (_new_life((), view_type, stamp),)


def check_stream_request(request: Mapping[str, Any]) -> None:
    """Check a stream setting of UpdateTable by itself.

    Raises:
        ApiError: view type and switch do not fit each other.
    """
    if request["StreamEnabled"] and request.get("StreamViewType") is None:
        raise invalid_parameters("If stream is being enabled then UpdateViewType is required")
    if not request["StreamEnabled"] and request.get("StreamViewType") is not None:
        msg = "If stream is being disabled, then UpdateViewType must not be specified"
        raise invalid_parameters(msg)


def with_stream(table: Table, view_type: StreamViewType, stamp: int) -> Table:
    """Return a table whose stream begins at a position of the log.

    Lives that ended longer ago than their records are kept are forgotten.

    Raises:
        ApiError: it has an enabled stream.
    """
    if table.stream is not None:
        raise validation(f"Table already has an enabled stream: TableName: {table.name}")
    oldest_ms = stamp_ms(stamp) - STREAM_RETENTION_MS
    kept = tuple(
        life
        for life in table.streams
        if life.ended_stamp is None or stamp_ms(life.ended_stamp) > oldest_ms
    )
    return replace(table, streams=(*kept, _new_life(table.streams, view_type, stamp)))


def without_stream(table: Table, stamp: int) -> Table:
    """Return a table whose stream ended at a position of the log.

    Raises:
        ApiError: it has no enabled stream, or is replicated.
    """
    if table.stream is None:
        raise validation(f"Table has no stream to disable: TableName: {table.name}")
    if table.feeds:
        raise invalid_parameters("Disabling Stream is not allowed for a Global Table replica.")
    ended = replace(table.streams[-1], ended_stamp=stamp)
    return replace(table, streams=(*table.streams[:-1], ended))


def _new_life(lives: tuple[Stream, ...], view_type: StreamViewType, stamp: int) -> Stream:
    """Return a life whose label no other life has; labels are times with milliseconds."""
    created_ms = stamp_ms(stamp)
    labels = {life.label for life in lives}
    label_ms = created_ms
    while _label(label_ms) in labels:
        label_ms += 1
    return Stream(_label(label_ms), view_type, created_ms, stamp)


def _label(milliseconds: int) -> str:
    time = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}"
