"""HTTP/1.1 on asyncio's transports: one `Connection` per client, no task and no copy per request.

Requests of a connection are answered as they arrive, also in parallel when a client pipelines them; replies go out in
the order of the requests, and those of all connections are written together after all of them were read: a write wakes
its reader, so that writing between reading makes both sides take turns on the processor (measured: a third of the
throughput). What cannot be answered as HTTP gets a refusal, after which the connection is read on for a
while (so that the client reads the refusal instead of a reset) and closed.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import cast

import httptools

from globaltables.foundation.limits import (
    LINGER_MS_MAX,
    REQUEST_BODY_BYTES_MAX,
    REQUEST_HEAD_BYTES_MAX,
    REQUESTS_PIPELINED_MAX,
    S3_REQUEST_BYTES_MAX,
    S3_SPOOLED_BYTES_MIN,
)
from globaltables.gateway.exchange import Exchange, Reply
from globaltables.gateway.pipeline import Pipeline
from globaltables.server.responses import CONTINUE, Responses
from globaltables.server.sending import send
from globaltables.server.spooling import Spool, Spools

_log = logging.getLogger(__name__)

_LONG_LENGTH = len(str(S3_SPOOLED_BYTES_MIN))
_OFFER_FIELDS = frozenset((b"connection", b"upgrade", b"http2-settings"))


class _RefusedError(Exception):
    """Raised out of the parser's callbacks: what arrives is refused with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Connection(asyncio.Protocol):
    """One client.

    Args:
        pipeline: answers requests.
        responses: renders replies.
        made: called when the client is there; tells whether it may stay.
        lost: called when it is gone.
        flush_soon: has `flush` called when every connection that has something to read was read.
        spools: takes bodies that are too large for memory; without it they are refused.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        responses: Responses,
        made: Callable[["Connection"], bool],
        lost: Callable[["Connection"], None],
        flush_soon: Callable[["Connection"], None],
        spools: Spools | None = None,
    ) -> None:
        self.reads = 0
        self._answer = pipeline.answer
        self._render = responses.render
        self._responses = responses
        self._made = made
        self._lost = lost
        self._flush_soon = flush_soon
        self._spools = spools
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._parser = httptools.HttpRequestParser(self)
        self._in_request = False
        self._in_body = False
        self._head_bytes = 0
        self._read_bytes = 0
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._body = b""
        self._body_parts: list[bytes] | None = None
        self._body_bytes = 0
        self._spool: Spool | None = None
        # URL and headers of a request that offers another protocol.
        self._offered: tuple[bytes, dict[bytes, bytes]] | None = None
        # Replies of one read, written together.
        self._outgoing: list[bytes] = []
        # Exchanges whose replies are to be written, oldest first, and those that are not being answered yet.
        self._waiting: deque[Exchange] = deque()
        self._held: deque[Exchange] = deque()
        # Ending: nothing more is read as requests. Closing: the last reply was written. Refused: read on a while.
        self._ending = False
        self._closing = False
        self._refused = False
        self._stopping = False
        self._reading_paused = False
        self._writing_paused = False
        self._later = self._answered_later
        # What sends a large reply, and what it waits for while the client does not read.
        self._sending: asyncio.Task[None] | None = None
        self._writable: asyncio.Future[None] | None = None

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or refuse it when there are too many."""
        self._transport = cast("asyncio.Transport", transport)
        if not self._made(self):
            self._refuse(503)
            self._flush_soon(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; what is still being answered goes nowhere."""
        self._lost(self)
        self._ending = True
        self._waiting.clear()
        self._held.clear()
        self._outgoing.clear()
        self._drop_spool()
        if self._sending is not None:
            self._sending.cancel()

    def data_received(self, data: bytes) -> None:
        """Read requests and write what can be answered at once."""
        if self._ending:
            return
        self.reads += 1
        self._read_bytes = len(data)
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
            if self._in_request and not self._in_body and self._head_bytes > REQUEST_HEAD_BYTES_MAX:
                self._refuse(431)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            if isinstance(cause, _RefusedError):
                self._refuse(cause.status)
            else:
                _log.error("a connection failed", exc_info=cause)
                self._refuse(500)
        except httptools.HttpParserError:
            self._refuse(400)
        self._flush_soon(self)

    def eof_received(self) -> bool:
        """Keep the connection while replies are due: a client may close its half first."""
        if self._in_request:
            self._refuse(400)
            self._refused = False  # nothing more will come, so there is nothing to linger for
            self._flush_soon(self)
            return True
        self._ending = True
        return self._end_after_last()

    def pause_writing(self) -> None:
        """Stop reading from a client that does not read."""
        self._writing_paused = True
        self._pause_or_resume()

    def resume_writing(self) -> None:
        """Read again."""
        self._writing_paused = False
        self._pause_or_resume()
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    # What the parser calls

    def on_url(self, url: bytes) -> None:
        """Take (a piece of) the request line's URL, the first thing that is told of a request."""
        self._in_request = True
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; one that is repeated becomes a list, as HTTP and signatures have it."""
        if self._in_body:
            return  # a trailer of a chunked body must not change what was signed
        name = name.lower()
        headers = self._headers
        if name in headers:
            headers[name] += b"," + value
        else:
            headers[name] = value

    def on_headers_complete(self) -> None:
        """Check what the head announces before the body is read."""
        self._in_body = True
        headers = self._headers
        if self._head_bytes > REQUEST_HEAD_BYTES_MAX or self._read_bytes > REQUEST_HEAD_BYTES_MAX:
            # What was read holds more than this head: the bytes of the head itself decide.
            head_bytes = len(self._url) + sum(
                len(name) + len(value) + 4 for name, value in headers.items()
            )
            if head_bytes > REQUEST_HEAD_BYTES_MAX:
                raise _RefusedError(431)
        length = headers.get(b"content-length", b"")
        if len(length) >= _LONG_LENGTH:
            self._begin_large(int(length))
        if b"expect" in headers and headers[b"expect"].lower() == b"100-continue":
            self._enqueue_bytes(CONTINUE, kept_alive=True)

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body; nearly always it is the only one."""
        self._body_bytes += len(piece)
        if self._body_parts is not None:
            self._body_parts.append(piece)
            if self._body_bytes > REQUEST_BODY_BYTES_MAX:
                self._begin_large(self._body_bytes)
                self._spool_parts()
        elif self._spool is not None:
            self._spool_piece(piece)
        elif self._body:
            self._body_parts = [self._body, piece]
        else:
            self._body = piece

    def on_message_complete(self) -> None:
        """Answer the request, or hold it while too many of its connection are being answered."""
        url, headers, body, parts = self._url, self._headers, self._body, self._body_parts
        self._in_request = self._in_body = False
        self._url = self._body = b""
        self._headers = {}
        self._body_parts = None
        self._head_bytes = self._read_bytes = self._body_bytes = 0
        parser = self._parser
        if self._ending:
            return  # it came behind a request after which the connection closes
        if b"upgrade" in headers and parser.should_upgrade():
            self._offered = (url, headers)
            return  # the parser stopped before the body, see _decline_upgrade
        exchange = Exchange(
            parser.get_method(), url, headers, body if parts is None else b"".join(parts)
        )
        exchange.peer = self._transport
        if self._spool is not None:
            exchange.spooled, self._spool = self._spool, None
        if self._stopping or not parser.should_keep_alive():
            exchange.kept_alive = False
            self._ending = True
        if self._waiting:
            self._enqueue(exchange)
            return
        reply = self._answer(exchange, self._later)
        if reply is None:
            self._waiting.append(exchange)
        else:
            self._outgoing.append(self._rendered(exchange, reply))
            self._closing = not exchange.kept_alive

    # Bodies that go to a file

    def _begin_large(self, length: int) -> None:
        """Let a large body go to a file, or keep it in memory if it is not too large for that."""
        spool: Spool | None = None
        try:
            if self._spools is not None:
                spool = self._spools.open(self._url, self._headers, self._pause_or_resume)
        except OSError as error:
            _log.error("a large body cannot be taken: %s", error)
            raise _RefusedError(500) from error
        if spool is None:
            if length > REQUEST_BODY_BYTES_MAX:
                raise _RefusedError(413)
            return
        self._spool = spool
        if length > S3_REQUEST_BYTES_MAX:
            raise _RefusedError(413)

    def _spool_parts(self) -> None:
        """Pass on what came before it was known that the body is large."""
        parts, self._body, self._body_parts = self._body_parts or [], b"", None
        for part in parts:
            self._spool_piece(part)

    def _spool_piece(self, piece: bytes) -> None:
        spool = self._spool
        assert spool is not None, "only what goes to a file comes here"
        if self._body_bytes > S3_REQUEST_BYTES_MAX:
            raise _RefusedError(413)
        spool.write(piece)
        if spool.is_full:
            self._pause_or_resume()

    def _drop_spool(self) -> None:
        if self._spool is not None:
            self._spool.discard()
            self._spool = None

    def _decline_upgrade(self, rest: bytes) -> None:
        """Read a request that offers another protocol again, without the offer: HTTP/1.1 is what is spoken here."""
        if self._offered is None:  # CONNECT, which was answered as any unknown method
            self._ending = True
            self._closing = not self._end_after_last()
            return
        url, headers = self._offered
        self._offered = None
        kept = b"".join(
            b"%b: %b\r\n" % field for field in headers.items() if field[0] not in _OFFER_FIELDS
        )
        head = b"%b %b HTTP/1.1\r\n%b\r\n" % (self._parser.get_method(), url, kept)
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(head + rest)

    # What the listener calls

    def flush(self) -> None:
        """Write the replies whose turn has come; nothing is done where there is none."""
        outgoing = self._outgoing
        if outgoing:
            self._transport.write(outgoing[0] if len(outgoing) == 1 else b"".join(outgoing))
            outgoing.clear()
        if self._closing:
            self._closing = False
            if self._refused:
                self._linger()
            else:
                self._transport.close()

    def stop(self) -> None:
        """Finish what was begun, then close."""
        self._stopping = True
        if not self._in_request:
            self._ending = True
            if self._refused or not self._end_after_last():
                self.flush()
                self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def refuse_stalled(self) -> None:
        """Refuse a request of which nothing more came, so that a connection is never silently dead."""
        if self._in_request:
            self._refuse(408)
            self._flush_soon(self)

    @property
    def in_request(self) -> bool:
        """Whether a request has begun to arrive and has not ended."""
        return self._in_request

    # Replies in order

    def _enqueue(self, exchange: Exchange) -> None:
        """Let an exchange wait for its turn, answering it meanwhile if not too many are being answered."""
        if self._held or len(self._waiting) >= REQUESTS_PIPELINED_MAX:
            self._held.append(exchange)
            self._pause_or_resume()
        else:
            self._begin(exchange)
            self._drain()

    def _begin(self, exchange: Exchange) -> None:
        self._waiting.append(exchange)
        if exchange.rendered is None:
            reply = self._answer(exchange, self._later)
            if reply is not None:
                exchange.rendered = self._rendered(exchange, reply)

    def _answered_later(self, exchange: Exchange, reply: Reply) -> None:
        """Take a reply that could not be given at once."""
        exchange.rendered = self._rendered(exchange, reply)
        self._drain()
        self._flush_soon(self)

    def _drain(self) -> None:
        """Pass on the replies whose turn it is, and begin held exchanges in their place."""
        waiting = self._waiting
        while waiting and (rendered := waiting[0].rendered) is not None:
            self._outgoing.append(rendered)
            if waiting[0].content is not None:
                self._send(waiting[0])
                return
            self._closing = not waiting.popleft().kept_alive
            if self._held:
                self._begin(self._held.popleft())
        if self._reading_paused:
            self._pause_or_resume()

    def _send(self, exchange: Exchange) -> None:
        """Send what is too large to be rendered, in its turn."""
        content, exchange.content, exchange.rendered = exchange.content, None, None
        assert content is not None, "only large replies come here"
        self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()

        async def send_all() -> None:
            if await send(content, self._transport, self._room):
                exchange.rendered = b""
                self._drain()
                self._flush_soon(self)

        self._sending = asyncio.get_running_loop().create_task(send_all())

    async def _room(self) -> None:
        """Return when the client reads again."""
        while self._writing_paused:
            self._writable = asyncio.get_running_loop().create_future()
            await self._writable

    def _rendered(self, exchange: Exchange, reply: Reply) -> bytes:
        if reply.content is not None:
            if exchange.method == b"HEAD":
                reply.content.close()
            else:
                exchange.content = reply.content
        return self._render(
            reply, keep_alive=exchange.kept_alive, head_only=exchange.method == b"HEAD"
        )

    def _end_after_last(self) -> bool:
        """Close after the last reply that is due; False when none is."""
        last = self._held[-1] if self._held else self._waiting[-1] if self._waiting else None
        if last is None:
            return False
        last.kept_alive = False
        return True

    def _refuse(self, status: int) -> None:
        """Let a refusal be the last reply."""
        if self._ending:
            return
        self._ending = True
        self._refused = True
        self._in_request = False
        self._drop_spool()
        self._enqueue_bytes(self._responses.refusal(status), kept_alive=False)

    def _enqueue_bytes(self, rendered: bytes, *, kept_alive: bool) -> None:
        """Let bytes that belong to no request take their turn."""
        exchange = Exchange(b"", b"", {}, b"")
        exchange.rendered = rendered
        exchange.kept_alive = kept_alive
        self._enqueue(exchange)

    def _linger(self) -> None:
        """Read on for a while without looking, so that the refusal is not lost in a reset (RFC 9112, 9.6)."""
        if not self._transport.is_closing():
            self._transport.write_eof()
            self._transport.resume_reading()
            asyncio.get_running_loop().call_later(LINGER_MS_MAX / 1000, self._transport.close)

    def _pause_or_resume(self) -> None:
        """Read only while replies are being read and not too many are due."""
        full = self._spool is not None and self._spool.is_full
        pause = (self._writing_paused or bool(self._held) or full) and not self._refused
        if pause != self._reading_paused and not self._transport.is_closing():
            self._reading_paused = pause
            if pause:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()
