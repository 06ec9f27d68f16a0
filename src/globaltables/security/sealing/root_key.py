"""The root key of a node, in a file of its own: key material is wrapped with it, secrets are derived from it."""

import hmac
import os
from pathlib import Path

from globaltables.foundation.errors import OperationalError
from globaltables.runtime.randomness import new_bytes

ROOT_KEY_BYTES = 32


class RootKey:
    """Wraps key material.

    Args:
        key: 32 secret bytes.
    """

    def __init__(self, key: bytes) -> None:
        from globaltables.security.sealing.boxes import NONCE_BYTES, Box  # noqa: PLC0415 - see there

        self._key = key
        self._box = Box(key)
        self._nonce_bytes = NONCE_BYTES

    def derived(self, purpose: bytes) -> bytes:
        """Return 32 secret bytes for a purpose, always the same; nothing of the root key is learnt from them."""
        return hmac.digest(self._key, purpose, "sha256")

    def wrap(self, material: bytes, purpose: bytes) -> bytes:
        """Return wrapped key material.

        Args:
            material: what is secret.
            purpose: it is unwrapped for nothing else.
        """
        nonce = new_bytes(self._nonce_bytes)
        return nonce + self._box.encrypt(nonce, material, purpose)

    def unwrap(self, wrapped: bytes, purpose: bytes) -> bytes:
        """Return key material.

        Raises:
            OperationalError: it was wrapped by another root key, for another purpose, or is damaged.
        """
        return self._box.open(wrapped, purpose)


def load_root_key(path: Path | None) -> RootKey:
    """Return the root key of a file, which is made when it is missing; of no file, one for this process.

    Raises:
        OperationalError: the file cannot be used, or others may read it.
    """
    if path is None:
        return RootKey(new_bytes(ROOT_KEY_BYTES))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        if path.stat().st_mode & 0o077:
            raise OperationalError(f"others may read the root key {path}: chmod 600 it")
        content = path.read_text().strip()
        key = bytes.fromhex(content)
    except (OSError, ValueError) as error:
        raise OperationalError(f"the root key {path} cannot be used: {error}") from error
    if len(key) != ROOT_KEY_BYTES:
        raise OperationalError(f"the root key {path} has not {ROOT_KEY_BYTES} bytes")
    return RootKey(key)


def _create(path: Path) -> None:
    """Write a new key so that it is whole or not there after a power cut."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, f"{new_bytes(ROOT_KEY_BYTES).hex()}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
