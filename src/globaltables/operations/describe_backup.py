"""DescribeBackup: a backup, and the table as it was."""

from globaltables.operations.backed_up_tables import backup_of
from globaltables.operations.context import Answer, Call
from globaltables.tables.backups import describe_backup


def handle(call: Call) -> Answer:
    """Describe the backup of the request; its ARN is echoed as it was given.

    Source: API_DescribeBackup.
    """
    backup = backup_of(call)
    return {"BackupDescription": describe_backup(backup, arn=call.request["BackupArn"])}
