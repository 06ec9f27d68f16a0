"""What a member's departure means to one that stays, as a part of a decision."""

from globaltables.itemstore.keyspaces import tombstone_prefix, whole
from globaltables.itemstore.stage import Stage
from globaltables.replication.keyspace import cursor_key
from globaltables.replication.members import without_replica
from globaltables.tables.definitions import Table


def without_member(stage: Stage, table: Table, region: str) -> Table:
    """Stage that another member is forgotten, and return the definition without it; the caller saves it."""
    stage.delete(cursor_key(table.number, region))
    remaining = without_replica(table, region)
    if not remaining.replicated:  # such a table does not remember deletions
        stage.delete_range(*whole(tombstone_prefix(table.number)))
    return remaining
