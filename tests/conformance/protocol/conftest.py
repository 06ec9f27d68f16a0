"""Raw connections to the endpoint under test."""

import socket
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest

from tests.support.server import Server


@pytest.fixture
def address(server: Server) -> tuple[str, int]:
    """Host and port of a server in memory."""
    parts = urlsplit(server.endpoint)
    return parts.hostname or "", parts.port or 0


@pytest.fixture
def ask(address: tuple[str, int]) -> Callable[..., tuple[HTTPResponse, bytes]]:
    """Send one unsigned request on a connection of its own; return response and body."""

    def send(
        method: str = "POST",
        path: str = "/",
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection(*address, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    return send


@pytest.fixture
def raw(address: tuple[str, int]) -> Iterator[socket.socket]:
    """An open socket."""
    with socket.create_connection(address, timeout=10) as opened:
        yield opened
