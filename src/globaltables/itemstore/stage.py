"""What a decision works on: the current state with everything that was staged before it, and the means to stage more.

One stage serves one group of decisions. What a decision staged is dropped when it raises; the rest of the group stays.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from globaltables.changelog.record import ChangeKind, encode_record
from globaltables.engine.interface import Reader
from globaltables.foundation.errors import ApiError, OperationalError, resource_not_found
from globaltables.foundation.limits import ITEM_COLLECTION_BYTES_MAX
from globaltables.items.item_encoding import (
    StoredItem,
    decode_item,
    encode_item,
    item_json,
    stored_size,
    to_json,
)
from globaltables.items.values import Item, item_size, items_equal
from globaltables.itemstore.keyspaces import (
    LAST_TABLE_NUMBER_KEY,
    Range,
    catalog_key,
    index_prefix,
    whole,
)
from globaltables.itemstore.layout import IndexLayout, Layout, entry_value, layout_of
from globaltables.itemstore.retained import leave
from globaltables.itemstore.statistics import Statistics
from globaltables.itemstore.visible_versions import with_version
from globaltables.runtime.clock import HybridLogicalClock, stamp_ms
from globaltables.tables import codec
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Index, Table


class _Unread:
    """The type of UNREAD."""


UNREAD: Final = _Unread()
_MISSING: Final = _Unread()

#: How many keys and counts a decision had staged.
Mark = tuple[int, int]


class IndexChange(NamedTuple):
    """What a write did to one index; sizes are billed bytes, None for no entry."""

    secondary: Index
    old_size: int | None
    new_size: int | None
    moved: bool


class WriteOutcome(NamedTuple):
    """What a write did.

    Attributes:
        changed: False for a write that left the item as it was; nothing was stored then.
        old_size: billed bytes before, 0 for no item.
        new_size: billed bytes after, 0 for no item.
        indexes: the indexes whose entries changed.
        addition: what was added to show the item's version in it; only in version 2017.11.29 global tables.
    """

    changed: bool
    old_size: int
    new_size: int
    indexes: tuple[IndexChange, ...]
    addition: "WriteOutcome | None" = None


class _Change(NamedTuple):
    """One write of one item, as the parts of `write` pass it on."""

    key: bytes
    current: StoredItem | None
    new: Item | None
    value: bytes | None
    stamp: int
    origin: bytes


class Stage:
    """The staged changes of one group.

    Args:
        region: the region's name, the origin of what is written here.
        reader: everything that was applied.

    Attributes:
        catalog: the tables, staged changes included.
        applied: the state without this group's changes.
        defined: whether definitions were staged since the commit loop looked.
    """

    #: Whether what is written is to be agreed on by several regions, see scratch.py.
    agreeing = False

    def __init__(
        self,
        region: str,
        reader: Reader,
        catalog: Catalog,
        hlc: HybridLogicalClock,
        statistics: Statistics,
    ) -> None:
        self.catalog = catalog
        self.applied = reader
        self._region = region
        self._origin = region.encode("ascii")
        self._hlc = hlc
        self._statistics = statistics
        self._layouts: dict[int, Layout] = {}
        self._puts: dict[bytes, bytes | None] = {}
        self._ranges: list[Range] = []
        self._tables: set[int] = set()
        self._journal: list[tuple[bytes, bytes | _Unread | None]] = []
        self._counts: list[tuple[int, int, int, int]] = []
        self._dropped: list[tuple[int, int]] = []
        self._undo: list[Callable[[], None]] = []
        self.defined = False

    # --- what a decision reads

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a raw key."""
        puts = self._puts
        if key in puts:
            return puts[key]
        if self._ranges and any(start <= key < end for start, end in self._ranges):
            return None
        return self.applied.get(key)

    def item(self, table: Table, key: bytes) -> StoredItem | None:
        """Return the current item under a key made by `encode_key`, without the table's prefix."""
        raw = self.get(self.layout(table).items + key)
        return None if raw is None else decode_item(raw)

    def tombstone(self, table: Table, key: bytes) -> tuple[int, str] | None:
        """Return stamp and origin of a deletion that is remembered; only replicated tables remember."""
        raw = self.get(self.layout(table).tombstones + key)
        return None if raw is None else (int.from_bytes(raw[:8], "big"), raw[8:].decode("ascii"))

    def collection_size(self, table: Table, key: bytes) -> int | None:
        """Return the bytes of the item collection of a stored key, None when the table has no local index."""
        layout = self.layout(table)
        if layout.collections is None:
            return None
        return int.from_bytes(self.get(layout.collection_key(key)) or b"", "big")

    def layout(self, table: Table) -> Layout:
        """Return the layout of a table's definition as it is now.

        Raises:
            ApiError: ResourceNotFoundException when the table is gone.
        """
        layout = self._layouts.get(table.number)
        if layout is None:
            current = self.catalog.by_number(table.number)
            if current is None:
                raise resource_not_found()
            layout = self._layouts[table.number] = layout_of(current)
        return layout

    def tick(self) -> int:
        """Return a fresh stamp, which is also a position of the log."""
        return self._hlc.tick()

    def observe(self, stamp: int) -> None:
        """Follow a peer's stamp, see `HybridLogicalClock.observe`."""
        self._hlc.observe(stamp)

    # --- what a decision stages

    def put(self, key: bytes, value: bytes | None) -> None:
        """Stage a raw key; None deletes it."""
        puts = self._puts
        self._journal.append((key, puts.get(key, _MISSING)))
        puts[key] = value

    def delete(self, key: bytes) -> None:
        """Stage the deletion of a raw key."""
        self.put(key, None)

    def delete_range(self, start: bytes, end: bytes) -> None:
        """Stage the deletion of start <= key < end."""
        for key in [key for key in self._puts if start <= key < end]:
            self._journal.append((key, self._puts.pop(key)))
        self._ranges.append((start, end))
        self._undo.append(lambda: self._ranges.remove((start, end)))

    def write(  # noqa: PLR0913 - what is known spares work
        self,
        table: Table,
        key: bytes,
        new: Item | None,
        *,
        size: int = -1,
        json: bytes | None = None,
        kind: ChangeKind = "user",
        stamp: int = 0,
        origin: str = "",
        current: StoredItem | _Unread | None = UNREAD,
    ) -> WriteOutcome:
        """Stage an item, its index entries and its change record.

        A write that leaves the item as it is stages nothing (AWS emits no stream record for it either), unless it
        comes from another region: then the item takes over its version.

        Args:
            table: any definition of the table; the current one is used.
            key: made by `encode_key` with the table's schema.
            new: the checked item, None to delete.
            size: its billed bytes when they are known.
            json: its canonical JSON when it is known.
            kind: how the change came here.
            stamp: version given by another region; 0 makes one.
            origin: the other region.
            current: what `item` returned, when it was called in the same decision.
        """
        layout = self.layout(table)
        if layout.agreed and kind != "replica" and not self.agreeing:
            raise OperationalError("the table became strongly consistent in this moment")
        if layout.shows_versions and kind == "user" and new is not None and not stamp:
            return self._write_with_version(table, key, new, size, current)
        item_key = layout.items + key
        json = json or (None if new is None else to_json(new))
        if isinstance(current, _Unread):
            raw = self.get(item_key)
            # The usual write that changes nothing needs no object of the item.
            if raw is not None and json is not None and kind != "replica" and _holds(raw, json):
                old_size = stored_size(raw)
                return WriteOutcome(False, old_size, size if size >= 0 else old_size, ())
            current = None if raw is None else decode_item(raw)
        if new is None or size < 0:
            size = 0 if new is None else item_size(new)
        old_size = 0 if current is None else current.size
        same = _same(current, new, json)
        if same and kind != "replica":
            return WriteOutcome(False, old_size, size, ())
        position = self._hlc.tick()
        stamp = stamp or position
        source = origin.encode("ascii") if origin else self._origin
        value = None if json is None else encode_item(stamp, source, size, json)
        self.put(item_key, value)
        self._tables.add(table.number)
        change = _Change(key, current, new, value, stamp, source)
        indexes = self._write_indexes(layout, change) if layout.indexes and not same else ()
        if layout.collections is not None:
            added = size - old_size
            self._write_collection(layout, key, added, indexes, limited=kind != "replica")
        previous = 0 if current is None else current.stamp
        if layout.replicated:
            previous = self._write_tombstone(layout, change)
        if layout.keeps_log and not same:
            old_json = None if current is None else current.json
            record = encode_record(stamp, previous, source, kind, old_json, json, old_size, size)
            self.put(layout.log + position.to_bytes(8, "big"), record)
        count = (new is not None) - (current is not None)
        self._counts.append((table.number, 0, count, size - old_size))
        return WriteOutcome(not same, old_size, size, indexes)

    def _write_with_version(
        self,
        table: Table,
        key: bytes,
        new: Item,
        size: int,
        current: StoredItem | _Unread | None,
    ) -> WriteOutcome:
        """Stage a client's item as it is, then once more with the attributes that show its version.

        It is one version, of two records of which the second is sent to the other regions.
        """
        if isinstance(current, _Unread):
            current = self.item(table, key)
        replaced = (0, "")
        if current is not None:
            replaced = (current.stamp, current.origin)
        elif (deleted := self.tombstone(table, key)) is not None:
            replaced = deleted
        stamp = self._hlc.tick()
        outcome = self.write(table, key, new, size=size, kind="draft", stamp=stamp, current=current)
        if not outcome.changed:
            return outcome
        # For who receives the second record, the version before the client's write is the one that was replaced.
        draft = StoredItem(*replaced, outcome.new_size, to_json(new))
        shown = with_version(new, stamp, self._region)
        addition = self.write(table, key, shown, stamp=stamp, current=draft)
        return outcome._replace(addition=addition)

    def save_table(self, table: Table) -> None:
        """Stage a table's definition; later decisions see it at once."""
        before = self.catalog.by_number(table.number)
        self.defined = True
        self.put(catalog_key(table.number), codec.encode(table))
        self._tables.add(table.number)
        self.catalog.put(table)
        self.put(LAST_TABLE_NUMBER_KEY, self.catalog.last_number.to_bytes(8, "big"))
        self._layouts.pop(table.number, None)
        self._undo.append(lambda: self._restore_table(table, before))

    def drop_table(self, table: Table) -> None:
        """Stage the removal of a table with everything that is stored for it, but for what is held (retained.py)."""
        current = self.catalog.by_number(table.number)
        if current is None:
            raise resource_not_found()
        leave(self, current, stamp_ms(self.tick()), self._statistics.of(table.number))
        self.defined = True
        self.delete(catalog_key(table.number))
        self._tables.add(table.number)
        self._dropped.append((table.number, 0))
        self.catalog.remove(current)
        self._layouts.pop(table.number, None)
        self._undo.append(lambda: self.catalog.put(current))

    def drop_index(self, table: Table, index: Index) -> None:
        """Stage the removal of every entry of an index; the definition is the caller's to save."""
        self.delete_range(*whole(index_prefix(table.number, index.number)))
        self._dropped.append((table.number, index.number))

    def write_index_entry(self, table: Table, index: Index, key: bytes) -> None:
        """Stage the entry that an index has for the current item under a key, unless it is there already."""
        layout = self.layout(table)
        part = next((part for part in layout.indexes if part.index.number == index.number), None)
        current = self.item(table, key)
        if part is None or current is None:
            return
        entry_key = part.entry_key(current.item, key)
        if entry_key is None or self.get(entry_key) is not None:
            return
        origin = current.origin.encode("ascii")
        raw = self.get(layout.items + key)
        assert raw is not None
        projected = part.projection(current.item)
        value, size = entry_value(part, projected, current.stamp, origin, raw)
        self.put(entry_key, value)
        added = current.size if size is None else size
        self._counts.append((table.number, index.number, 1, added))

    def mark(self) -> Mark:
        """Return where the decision stands, for `take_back`."""
        return len(self._journal), len(self._counts)

    def take_back(self, mark: Mark) -> None:
        """Drop the keys and items that the decision staged since a mark; definitions and ranges stay."""
        journal, puts = self._journal, self._puts
        start, counts = mark
        for key, value in reversed(journal[start:]):
            if isinstance(value, _Unread):
                del puts[key]
            else:
                puts[key] = value
        del journal[start:]
        del self._counts[counts:]

    # --- what the commit loop does around decisions

    def keep(self) -> None:
        """Let what the decision staged stand."""
        self._journal.clear()
        self._undo.clear()
        if self._counts:
            add = self._statistics.add
            for number, index, count, size in self._counts:
                add(number, index, count, size)
            self._counts.clear()
        if self._dropped:
            for number, index in self._dropped:
                self._statistics.forget(number, index)
            self._dropped.clear()

    def discard(self) -> None:
        """Drop what the decision staged."""
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        self._dropped.clear()
        self.take_back((0, 0))

    def take(self) -> tuple[dict[bytes, bytes | None], list[Range], set[int]]:
        """Return the staged keys, deleted ranges and numbers of changed tables or items; begin a new group."""
        taken = self._puts, self._ranges, self._tables
        self._puts, self._ranges, self._tables = {}, [], set()
        return taken

    def _write_indexes(self, layout: Layout, change: _Change) -> tuple[IndexChange, ...]:
        key, current, new, value = change.key, change.current, change.new, change.value
        changes = []
        old_item = None if current is None else current.item
        for part in layout.indexes:
            old_key = None if old_item is None else part.entry_key(old_item, key)
            if new is None:
                new_key = None
            elif old_item is not None and part.same_key(old_item, new):
                new_key = old_key
            else:
                new_key = part.entry_key(new, key)
            if old_key is not None and part.index.backfilling and self.get(old_key) is None:
                old_key = None  # The backfill has not come to this item yet.
            if old_key is None and new_key is None:
                continue
            old_size = new_size = None
            if old_key is not None and current is not None and old_item is not None:
                old_size = _entry_size(part, old_item, current.size)
            if new_key is not None and new is not None and value is not None:
                projected = part.projection(new)
                if (
                    old_key == new_key
                    and old_item is not None
                    and part.projected is not None
                    and items_equal(projected, part.projection(old_item))
                ):
                    continue
                entry, projected_size = entry_value(
                    part, projected, change.stamp, change.origin, value
                )
                self.put(new_key, entry)
                new_size = stored_size(value) if projected_size is None else projected_size
            if old_key is not None and old_key != new_key:
                self.put(old_key, None)
            count = (new_size is not None) - (old_size is not None)
            size = (new_size or 0) - (old_size or 0)
            self._counts.append((layout.table.number, part.index.number, count, size))
            changes.append(IndexChange(part.index, old_size, new_size, old_key != new_key))
        return tuple(changes)

    def _write_collection(
        self,
        layout: Layout,
        key: bytes,
        added: int,
        indexes: tuple[IndexChange, ...],
        *,
        limited: bool,
    ) -> None:
        """Keep the size of the item collection: its items and their entries in local indexes.

        What another region has accepted is never refused here: the members would differ for ever.

        Raises:
            ApiError: ItemCollectionSizeLimitExceededException when it is limited and grows over 10 GB.
        """
        for change in indexes:
            if change.secondary.kind == "LOCAL":
                added += (change.new_size or 0) - (change.old_size or 0)
        if not added:
            return
        collection_key = layout.collection_key(key)
        size = int.from_bytes(self.get(collection_key) or b"", "big") + added
        if limited and added > 0 and size > ITEM_COLLECTION_BYTES_MAX:
            raise ApiError("ItemCollectionSizeLimitExceededException", "Collection size exceeded.")
        self.put(collection_key, size.to_bytes(8, "big") if size > 0 else None)

    def _write_tombstone(self, layout: Layout, change: _Change) -> int:
        """Remember a deletion or forget an earlier one; return the version that the write replaced."""
        tombstone_key = layout.tombstones + change.key
        previous = 0 if change.current is None else change.current.stamp
        if not previous:
            raw = self.get(tombstone_key)
            if raw is not None:
                previous = int.from_bytes(raw[:8], "big")
                self.put(tombstone_key, None)
        if change.value is None:
            self.put(tombstone_key, change.stamp.to_bytes(8, "big") + change.origin)
        return previous

    def _restore_table(self, table: Table, before: Table | None) -> None:
        self._layouts.pop(table.number, None)
        if before is None:
            self.catalog.remove(table)
        else:
            self.catalog.put(before)


def _same(current: StoredItem | None, new: Item | None, json: bytes | None) -> bool:
    """Tell whether a write leaves the item as it is; equal items have JSON of equal length."""
    if current is None or new is None or json is None:
        return current is None and new is None
    if len(json) != len(current.json):
        return False
    return json == current.json or items_equal(new, current.item)


def _holds(raw: bytes, json: bytes) -> bool:
    """Tell whether stored bytes hold exactly this JSON; most that do not are told without a checksum."""
    return raw.endswith(json) and item_json(raw) == json


def _entry_size(part: IndexLayout, item: Item, whole_size: int) -> int:
    return whole_size if part.projected is None else item_size(part.projection(item))
