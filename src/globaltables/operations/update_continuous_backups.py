"""UpdateContinuousBackups: point-in-time recovery of a table, on or off; members of a global table have their own."""

from asyncio import Future

from globaltables.itemstore.stage import Stage
from globaltables.operations.backed_up_tables import backed_up_table
from globaltables.operations.context import Answer, Call
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.continuous_backups import (
    check_backups_ready,
    describe_continuous_backups,
    with_recovery,
)


def handle(call: Call) -> "Future[Answer]":
    """Change the setting of the table of the request.

    Source: API_UpdateContinuousBackups.
    """
    name, specification = call.table_name(), call.request["PointInTimeRecoverySpecification"]
    realistic = call.region.settings.realistic

    def decide(stage: Stage) -> Answer:
        table = backed_up_table(call, stage.catalog, name)
        stamp = stage.tick()
        if realistic:
            check_backups_ready(table, stamp_ms(stamp))
        changed = with_recovery(table, specification, stamp)
        stage.save_table(changed)
        description = describe_continuous_backups(changed, stamp_ms(stamp), realistic=realistic)
        return {"ContinuousBackupsDescription": description}

    return call.region.store.submit(decide)
