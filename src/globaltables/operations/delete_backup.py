"""DeleteBackup: deletes a backup that nothing is being restored from."""

from asyncio import Future

from globaltables.foundation.errors import ApiError, validation
from globaltables.itemstore.retained import retained
from globaltables.itemstore.stage import Stage
from globaltables.operations.backed_up_tables import backup_of
from globaltables.operations.context import Answer, Call
from globaltables.recovery.backups import delete
from globaltables.recovery.restores import is_restored_from
from globaltables.tables.backups import describe_backup
from globaltables.tables.continuous_backups import iso_seconds


def handle(call: Call) -> "Future[Answer]":
    """Delete the backup of the request; one that the system made stays until its time is over.

    Source: API_DeleteBackup.
    """
    text = call.request["BackupArn"]

    def decide(stage: Stage) -> Answer:
        backup = backup_of(call, stage)
        if backup.type == "SYSTEM":
            assert backup.expires_ms is not None
            raise validation(
                "Invalid Request: User is not allowed to delete the system backup with arn "
                f"{text}. It will automatically expire on {iso_seconds(backup.expires_ms)}"
            )
        kept = retained(stage, backup.table.number)
        if kept is not None and is_restored_from(kept):
            raise ApiError("BackupInUseException", f"Backup is being used to restore table: {text}")
        delete(stage, backup)
        return {"BackupDescription": describe_backup(backup, arn=text, status="DELETED")}

    return call.region.store.submit(decide)
