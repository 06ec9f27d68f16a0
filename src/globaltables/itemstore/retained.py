"""Stored bytes that are kept for readers at leisure, also when their table is deleted.

Whoever copies a table, or is to be able to, holds its number: `hold`, later `release`. A table that is dropped while it
is held leaves its items, and its log if somebody holds that, under its number; the definition moves from the catalog to
a record of its own. With the last hold they go. Backups are such numbers too: their items never had a table.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from globaltables.engine.interface import Reader
from globaltables.itemstore.keyspaces import (
    RETAINED,
    backup_key,
    item_prefix,
    log_prefix,
    retained_key,
    table_ranges,
    whole,
)
from globaltables.tables import codec
from globaltables.tables.backups import encode_backup, system_backup
from globaltables.tables.definitions import Hold, Table

if TYPE_CHECKING:
    from globaltables.itemstore.stage import Stage


def retained(reader: "Reader | Stage", number: int) -> Table | None:
    """Return the definition under which bytes are kept without a table."""
    raw = reader.get(retained_key(number))
    return None if raw is None else codec.decode(raw)


def retained_tables(reader: Reader) -> list[Table]:
    """Return every definition under which bytes are kept without a table."""
    return [codec.decode(raw) for _, raw in reader.range(*whole(RETAINED))]


def retain(stage: "Stage", table: Table) -> None:
    """Stage that bytes are kept under a number as long as it is held."""
    stage.defined = True
    stage.put(retained_key(table.number), codec.encode(table))


def hold(stage: "Stage", number: int, name: str, position: int) -> None:
    """Stage that the bytes of a number are kept for somebody.

    Args:
        number: of a table, or of bytes that are kept already.
        name: of the holder.
        position: the log is kept behind it; -1 for the items only.
    """
    table = _definition(stage, number)
    assert table is not None, number
    _save(stage, replace(table, holds=(*table.holds, Hold(name, position))))


def release(stage: "Stage", number: int, name: str) -> None:
    """Stage that a holder needs the bytes of a number no longer; of one that does not hold it nothing happens."""
    table = _definition(stage, number)
    if table is None:
        return
    holds = tuple(one for one in table.holds if one.name != name)
    if holds == table.holds:
        return
    if holds or stage.catalog.by_number(number) is not None:
        _save(stage, replace(table, holds=holds))
    else:
        stage.defined = True
        stage.delete(retained_key(number))
        stage.delete_range(*whole(item_prefix(number)))
    if stage.catalog.by_number(number) is None and not _holds_log(holds):
        stage.delete_range(*whole(log_prefix(number)))


def leave(stage: "Stage", table: Table, now_ms: int, counts: tuple[int, int]) -> None:
    """Stage the end of everything that is stored for a table, but for what is held.

    A table with point-in-time recovery leaves a backup of itself, which holds its items.

    Args:
        table: as it is in the catalog.
        now_ms: the time of the deletion.
        counts: its items and billed bytes.
    """
    if table.recovery is not None:
        backup = system_backup(table, now_ms, *counts)
        stage.put(backup_key(table.account, backup.id, table.name), encode_backup(backup))
        table = replace(table, holds=(*table.holds, Hold(backup.id, -1)))
    kept = [item_prefix(table.number)] if table.holds else []
    if _holds_log(table.holds):
        kept.append(log_prefix(table.number))
    for start, end in table_ranges(table.number):
        if start not in kept:
            stage.delete_range(start, end)
    if table.holds:
        retain(stage, table)


def _definition(stage: "Stage", number: int) -> Table | None:
    return stage.catalog.by_number(number) or retained(stage, number)


def _save(stage: "Stage", table: Table) -> None:
    if stage.catalog.by_number(table.number) is None:
        retain(stage, table)
    else:
        stage.save_table(table)


def _holds_log(holds: tuple[Hold, ...]) -> bool:
    return any(one.position >= 0 for one in holds)
