"""CreateBackup: keeps a table as it is at the moment of the request, until the backup is deleted."""

from asyncio import Future, shield

from globaltables.itemstore.stage import Stage
from globaltables.operations.backed_up_tables import backed_up_table
from globaltables.operations.context import Answer, Call
from globaltables.operations.table_encryption import check_accessible
from globaltables.recovery.backups import create, resume
from globaltables.tables.backups import describe_details
from globaltables.tables.continuous_backups import check_backups_ready


def handle(call: Call) -> "Future[Answer]":
    """Back the table of the request up; names of backups need not differ.

    Source: API_CreateBackup.
    """
    name, region = call.table_name(), call.region

    def decide(stage: Stage) -> Answer:
        table = backed_up_table(call, stage.catalog, name)
        check_accessible(region, table)
        if region.settings.realistic:
            check_backups_ready(table, region.clock.now_ms())
        backup = create(stage, region, table, call.request["BackupName"])
        return {"BackupDetails": describe_details(backup, status="CREATING")}

    decided = region.store.submit(decide)
    decided.add_done_callback(lambda _: resume(region))
    return shield(decided)
