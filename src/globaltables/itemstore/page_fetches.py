"""Pages of a local index that show what it does not hold: each entry's item is read from the table."""

from collections.abc import Iterable, Iterator

import orjson

from globaltables.capacity.units import read_units
from globaltables.engine.interface import Reader
from globaltables.items.item_encoding import item_json, stored_size
from globaltables.items.key_encoding import encode_key
from globaltables.itemstore.keyspaces import item_prefix
from globaltables.tables.definitions import Table


class Fetches:
    """Reads items in place of index entries, and counts what that costs.

    Args:
        table: the table.
        reader: where its items are.
        consistent: whether the reads are charged as strongly consistent.

    Attributes:
        entry_bytes: billed bytes of the entries read.
        units: read units of the items, each rounded up (developer guide, LSI, "Read capacity units").
    """

    def __init__(self, table: Table, reader: Reader, *, consistent: bool) -> None:
        self.entry_bytes = 0
        self.units = 0.0
        self._table = table
        self._reader = reader
        self._consistent = consistent

    def rows(self, entries: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
        """Return the entries' items, as they are stored, in the entries' order."""
        schema = self._table.schema
        prefix = item_prefix(self._table.number)
        for position, entry in entries:
            self.entry_bytes += stored_size(entry)
            key = prefix + encode_key(schema, orjson.loads(item_json(entry)))
            item = self._reader.get(key)
            assert item is not None, "an index entry without its item"
            self.units += read_units(stored_size(item), consistent=self._consistent)
            yield position, item
