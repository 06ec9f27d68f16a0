"""The stored keys of sealed rows: what can be seen of a key, and in which order.

    item     z table generation i table | code of the hash, token of the partition, code of the range
    entry    z table generation x table index | code of the hash, token, code of the range, code of the suffix's hash,
             token of the item's key
    other    z table generation and the key as it is: positions and stamps tell nothing of an item

The code of the hash keeps the order of partitions; a token tells nothing but equality; the code of a range keeps its
order within its partition. The key itself is in the sealed value. See docs/formats/keys.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from globaltables.items.key_encoding import HASH_BYTES
from globaltables.itemstore.keyspaces import (
    collection_prefix,
    index_prefix,
    item_prefix,
    log_prefix,
    spools_prefix,
    tombstone_prefix,
)
from globaltables.security.sealing.table_cipher import TableCipher
from globaltables.tables.definitions import KeySchema, Table

HASH_CODE_BYTES = 2 * HASH_BYTES
#: By first byte how long the beginning of a key is that says whose it is.
SPACE_BYTES: Mapping[int, int] = MappingProxyType(
    {
        ord("i"): 5,
        ord("x"): 5,
        ord("d"): 5,
        ord("g"): 5,
        ord("l"): 5,
        ord("r"): 6,
        ord("e"): 11,
        ord("q"): 17,
    }
)
_INDEX_SPACE_BYTES = 7
_RANGE_END = b"\0\x01"
_PARTITION_AT = HASH_BYTES + 2
_SPOOL_BYTES = 19


@dataclass(frozen=True, slots=True)
class Shape:
    """What the keys of a space consist of.

    Attributes:
        hashes: how many hash attributes.
        ranges: how many range attributes.
        item: the keys of the table, for the entries of an index.
    """

    hashes: int
    ranges: int
    item: "Shape | None" = None

    @classmethod
    def of_schema(cls, schema: KeySchema, item: "Shape | None" = None) -> "Shape":
        """Return the shape of a schema's keys."""
        return cls(len(schema.hash), len(schema.range), item)

    def partition_end(self, body: bytes) -> int | None:
        """Return where the partition of a key without its space ends; None when it has no whole partition."""
        at = HASH_BYTES
        for _ in range(self.hashes):
            at += 2 + int.from_bytes(body[at : at + 2], "big")
        return at if at <= len(body) else None

    def range_end(self, body: bytes, start: int) -> int | None:
        """Return where the range attributes behind a place end; None when they are not whole."""
        for _ in range(self.ranges):
            found = body.find(_RANGE_END, start)
            if found < 0:
                return None
            start = found + 2
        return start


def spaces_of(table: Table) -> dict[bytes, int]:
    """Return the beginnings of the keys that are sealed for a table, and the bytes of the space that each begins.

    The keys of a space of 0 bytes are stored as they are, with sealed values.
    """
    number = table.number.to_bytes(4, "big")
    spaces = {
        item_prefix(table.number): 5,
        tombstone_prefix(table.number): 5,
        collection_prefix(table.number): 5,
        index_prefix(table.number, 0)[:5]: _INDEX_SPACE_BYTES,
        spools_prefix(table.number): _SPOOL_BYTES,
        log_prefix(table.number): 0,
        b"rg" + number: 6,
        b"rx" + number: 0,
    }
    if table.strong is not None:
        spaces[b"q" + table.strong.key] = 0
    return spaces


def sealed_body(cipher: TableCipher, shape: Shape, space: bytes, body: bytes) -> bytes:
    """Return the sealed form of a key without its space, or of a bound between such keys."""
    if len(body) <= HASH_BYTES:
        return cipher.order.encode_hash(body)
    if shape.hashes == 1:  # the usual kind; this is done for every row that is read or written
        end = _PARTITION_AT + int.from_bytes(body[HASH_BYTES:_PARTITION_AT], "big")
        assert end <= len(body), "a bound inside of a partition"
    else:
        found = shape.partition_end(body)
        assert found is not None, "a bound inside of a partition"
        end = found
    if shape.item is None:
        head, pads = cipher.head(b"", body[:end])
        return head if end == len(body) else head + cipher.order.encode(head, pads, body[end:])
    head, pads = cipher.head(space, body[:end])
    if end == len(body):
        return head
    entry = shape.range_end(body, end)
    if entry is None or entry == len(body):
        return head + cipher.order.encode(head, pads, body[end:])
    code = cipher.order.encode(head, pads, body[end:entry])
    return head + code + _suffix(cipher, shape.item, body[entry:])


def _suffix(cipher: TableCipher, item: Shape, suffix: bytes) -> bytes:
    """Return the sealed form of what tells entries with equal index keys apart, or of a bound behind it."""
    hashed, key = cipher.order.encode_hash(suffix[:HASH_BYTES]), suffix[HASH_BYTES:]
    if not key:
        return hashed
    partition = item.partition_end(key)
    end = None if partition is None else item.range_end(key, partition)
    assert end is not None, "a bound inside of an item's key"
    return hashed + cipher.token(key[:end]) + key[end:]
