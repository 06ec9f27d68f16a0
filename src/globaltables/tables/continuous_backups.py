"""Point-in-time recovery of a table: its setting, the times that can be restored, AWS's description of both."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.limits import RECOVERY_DAYS_DEFAULT, RECOVERY_LAG_MS
from globaltables.runtime.clock import stamp_at, stamp_ms
from globaltables.tables import durations
from globaltables.tables.definitions import Recovery, Table
from globaltables.tables.description import seconds

DAY_MS = 24 * 3600 * 1000


def table_not_found(name: str) -> ApiError:
    """Return AWS's refusal of a table that backups do not know: there is none, or it is being created."""
    return ApiError("TableNotFoundException", f"Table not found: {name}")


def check_backups_ready(table: Table, now_ms: int) -> None:
    """Check that a table is old enough for backups: on AWS they are enabled a little after its creation.

    Raises:
        ApiError: ContinuousBackupsUnavailableException.
    """
    if now_ms < ready_ms(table):
        raise ApiError(
            "ContinuousBackupsUnavailableException",
            f"Backups are being enabled for the table: {table.name}. Please retry later",
        )


def ready_ms(table: Table) -> int:
    """Return when backups of a table are enabled, where that takes AWS's time."""
    distributed = any(index.kind == "GLOBAL" for index in table.indexes)
    creation_ms = (
        durations.TABLE_CREATION_WITH_INDEXES_MS if distributed else durations.TABLE_CREATION_MS
    )
    return table.created_ms + creation_ms + durations.BACKUPS_ENABLED_MS


def with_recovery(table: Table, specification: Mapping[str, Any], stamp: int) -> Table:
    """Return a table with the setting of an UpdateContinuousBackups request.

    What is older than a period that was shorter is gone, whatever the period is made later.

    Args:
        table: as it is.
        specification: a PointInTimeRecoverySpecification.
        stamp: the position of the log at which it takes effect.

    Raises:
        ApiError: a period is given although it is disabled.
    """
    if not specification["PointInTimeRecoveryEnabled"]:
        if "RecoveryPeriodInDays" in specification:
            raise validation(
                "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling "
                "point-in-time recovery."
            )
        return replace(table, recovery=None)
    days = specification.get("RecoveryPeriodInDays", RECOVERY_DAYS_DEFAULT)
    current = table.recovery
    if current is None:
        return replace(table, recovery=Recovery(stamp, days))
    oldest = stamp - stamp_at(min(days, current.days) * DAY_MS)
    return replace(table, recovery=Recovery(max(current.since_stamp, oldest), days))


@dataclass(frozen=True, slots=True)
class Window:
    """The times that a table can be restored to, milliseconds since 1970."""

    earliest_ms: int
    latest_ms: int


def window(recovery: Recovery, now_ms: int, *, realistic: bool) -> Window:
    """Return the times that can be restored; the earliest is a whole second, as AWS tells it.

    Args:
        recovery: the table's setting.
        now_ms: the time of the region's log.
        realistic: the latest lags behind as it does on AWS.
    """
    since_ms = stamp_ms(recovery.since_stamp)
    earliest_ms = max(since_ms, now_ms - recovery.days * DAY_MS)
    latest_ms = max(since_ms, now_ms - RECOVERY_LAG_MS) if realistic else now_ms
    return Window(earliest_ms // 1000 * 1000, latest_ms)


def position_of(recovery: Recovery, time_ms: int, now: int) -> int:
    """Return the position of the log that a time stands for: behind everything of its millisecond.

    Args:
        recovery: the table's setting.
        time_ms: a time in the window.
        now: the present position.
    """
    return min(max(stamp_at(time_ms + 1) - 1, recovery.since_stamp), now)


def check_restorable(shown: Window, time_ms: int) -> None:
    """Check that a time can be restored.

    Raises:
        ApiError: InvalidRestoreTimeException.
    """
    if not shown.earliest_ms <= time_ms <= shown.latest_ms:
        raise ApiError(
            "InvalidRestoreTimeException",
            f"RestoreDateTime '{iso_seconds(time_ms)}' must be within EarliestRestorableDateTime "
            f"'{iso_seconds(shown.earliest_ms)}' and LatestRestorableDateTime "
            f"'{iso_seconds(shown.latest_ms)}'",
        )


def describe_continuous_backups(table: Table, now_ms: int, *, realistic: bool) -> dict[str, Any]:
    """Return a table's ContinuousBackupsDescription; see `window`."""
    enabled = table.recovery is not None or not realistic or now_ms >= ready_ms(table)
    recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
    if table.recovery is not None:
        shown = window(table.recovery, now_ms, realistic=realistic)
        recovery = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": table.recovery.days,
            "EarliestRestorableDateTime": seconds(shown.earliest_ms),
            "LatestRestorableDateTime": seconds(shown.latest_ms),
        }
    return {
        "ContinuousBackupsStatus": "ENABLED" if enabled else "DISABLED",
        "PointInTimeRecoveryDescription": recovery,
    }


def iso_seconds(time_ms: int) -> str:
    """Return a time as AWS writes it in texts about backups."""
    try:
        return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):
        return str(time_ms // 1000)
