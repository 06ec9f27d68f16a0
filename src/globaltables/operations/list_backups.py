"""ListBackups: the backups of an account in a region, oldest first, by table, time and type."""

from itertools import islice
from typing import Any

from globaltables.foundation.errors import validation
from globaltables.foundation.limits import BACKUPS_LIST_MAX
from globaltables.operations.backed_up_tables import backup_arn
from globaltables.operations.context import Answer, Call
from globaltables.recovery.backups import backups
from globaltables.tables.backups import describe_summary


def handle(call: Call) -> Answer:
    """Return a page of the backups; the table need not exist, and system backups have to be asked for.

    Source: API_ListBackups.
    """
    request, region = call.request, call.region
    name = call.table_name() if "TableName" in request else None
    kind = request.get("BackupType", "USER")
    lower_ms = _milliseconds(request.get("TimeRangeLowerBound"), 0)
    upper_ms = _milliseconds(request.get("TimeRangeUpperBound"), None)
    if upper_ms is not None and lower_ms is not None and lower_ms > upper_ms:
        raise validation("Time range lower bound must be less than or equal to upper bound")
    after = None
    if "ExclusiveStartBackupArn" in request:
        after = backup_arn(call, request["ExclusiveStartBackupArn"])
        if after.region != region.name:
            raise validation(
                "Invalid Request: The region of ExclusiveStartBackupArn does not match the region "
                "of the request"
            )
    size = request.get("Limit", BACKUPS_LIST_MAX)
    matching = (
        backup
        for backup in backups(region.store.reader(), call.account, after)
        if name in (None, backup.table.name)
        and kind in ("ALL", backup.type)
        and (lower_ms is None or backup.created_ms >= lower_ms)
        and (upper_ms is None or backup.created_ms < upper_ms)
    )
    found = list(islice(matching, size + 1))
    answer: dict[str, Any] = {
        "BackupSummaries": [describe_summary(backup) for backup in found[:size]]
    }
    if len(found) > size:
        answer["LastEvaluatedBackupArn"] = found[size - 1].arn
    return answer


def _milliseconds(seconds: float | None, otherwise: int | None) -> int | None:
    return otherwise if seconds is None else round(seconds * 1000)
