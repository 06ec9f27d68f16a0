"""One connection, fed with bytes: what it answers, in which order, and when it closes."""

import asyncio
import gzip
import zlib
from collections.abc import Iterator

import pytest

from globaltables.foundation.limits import (
    REQUEST_BODY_BYTES_MAX,
    REQUEST_HEAD_BYTES_MAX,
    REQUESTS_PIPELINED_MAX,
)
from globaltables.gateway.exchange import Exchange, Reply
from globaltables.gateway.pipeline import Pipeline
from globaltables.gateway.stages_http import parse_body
from globaltables.runtime.clock import VirtualClock
from globaltables.server.http import Connection
from globaltables.server.responses import Responses
from tests.support.transports import RecordingTransport

HEAD = b"POST / HTTP/1.1\r\nHost: here\r\n"


class Bench:
    """A connection whose requests are answered with their bodies, at once or when the test says so."""

    def __init__(self) -> None:
        self.transport = RecordingTransport()
        self.exchanges: list[Exchange] = []
        self.waiting: dict[bytes, asyncio.Future[bytes]] = {}
        self.lost = 0
        self.connection = Connection(
            Pipeline((self._take, parse_body, self._answer)),
            Responses(VirtualClock()),
            made=lambda _: True,
            lost=self._lose,
            flush_soon=Connection.flush,
        )
        self.connection.connection_made(self.transport)

    def feed(self, data: bytes, pieces_of: int = 0) -> bytes:
        """Let bytes arrive and return everything written so far."""
        size = pieces_of or len(data)
        for begin in range(0, len(data), size):
            self.connection.data_received(data[begin : begin + size])
        return self.transport.written

    async def finish(self, body: bytes) -> None:
        """Let the request with this body be answered."""
        self.waiting.pop(body).set_result(body)
        await asyncio.sleep(0)

    def _lose(self, _: Connection) -> None:
        self.lost += 1

    def _take(self, exchange: Exchange) -> Reply | None:
        self.exchanges.append(exchange)
        exchange.request_id = "ID"
        return None if exchange.body else Reply(200, b"empty", b"", "ID")

    def _answer(self, exchange: Exchange) -> bytes | asyncio.Future[bytes]:
        body: bytes = exchange.body
        if b"later" in body:
            self.waiting[body] = asyncio.get_running_loop().create_future()
            return self.waiting[body]
        return body


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A connection."""
    made = Bench()
    yield made
    for future in made.waiting.values():
        future.cancel()


def request(body: bytes, fields: bytes = b"") -> bytes:
    """Return a request with a body."""
    return HEAD + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_connection_request_answers_with_aws_headers(bench: Bench) -> None:
    """A response carries Server, Date, Content-Length, request id and the CRC of the body."""
    written = bench.feed(request(b'{"a":1}'))

    head, _, body = written.partition(b"\r\n\r\n")
    assert b'{"a":1}' == body
    assert [
        b"HTTP/1.1 200 OK",
        b"Server: Server",
        b"Date: Tue, 14 Nov 2023 22:13:20 GMT",
        b"Content-Type: application/json",
        b"Connection: keep-alive",
        b"Content-Length: 7",
        b"x-amzn-RequestId: ID",
        b"x-amz-crc32: %d" % zlib.crc32(body),
    ] == head.split(b"\r\n")


@pytest.mark.parametrize("pieces_of", [1, 2, 7, 64])
def test_connection_request_in_pieces_is_read_as_one(bench: Bench, pieces_of: int) -> None:
    """Where the network cuts a request makes no difference."""
    bench.feed(request(b'{"a":1}', b"X-Long: " + b"v" * 50 + b"\r\n"), pieces_of)

    assert [b'{"a":1}'] == bench.transport.bodies
    assert b"v" * 50 == bench.exchanges[0].headers[b"x-long"]


def test_connection_chunked_body_is_put_together(bench: Bench) -> None:
    """A chunked body arrives whole; its trailers do not become headers."""
    bench.feed(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
        b"2\r\n[1\r\n3\r\n,2]\r\n0\r\nX-Amz-Target: forged\r\n\r\n" + request(b"3")
    )

    assert [b"[1,2]", b"3"] == bench.transport.bodies
    assert b"x-amz-target" not in bench.exchanges[0].headers
    assert b"x-amz-target" not in bench.exchanges[1].headers


def test_connection_repeated_header_is_joined(bench: Bench) -> None:
    """Values of a repeated header are joined by a comma, as signatures expect."""
    bench.feed(request(b"1", b"X-A: 1\r\nx-a: 2\r\n"))

    assert b"1,2" == bench.exchanges[0].headers[b"x-a"]


async def _pipelined(bench: Bench) -> None:
    bench.feed(request(b'"later1"') + request(b"2") + request(b'"later3"') + request(b"4"))
    assert [] == bench.transport.bodies
    await bench.finish(b'"later3"')
    assert [] == bench.transport.bodies
    await bench.finish(b'"later1"')
    assert [b'"later1"', b"2", b'"later3"', b"4"] == bench.transport.bodies


def test_connection_pipelined_requests_are_answered_in_order(bench: Bench) -> None:
    """A reply that is ready earlier waits for those before it."""
    asyncio.run(_pipelined(bench))


async def _too_many(bench: Bench) -> None:
    count = REQUESTS_PIPELINED_MAX + 50
    bodies = [b'"later%d"' % number for number in range(count)]
    bench.feed(b"".join(request(body) for body in bodies))
    assert REQUESTS_PIPELINED_MAX == len(bench.waiting)
    assert not bench.transport.reading
    for body in bodies:
        await bench.finish(body)
    assert bodies == bench.transport.bodies
    assert bench.transport.reading


def test_connection_too_many_pipelined_requests_pauses_reading(bench: Bench) -> None:
    """No more than the limit are answered at a time; the others are held and the client is read no further."""
    asyncio.run(_too_many(bench))


def test_connection_client_that_does_not_read_is_not_read(bench: Bench) -> None:
    """While the transport's buffer is full, reading pauses."""
    bench.connection.pause_writing()
    assert not bench.transport.reading
    bench.connection.resume_writing()
    assert bench.transport.reading


