"""The states that a change passes through on AWS: how it begins, when the next one is due, what it is then.

A definition that is settling already has the values of afterwards; beside them stands what is shown until then. So
whatever else is changed meanwhile (tags, expiry, protection) is kept when the change is complete.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from globaltables.tables import durations
from globaltables.tables.definitions import (
    Index,
    Settling,
    SettlingKind,
    Table,
    Throughput,
    WarmThroughput,
)
from globaltables.tables.updates import Update


@dataclass(frozen=True, slots=True)
class Settled:
    """A table after some of its changes became complete.

    Attributes:
        table: the definition; None when the table is gone.
        dropped: the indexes that are gone.
    """

    table: Table | None
    dropped: tuple[Index, ...] = ()


def creating(table: Table, now_ms: int) -> Table:
    """Return a new table as it is until it can be used; its indexes become ACTIVE with it."""
    distributed = any(index.kind == "GLOBAL" for index in table.indexes)
    duration_ms = (
        durations.TABLE_CREATION_WITH_INDEXES_MS if distributed else durations.TABLE_CREATION_MS
    )
    settling = Settling("creation", now_ms + duration_ms)
    indexes = tuple(
        replace(index, status="CREATING", settling=settling) if index.kind == "GLOBAL" else index
        for index in table.indexes
    )
    return replace(table, status="CREATING", settling=settling, indexes=indexes)


def deleting(table: Table, now_ms: int) -> Table:
    """Return a table that refuses clients until it is gone."""
    settling = Settling("deletion", now_ms + durations.TABLE_DELETION_MS)
    return replace(table, status="DELETING", settling=settling)


def busy(table: Table, now_ms: int, duration_ms: int) -> Table:
    """Return a table that is UPDATING for some time, with everything else as it is."""
    return replace(table, status="UPDATING", settling=Settling("setting", now_ms + duration_ms))


def updating(before: Table, update: Update, changes: Mapping[str, Any], now_ms: int) -> Table:
    """Return the definition to store while an UpdateTable request takes its time.

    Args:
        before: as it was.
        update: what the request makes of it.
        changes: the members of the request that change something.
        now_ms: the time of the change.
    """
    table = update.table
    kind, duration_ms = _duration(before, update, changes)
    if duration_ms:
        shown, due_ms = update.answer.throughput, now_ms + duration_ms
        settling = Settling(
            kind,
            due_ms,
            throughput=shown if _units(shown) != _units(table.throughput) else None,
            table_class=before.table_class,
            table_class_updated_ms=before.table_class_updated_ms,
        )
        throughput = _complete_at(due_ms, table.throughput, before.throughput)
        table = replace(table, status="UPDATING", settling=settling, throughput=throughput)
    if "WarmThroughput" in changes:
        warm = _warming(table.warm, update.answer.warm, now_ms + durations.WARM_MS)
        table = replace(table, warm=warm)
    indexes = [_updating_index(index, before, update, table, now_ms) for index in table.indexes]
    dropped = update.dropped
    if dropped is not None:
        leaving = Settling("index", now_ms + duration_ms)
        place = before.indexes.index(dropped)
        indexes.insert(
            place, replace(dropped, status="DELETING", backfilling=False, settling=leaving)
        )
        table = replace(table, attributes=before.attributes)
    return replace(table, indexes=tuple(indexes))


def due_times(table: Table) -> set[int]:
    """Return the times at which something of a table becomes complete."""
    found: set[int] = set()
    for settling, warm in (
        (table.settling, table.warm),
        *((index.settling, index.warm) for index in table.indexes),
    ):
        if settling is not None:
            found.add(settling.due_ms)
        if warm is not None and warm.due_ms is not None:
            found.add(warm.due_ms)
    return found


def settled(table: Table, now_ms: int) -> Settled:
    """Return a table with everything complete that is due."""
    if table.status == "DELETING" and _due(table.settling, now_ms):
        return Settled(None)
    kept: list[Index] = []
    dropped: list[Index] = []
    for index in table.indexes:
        if index.status == "DELETING" and _due(index.settling, now_ms):
            dropped.append(index)
            continue
        if _due(index.settling, now_ms):
            index = replace(
                index, status="CREATING" if index.backfilling else "ACTIVE", settling=None
            )
        kept.append(replace(index, warm=_warmed(index.warm, now_ms)))
    changed = replace(table, indexes=tuple(kept), warm=_warmed(table.warm, now_ms))
    if dropped:
        used = {name for index in kept for name in index.schema.names} | table.schema.name_set
        attributes = tuple(one for one in table.attributes if one.name in used)
        changed = replace(changed, attributes=attributes)
    if _due(table.settling, now_ms):
        changed = replace(changed, status="ACTIVE", settling=None)
    return Settled(changed, tuple(dropped))


def _due(settling: Settling | None, now_ms: int) -> bool:
    return settling is not None and settling.due_ms <= now_ms


def _duration(
    before: Table, update: Update, changes: Mapping[str, Any]
) -> tuple[SettlingKind, int]:
    """Return what keeps the table UPDATING, and for how long; 0 for a change that is complete at once."""
    after = update.table
    found: list[tuple[SettlingKind, int]] = [("setting", 0)]
    if update.created is not None:
        found.append(("index", durations.INDEX_ALLOCATION_MS))
    if update.dropped is not None:
        found.append(("index", durations.INDEX_DELETION_MS))
    if after.billing_mode != before.billing_mode:
        found.append(("billing", _switch_ms(before)))
    elif _units(after.throughput) != _units(before.throughput):
        found.append(("throughput", durations.THROUGHPUT_MS))
    if after.streams != before.streams:
        found.append(("stream", durations.STREAM_MS))
    if after.table_class_updated_ms != before.table_class_updated_ms:
        found.append(("table_class", durations.TABLE_CLASS_MS))
    kind, duration_ms = max(found, key=lambda one: one[1])
    if before.replicas and changes:
        duration_ms = max(duration_ms, durations.EVERYWHERE_MS)
    return kind, duration_ms


def _switch_ms(before: Table) -> int:
    if before.billing_mode == "PAY_PER_REQUEST":
        return durations.TO_PROVISIONED_MS
    if before.pay_per_request_since_ms is not None:
        return durations.TO_ON_DEMAND_AGAIN_MS
    return durations.TO_ON_DEMAND_MS


def _updating_index(
    index: Index, before: Table, update: Update, table: Table, now_ms: int
) -> Index:
    """Return one index of the definition to store; what the response shows as old is shown until it is complete."""
    if index.kind == "LOCAL":
        return index
    if update.created is not None and index.number == update.created.number:
        due_ms = now_ms + durations.INDEX_CREATION_MS
        return replace(index, status="CREATING", settling=Settling("index", due_ms))
    old, answered = before.index(index.name), update.answer.index(index.name)
    assert old is not None, index.name
    if answered is not None and answered.warm is not None and answered.warm.status == "UPDATING":
        warm = _warming(index.warm, answered.warm, now_ms + durations.INDEX_WARM_MS)
        index = replace(index, warm=warm)
    changed_units = _units(old.throughput) != _units(index.throughput)
    if table.billing_mode != before.billing_mode and old.status == "ACTIVE":
        assert table.settling is not None
        return replace(index, status="UPDATING", settling=Settling("index", table.settling.due_ms))
    if old.status == "ACTIVE" and (changed_units or index.on_demand != old.on_demand):
        due_ms, throughput = now_ms + durations.INDEX_UPDATE_MS, index.throughput
        shown = old.throughput if changed_units else None
        if throughput is not None and old.throughput is not None:
            throughput = _complete_at(due_ms, throughput, old.throughput)
        settling = Settling("index", due_ms, throughput=shown)
        return replace(index, status="UPDATING", settling=settling, throughput=throughput)
    return index


def _complete_at(due_ms: int, throughput: Throughput, before: Throughput) -> Throughput:
    """Return a throughput that was reached at a time: AWS tells another one in the answer (measured by dynalite)."""
    if throughput.last_increase_ms != before.last_increase_ms:
        throughput = replace(throughput, last_increase_ms=due_ms)
    if throughput.last_decrease_ms != before.last_decrease_ms:
        throughput = replace(throughput, last_decrease_ms=due_ms)
    return throughput


def _units(throughput: Throughput | None) -> tuple[int, int]:
    return (0, 0) if throughput is None else (throughput.read_units, throughput.write_units)


def _warming(
    wanted: WarmThroughput | None, before: WarmThroughput | None, due_ms: int
) -> WarmThroughput | None:
    """Return a warm throughput that is reached later; one that does not rise is there already."""
    assert wanted is not None
    assert before is not None
    shown = before.shown or (before.read_units, before.write_units)
    if shown == (wanted.read_units, wanted.write_units):
        return replace(wanted, status="ACTIVE", due_ms=None, shown=None)
    return replace(wanted, status="UPDATING", due_ms=due_ms, shown=shown)


def _warmed(warm: WarmThroughput | None, now_ms: int) -> WarmThroughput | None:
    if warm is None or warm.due_ms is None or warm.due_ms > now_ms:
        return warm
    return WarmThroughput(warm.read_units, warm.write_units)
