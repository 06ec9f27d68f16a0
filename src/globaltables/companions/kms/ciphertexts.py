"""Ciphertexts of symmetric keys: who made them is in them, so that Decrypt need not be told.

    version (1) kind of id (1) account (8) id (16) key material (32) nonce and AES-256-GCM with the context

Described in docs/services/kms.md.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

import orjson

from globaltables.companions.kms.errors import invalid_ciphertext
from globaltables.companions.kms.keys import Key, secret_of
from globaltables.foundation.errors import OperationalError
from globaltables.runtime.randomness import new_bytes
from globaltables.security.sealing.boxes import NONCE_BYTES, Box
from globaltables.security.sealing.root_key import RootKey

_VERSION = 1
_HEADER = struct.Struct(">BBQ16s32s")
_SINGLE, _MULTI = 0, 1
#: What goes with a ciphertext and has to be told to open it.
Context = Mapping[str, str]


class Ciphertext(NamedTuple):
    """The parts of a ciphertext.

    Attributes:
        material: the id of the key material.
        header: everything before the sealed part.
    """

    account: str
    key_id: str
    material: str
    header: bytes
    sealed: bytes


def encrypt(root: RootKey, key: Key, plaintext: bytes, context: Context) -> bytes:
    """Return a ciphertext under the current material of a symmetric key."""
    multi = key.id.startswith("mrk-")
    identity = bytes.fromhex(key.id[4:] if multi else key.id.replace("-", ""))
    kind = _MULTI if multi else _SINGLE
    material = bytes.fromhex(key.current.id)
    header = _HEADER.pack(_VERSION, kind, int(key.account), identity, material)
    nonce = new_bytes(NONCE_BYTES)
    box = Box(secret_of(root, key, key.current))
    return header + nonce + box.encrypt(nonce, plaintext, _bound(header, context))


def read(blob: bytes) -> Ciphertext:
    """Return the parts of a ciphertext.

    Raises:
        ApiError: InvalidCiphertextException.
    """
    if len(blob) < _HEADER.size + NONCE_BYTES:
        raise invalid_ciphertext()
    version, kind, account, identity, material = _HEADER.unpack_from(blob)
    if version != _VERSION or kind not in (_SINGLE, _MULTI):
        raise invalid_ciphertext()
    digits = identity.hex()
    key_id = f"mrk-{digits}" if kind == _MULTI else _dashed(digits)
    header, sealed = blob[: _HEADER.size], blob[_HEADER.size :]
    return Ciphertext(f"{account:012d}", key_id, material.hex(), header, sealed)


def decrypt(root: RootKey, key: Key, ciphertext: Ciphertext, context: Context) -> bytes:
    """Return what was encrypted.

    Raises:
        ApiError: InvalidCiphertextException: it is damaged, or its context is another one.
    """
    material = next((one for one in key.materials if one.id == ciphertext.material), None)
    if material is None:
        raise invalid_ciphertext()
    box = Box(secret_of(root, key, material))
    try:
        return box.open(ciphertext.sealed, _bound(ciphertext.header, context))
    except OperationalError:
        raise invalid_ciphertext() from None


def _dashed(digits: str) -> str:
    """Return the textual form of a UUID."""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _bound(header: bytes, context: Context) -> bytes:
    return header + orjson.dumps(dict(context), option=orjson.OPT_SORT_KEYS)
