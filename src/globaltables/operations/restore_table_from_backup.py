"""RestoreTableFromBackup: a new table with what a backup holds."""

from collections.abc import Awaitable

from globaltables.foundation.arns import table_arn
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.retained import retained
from globaltables.itemstore.stage import Stage
from globaltables.operations.backed_up_tables import backup_arn
from globaltables.operations.context import Answer, Call
from globaltables.operations.restored_tables import restore, source_region
from globaltables.recovery.backups import find, not_found
from globaltables.recovery.restores import Source, is_restored_from
from globaltables.tables.definitions import Restoring


def handle(call: Call) -> Awaitable[Answer]:
    """Restore the backup of the request; one restore of a backup at a time.

    Source: API_RestoreTableFromBackup.
    """
    text = call.request["BackupArn"]
    arn = backup_arn(call, text)
    region = source_region(call, arn.region)

    def source(stage: Stage) -> Source:
        backup = find(stage, arn)
        if backup is None:
            raise not_found(text)
        kept = retained(stage, backup.table.number)
        assert kept is not None, text
        if is_restored_from(kept):
            raise ApiError(
                "BackupInUseException", f"Backup is being used to restore another table: {text}"
            )
        table = backup.table
        restored_arn = table_arn(table.region, table.account, table.name)
        restoring = Restoring(restored_arn, backup.created_ms, text)
        return Source(table, -1, restoring, backup.item_count)

    return restore(call, region, source)
