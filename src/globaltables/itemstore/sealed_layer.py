"""The rows of a table that are sealed under one data key, read and written in the order of their keys."""

import heapq
from collections.abc import Iterator
from itertools import islice

from globaltables.engine.interface import Engine
from globaltables.foundation.errors import OperationalError
from globaltables.items.key_encoding import HASH_BYTES, after_prefix
from globaltables.itemstore.keyspaces import PREFIX_BYTES, item_prefix, sealed_prefix
from globaltables.itemstore.sealed_keys import (
    HASH_CODE_BYTES,
    SPACE_BYTES,
    Shape,
    sealed_body,
    spaces_of,
)
from globaltables.security.sealing.table_cipher import TOKEN_BYTES, TableCipher
from globaltables.tables.definitions import Table

Row = tuple[bytes, bytes]
_LENGTH_BYTES = 2
_ITEM = ord("i")
#: Where parts of an item's key begin: the hash, the length of the partition key, the partition key.
_HASH_AT = PREFIX_BYTES
_LENGTH_AT = _HASH_AT + HASH_BYTES
_PARTITION_AT = _LENGTH_AT + 2
#: Rows of one hash that are held back until it is known whether they are of one partition.
_HELD_ROWS_MAX = 64


class SealedLayer:
    """Rows under one data key.

    Args:
        engine: where sealed rows are.
        table: whose they are.
        generation: of the data key.
        cipher: None when the data key cannot be had: then nothing can be read or written.
    """

    def __init__(
        self, engine: Engine, table: Table, generation: int, cipher: TableCipher | None
    ) -> None:
        self.prefix = sealed_prefix(table.number, generation)
        self._engine = engine
        self._table = table.name
        self._cipher = cipher
        self._spaces = spaces_of(table)
        self._items = Shape.of_schema(table.schema)
        assert self._items.hashes == 1, table.name
        self._items_prefix = self.prefix + item_prefix(table.number)
        self._collections = Shape(self._items.hashes, 0)
        self._indexes = {
            index.number: Shape.of_schema(index.schema, self._items) for index in table.indexes
        }

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, or None."""
        stored = self.stored_key(key)
        raw = self._engine.get(stored)
        if raw is None:
            return None
        value = self._unlocked().open(raw, stored)
        if key[0] != _ITEM and self._place(key)[1] is None:
            return value
        return value[_LENGTH_BYTES + int.from_bytes(value[:_LENGTH_BYTES], "big") :]

    def stored_key(self, key: bytes) -> bytes:
        """Return where a key is stored."""
        cipher = self._cipher or self._unlocked()
        known = cipher.known.get(key)
        if known is not None:
            return known
        if key[0] != _ITEM:
            return self._stored(cipher, key, *self._place(key))
        # As `sealed_body` does it: this is done for every item that is read or written.
        end = _PARTITION_AT + int.from_bytes(key[_LENGTH_AT:_PARTITION_AT], "big")
        partition, rest = key[_HASH_AT:end], key[end:]
        head, pads = cipher.heads.get(partition) or cipher.head(b"", partition)
        known = self._items_prefix + head
        if rest:
            known += cipher.order.encode(head, pads, rest)
        # An item is read before it is written.
        cipher.remember(key, known)
        return known

    def sealed(self, key: bytes, value: bytes) -> Row:
        """Return a row as it is stored."""
        stored = self.stored_key(key)
        space, shape = (_HASH_AT, self._items) if key[0] == _ITEM else self._place(key)
        if shape is not None:
            body = key[space:]
            value = len(body).to_bytes(_LENGTH_BYTES, "big") + body + value
        return stored, self._unlocked().seal(stored, value)

    def range(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[Row]:
        """Iterate over start <= key < end in key order, or backwards; both are of one space."""
        cipher = self._unlocked()
        if start >= end:
            return iter(())
        length, shape = self._place(start)
        if shape is None:
            found = self._engine.range(self.prefix + start, self.prefix + end, reverse=reverse)
            return ((row[0][len(self.prefix) :], cipher.open(row[1], row[0])) for row in found)
        assert len(start) >= length, "a range over several indexes"
        reading = _Reading(self._engine, self.prefix, cipher, start[:length], shape)
        beginning = start[length:]
        until = end[length:] if end[:length] == start[:length] else None
        return reading.rows(beginning, until or None, reverse=reverse)

    def first_keys(self, space: bytes, after: bytes, count: int) -> tuple[list[bytes], bytes]:
        """Return keys of a space, unordered: for who moves rows to another layer.

        Args:
            space: the beginning of the keys.
            after: what the last call returned; empty at the beginning.
            count: how many at the most.

        Returns:
            The keys, and where to go on.
        """
        cipher = self._unlocked()
        start = after or self.prefix + space
        keys = []
        for stored, raw in islice(
            self._engine.range(start, after_prefix(self.prefix + space)), count
        ):
            keys.append(self._key(cipher, stored, raw))
            after = stored + b"\0"
        return keys, after

    def _key(self, cipher: TableCipher, stored: bytes, raw: bytes) -> bytes:
        space, shape = self._place(stored[len(self.prefix) :])
        if shape is None:
            return stored[len(self.prefix) :]
        return opened(cipher, self.prefix, space, (stored, raw))[0]

    def _unlocked(self) -> TableCipher:
        if self._cipher is None:
            raise OperationalError(f"the key of table {self._table} is gone")
        return self._cipher

    def _place(self, key: bytes) -> tuple[int, Shape | None]:
        """Return how long the space of a key is, and what follows it; None for what is stored as it is."""
        first = key[0]
        length = self._spaces.get(key[: SPACE_BYTES[first]], 0)
        match first:
            case 0x78:  # x
                return length, self._indexes.get(int.from_bytes(key[5:7], "big"), self._items)
            case 0x67:  # g
                return length, self._collections
            case _:
                return length, self._items if length else None

    def _stored(self, cipher: TableCipher, key: bytes, space: int, shape: Shape | None) -> bytes:
        if shape is None:
            return self.prefix + key
        beginning = key[:space]
        return self.prefix + beginning + sealed_body(cipher, shape, beginning, key[space:])


class _Reading:
    """One read of a range of sealed keys."""

    def __init__(
        self, engine: Engine, prefix: bytes, cipher: TableCipher, space: bytes, shape: Shape
    ) -> None:
        self._engine = engine
        self._prefix = prefix
        self._cipher = cipher
        self._space = space
        self._shape = shape
        self._base = prefix + space

    def rows(self, start: bytes, end: bytes | None, *, reverse: bool) -> Iterator[Row]:
        """Return the rows with start <= key without space < end; None for the end of the space."""
        at = self._shape.partition_end(start) if len(start) > HASH_BYTES else None
        if at is not None:
            partition = start[:at]
            if end is not None and (end.startswith(partition) or end == after_prefix(partition)):
                return self._partition(partition, start, end, reverse=reverse)
        found = self._scan(start, end)
        return iter(list(found)[::-1]) if reverse else found

    def _partition(
        self, partition: bytes, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[Row]:
        """Return the rows of one partition between two bounds that may be outside of it."""
        whole = self._stored(partition)
        lower = self._stored(start) if start.startswith(partition) else whole
        upper = after_prefix(whole)
        if end is not None and end.startswith(partition):
            upper = self._stored(end)
        return map(self._open, self._engine.range(lower, upper, reverse=reverse))

    def _scan(self, start: bytes, end: bytes | None) -> Iterator[Row]:
        """Return rows of many partitions; those of one hash in the order of what they are, not of their tokens."""
        lower = self._base + self._hash_code(start)
        if len(start) > HASH_BYTES:
            yield from self._group(start[:HASH_BYTES], start, end)
            lower = after_prefix(lower)
        last = None
        if end is None:
            upper = after_prefix(self._base)
        else:
            upper = self._base + self._hash_code(end)
            last = end[:HASH_BYTES] if len(end) > HASH_BYTES else None
        if last == start[:HASH_BYTES] and len(start) > HASH_BYTES:
            return
        yield from self._whole_groups(lower, upper)
        if last is not None:
            yield from self._group(last, b"", end)

    def _whole_groups(self, lower: bytes, upper: bytes) -> Iterator[Row]:
        at = len(self._base)
        hashed_end, token_end = at + HASH_CODE_BYTES, at + HASH_CODE_BYTES + TOKEN_BYTES
        while True:
            held: list[Row] = []
            group = token = b""
            mixed = False
            for row in self._engine.range(lower, upper):
                stored = row[0]
                if not stored.startswith(group) or not held:
                    yield from self._in_order(held, mixed=mixed)
                    held, mixed = [], False
                    group, token = stored[:hashed_end], stored[:token_end]
                mixed = mixed or not stored.startswith(token)
                held.append(self._open(row))
                if len(held) == _HELD_ROWS_MAX:
                    break
            else:
                yield from self._in_order(held, mixed=mixed)
                return
            hashed = held[0][0][len(self._space) :][:HASH_BYTES]
            yield from self._group(hashed, b"", None)
            lower = after_prefix(group)

    def _in_order(self, held: list[Row], *, mixed: bool) -> list[Row]:
        return sorted(held) if mixed else held

    def _group(self, hashed: bytes, start: bytes, end: bytes | None) -> Iterator[Row]:
        """Return the rows of one hash between two bounds."""
        at = self._base + self._hash_code(hashed)
        stop = after_prefix(at)
        partitions = []
        while (row := next(iter(self._engine.range(at, stop)), None)) is not None:
            body = self._open(row)[0][len(self._space) :]
            partition = body[: self._shape.partition_end(body)]
            partitions.append(partition)
            at = after_prefix(self._stored(partition))
        for partition in sorted(partitions):
            if end is not None and end <= partition:
                return
            if start <= partition or start.startswith(partition):
                yield from self._partition(partition, start, end)

    def _stored(self, body: bytes) -> bytes:
        return self._base + sealed_body(self._cipher, self._shape, self._space, body)

    def _hash_code(self, body: bytes) -> bytes:
        return self._cipher.order.encode_hash(body[:HASH_BYTES])

    def _open(self, row: Row) -> Row:
        return opened(self._cipher, self._prefix, len(self._space), row)


def opened(cipher: TableCipher, prefix: bytes, space: int, row: Row) -> Row:
    """Return a row as it is.

    Args:
        cipher: what sealed it.
        prefix: of sealed keys.
        space: how long the beginning of the key is that is stored as it is.
        row: as it is stored.
    """
    stored, raw = row
    value = cipher.open(raw, stored)
    end = _LENGTH_BYTES + int.from_bytes(value[:_LENGTH_BYTES], "big")
    start = len(prefix)
    return stored[start : start + space] + value[_LENGTH_BYTES:end], value[end:]


def merged(layers: list[Iterator[Row]], *, reverse: bool) -> Iterator[Row]:
    """Return the rows of several layers in the order of their keys; no key is in two."""
    return heapq.merge(*layers, key=lambda row: row[0], reverse=reverse)
