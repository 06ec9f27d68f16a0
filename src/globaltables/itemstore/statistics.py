"""Live counts and sizes of tables and indexes, stored with every batch that changes them."""

import struct

from globaltables.engine.interface import Reader
from globaltables.itemstore.keyspaces import STATISTICS, statistics_key, whole

_PAIR = struct.Struct(">HQQ")
_TABLE = 0


class Statistics:
    """Item counts and billed bytes by (table number, index number); index number 0 is the table itself."""

    def __init__(self, reader: Reader) -> None:
        self._pairs: dict[int, dict[int, list[int]]] = {}
        self._changed: set[int] = set()
        for key, value in reader.range(*whole(STATISTICS)):
            pairs = {index: [count, size] for index, count, size in _PAIR.iter_unpack(value)}
            self._pairs[int.from_bytes(key[1:], "big")] = pairs

    def add(self, table_number: int, index_number: int, count: int, size: int) -> None:
        """Add to the counters of a table (index number 0) or of an index."""
        pairs = self._pairs.setdefault(table_number, {})
        pair = pairs.get(index_number)
        if pair is None:
            pair = pairs[index_number] = [0, 0]
        pair[0] += count
        pair[1] += size
        self._changed.add(table_number)

    def of(self, table_number: int, index_number: int = _TABLE) -> tuple[int, int]:
        """Return the count and the billed bytes of a table or of an index."""
        pair = self._pairs.get(table_number, {}).get(index_number)
        return (0, 0) if pair is None else (pair[0], pair[1])

    def forget(self, table_number: int, index_number: int = _TABLE) -> None:
        """Drop the counters of an index, or of a table with all its indexes."""
        if index_number == _TABLE:
            self._pairs.pop(table_number, None)
            self._changed.discard(table_number)
        elif self._pairs.get(table_number, {}).pop(index_number, None) is not None:
            self._changed.add(table_number)

    def take_changes(self) -> dict[bytes, bytes | None]:
        """Return the stored form of what changed since the last call."""
        puts: dict[bytes, bytes | None] = {}
        for number in self._changed:
            pairs = self._pairs.get(number, {})
            stored = b"".join(_PAIR.pack(index, *pair) for index, pair in pairs.items())
            puts[statistics_key(number)] = stored
        self._changed.clear()
        return puts
