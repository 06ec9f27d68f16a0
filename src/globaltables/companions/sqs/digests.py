"""The MD5 digests with which SDKs verify that SQS has understood what they sent."""

from collections.abc import Mapping
from hashlib import md5
from typing import Any

_TEXT, _BYTES = b"\x01", b"\x02"


def digest(data: bytes) -> str:
    """Return the MD5 of bytes in hexadecimal digits."""
    return md5(data, usedforsecurity=False).hexdigest()


def attributes_digest(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the MD5 of message attributes.

    Of each, in the order of the names: name, type and value behind their lengths, the value's kind before it.
    """
    parts = bytearray()
    for name in sorted(attributes):
        attribute = attributes[name]
        for text in (name, attribute["DataType"]):
            parts += _with_length(text.encode())
        if attribute["DataType"].startswith("Binary"):
            parts += _BYTES + _with_length(attribute["BinaryValue"])
        else:
            parts += _TEXT + _with_length(attribute["StringValue"].encode())
    return digest(bytes(parts))


def _with_length(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
