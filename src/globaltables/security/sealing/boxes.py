"""AES-256-GCM of the `cryptography` package, imported by who needs it: it costs a start ten milliseconds."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from globaltables.foundation.errors import OperationalError

NONCE_BYTES = 12


class Box:
    """Seals and opens under one key.

    Args:
        key: 32 secret bytes.

    Attributes:
        encrypt: takes a nonce that is never used twice, the content, and what the result is bound to.
    """

    def __init__(self, key: bytes) -> None:
        box = AESGCM(key)
        self.encrypt = box.encrypt
        self._decrypt = box.decrypt

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """Return what was sealed; the nonce comes first.

        Raises:
            OperationalError: it is damaged, bound to something else, or under another key.
        """
        try:
            return self._decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError) as error:
            raise OperationalError(
                "sealed bytes are damaged, or their key is another one"
            ) from error
