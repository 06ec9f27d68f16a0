"""What seals the rows of one table: a cipher for values, tokens for partitions, a code for what has an order."""

import hashlib

from globaltables.foundation.limits import SEALED_KEYS_CACHED_MAX
from globaltables.runtime.randomness import new_bytes
from globaltables.security.sealing.order_code import OrderCode

DATA_KEY_BYTES = 32
TOKEN_BYTES = 16
_START_BYTES = 8
_COUNTS = 1 << 32


class TableCipher:
    """Seals and opens under one data key.

    Args:
        data_key: 32 secret bytes.

    Attributes:
        order: the code of hashes and sort keys.
        known: sealed keys by what they were, for who writes a row that was just read; bounded by `remember`.
    """

    def __init__(self, data_key: bytes) -> None:
        from globaltables.security.sealing.boxes import Box  # noqa: PLC0415 - see there

        assert len(data_key) == DATA_KEY_BYTES
        self.order = OrderCode(_derived(data_key, b"order"))
        self.known: dict[bytes, bytes] = {}
        box = Box(_derived(data_key, b"values"))
        self._encrypt, self._open = box.encrypt, box.open
        self._tokens = hashlib.blake2b(key=_derived(data_key, b"tokens"), digest_size=TOKEN_BYTES)
        self._nonce_start = new_bytes(_START_BYTES)
        self._count = 0

    def token(self, content: bytes) -> bytes:
        """Return what stands for some bytes: 16 bytes that tell nothing but whether two are equal."""
        hashed = self._tokens.copy()
        hashed.update(content)
        return hashed.digest()

    def seal(self, place: bytes, value: bytes) -> bytes:
        """Return a sealed value.

        Args:
            place: where it will be stored; it can be opened nowhere else.
            value: as it is.
        """
        count = self._count
        if count == _COUNTS:  # a nonce is never used twice
            self._nonce_start, count = new_bytes(_START_BYTES), 0
        self._count = count + 1
        nonce = self._nonce_start + count.to_bytes(4, "big")
        return nonce + self._encrypt(nonce, value, place)

    def open(self, place: bytes, sealed: bytes) -> bytes:
        """Return the value that was sealed for a place.

        Raises:
            OperationalError: it is damaged, of another place or under another key.
        """
        return self._open(sealed, place)

    def remember(self, key: bytes, sealed: bytes) -> None:
        """Keep a sealed key for the next use."""
        if len(self.known) >= SEALED_KEYS_CACHED_MAX:
            self.known.clear()
        self.known[key] = sealed


def _derived(data_key: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(purpose, key=data_key, digest_size=DATA_KEY_BYTES).digest()
