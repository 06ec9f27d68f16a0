"""NextToken: where the next page of a SELECT begins, tied to the statement that it belongs to.

16 bytes that stand for the statement, its parameters and what it reads, then the stored key of the last item read, in
base64. A token of another statement does not match; one that was made up can only begin where the statement may read.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.foundation.errors import ApiError, validation
from globaltables.tables.definitions import Index, Table

_DIGEST_BYTES = 16


def statement_digest(members: Mapping[str, Any], table: Table, index: Index | None) -> bytes:
    """Return what a token remembers of its statement."""
    reads = (table.number, 0 if index is None else index.number)
    content = orjson.dumps(
        (members["Statement"], members.get("Parameters"), reads), option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(content).digest()[:_DIGEST_BYTES]


def next_token(digest: bytes, position: bytes) -> str:
    """Return the token of a page that ended behind a stored key."""
    return base64.b64encode(digest + position).decode()


def position_of_token(token: str, digest: bytes) -> bytes:
    """Return the stored key behind which a page begins.

    Raises:
        ApiError: ValidationException when it is no token, or one of another statement.
    """
    try:
        content = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        raise _invalid() from None
    if len(content) <= _DIGEST_BYTES:
        raise _invalid()
    if content[:_DIGEST_BYTES] != digest:
        raise validation("NextToken does not match request")
    return content[_DIGEST_BYTES:]


def _invalid() -> ApiError:
    return validation("Invalid NextToken")
