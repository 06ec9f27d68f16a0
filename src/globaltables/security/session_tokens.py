"""Temporary credentials: a token that tells, sealed, whose they are; nothing of them is stored.

The secret key is derived from the access key's id, so that a signature can be checked before the token is read; who
does not hold the token cannot use it, and who does not hold the sealing key can make neither.
"""

import hmac
from base64 import b32decode, b32encode, b64decode, b64encode
from dataclasses import asdict, dataclass
from functools import lru_cache

import orjson

from globaltables.foundation.limits import SIGNERS_CACHED_MAX
from globaltables.runtime.randomness import new_bytes
from globaltables.security.principals import Principal

#: What the ids of temporary credentials begin with, and those of lasting ones.
TEMPORARY = "ASIA"
LASTING = "AKIA"
ACCESS_KEY_CHARACTERS = 20
#: Of the key that seals tokens.
KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_SECRET_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Session:
    """What a token tells.

    Attributes:
        access_key: of which credentials.
        expires_ms: until when they are good.
        principal: whose they are.
    """

    access_key: str
    expires_ms: int
    principal: Principal


class SessionTokens:
    """Makes temporary credentials and reads them.

    Args:
        key: 32 bytes that nobody else has.
    """

    def __init__(self, key: bytes) -> None:
        # The library would cost every start that needs no sessions (measured: 30 ms).
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        self._secrets_key = hmac.digest(key, b"secrets of sessions", "sha256")
        self._box = AESGCM(hmac.digest(key, b"tokens of sessions", "sha256"))
        self.session = lru_cache(SIGNERS_CACHED_MAX)(self._session)

    def secret(self, access_key: str) -> str:
        """Return the secret key that belongs to the id of temporary credentials."""
        digest = hmac.digest(self._secrets_key, access_key.encode(), "sha256")
        return b64encode(digest).decode()[:_SECRET_CHARACTERS]

    def seal(self, session: Session) -> str:
        """Return the token of a session."""
        nonce = new_bytes(_NONCE_BYTES)
        content = orjson.dumps(asdict(session))
        return b64encode(_VERSION + nonce + self._box.encrypt(nonce, content, _VERSION)).decode()

    def _session(self, token: str) -> Session | None:
        """Return what a token tells; None when it is none of ours."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above

        try:
            sealed = b64decode(token, validate=True)
            if sealed[:1] != _VERSION:
                return None
            nonce = sealed[1 : 1 + _NONCE_BYTES]
            content = self._box.decrypt(nonce, sealed[1 + _NONCE_BYTES :], _VERSION)
        except (InvalidTag, ValueError):
            return None
        told = orjson.loads(content)
        return Session(told["access_key"], told["expires_ms"], _principal(told["principal"]))


def new_access_key(prefix: str, account: str) -> str:
    """Return the id of new credentials; as in AWS's, the account can be read from it.

    Args:
        prefix: `LASTING` or `TEMPORARY`.
        account: 12 digits.
    """
    chance = int.from_bytes(new_bytes(5), "big") >> 1
    number = 1 << 79 | int(account) << 39 | chance
    return prefix + b32encode(number.to_bytes(10, "big")).decode()


def account_of_access_key(access_key: str) -> str | None:
    """Return the account in the id of credentials; None when it has another form."""
    if len(access_key) != ACCESS_KEY_CHARACTERS:
        return None
    try:
        number = int.from_bytes(b32decode(access_key[4:]), "big")
    except ValueError:
        return None
    account = number >> 39 & (1 << 40) - 1
    return f"{account:012}" if account < 10**12 else None


def _principal(told: dict[str, object]) -> Principal:
    """Return a principal that was written as JSON, which has no tuples."""
    listed = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    tags = tuple((name, value) for name, value in listed.get("tags", ()))
    return Principal(**{**told, **listed, "tags": tags})  # type: ignore[arg-type]
