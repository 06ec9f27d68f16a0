"""One change of one item: its stored bytes and its parsed form. Format: docs/formats/change-record.md."""

import struct
from collections.abc import Mapping
from typing import Literal
from zlib import crc32

import orjson

from globaltables.foundation.errors import OperationalError
from globaltables.items.values import Item

ChangeKind = Literal["user", "ttl", "replica", "draft"]

_KINDS: tuple[ChangeKind, ...] = ("user", "ttl", "replica", "draft")
_KIND_CODES: Mapping[ChangeKind, int] = {kind: code for code, kind in enumerate(_KINDS)}
VERSION = 1
#: version, checksum | stamp, previous stamp, kind, origin length, old length, new length, old size, new size
_HEADER = struct.Struct(">BIQQBBIIII")
_CHECKED = struct.Struct(">QQBBIIII")
_CHECKED_FROM = 5
_KIND_AT = 21
_REPLICA_CODE = bytes([_KIND_CODES["replica"]])
_ABSENT = 0xFFFF_FFFF


class ChangeRecord:
    """A record of the log.

    Attributes:
        position: stamp of the commit in this region; unique and increasing in the region's log.
        stamp: last-writer-wins version of the change, given by the origin.
        previous_stamp: version that the writer saw and replaced; 0 for none.
        origin: region whose client (or expiry) made the change.
        kind: how it came into this region; a draft is the first of two records of one write of a client, and is for
            streams only: version 2017.11.29 global tables show the item before its version is added to it.
        old: JSON of the item before, None when there was none.
        new: JSON of the item after, None for a deletion.
        old_size: billed bytes before, 0 for none.
        new_size: billed bytes after, 0 for none.
    """

    __slots__ = (
        "kind",
        "new",
        "new_size",
        "old",
        "old_size",
        "origin",
        "position",
        "previous_stamp",
        "stamp",
    )

    def __init__(  # noqa: PLR0913 - the members of the format
        self,
        position: int,
        stamp: int,
        previous_stamp: int,
        origin: str,
        kind: ChangeKind,
        old: bytes | None,
        new: bytes | None,
        old_size: int,
        new_size: int,
    ) -> None:
        self.position = position
        self.stamp = stamp
        self.previous_stamp = previous_stamp
        self.origin = origin
        self.kind = kind
        self.old = old
        self.new = new
        self.old_size = old_size
        self.new_size = new_size

    @property
    def old_item(self) -> Item | None:
        """The item before, parsed."""
        return None if self.old is None else orjson.loads(self.old)

    @property
    def new_item(self) -> Item | None:
        """The item after, parsed."""
        return None if self.new is None else orjson.loads(self.new)

    @property
    def event_name(self) -> Literal["INSERT", "MODIFY", "REMOVE"]:
        """How a stream names the change."""
        if self.new is None:
            return "REMOVE"
        return "INSERT" if self.old is None else "MODIFY"


def encode_record(
    stamp: int,
    previous_stamp: int,
    origin: bytes,
    kind: ChangeKind,
    old: bytes | None,
    new: bytes | None,
    old_size: int,
    new_size: int,
) -> bytes:
    """Return a record's stored bytes; its position is the key under which it is stored."""
    checked = (
        _CHECKED.pack(
            stamp,
            previous_stamp,
            _KIND_CODES[kind],
            len(origin),
            _ABSENT if old is None else len(old),
            _ABSENT if new is None else len(new),
            old_size,
            new_size,
        )
        + origin
        + (old or b"")
        + (new or b"")
    )
    return b"\x01" + crc32(checked).to_bytes(4, "big") + checked


def is_replicated(raw: bytes) -> bool:
    """Tell whether a record's change came from another region, without decoding the rest of it.

    False for damaged bytes, whatever they say: they are not to be skipped, and decoding them fails.
    """
    return raw[_KIND_AT : _KIND_AT + 1] == _REPLICA_CODE and crc32(
        raw[_CHECKED_FROM:]
    ) == int.from_bytes(raw[1:_CHECKED_FROM], "big")


def decode_record(position: int, raw: bytes) -> ChangeRecord:
    """Return the record of stored bytes.

    Raises:
        OperationalError: checksum or version do not match; corrupt bytes are never guessed.
    """
    if len(raw) < _HEADER.size:
        raise OperationalError(f"change record at {position} is corrupt")
    (
        version,
        checksum,
        stamp,
        previous_stamp,
        kind,
        origin_length,
        old_length,
        new_length,
        old_size,
        new_size,
    ) = _HEADER.unpack_from(raw)
    if version != VERSION or crc32(raw[_CHECKED_FROM:]) != checksum:
        raise OperationalError(f"change record at {position} is corrupt")
    start = _HEADER.size
    old_start = start + origin_length
    new_start = old_start + (0 if old_length == _ABSENT else old_length)
    return ChangeRecord(
        position,
        stamp,
        previous_stamp,
        raw[start:old_start].decode("ascii"),
        _KINDS[kind],
        None if old_length == _ABSENT else raw[old_start:new_start],
        None if new_length == _ABSENT else raw[new_start:],
        old_size,
        new_size,
    )
