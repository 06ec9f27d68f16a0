"""The bytes of segments: applied batches in the order of commits, each with a checksum (docs/formats/archive.md)."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple

import msgpack  # type: ignore[import-untyped]
import zstandard

from globaltables.foundation.errors import OperationalError

MAGIC = b"GTA1"
_FRAME = struct.Struct(">II")
_COMPRESSION_LEVEL = 1


class DamagedSegmentError(OperationalError):
    """A segment is not what was written."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a segment begins with.

    Attributes:
        line: the uninterrupted run of segments that it belongs to.
        region: e.g. "eu-west-1".
        number: its place in the line.
        after: the stamp of the last batch before it.
    """

    line: str
    region: str
    number: int
    after: int


class Batch(NamedTuple):
    """A batch as the engine got it: ranges [start, end) are deleted, then keys are put; None deletes a key.

    Attributes:
        stamp: the region's last stamp with it; greater than that of the batch before.
    """

    stamp: int
    ranges: tuple[tuple[bytes, bytes], ...]
    puts: dict[bytes, bytes | None]


def encode_header(header: Header) -> bytes:
    """Return the beginning of a segment."""
    packed: bytes = msgpack.packb(astuple(header))
    return MAGIC + framed(packed)


def framed(body: bytes) -> bytes:
    """Return a record: length, checksum, body."""
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def read_header(content: bytes) -> tuple[Header, int]:
    """Return the header of a segment, and where its first batch begins.

    Raises:
        DamagedSegmentError: it is none.
    """
    if not content.startswith(MAGIC):
        raise DamagedSegmentError("it does not begin as a segment does")
    fields, end = _record(content, len(MAGIC))
    try:
        return Header(*fields), end
    except TypeError as error:
        raise DamagedSegmentError("its header has other fields") from error


def read_batches(content: bytes, start: int) -> Iterator[tuple[Batch, int]]:
    """Iterate over the batches of a segment and where each ends.

    Raises:
        DamagedSegmentError: what follows the last batch is damaged or torn.
    """
    while start < len(content):
        fields, start = _record(content, start)
        try:
            batch = Batch(*fields)
        except TypeError as error:
            raise DamagedSegmentError("a batch has other fields") from error
        yield batch, start


def compress(content: bytes) -> bytes:
    """Return a segment as it is shipped."""
    # Level 1 of zlib takes five times as long for more bytes (measured).
    return zstandard.ZstdCompressor(_COMPRESSION_LEVEL, write_checksum=True).compress(content)


def decompress(content: bytes) -> bytes:
    """Return a segment that was shipped.

    Raises:
        DamagedSegmentError: it is damaged or cut off.
    """
    try:
        return zstandard.ZstdDecompressor().decompress(content, allow_extra_data=False)
    except (zstandard.ZstdError, MemoryError) as error:
        raise DamagedSegmentError("its compressed bytes are damaged or cut off") from error


def _record(content: bytes, start: int) -> tuple[Any, int]:
    first = start + _FRAME.size
    if first > len(content):
        raise DamagedSegmentError(f"it is cut off at byte {start}")
    length, checksum = _FRAME.unpack_from(content, start)
    end = first + length
    if end > len(content):
        raise DamagedSegmentError(f"it is cut off at byte {start}")
    body = content[first:end]
    if zlib.crc32(body) != checksum:
        raise DamagedSegmentError(f"the checksum at byte {start} is wrong")
    try:
        return msgpack.unpackb(body, use_list=False), end
    except (ValueError, msgpack.UnpackException) as error:
        raise DamagedSegmentError(f"the record at byte {start} is none") from error
