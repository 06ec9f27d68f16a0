"""A connection's other end, without a socket."""

import asyncio


class RecordingTransport(asyncio.Transport):
    """Keeps what is written, and what else is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.reading = True
        self.half_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep the bytes."""
        self.written += bytes(data)

    def write_eof(self) -> None:
        """Remember that the writing half was closed."""
        self.half_closed = True

    def close(self) -> None:
        """Remember the close."""
        self.closed = True

    def is_closing(self) -> bool:
        """Tell whether it was closed."""
        return self.closed

    def pause_reading(self) -> None:
        """Remember the pause."""
        self.reading = False

    def resume_reading(self) -> None:
        """Remember the end of the pause."""
        self.reading = True

    @property
    def bodies(self) -> list[bytes]:
        """The bodies of the responses written so far; none of them has an empty line inside."""
        return [part.partition(b"\r\n\r\n")[2] for part in self.written.split(b"HTTP/1.1 200")[1:]]
