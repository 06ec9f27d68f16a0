"""What the operations on backups share: the table of a request, the backup that an ARN names."""

from globaltables.foundation.errors import ApiError, validation
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Call
from globaltables.recovery.backups import find, not_found
from globaltables.security.region_names import served_regions
from globaltables.tables.backups import Backup, BackupArn, parse_backup_arn
from globaltables.tables.catalog import Catalog
from globaltables.tables.continuous_backups import table_not_found
from globaltables.tables.definitions import Table


def backed_up_table(call: Call, catalog: Catalog, name: str) -> Table:
    """Return the caller's table of a name; while it is being created, backups do not know it.

    Raises:
        ApiError: TableNotFoundException.
    """
    table = catalog.find(call.account, name)
    if table is None or table.restricted or table.status == "CREATING":
        raise table_not_found(name)
    return table


def backup_arn(call: Call, text: str) -> BackupArn:
    """Return the parts of a backup's ARN.

    Raises:
        ApiError: it is none, or another account's.
    """
    parts = text.split(":", 5)
    arn = parse_backup_arn(text)
    if arn is None:
        path = parts[5].split("/") if len(parts) == 6 else []
        if len(path) == 4 and path[0] == "table" and path[2] == "backup":
            raise validation("Invalid Request: BackupArn is not valid")
        raise validation("Invalid Backup ARN")
    if served_regions(call.region.settings.regions)(arn.region):
        raise validation("Invalid Request: BackupArn is not valid")
    if arn.account != call.account:
        raise ApiError("AccessDeniedException", "Access is denied")
    return arn


def backup_of(call: Call, stage: Stage | None = None) -> Backup:
    """Return the backup that the request's BackupArn names, in the region that is asked.

    Raises:
        ApiError: there is none.
    """
    text = call.request["BackupArn"]
    arn = backup_arn(call, text)
    backup = find(stage or call.region.store.reader(), arn)
    if backup is None:
        raise not_found(text)
    return backup