def test_connection_close_asked_closes_after_the_reply(bench: Bench) -> None:
    """`Connection: close` is honoured, and what comes behind is not answered."""
    bench.feed(request(b"1", b"Connection: close\r\n") + request(b"2"))

    assert [b"1"] == bench.transport.bodies
    assert b"\r\nConnection: close\r\n" in bench.transport.written
    assert bench.transport.closed


def test_connection_http_10_closes_after_the_reply(bench: Bench) -> None:
    """HTTP/1.0 does not keep connections."""
    bench.feed(b"POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\n1")

    assert [b"1"] == bench.transport.bodies
    assert bench.transport.closed


async def _half_closed(bench: Bench) -> None:
    bench.feed(request(b'"later"'))
    assert bench.connection.eof_received()
    await bench.finish(b'"later"')
    assert [b'"later"'] == bench.transport.bodies
    assert bench.transport.closed


def test_connection_half_closed_by_the_client_still_answers(bench: Bench) -> None:
    """A client that closes its sending half gets the replies that are due."""
    asyncio.run(_half_closed(bench))


def test_connection_half_closed_when_idle_ends(bench: Bench) -> None:
    """Nothing is due, so the transport may close."""
    assert not bench.connection.eof_received()


async def _refused(bench: Bench, data: bytes, status: int) -> None:
    written = bench.feed(data)
    assert written.startswith(b"HTTP/1.1 %d " % status), written
    assert b"\r\nConnection: close\r\n" in written
    assert bench.transport.half_closed
    assert written == bench.feed(b"anything more")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n11", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (HEAD + b"A: " + b"a" * REQUEST_HEAD_BYTES_MAX, 431),
        (HEAD + b"A: " + b"a" * REQUEST_HEAD_BYTES_MAX + b"\r\n\r\n", 431),
        (HEAD + b"Content-Length: %d\r\n\r\n" % (REQUEST_BODY_BYTES_MAX + 1), 413),
        (HEAD + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n", 413),
    ],
)
def test_connection_what_is_no_request_is_refused(bench: Bench, data: bytes, status: int) -> None:
    """Malformed or too large: one answer with the reason, then the end of the connection."""
    asyncio.run(_refused(bench, data, status))


async def _refused_in_turn(bench: Bench) -> None:
    bench.feed(request(b'"later"') + b"nonsense\r\n\r\n")
    assert b"" == bench.transport.written
    await bench.finish(b'"later"')
    assert [b'"later"'] == [body.partition(b"HTTP/1.1 400")[0] for body in bench.transport.bodies]
    assert b"HTTP/1.1 400 Bad Request" in bench.transport.written


def test_connection_refusal_waits_for_earlier_replies(bench: Bench) -> None:
    """A malformed request behind a good one does not take its answer away."""
    asyncio.run(_refused_in_turn(bench))


