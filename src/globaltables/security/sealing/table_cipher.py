"""What seals the rows of one table: a cipher for values, tokens for partitions, a code for what has an order."""

import hashlib

from globaltables.foundation.limits import SEALED_KEYS_CACHED_MAX
from globaltables.runtime.randomness import new_bytes
from globaltables.security.sealing.order_code import CHUNK_BYTES, OrderCode

DATA_KEY_BYTES = 32
TOKEN_BYTES = 16
HASH_BYTES = 4
_START_BYTES = 8
_COUNTS = 1 << 32


class TableCipher:
    """Seals and opens under one data key.

    Args:
        data_key: 32 secret bytes.

    Attributes:
        order: the code of hashes and sort keys.
        heads: what `head` has returned, by its arguments; bounded by it.
        open: returns what was sealed, of the sealed value and its place; raises OperationalError when it is damaged, of
            another place or under another key.
        known: sealed keys by what they were, for who writes a row that was just read; bounded by `remember`.
    """

    def __init__(self, data_key: bytes) -> None:
        from globaltables.security.sealing.boxes import Box  # noqa: PLC0415 - see there

        assert len(data_key) == DATA_KEY_BYTES
        self.order = OrderCode(_derived(data_key, b"order"))
        self.known: dict[bytes, bytes] = {}
        box = Box(_derived(data_key, b"values"))
        self.open = box.open
        self._encrypt = box.encrypt
        self._tokens = hashlib.blake2b(
            key=_derived(data_key, b"tokens"), digest_size=TOKEN_BYTES + CHUNK_BYTES
        )
        self.heads: dict[bytes, tuple[bytes, bytes]] = {}
        self._nonce_start = new_bytes(_START_BYTES)
        self._count = 0

    def head(self, space: bytes, partition: bytes) -> tuple[bytes, bytes]:
        """Return what the sealed keys of a partition begin with, and the pads that begin their codes.

        Args:
            space: what sealed keys of other spaces are not to be compared with.
            partition: begins with a hash whose order is kept.
        """
        known = self.heads.get(space + partition)
        if known is None:
            digest = self._digest(space + partition)
            hashed = self.order.encode_hash(partition[:HASH_BYTES])
            known = hashed + digest[:TOKEN_BYTES], digest[TOKEN_BYTES:]
            if len(self.heads) >= SEALED_KEYS_CACHED_MAX:
                self.heads.clear()
            self.heads[space + partition] = known
        return known

    def token(self, content: bytes) -> bytes:
        """Return what stands for some bytes: 16 bytes that tell nothing but whether two are equal."""
        return self._digest(content)[:TOKEN_BYTES]

    def _digest(self, content: bytes) -> bytes:
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

    def remember(self, key: bytes, sealed: bytes) -> None:
        """Keep a sealed key for the next use."""
        if len(self.known) >= SEALED_KEYS_CACHED_MAX:
            self.known.clear()
        self.known[key] = sealed


def _derived(data_key: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(purpose, key=data_key, digest_size=DATA_KEY_BYTES).digest()
