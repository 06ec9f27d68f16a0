"""The checksums of S3, by AWS's names."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from typing import Protocol

from globaltables.buckets.cyclic import CRC32C, CRC64NVME, Cyclic


class Digest(Protocol):
    """A running checksum."""

    def update(self, content: bytes, /) -> None:
        """Add to what it is of."""

    def digest(self) -> bytes:
        """Return it, of everything so far."""


class _Crc32:
    def __init__(self) -> None:
        self._state = 0

    def update(self, content: bytes, /) -> None:
        self._state = zlib.crc32(content, self._state)

    def digest(self) -> bytes:
        return self._state.to_bytes(4, "big")


#: Makes the digests.
ALGORITHMS: Mapping[str, Callable[[], Digest]] = {
    "CRC32": _Crc32,
    "CRC32C": lambda: Cyclic(CRC32C, 4),
    "CRC64NVME": lambda: Cyclic(CRC64NVME, 8),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
}


def checksum_of(algorithm: str, content: bytes) -> str:
    """Return a checksum as S3 writes it."""
    digest = ALGORITHMS[algorithm]()
    digest.update(content)
    return encoded(digest)


def encoded(digest: Digest) -> str:
    """Return a digest as S3 writes it."""
    return base64.b64encode(digest.digest()).decode()
