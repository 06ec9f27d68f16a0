"""What a service answers, in bytes."""

from dataclasses import dataclass
from typing import BinaryIO


class FileContent:
    """A part of a file, as the body of an answer that is too large for memory.

    Args:
        file: open, at the beginning of the part; closed with this.
        length: bytes of the part.

    Attributes:
        length: see there.
    """

    __slots__ = ("_file", "_left", "length")

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = length
        self.length = length

    def read(self, size: int) -> bytes:
        """Return the next bytes, at the most so many; none at the end. It may take the disk's time."""
        piece = self._file.read(min(size, self._left))
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Read no more."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class Response:
    """One answer.

    Attributes:
        status: of HTTP.
        body: complete.
        content_type: empty for none.
        headers: further ones, names as they are sent.
        content: the body, instead of `body`, when it is large.
    """

    status: int
    body: bytes
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    content: FileContent | None = None
