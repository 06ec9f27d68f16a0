"""What a request for an export asks for, with AWS's checks in AWS's order (ack-api-quirks, EXPORT, measured)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.limits import (
    EXPORT_WINDOW_MS_MAX,
    EXPORT_WINDOW_MS_MIN,
    RECOVERY_LAG_MS,
)
from globaltables.runtime.clock import stamp_at, stamp_ms
from globaltables.tables.definitions import Table
from globaltables.tables.refusals import not_supported

_SECOND_MS = 1000
_MINUTES = EXPORT_WINDOW_MS_MIN // 60_000
_HOURS = EXPORT_WINDOW_MS_MAX // 3_600_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an export is to show.

    Attributes:
        position: the last position of the log that it shows.
        after: the last position before its window; None for a full export.
        members: of the request, with what it left out.
    """

    position: int
    after: int | None
    members: dict[str, Any]


def check_members(request: Mapping[str, Any]) -> None:
    """Check what does not need the table.

    Raises:
        ApiError: members contradict each other.
    """
    specification = request.get("IncrementalExportSpecification")
    kind = request.get("ExportType")
    if specification is not None and kind is None:
        raise _invalid(
            "Export Type expected to be Incremental Export when incremental export specification "
            "is provided"
        )
    if specification is not None and kind == "FULL_EXPORT":
        raise _invalid(
            "When Export Type is Full Export , Incremental Export Specification should not be "
            "provided"
        )
    if kind == "INCREMENTAL_EXPORT":
        if specification is None:
            raise _invalid(
                "Incremental Export Specification expected when export type is set as Incremental "
                "Export"
            )
        if "ExportFromTime" not in specification:
            raise _invalid("ExportFromTime must be provided in IncrementalExportSpecification")
    if "S3SseKmsKeyId" in request and request.get("S3SseAlgorithm") != "KMS":
        raise _invalid("KMS Key Id is not supported for this encryption type")
    if request.get("FilterSpecification") == {}:
        raise _invalid("Invalid FilterSpecification: The specification can not be empty")
    if kind == "INCREMENTAL_EXPORT":
        for member in ("ExportTime", "FilterSpecification"):
            if member in request:
                raise not_supported(f"{member} of an incremental export")


def wanted_of(request: Mapping[str, Any], table: Table, stamp: int, *, realistic: bool) -> Wanted:
    """Return what a request wants of a table.

    Args:
        request: see `check_members`.
        table: as it is now.
        stamp: the present position of the log.
        realistic: whether the latest time that can be exported is behind the present one.

    Raises:
        ApiError: InvalidExportTimeException, PointInTimeRecoveryUnavailableException.
    """
    if request.get("ExportType") == "INCREMENTAL_EXPORT":
        return _window(request, table, stamp)
    recovery = table.recovery
    if recovery is None:
        raise _unavailable(table)
    now_ms = stamp_ms(stamp)
    if "ExportTime" not in request:
        return Wanted(stamp, None, {**request, "ExportTime": now_ms / _SECOND_MS})
    time_ms = _milliseconds(request["ExportTime"])
    if time_ms > now_ms or time_ms < _earliest_ms(table, now_ms):
        raise _invalid_time("Export Time is invalid")
    if realistic and time_ms > now_ms - RECOVERY_LAG_MS:
        raise _invalid_time("Point in Time Recovery is not available for specified export time")
    position = max(stamp_at(time_ms + 1) - 1, recovery.since_stamp)
    return Wanted(min(position, stamp), None, dict(request))


def _window(request: Mapping[str, Any], table: Table, stamp: int) -> Wanted:
    """Return what an incremental export wants."""
    now_ms = stamp_ms(stamp)
    given = request["IncrementalExportSpecification"]
    from_ms = _milliseconds(given["ExportFromTime"])
    to_ms = _milliseconds(given["ExportToTime"]) if "ExportToTime" in given else now_ms
    if from_ms < _whole_second(table.created_ms):
        raise _invalid_time(
            "Incremental export period from time cannot be less than the table creation time : "
            f"{_text(from_ms)}"
        )
    if to_ms > now_ms:
        raise _invalid_time(
            "Incremental export period to time cannot be greater than the current time : "
            f"{_text(to_ms)}"
        )
    difference = "Difference between export period from time and export period to time is"
    if to_ms - from_ms < EXPORT_WINDOW_MS_MIN:
        raise _invalid_time(f"{difference} less than {_MINUTES} minutes")
    if to_ms - from_ms > EXPORT_WINDOW_MS_MAX:
        raise _invalid_time(f"{difference} greater than {_HOURS} hours")
    if table.recovery is None:
        raise _unavailable(table)
    if from_ms < _earliest_ms(table, now_ms):
        raise _invalid_time("Point in Time Recovery is not available for specified export time")
    specification = {
        "ExportFromTime": given["ExportFromTime"],
        "ExportToTime": given.get("ExportToTime", to_ms / _SECOND_MS),
        "ExportViewType": given.get("ExportViewType", "NEW_AND_OLD_IMAGES"),
    }
    position = min(stamp_at(to_ms) - 1, stamp) if "ExportToTime" in given else stamp
    after = max(stamp_at(from_ms) - 1, table.recovery.since_stamp)
    return Wanted(position, after, {**request, "IncrementalExportSpecification": specification})


def _earliest_ms(table: Table, now_ms: int) -> int:
    """Return the earliest time that can be exported; as AWS tells it, in whole seconds."""
    assert table.recovery is not None
    oldest_ms = now_ms - table.recovery.days * 24 * 3600 * _SECOND_MS
    return _whole_second(max(stamp_ms(table.recovery.since_stamp), oldest_ms))


def _milliseconds(seconds: float) -> int:
    return round(seconds * _SECOND_MS)


def _whole_second(time_ms: int) -> int:
    return time_ms // _SECOND_MS * _SECOND_MS


def _text(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / _SECOND_MS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _invalid(text: str) -> ApiError:
    return validation(f"Invalid Request: {text}")


def _invalid_time(text: str) -> ApiError:
    return ApiError("InvalidExportTimeException", text)


def _unavailable(table: Table) -> ApiError:
    return ApiError(
        "PointInTimeRecoveryUnavailableException",
        f"Point in time recovery is not enabled for table '{table.name}'",
    )
