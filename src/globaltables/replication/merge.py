"""Merging another region's changes: the later write of an item wins, whole, whatever the order of arrival.

    for each record, in the order of the source's log:
        incoming = (record.stamp, record.origin); stored = version of the item or tombstone here
        incoming == stored            it was delivered before: nothing
        incoming  > stored            write it; the stored one lost if the writer had not seen it
        incoming  < stored            drop it; the incoming one lost if the stored one's writer had not seen it
    move the cursor

All of it is one decision, so that a crash leaves either the old cursor and the old items or both new. A batch that
would hold up clients is divided into several, each of which begins where the one before ends (`parts_of`).

Who had seen what: a record carries the version that its writer replaced. When that is another one than is stored here,
it may still be on its way on another link; it will lose on arrival without being a conflict, and so will what its own
writer had replaced. The stamp of the newest of them is kept under the item's key (`unseen`) until every link has
passed it: nothing that a stored version's writer had seen is ever called a conflict. What arrives late, is older than
the mark and was not seen is not told from it, and is noted as lost by other regions only.
"""

from typing import NamedTuple

from globaltables.capacity.admission import Admission
from globaltables.capacity.units import write_units
from globaltables.changelog.record import ChangeRecord
from globaltables.foundation.errors import resource_not_found
from globaltables.foundation.limits import REPLICATION_BATCH_RECORDS_MAX
from globaltables.items.item_encoding import StoredItem, to_json
from globaltables.items.key_encoding import encode_key
from globaltables.items.values import Item
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.visible_versions import being_deleted
from globaltables.itemstore.write_costs import write_costs
from globaltables.replication.conflicts import Write, have_passed, record_conflict
from globaltables.replication.keyspace import (
    Cursor,
    cursor_key,
    decode_cursor,
    decode_stamp,
    encode_cursor,
    encode_stamp,
    unseen_prefix,
)
from globaltables.replication.members import replica_in
from globaltables.replication.peer import Feed, Version
from globaltables.runtime.clock import DRIFT_MS_MAX, stamp_at
from globaltables.tables.definitions import Table

_NOTHING = (0, "")


class Merged(NamedTuple):
    """What became of a batch: how many records won, and how many were dropped."""

    won: int
    dropped: int


class _Absorbed:
    """The write units that a batch consumes.

    They are charged once for all of it, but for tables whose accesses are shown one by one.
    """

    __slots__ = ("_admission", "_index_units", "_shown", "_table", "_units")

    def __init__(self, admission: Admission, table: Table) -> None:
        self._admission = admission
        self._table = table
        self._shown = admission.shows(table)
        self._units = 0.0
        self._index_units: dict[str, float] = {}

    def add(self, units: float, index_units: list[tuple[str, float]], image: Item) -> None:
        """Charge a write, now or with the others."""
        if self._shown:
            self._admission.absorb_write(self._table, units, index_units, image)
            return
        self._units += units
        sums = self._index_units
        for name, amount in index_units:
            sums[name] = sums.get(name, 0.0) + amount

    def charge(self) -> None:
        """Charge what was added up."""
        if self._units:
            self._admission.absorb_write(self._table, self._units, self._index_units.items(), {})


def parts_of(feed: Feed) -> list[Feed]:
    """Divide a batch into such as are applied in one decision each."""
    records = feed.records
    if len(records) <= REPLICATION_BATCH_RECORDS_MAX:
        return [feed]
    parts = []
    after = feed.after
    for start in range(0, len(records), REPLICATION_BATCH_RECORDS_MAX):
        part = records[start : start + REPLICATION_BATCH_RECORDS_MAX]
        last = start + len(part) == len(records)
        position = feed.position if last else part[-1].position
        parts.append(Feed(after, position, part))
        after = position
    return parts


def merge_feed(
    stage: Stage,
    admission: Admission,
    table_number: int,
    source: str,
    feed: Feed,
    confirmed: int,
) -> Merged | None:
    """Apply a batch and move the cursor behind it; a decision.

    What is written consumes write units here too (developer guide, global tables: replicated writes).

    Args:
        stage: of the receiving region.
        admission: of the receiving region.
        table_number: the copy.
        source: the region whose changes they are.
        feed: the batch.
        confirmed: the position through which this region has durably applied the source's log before.

    Returns:
        None when the batch does not continue where the cursor stands, or the source is no member any more.

    Raises:
        OperationalError: a stamp is too far ahead of the wall clock; nothing is applied.
    """
    table = stage.catalog.by_number(table_number)
    if table is None or table.status == "DELETING" or replica_in(table, source) is None:
        return None
    key = cursor_key(table_number, source)
    cursor = decode_cursor(stage.get(key))
    if cursor.position != feed.after:
        return None
    if feed.records:
        stage.observe(max(record.stamp for record in feed.records))
    absorbed = _Absorbed(admission, table)
    won = 0
    for record in feed.records:
        won += _merge_record(stage, absorbed, table, record)
    absorbed.charge()
    stage.put(key, encode_cursor(Cursor(feed.position, max(cursor.confirmed, confirmed))))
    return Merged(won, len(feed.records) - won)


