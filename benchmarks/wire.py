"""Signed requests as bytes, and connections that send them."""

import json
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, Self
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

#: The key pair of AWS's own documents; the measured server is started with it and verifies signatures.
ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "us-east-1"
_ANSWER_SECONDS_MAX = 120.0


class RefusedError(Exception):
    """A call was answered with something else than 200."""


class Signer:
    """Builds complete, signed requests.

    Args:
        endpoint: URL of the server.
        region: goes into the signature, and by it the server chooses the region.
    """

    def __init__(self, endpoint: str, region: str = REGION) -> None:
        self._url = endpoint + "/"
        self._host = urlsplit(endpoint).netloc
        self._sign = SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "dynamodb", region).add_auth

    def request(self, operation: str, parameters: dict[str, Any]) -> bytes:
        """Return the bytes of one call."""
        body = json.dumps(parameters, separators=(",", ":")).encode()
        headers = {
            "Host": self._host,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        }
        request = AWSRequest("POST", self._url, headers, body)
        self._sign(request)
        lines = [
            "POST / HTTP/1.1",
            *(f"{name}: {value}" for name, value in request.headers.items()),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Connection:
    """One connection that stays open; requests may be sent before earlier ones are answered."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self._address = (parts.hostname or "", parts.port or 80)
        self._socket: socket.socket | None = None
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket is not None and self._file is not None:
            self._file.close()
            self._socket.close()
        self._socket = self._file = None

    def send(self, request: bytes) -> None:
        """Send a request."""
        if self._socket is None:
            self._socket = socket.create_connection(self._address, _ANSWER_SECONDS_MAX)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._file = self._socket.makefile("rb")
        self._socket.sendall(request)

    def receive(self) -> tuple[int, bytes]:
        """Return status and body of the next answer."""
        assert self._file is not None, "nothing was sent"
        file = self._file
        start = file.readline().split(None, 2)
        if len(start) < 2:
            raise ConnectionError("the server closed the connection")
        headers: dict[bytes, bytes] = {}
        while line := file.readline().strip():
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip().lower()
        if headers.get(b"transfer-encoding") == b"chunked":
            body = _chunks(file)
        else:
            body = file.read(int(headers.get(b"content-length", b"0")))
        if headers.get(b"connection") == b"close":
            self.close()
        return int(start[1]), body

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and return status and body of its answer."""
        self.send(request)
        return self.receive()


class Client:
    """Makes single calls.

    Args:
        endpoint: URL of the server.
        region: is called.
    """

    def __init__(self, endpoint: str, region: str = REGION) -> None:
        self._signer = Signer(endpoint, region)
        self._connection = Connection(endpoint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Make a call and return its answer.

        Raises:
            RefusedError: it was not answered with 200; the text has the answer.
        """
        status, body = self._connection.exchange(self._signer.request(operation, parameters))
        return answer(operation, status, body)


def answer(operation: str, status: int, body: bytes) -> dict[str, Any]:
    """Return the parsed body of an answer.

    Raises:
        RefusedError: the status is not 200.
    """
    if status != 200:
        text = body[:300].decode(errors="replace")
        raise RefusedError(f"{operation} was answered with {status}: {text}")
    parsed: dict[str, Any] = json.loads(body)
    return parsed


def write_requests(path: Path, requests: Iterable[bytes]) -> None:
    """Write the file that replay.lua reads: before each request its length in decimal and a newline."""
    with path.open("wb") as file:
        for request in requests:
            file.write(b"%d\n" % len(request))
            file.write(request)


def _chunks(file: BinaryIO) -> bytes:
    parts: list[bytes] = []
    while length := int(file.readline().split(b";")[0], 16):
        parts.append(file.read(length))
        file.readline()
    file.readline()
    return b"".join(parts)
