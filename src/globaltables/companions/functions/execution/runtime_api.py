"""The Runtime API: where the process of an execution environment fetches invocations and leaves its answers.

Every environment has a server of its own on a free port of the loopback address: what is sent there needs no name.

Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes", version 2018-06-01.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol, cast
from urllib.parse import urlsplit

import httptools

from globaltables.foundation.limits import LAMBDA_RUNTIME_BODY_BYTES_MAX

_LOOPBACK = "127.0.0.1"
_ROOT = "/2018-06-01/runtime/"
_ERROR_TYPE = "lambda-runtime-function-error-type"
_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class RuntimeReply:
    """What the process is answered.

    Attributes:
        status: of HTTP.
        headers: beside the length.
        body: JSON.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    body: bytes = b"{}"


class RuntimeClientCalls(Protocol):
    """What the process may ask its environment."""

    def next_invocation(self) -> "asyncio.Future[RuntimeReply]":
        """Return the next invocation, once there is one."""

    def answered(self, request_id: str, body: bytes) -> RuntimeReply:
        """Take what the handler answered."""

    def failed(self, request_id: str, error_type: str, body: bytes) -> RuntimeReply:
        """Take what the handler raised."""

    def not_initialized(self, error_type: str, body: bytes) -> RuntimeReply:
        """Take why there is no handler."""


class RuntimeServer:
    """Serves one environment.

    Args:
        calls: the environment.
    """

    def __init__(self, calls: RuntimeClientCalls) -> None:
        self._calls = calls
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def start(self) -> str:
        """Listen, and return the address for AWS_LAMBDA_RUNTIME_API."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connect, _LOOPBACK, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return f"{_LOOPBACK}:{port}"

    def stop(self) -> None:
        """Close everything at once."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.abort()

    def _connect(self) -> "_Connection":
        return _Connection(self._calls, self._connections)


class _Connection(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, calls: RuntimeClientCalls, connections: "set[_Connection]") -> None:
        self._calls = calls
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._error_type = ""
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._pending: asyncio.Future[RuntimeReply] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._transport = None
        if self._pending is not None:
            self._pending.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.abort()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # --- the parser's callbacks

    def on_message_begin(self) -> None:
        self._url, self._error_type = b"", ""
        self._body, self._body_bytes = [], 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.decode("latin-1").lower() == _ERROR_TYPE:
            self._error_type = value.decode("latin-1")

    def on_body(self, piece: bytes) -> None:
        self._body_bytes += len(piece)
        if self._body_bytes <= LAMBDA_RUNTIME_BODY_BYTES_MAX:
            self._body.append(piece)

    def on_message_complete(self) -> None:
        path = urlsplit(self._url.decode("latin-1")).path
        segments = path.removeprefix(_ROOT).split("/")
        body = b"".join(self._body)
        match (self._parser.get_method(), segments if path.startswith(_ROOT) else []):
            case (b"GET", ["invocation", "next"]):
                self._pending = self._calls.next_invocation()
                self._pending.add_done_callback(self._next_came)
                return
            case (b"POST", ["invocation", request_id, "response"]):
                reply = self._calls.answered(request_id, body)
            case (b"POST", ["invocation", request_id, "error"]):
                reply = self._calls.failed(request_id, self._error_type, body)
            case (b"POST", ["init", "error"]):
                reply = self._calls.not_initialized(self._error_type, body)
            case _:
                reply = RuntimeReply(404, body=b'{"errorType":"UnknownOperation"}')
        self._send(reply)

    def _next_came(self, pending: "asyncio.Future[RuntimeReply]") -> None:
        self._pending = None
        if not pending.cancelled():
            self._send(pending.result())

    def _send(self, reply: RuntimeReply) -> None:
        if self._transport is None:
            return
        lines = [
            f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}",
            "Content-Type: application/json",
            f"Content-Length: {len(reply.body)}",
            *(f"{name}: {value}" for name, value in reply.headers.items()),
        ]
        head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        self._transport.write(head + reply.body)
