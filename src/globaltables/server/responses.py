"""The bytes of HTTP responses."""

import zlib
from datetime import UTC, datetime
from http import HTTPStatus

from globaltables.gateway.exchange import Reply
from globaltables.runtime.clock import Clock

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_RESPONSE = (
    b"%bConnection: %b\r\nContent-Length: %d\r\nx-amzn-RequestId: %b\r\nx-amz-crc32: %d\r\n%b\r\n%b"
)
#: Of services that tell of themselves in header fields.
_PLAIN_RESPONSE = b"%bConnection: %b\r\n%b%b\r\n%b"
_WITHOUT_BODY = frozenset({204, 304})


class Responses:
    """Renders replies; what changes once a second is rendered once a second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._second = -1
        self._starts: dict[tuple[int, bytes], bytes] = {}

    def render(self, reply: Reply, *, keep_alive: bool, head_only: bool = False) -> bytes:
        """Return the whole response.

        Args:
            reply: what is answered.
            keep_alive: whether the connection stays open.
            head_only: leave the body out, as HEAD asks.
        """
        if reply.is_plain:
            return self._plain(reply, keep_alive=keep_alive, head_only=head_only)
        body = reply.body
        return _RESPONSE % (
            self._start(reply.status, reply.content_type),
            b"keep-alive" if keep_alive else b"close",
            len(body),
            reply.request_id.encode(),
            zlib.crc32(body),
            reply.fields,
            b"" if head_only else body,
        )

    def _plain(self, reply: Reply, *, keep_alive: bool, head_only: bool) -> bytes:
        """Return a response without checksum and request id; of a large one, what is before its body."""
        length = len(reply.body) if reply.length is None else reply.length
        return _PLAIN_RESPONSE % (
            self._start(reply.status, reply.content_type),
            b"keep-alive" if keep_alive else b"close",
            b"" if reply.status in _WITHOUT_BODY else b"Content-Length: %d\r\n" % length,
            reply.fields,
            b"" if head_only else reply.body,
        )

    def refusal(self, status: int) -> bytes:
        """Return the response to what is no request that could be answered; the connection closes after it.

        AWS sends such responses chunked and without a request id (measured by dynalite on a body of 16 MiB + 1).
        """
        return (
            self._start(status, b"")
            + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        )

    def _start(self, status: int, content_type: bytes) -> bytes:
        """Return status line, Server, Date and Content-Type."""
        second = self._clock.now_ms() // 1000
        if second != self._second:
            self._second = second
            self._starts.clear()
        start = self._starts.get((status, content_type))
        if start is None:
            # English names whatever the locale: RFC 9110, 5.6.7.
            date = datetime.fromtimestamp(second, UTC)
            day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[date.weekday()]
            month = "JanFebMarAprMayJunJulAugSepOctNovDec"[date.month * 3 - 3 : date.month * 3]
            text = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nServer: Server\r\n"
                f"Date: {day}, {date.day:02} {month} {date.year} {date:%H:%M:%S} GMT\r\n"
            )
            start = text.encode()
            if content_type:
                start += b"Content-Type: %b\r\n" % content_type
            self._starts[status, content_type] = start
        return start
