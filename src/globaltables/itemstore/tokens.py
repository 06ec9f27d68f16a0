"""The ledger of transaction tokens: a repeated request is recognised for ten minutes.

Stored in the transaction's own batch: `t` account token -> stamp (8 bytes) and digest; `t0` stamp -> that key, so that
every new entry takes a few expired ones with it and the ledger does not grow.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import TRANSACTION_TOKEN_LIFETIME_MS
from globaltables.itemstore.keyspaces import TOKENS
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import stamp_at, stamp_ms

_BY_TOKEN = TOKENS + b"1"
_BY_STAMP = TOKENS + b"0"
_STAMP_BYTES = 8
_EXPIRED_REMOVED = 4


@dataclass(frozen=True, slots=True)
class Token:
    """A client request token with the request that it stands for.

    Attributes:
        key: where it is stored.
        digest: of the request's content.
    """

    key: bytes
    digest: bytes

    @classmethod
    def of_request(cls, account: str, request: dict[str, Any], content: str) -> "Token | None":
        """Return the token of a request, None without one.

        Args:
            account: the caller's.
            request: a transaction.
            content: the member that may not change while the token is remembered.
        """
        token = request.get("ClientRequestToken")
        if token is None:
            return None
        digested = orjson.dumps(request[content], option=orjson.OPT_SORT_KEYS)
        return cls(_BY_TOKEN + f"{account}:{token}".encode(), hashlib.sha256(digested).digest())


def recall(get: Callable[[bytes], bytes | None], now_ms: int, token: Token) -> bool:
    """Tell whether the request was done in the last ten minutes.

    Args:
        get: returns the stored value of a key.
        now_ms: the region's time.
        token: no transaction in flight has it.

    Raises:
        ApiError: IdempotentParameterMismatchException when the token stood for another request.
    """
    stored = get(token.key)
    if stored is None:
        return False
    since_ms = stamp_ms(int.from_bytes(stored[:_STAMP_BYTES], "big"))
    if now_ms - since_ms > TRANSACTION_TOKEN_LIFETIME_MS:
        return False
    if stored[_STAMP_BYTES:] != token.digest:
        raise ApiError(
            "IdempotentParameterMismatchException",
            "The provided client token has already been used with a different request.",
        )
    return True


def remember(stage: Stage, token: Token) -> None:
    """Stage the token of a transaction that is done now."""
    stamp = stage.tick()
    stored_stamp = stamp.to_bytes(_STAMP_BYTES, "big")
    expired = stamp_at(max(0, stamp_ms(stamp) - TRANSACTION_TOKEN_LIFETIME_MS))
    end = _BY_STAMP + expired.to_bytes(_STAMP_BYTES, "big")
    for by_stamp, key in islice(stage.applied.range(_BY_STAMP, end), _EXPIRED_REMOVED):
        stored = stage.get(key)
        if stored is not None and stored[:_STAMP_BYTES] == by_stamp[len(_BY_STAMP) :]:
            stage.delete(key)
        stage.delete(by_stamp)
    stage.put(token.key, stored_stamp + token.digest)
    stage.put(_BY_STAMP + stored_stamp, token.key)
