"""RestoreTableToPointInTime: a new table with what another one held at a time, to the millisecond."""

from collections.abc import Awaitable

from globaltables.foundation.arns import parse_table_arn, table_arn
from globaltables.foundation.errors import ApiError, validation
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.operations.backed_up_tables import backed_up_table
from globaltables.operations.context import Answer, Call
from globaltables.operations.restored_tables import restore, source_region
from globaltables.recovery.restores import Source
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.continuous_backups import check_restorable, position_of, window
from globaltables.tables.definitions import Restoring


def handle(call: Call) -> Awaitable[Answer]:
    """Restore the table of the request; what AWS takes as a second may have a fraction here.

    Source: API_RestoreTableToPointInTime.
    """
    request = call.request
    _check_time(call)
    region, name = _source(call)
    realistic = region.settings.realistic

    def source(stage: Stage) -> Source:
        table = backed_up_table(call, stage.catalog, name)
        recovery = table.recovery
        if recovery is None:
            raise ApiError(
                "PointInTimeRecoveryUnavailableException",
                f"Point in time recovery is not enabled for table '{name}'",
            )
        now = stage.tick()
        shown = window(recovery, stamp_ms(now), realistic=realistic)
        if "RestoreDateTime" in request:
            time_ms = round(request["RestoreDateTime"] * 1000)
            check_restorable(shown, time_ms)
        else:
            time_ms = shown.latest_ms
        restoring = Restoring(table_arn(region.name, table.account, table.name), time_ms)
        item_count, _ = region.store.statistics(table)
        return Source(table, position_of(recovery, time_ms, now), restoring, item_count)

    return restore(call, region, source)


def _check_time(call: Call) -> None:
    """Check that the request names one time.

    Raises:
        ApiError: it names two, or none.
    """
    latest = call.request.get("UseLatestRestorableTime", False)
    if latest and "RestoreDateTime" in call.request:
        raise validation(
            "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for "
            "point-in-time restore request. Please choose one."
        )
    if not latest and "RestoreDateTime" not in call.request:
        raise validation(
            "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be "
            "specified, but not both"
        )


def _source(call: Call) -> tuple[Region, str]:
    """Return region and name of the table to restore.

    Raises:
        ApiError: it is not named, or named twice, or by an ARN that is no table's of this account and node.
    """
    request = call.request
    if "SourceTableName" in request and "SourceTableArn" in request:
        raise validation("Must provide exactly one of: sourceTableArn, sourceTableName")
    if "SourceTableName" in request:
        return call.region, call.table_name("SourceTableName")
    if "SourceTableArn" not in request:
        raise validation("The parameter 'TableName' is required but was not present in the request")
    arn = parse_table_arn(request["SourceTableArn"])
    if arn is None or arn.resource:
        raise validation("sourceTableArn is not a valid ARN")
    if arn.account != call.account:
        raise validation(
            "This action is only supported by accounts that match the resource owner’s account."  # noqa: RUF001 - AWS's
        )
    return source_region(call, arn.region), arn.table_name
