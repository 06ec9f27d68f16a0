"""Stored keys: partition hash, partition, range, in bytes whose order is DynamoDB's.

    key       = hash (4 bytes) partition range
    partition = (length (2 bytes) content) for every hash attribute
    range     = (content with 00 -> 00 FF, then 00 01) for every range attribute
    content   = UTF-8 of S, bytes of B, the sortable form of N
    entry     = key of the index, hash (4 bytes) of the item's whole key, key of the item

The hash is the beginning of an MD5 over the partition's content, salted as AWS salts it, so that a Scan returns
partitions in AWS's order (dynalite found the salt by comparison). A partition carries its length because nothing asks
for an order of partitions; a range is escaped because everything asks for an order of ranges.
"""

import base64
import hashlib
import importlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from globaltables.foundation.limits import PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX
from globaltables.items.numbers import sortable

HASH_BYTES = 4
_SALT = b"Outliers"
_md5 = hashlib.md5
with suppress(ImportError):  # a Python may have been built without
    # Python's own MD5 costs a third of OpenSSL's for texts as short as keys (measured).
    _md5 = importlib.import_module("_md5").md5


class NamedAttribute(Protocol):
    """What is needed of a key attribute: its name and its declared type."""

    @property
    def name(self) -> str:
        """The attribute's name."""

    @property
    def type(self) -> Any:
        """S, N or B."""


class Schema(Protocol):
    """What is needed of a key schema."""

    @property
    def hash(self) -> Sequence[NamedAttribute]:
        """The hash attributes."""

    @property
    def range(self) -> Sequence[NamedAttribute]:
        """The range attributes."""


def content_bytes(kind: str, content: str) -> bytes:
    """Return the order-preserving bytes of a key value, without length or terminator."""
    if kind == "S":
        return content.encode()
    if kind == "N":
        return sortable(content)
    return base64.b64decode(content)


def encode_key(schema: Schema, item: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return the stored key of an item that has every key attribute with the declared type.

    Args:
        schema: the table's or index's key schema.
        item: an item or a key in DynamoDB JSON.

    Raises:
        KeyError: an attribute is absent or of another type; callers check first.
    """
    hashes = schema.hash
    if len(hashes) == 1:
        attribute = hashes[0]
        kind = attribute.type
        content = item[attribute.name][kind]
        raw = content.encode() if kind == "S" else content_bytes(kind, content)
        key = _md5(_SALT + raw, usedforsecurity=False).digest()[:HASH_BYTES]
        key += len(raw).to_bytes(2, "big") + raw
    else:
        key = _hashed([content_bytes(a.type, item[a.name][a.type]) for a in hashes])
    for attribute in schema.range:
        kind = attribute.type
        content = item[attribute.name][kind]
        raw = content.encode() if kind == "S" else content_bytes(kind, content)
        key += raw.replace(b"\0", b"\0\xff") + b"\0\x01"
    return key


def text_key(
    names: tuple[str, str | None] | None, values: Mapping[str, Mapping[str, Any]]
) -> bytes | None:
    """Return the stored key of the usual kind of key, as `encode_key` would, checked in passing.

    Args:
        names: the hash and range attribute of a schema of strings; None is another kind of schema.
        values: an item or a key.

    Returns:
        None when the schema is of another kind, or a value is missing, of another type, empty or too long; the caller
        takes the long way, which says what is wrong.
    """
    if names is None:
        return None
    partition, sort = names
    value = values.get(partition)
    if value is None or len(value) != 1:
        return None
    text = value.get("S")
    if not text:
        return None
    raw: bytes = text.encode()
    if len(raw) > PARTITION_KEY_BYTES_MAX:
        return None
    key = _md5(_SALT + raw, usedforsecurity=False).digest()[:HASH_BYTES]
    key += len(raw).to_bytes(2, "big") + raw
    if sort is None:
        return key
    value = values.get(sort)
    if value is None or len(value) != 1:
        return None
    text = value.get("S")
    if not text:
        return None
    raw = text.encode()
    if len(raw) > SORT_KEY_BYTES_MAX:
        return None
    return key + raw.replace(b"\0", b"\0\xff") + b"\0\x01"


def entry_suffix(item_key: bytes) -> bytes:
    """Return what the stored key of an index entry ends with, behind the index's own key.

    It begins with a hash of the item's whole key, so that entries with equal index keys come in AWS's order (dynalite's
    tests of Query, "global index").

    Args:
        item_key: the stored key of the item, without the table's prefix.
    """
    start = HASH_BYTES + 2
    end = start + int.from_bytes(item_key[HASH_BYTES:start], "big")
    content = item_key[start:end] + item_key[end:-2].replace(b"\0\xff", b"\0")
    return _md5(_SALT + content, usedforsecurity=False).digest()[:HASH_BYTES] + item_key


def encode_partition(schema: Schema, values: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return the prefix that the stored keys of one partition share, and no others have.

    Args:
        schema: the table's or index's key schema.
        values: at least the hash attributes, in DynamoDB JSON.
    """
    return _hashed([content_bytes(a.type, values[a.name][a.type]) for a in schema.hash])


def encode_range(kind: str, content: str) -> bytes:
    """Return the bytes of one whole range attribute."""
    return content_bytes(kind, content).replace(b"\0", b"\0\xff") + b"\0\x01"


def encode_range_prefix(kind: str, content: str) -> bytes:
    """Return the bytes with which every range attribute that begins with the content begins."""
    return content_bytes(kind, content).replace(b"\0", b"\0\xff")


def after_prefix(prefix: bytes) -> bytes:
    """Return the smallest key that is greater than every key with this prefix.

    Raises:
        AssertionError: the prefix is empty or only FF bytes; ours never are.
    """
    trimmed = prefix.rstrip(b"\xff")
    assert trimmed, prefix
    return trimmed[:-1] + bytes([trimmed[-1] + 1])


def segment_bounds(segment: int, total_segments: int) -> tuple[bytes, bytes | None]:
    """Return the hash range [start, end) of a parallel scan's segment; None is the end of the space."""
    space = 1 << (8 * HASH_BYTES)
    start = -(-segment * space // total_segments)
    end = -(-(segment + 1) * space // total_segments)
    return (
        start.to_bytes(HASH_BYTES, "big"),
        None if end >= space else end.to_bytes(HASH_BYTES, "big"),
    )


def _hashed(contents: Iterable[bytes]) -> bytes:
    parts = list(contents)
    digest = _md5(_SALT + b"".join(parts), usedforsecurity=False).digest()[:HASH_BYTES]
    return digest + b"".join(len(part).to_bytes(2, "big") + part for part in parts)
