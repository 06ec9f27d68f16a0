"""Bodies in AWS's chunks: `size;chunk-signature=...`, the bytes, and at the end headers.

Source: "Signature calculations: transferring a payload in multiple chunks" in S3's API reference.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import BinaryIO

from globaltables.companions.s3.refusals import s3_error
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import MIB

_LINE_BYTES_MAX = 4_096
#: Told the hash of every chunk and its signature; the trailer's comes last. Raises for a wrong one.
Verify = Callable[[str, bytes, bytes], None]


class ChunkedBody:
    """The content of a body in chunks.

    Args:
        source: the body.
        verify: see `Verify`; None for chunks that are not signed.

    Attributes:
        trailers: lower-case names; there at the end.
    """

    def __init__(self, source: BinaryIO, verify: Verify | None) -> None:
        self._source = source
        self._verify = verify
        self._left = 0
        self._signature = b""
        self._digest = sha256()
        self._ended = False
        self.trailers: dict[bytes, bytes] = {}

    def read(self, size: int = MIB) -> bytes:
        """Return the next bytes of the content; none at the end.

        Raises:
            ApiError: the body is not in chunks, or one of them has a wrong signature.
        """
        if self._ended:
            return b""
        if not self._left:
            self._left = self._begin()
            if not self._left:
                self._check()
                self._read_trailers()
                self._ended = True
                return b""
        piece = self._source.read(min(size, self._left))
        if not piece:
            raise incomplete_body()
        self._left -= len(piece)
        if self._verify is not None:
            self._digest.update(piece)
        if not self._left:
            if self._line():
                raise incomplete_body()
            self._check()
        return piece

    def _begin(self) -> int:
        """Read what is before a chunk and return its size."""
        length, _, extension = self._line().partition(b";")
        try:
            size = int(length, 16)
        except ValueError:
            raise incomplete_body() from None
        self._signature = extension.partition(b"chunk-signature=")[2]
        self._digest = sha256()
        return size

    def _check(self) -> None:
        if self._verify is not None:
            self._verify("PAYLOAD", self._digest.hexdigest().encode(), self._signature)

    def _read_trailers(self) -> None:
        signed = b""
        while line := self._line():
            name, _, value = line.partition(b":")
            name, value = name.strip().lower(), value.strip()
            if name == b"x-amz-trailer-signature":
                if self._verify is not None:
                    self._verify("TRAILER", sha256(signed).hexdigest().encode(), value)
            else:
                self.trailers[name] = value
                signed += name + b":" + value + b"\n"

    def _line(self) -> bytes:
        """Return the next line without its end; nothing at the end of the body, which some clients do not mark."""
        line = self._source.readline(_LINE_BYTES_MAX)
        if line and not line.endswith(b"\n") and len(line) == _LINE_BYTES_MAX:
            raise incomplete_body()
        return line.rstrip(b"\r\n")


def incomplete_body() -> ApiError:
    """Return the refusal of a body that ends before its end."""
    msg = "You did not provide the number of bytes specified by the Content-Length HTTP header"
    return s3_error("IncompleteBody", msg)