async def _chunked_too_large(bench: Bench) -> None:
    piece = b"a" * (1 << 20)
    bench.feed(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(17):
        bench.feed(b"%x\r\n%b\r\n" % (len(piece), piece))
    assert bench.transport.written.startswith(b"HTTP/1.1 413 ")


def test_connection_chunked_body_too_large_is_refused(bench: Bench) -> None:
    """A body that does not announce its size is counted as it comes."""
    asyncio.run(_chunked_too_large(bench))


def test_connection_expect_continue_is_encouraged(bench: Bench) -> None:
    """The client is told to send the body, then gets its answer."""
    head = HEAD + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n"

    assert b"HTTP/1.1 100 Continue\r\n\r\n" == bench.feed(head)
    bench.feed(b"1")
    assert [b"1"] == bench.transport.bodies


@pytest.mark.parametrize("body", [b"1", b""])
def test_connection_upgrade_is_declined_by_an_ordinary_answer(bench: Bench, body: bytes) -> None:
    """Clients that offer HTTP/2 in clear text go on in HTTP/1.1."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    bench.feed(request(body, offer) + request(b"2"))

    assert [body or b"empty", b"2"] == bench.transport.bodies


def test_connection_connect_is_answered_and_closed(bench: Bench) -> None:
    """This is no proxy."""
    bench.feed(b"CONNECT there:443 HTTP/1.1\r\nHost: there:443\r\n\r\n\x16\x03\x01")

    assert [b"empty"] == bench.transport.bodies
    assert bench.transport.closed


def test_connection_head_request_gets_no_body(bench: Bench) -> None:
    """HEAD is answered with the head that GET would have."""
    written = bench.feed(b"HEAD / HTTP/1.1\r\nHost: here\r\n\r\n")

    assert written.endswith(b"\r\n\r\n")
    assert b"Content-Length: 5\r\n" in written


def test_connection_gzip_body_is_unpacked(bench: Bench) -> None:
    """Content-Encoding: gzip is understood."""
    bench.feed(request(gzip.compress(b'{"a":1}'), b"Content-Encoding: gzip\r\n"))

    assert {"a": 1} == bench.exchanges[0].request


def test_connection_gzip_bomb_is_refused(bench: Bench) -> None:
    """The limit of a body holds for what it unpacks to."""
    body = gzip.compress(b" " * (REQUEST_BODY_BYTES_MAX + 1))
    written = bench.feed(request(body, b"Content-Encoding: gzip\r\n"))

    assert written.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"{}", mtime=0)[:-9]])
def test_connection_gzip_broken_is_a_serialization_error(bench: Bench, body: bytes) -> None:
    """What cannot be unpacked is wrong JSON."""
    written = bench.feed(request(body, b"Content-Encoding: gzip\r\n"))

    assert written.startswith(b"HTTP/1.1 400 ")
    assert b"#SerializationException" in written


async def _stalled(bench: Bench) -> None:
    bench.feed(HEAD)
    assert bench.connection.in_request
    bench.connection.refuse_stalled()
    assert bench.transport.written.startswith(b"HTTP/1.1 408 ")


def test_connection_request_that_stalls_is_refused(bench: Bench) -> None:
    """A request of which nothing more comes is answered."""
    asyncio.run(_stalled(bench))


async def _stop(bench: Bench) -> None:
    bench.feed(request(b'"later"'))
    bench.connection.stop()
    assert not bench.transport.closed
    bench.feed(request(b"2"))
    await bench.finish(b'"later"')
    assert [b'"later"'] == bench.transport.bodies
    assert b"\r\nConnection: close\r\n" in bench.transport.written
    assert bench.transport.closed


def test_connection_stop_finishes_what_was_begun(bench: Bench) -> None:
    """The reply that is due goes out, with the word that it is the last."""
    asyncio.run(_stop(bench))


def test_connection_stop_when_idle_closes(bench: Bench) -> None:
    """Nothing is due."""
    bench.feed(request(b"1"))
    bench.connection.stop()

    assert bench.transport.closed


async def _lost(bench: Bench) -> None:
    bench.feed(request(b'"later"'))
    bench.transport.closed = True
    bench.connection.connection_lost(None)
    await bench.finish(b'"later"')
    assert b"" == bench.transport.written
    assert 1 == bench.lost


def test_connection_lost_drops_replies(bench: Bench) -> None:
    """A client that left gets nothing, and nothing fails."""
    asyncio.run(_lost(bench))
