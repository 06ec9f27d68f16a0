"""A keyed code of bytes whose order is that of what it encodes, also where one is the beginning of another.

Every byte becomes two, by one of 64 secret increasing tables; which one depends on everything before the byte and on
the context. So the code of the beginning of a text is the beginning of its code: ranges and beginnings are found in
codes as in what they encode. What this tells to who sees many codes: docs/decisions/0012-sealed-tables.md.
"""

import hashlib
from functools import cached_property
from itertools import accumulate

_TABLES = 64
_BYTES = 256
#: Bytes of which one hash chooses the tables.
CHUNK_BYTES = 16
_CODES = 1 << 16
_WEIGHTS_MAX = 16


class OrderCode:
    """The code of one key.

    Args:
        key: 32 secret bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._hash = hashlib.blake2b(key=key, digest_size=CHUNK_BYTES)
        self._first_pads = self._pads(b"")

    def encode(self, context: bytes, pads: bytes, content: bytes) -> bytes:
        """Return the code of some bytes, twice as long.

        Args:
            context: codes of different contexts are not to be compared.
            pads: 16 secret bytes of the context; they choose the first tables.
            content: what is encoded.
        """
        rows, mix = self._rows, self._mix
        codes: list[bytes] = []
        add = codes.append
        carry = 0
        for byte, pad in zip(content, pads, strict=False):
            add(rows[carry ^ pad][byte])
            carry = mix[carry ^ byte]
        for start in range(CHUNK_BYTES, len(content), CHUNK_BYTES):
            pads = self._pads(context + content[:start])
            for byte, pad in zip(content[start : start + CHUNK_BYTES], pads, strict=False):
                add(rows[carry ^ pad][byte])
                carry = mix[carry ^ byte]
        return b"".join(codes)

    def encode_hash(self, hashed: bytes) -> bytes:
        """Return the code of at most 16 bytes without context."""
        return self.encode(b"", self._first_pads, hashed)

    def _pads(self, before: bytes) -> bytes:
        hashed = self._hash.copy()
        hashed.update(before)
        return hashed.digest()

    @cached_property
    def _rows(self) -> list[list[bytes]]:
        """The tables, each several times; made at first use because that takes milliseconds."""
        chance = hashlib.shake_256(b"tables" + self._key).digest(_TABLES * _BYTES)
        tables = [
            _increasing(chance[start : start + _BYTES])
            for start in range(0, _TABLES * _BYTES, _BYTES)
        ]
        return tables * (_BYTES // _TABLES)

    @cached_property
    def _mix(self) -> bytes:
        """A permutation of the bytes."""
        chance = hashlib.shake_256(b"mix" + self._key).digest(_BYTES * 4)
        keys = [chance[start : start + 4] for start in range(0, _BYTES * 4, 4)]
        return bytes(sorted(range(_BYTES), key=keys.__getitem__))


def _increasing(chance: bytes) -> list[bytes]:
    """Return 256 increasing codes: most steps are tiny and few are huge, so that a code tells little of its byte."""
    weights = [1 << byte % _WEIGHTS_MAX for byte in chance]
    # The last code stays below the greatest one, so that there is always a code behind it.
    free = _CODES - 2 * _BYTES
    total = sum(weights)
    return [
        (byte + reached * free // total).to_bytes(2, "big")
        for byte, reached in enumerate(accumulate(weights))
    ]