def load_versions(stage: Stage, table_number: int, versions: list[Version]) -> None:
    """Take over versions of a snapshot into a restricted copy; a decision, and one that may be repeated.

    Raises:
        ApiError: the copy is gone.
        OperationalError: a stamp is too far ahead of the wall clock; nothing is taken over.
    """
    table = stage.catalog.by_number(table_number)
    if table is None:
        raise resource_not_found()
    if versions:
        stage.observe(max(version.stamp for version in versions))
    for version in versions:
        current = stage.item(table, version.key)
        stored = _stored_version(stage, table, version.key, current)
        if (version.stamp, version.origin) > stored:
            copied = StoredItem(version.stamp, version.origin, version.size, version.json or b"")
            stage.write(
                table,
                version.key,
                None if version.json is None else copied.item,
                size=version.size,
                json=version.json,
                kind="replica",
                stamp=version.stamp,
                origin=version.origin,
                current=current,
            )
            # What was written while the copy was made comes over the log once more, with all that came before it.
            # That is told by the clocks: with some that are more than a minute apart it may count as lost.
            if version.stamp >= stamp_at(table.created_ms - DRIFT_MS_MAX):
                mark = unseen_prefix(table_number) + version.key
                stage.put(mark, encode_stamp(version.stamp))


def _merge_record(stage: Stage, absorbed: _Absorbed, table: Table, record: ChangeRecord) -> bool:
    """Apply one change if it is later than what is stored; tell whether it was."""
    new = record.new_item
    image = record.old_item if new is None else new
    assert image is not None, record.position
    key = encode_key(table.schema, image)
    current = stage.item(table, key)
    stored = _stored_version(stage, table, key, current)
    incoming = (record.stamp, record.origin)
    if incoming > stored:
        if record.previous_stamp != stored[0]:
            _won_unseen(stage, table, key, record, stored, current)
        if table.global_table_version == "2017.11.29":
            if (
                current is None
            ):  # an item that was not there costs twice (same source as `_flagged`)
                absorbed.add(write_units(record.new_size), [], image)
            elif new is None:
                current = _flagged(stage, absorbed, table, key, current)
        outcome = stage.write(
            table,
            key,
            new,
            size=record.new_size,
            json=record.new,
            kind="replica",
            stamp=record.stamp,
            origin=record.origin,
            current=current,
        )
        absorbed.add(*write_costs(outcome), image)
        return True
    if incoming < stored and not _was_seen(stage, table, key, record.stamp):
        image_here = None if current is None else current.json
        record_conflict(
            stage,
            table.number,
            winner=Write(stored[1], stored[0], image_here),
            loser=Write(record.origin, record.stamp, record.new),
        )
    return False


def _flagged(
    stage: Stage, absorbed: _Absorbed, table: Table, key: bytes, current: StoredItem
) -> StoredItem:
    """Show in an item of a version 2017.11.29 global table that it is being deleted; return what it is then.

    Source: developer guide, global tables versions: deletions have two phases in the regions that receive them.
    """
    flagged = being_deleted(current.item)
    outcome = stage.write(
        table,
        key,
        flagged,
        kind="replica",
        stamp=current.stamp,
        origin=current.origin,
        current=current,
    )
    absorbed.add(*write_costs(outcome), flagged)
    return StoredItem(current.stamp, current.origin, outcome.new_size, to_json(flagged))


def _stored_version(
    stage: Stage, table: Table, key: bytes, current: StoredItem | None
) -> tuple[int, str]:
    if current is not None:
        return current.stamp, current.origin
    return stage.tombstone(table, key) or _NOTHING


def _won_unseen(
    stage: Stage,
    table: Table,
    key: bytes,
    record: ChangeRecord,
    stored: tuple[int, str],
    current: StoredItem | None,
) -> None:
    """Note what it means that the writer of a winning change had replaced another version than the one stored here."""
    _expect(stage, table, key, record.previous_stamp)
    if record.previous_stamp < stored[0]:
        record_conflict(
            stage,
            table.number,
            winner=Write(record.origin, record.stamp, record.new),
            loser=Write(stored[1], stored[0], None if current is None else current.json),
        )


def _was_seen(stage: Stage, table: Table, key: bytes, stamp: int) -> bool:
    """Tell whether the writer of a later version may have seen the one of this stamp, which arrives after it."""
    return decode_stamp(stage.get(unseen_prefix(table.number) + key)) >= stamp


def _expect(stage: Stage, table: Table, key: bytes, stamp: int) -> None:
    """Note that a version which a stored one's writer had seen may arrive late, unless every link has passed it."""
    mark = unseen_prefix(table.number) + key
    if stamp > decode_stamp(stage.get(mark)) and not have_passed(stage.get, table, stamp):
        stage.put(mark, encode_stamp(stamp))
