"""The stored form of an item: a small header, then its canonical DynamoDB JSON, which responses splice in unparsed.

    version (1) checksum (4) stamp (8) billed size (4) origin length (1) origin JSON

Numbers are big-endian; the checksum is CRC-32 over everything behind it. Described with cases in docs/formats/item.md.
"""

import struct
from zlib import crc32

import orjson

from globaltables.foundation.errors import OperationalError
from globaltables.items.values import Item

VERSION = 1
_HEADER = struct.Struct(">BIQIB")
_CHECKED = struct.Struct(">QIB")
CHECKED_FROM = 5
SIZE_AT = 13
ORIGIN_AT = 18
_dumps = orjson.dumps


class CorruptionError(OperationalError):
    """Stored bytes do not match their checksum or format; they are never guessed."""


class StoredItem:
    """One stored item; the JSON is parsed at the first use of `item`."""

    __slots__ = ("_item", "json", "origin", "size", "stamp")

    def __init__(self, stamp: int, origin: str, size: int, json: bytes) -> None:
        self.stamp = stamp
        self.origin = origin
        self.size = size
        self.json = json
        self._item: Item | None = None

    @property
    def item(self) -> Item:
        """The parsed item; shared, not to be changed."""
        if self._item is None:
            self._item = orjson.loads(self.json)
        return self._item


def encode_item(stamp: int, origin: bytes, size: int, json: bytes) -> bytes:
    """Return the stored bytes of an item.

    Args:
        stamp: last-writer-wins version.
        origin: ASCII name of the region that wrote it, at most 255 bytes.
        size: billed bytes.
        json: canonical DynamoDB JSON.
    """
    checked = _CHECKED.pack(stamp, size, len(origin)) + origin + json
    return b"\x01" + crc32(checked).to_bytes(4, "big") + checked


def item_json(raw: bytes) -> bytes:
    """Return the JSON of stored bytes without building an object.

    Raises:
        CorruptionError: the checksum does not match.
    """
    if crc32(raw[CHECKED_FROM:]) != int.from_bytes(raw[1:5], "big") or raw[:1] != b"\x01":
        raise CorruptionError(_corrupt(raw))
    return raw[ORIGIN_AT + raw[ORIGIN_AT - 1] :]


def stored_size(raw: bytes) -> int:
    """Return the billed size of stored bytes."""
    return int.from_bytes(raw[SIZE_AT : SIZE_AT + 4], "big")


def decode_item(raw: bytes) -> StoredItem:
    """Return the item of stored bytes.

    Raises:
        CorruptionError: the checksum or the version does not match.
    """
    try:
        version, checksum, stamp, size, origin_length = _HEADER.unpack_from(raw)
    except struct.error:
        raise CorruptionError(_corrupt(raw)) from None
    if version != VERSION or crc32(raw[CHECKED_FROM:]) != checksum:
        raise CorruptionError(_corrupt(raw))
    start = ORIGIN_AT + origin_length
    return StoredItem(stamp, raw[ORIGIN_AT:start].decode("ascii"), size, raw[start:])


def to_json(item: Item) -> bytes:
    """Return the canonical JSON of a checked item."""
    return _dumps(item)


def _corrupt(raw: bytes) -> str:
    return f"stored item of {len(raw)} bytes is corrupt (version {raw[:1].hex() or 'missing'})"
