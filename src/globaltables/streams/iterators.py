"""Shard iterators: opaque, signed read positions that are valid for 15 minutes.

Signed with a secret of the region, so that a reader can neither forge a position nor reach another table's log. The
secret is stored with the region's data and not derived from the table's id: DescribeTable shows that id to everybody,
and a secret that lived only in memory would end every iterator when the process restarts.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.limits import STREAM_ITERATOR_LIFETIME_MS

_VERSION = 1
#: version, table number, start of the stream's life, shard index, position, time of issue
_BODY = Struct(">BQQIQQ")
_SIGNATURE_BYTES = 16


@dataclass(frozen=True, slots=True)
class ShardIterator:
    """A read position.

    Attributes:
        table_number: the table, by the number that is never used again in its region.
        started_stamp: where the stream's life began, which names it among the table's streams.
        shard_index: the shard within that life.
        after: the next record is the first one whose log position is greater.
        issued_ms: wall clock, milliseconds since 1970.
    """

    table_number: int
    started_stamp: int
    shard_index: int
    after: int
    issued_ms: int

    def token(self, secret: bytes) -> str:
        """Return the token's text: 72 URL-safe characters."""
        body = _BODY.pack(
            _VERSION,
            self.table_number,
            self.started_stamp,
            self.shard_index,
            self.after,
            self.issued_ms,
        )
        return urlsafe_b64encode(body + _signature(body, secret)).decode("ascii")


def parse(token: str, secret: bytes, now_ms: int) -> ShardIterator:
    """Return the read position of a token.

    Raises:
        ApiError: ValidationException when the token is not one of ours, ExpiredIteratorException when it is older
            than 15 minutes.
    """
    try:
        raw = urlsafe_b64decode(token.encode())
    except NotBase64:
        raise validation("Invalid ShardIterator") from None
    body, signature = raw[: _BODY.size], raw[_BODY.size :]
    if len(body) != _BODY.size or not hmac.compare_digest(signature, _signature(body, secret)):
        raise validation("Invalid ShardIterator")
    version, table_number, started_stamp, shard_index, after, issued_ms = _BODY.unpack(body)
    if version != _VERSION:
        raise validation("Invalid ShardIterator")
    if now_ms - issued_ms > STREAM_ITERATOR_LIFETIME_MS:
        raise ApiError("ExpiredIteratorException", "Shard iterator has expired")
    return ShardIterator(table_number, started_stamp, shard_index, after, issued_ms)


def _signature(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, body, sha256)[:_SIGNATURE_BYTES]
