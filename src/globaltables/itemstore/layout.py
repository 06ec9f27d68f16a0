"""Where one table's items and index entries are stored: computed once per table definition, used for every item."""

from dataclasses import dataclass

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX
from globaltables.items.item_encoding import encode_item, to_json
from globaltables.items.key_encoding import HASH_BYTES, encode_key, entry_suffix, text_key
from globaltables.items.values import Item, binary_size, item_size, text_size
from globaltables.itemstore.keyspaces import (
    collection_prefix,
    index_prefix,
    item_prefix,
    log_prefix,
    tombstone_prefix,
)
from globaltables.tables.definitions import Index, Table
from globaltables.tables.encryption import keyless

#: A stored key begins with the hash and the length of the partition.
_PARTITION_AT = HASH_BYTES + 2
_CHARACTER_BYTES_MAX = 4


@dataclass(frozen=True, slots=True)
class IndexLayout:
    """One index.

    Attributes:
        prefix: of its entries' keys.
        attributes: names, types and most bytes of what an item needs to have an entry.
        projected: names that an entry holds; None is all.
    """

    index: Index
    prefix: bytes
    attributes: tuple[tuple[str, str, int], ...]
    projected: frozenset[str] | None

    def entry_key(self, item: Item, item_key: bytes) -> bytes | None:
        """Return the stored key of an item's entry, None when the item lacks a key attribute (a sparse index).

        An attribute that cannot be a key (of another type, empty, too long) counts as lacking: no write puts it there
        once the index exists, but items may be older than the index.
        """
        key = text_key(self.index.schema.text_names, item)
        if key is not None:
            return self.prefix + key + entry_suffix(item_key)
        for name, kind, bytes_max in self.attributes:
            value = item.get(name)
            if value is None:
                return None
            content = value.get(kind)
            if not content:
                return None
            if len(content) * _CHARACTER_BYTES_MAX > bytes_max and _too_long(
                kind, content, bytes_max
            ):
                return None
        return self.prefix + encode_key(self.index.schema, item) + entry_suffix(item_key)

    def same_key(self, old: Item, new: Item) -> bool:
        """Tell whether two versions of an item have the same key attributes of the index."""
        return all(old.get(name) == new.get(name) for name, _, _ in self.attributes)

    def projection(self, item: Item) -> Item:
        """Return the attributes of an item that an entry holds."""
        if self.projected is None:
            return item
        return {name: value for name, value in item.items() if name in self.projected}


@dataclass(frozen=True, slots=True)
class Layout:
    """One table.

    Attributes:
        collections: prefix of the sizes of its item collections; None without local indexes.
        agreed: whether the regions agree on writes before they are applied.
        shows_versions: whether items have attributes that show their version.
    """

    table: Table
    items: bytes
    tombstones: bytes
    log: bytes
    indexes: tuple[IndexLayout, ...]
    collections: bytes | None
    keeps_log: bool
    replicated: bool
    agreed: bool
    shows_versions: bool

    def collection_key(self, key: bytes) -> bytes:
        """Return where the size of the item collection of a stored key (without prefix) is kept."""
        assert self.collections is not None
        length = int.from_bytes(key[HASH_BYTES:_PARTITION_AT], "big")
        return self.collections + key[: _PARTITION_AT + length]


def layout_of(table: Table) -> Layout:
    """Return the layout of a table; an index that is being deleted gets no entries any more.

    Raises:
        OperationalError: its key cannot be used, so nothing is to be read or written.
    """
    if keyless(table):
        raise OperationalError(f"the key of table {table.name} cannot be used")
    base = table.schema.names
    return Layout(
        table=table,
        items=item_prefix(table.number),
        tombstones=tombstone_prefix(table.number),
        log=log_prefix(table.number),
        indexes=tuple(
            _index_layout(table, index, base)
            for index in table.indexes
            if index.status != "DELETING"
        ),
        collections=(
            collection_prefix(table.number)
            if any(index.kind == "LOCAL" for index in table.indexes)
            else None
        ),
        keeps_log=table.keeps_log,
        replicated=table.feeds,
        agreed=table.strong is not None,
        shows_versions=table.global_table_version == "2017.11.29",
    )


def entry_value(
    layout: IndexLayout, projected: Item, stamp: int, origin: bytes, whole: bytes
) -> tuple[bytes, int | None]:
    """Return the stored value of an index entry, and its billed size (None: that of the item).

    Args:
        layout: the index.
        projected: what `layout.projection` gave.
        stamp: version of the item.
        origin: ASCII name of the region that wrote it.
        whole: the item's own stored bytes, used as they are when everything is projected.
    """
    if layout.projected is None:
        return whole, None
    size = item_size(projected)
    return encode_item(stamp, origin, size, to_json(projected)), size


def _index_layout(table: Table, index: Index, base: tuple[str, ...]) -> IndexLayout:
    projected = (
        None
        if index.projection == "ALL"
        else frozenset((*base, *index.schema.names, *index.non_key_attributes))
    )
    return IndexLayout(
        index=index,
        prefix=index_prefix(table.number, index.number),
        attributes=(
            *((key.name, key.type, PARTITION_KEY_BYTES_MAX) for key in index.schema.hash),
            *((key.name, key.type, SORT_KEY_BYTES_MAX) for key in index.schema.range),
        ),
        projected=projected,
    )


def _too_long(kind: str, content: str, bytes_max: int) -> bool:
    """Tell whether a key attribute has too many bytes; numbers never have."""
    if kind == "N":
        return False
    return (text_size if kind == "S" else binary_size)(content) > bytes_max
