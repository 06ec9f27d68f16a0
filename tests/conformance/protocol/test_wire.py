"""HTTP/1.1 over a plain socket: pipelining, pieces, nonsense; the connection is never silently dead."""

import gzip
import json
import re
import socket
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HEAD = re.compile(
    rb"HTTP/1\.1 (?P<status>\d+) .*?\r\nContent-Length: (?P<length>\d+)\r\n.*?\r\n\r\n", re.DOTALL
)


def signed(operation: str, body: bytes, fields: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a signed request."""
    request = AWSRequest(
        "POST",
        "http://localhost/",
        data=body,
        headers={
            "Host": "localhost",
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            **(fields or {}),
        },
    )
    SigV4Auth(Credentials("key", "secret"), "dynamodb", "us-east-1").add_auth(request)
    lines = [f"{name}: {value}\r\n" for name, value in request.headers.items()]
    head = "POST / HTTP/1.1\r\n" + "".join(lines) + f"Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def read_answers(raw: socket.socket, count: int) -> list[tuple[int, Any]]:
    """Return status and JSON of the next answers."""
    data = b""
    answers: list[tuple[int, Any]] = []
    while len(answers) < count:
        head = HEAD.match(data)
        end = head.end() + int(head["length"]) if head else 0
        if head is None or len(data) < end:
            piece = raw.recv(1 << 16)
            assert piece, f"the connection ended after {data!r}"
            data += piece
            continue
        answers.append((int(head["status"]), json.loads(data[head.end() : end] or b"null")))
        data = data[end:]
    assert b"" == data
    return answers


def read_to_the_end(raw: socket.socket) -> bytes:
    """Return everything that comes until the server ends the connection."""
    data = b""
    while piece := raw.recv(1 << 16):
        data += piece
    return data


def test_wire_pipelined_requests_are_answered_in_order(raw: socket.socket) -> None:
    """Answers come in the order of the requests, whatever they are."""
    limits = signed("DescribeLimits", b"{}")
    unknown = signed("NoSuchOperation", b"{}")
    raw.sendall((limits + unknown) * 20)

    statuses = [status for status, _ in read_answers(raw, 40)]

    assert [200, 400] * 20 == statuses


def test_wire_request_byte_by_byte_is_answered(raw: socket.socket) -> None:
    """Pieces make no difference."""
    for byte in signed("DescribeLimits", b"{}"):
        raw.sendall(bytes((byte,)))

    assert 200 == read_answers(raw, 1)[0][0]


def test_wire_gzip_body_is_understood(raw: socket.socket) -> None:
    """The signature is that of the packed body."""
    packed = gzip.compress(b'{"Limit": 1}')
    raw.sendall(signed("ListTables", packed, {"Content-Encoding": "gzip"}))

    assert 200 == read_answers(raw, 1)[0][0]


def test_wire_connection_survives_refusals(raw: socket.socket) -> None:
    """An AWS error leaves the connection open."""
    raw.sendall(signed("ListTables", b"{"))
    assert 400 == read_answers(raw, 1)[0][0]
    raw.sendall(signed("ListTables", b"{}"))
    assert 200 == read_answers(raw, 1)[0][0]


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"hello\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"POST / HTT",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc",
    ],
)
def test_wire_nonsense_is_answered_and_closed(raw: socket.socket, nonsense: bytes) -> None:
    """400, then the end; also when the client ends its half within a request."""
    raw.sendall(nonsense)
    raw.shutdown(socket.SHUT_WR)

    assert read_to_the_end(raw).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_wire_head_too_large_is_answered_and_closed(raw: socket.socket) -> None:
    """431, then the end."""
    raw.sendall(b"POST / HTTP/1.1\r\nX: " + b"x" * 70_000)

    assert read_to_the_end(raw).startswith(b"HTTP/1.1 431 ")


def test_wire_deeply_nested_json_is_refused(raw: socket.socket) -> None:
    """A parser's limit is an answer, too."""
    raw.sendall(signed("PutItem", b'{"a":' * 5_000 + b"1" + b"}" * 5_000))

    assert 400 == read_answers(raw, 1)[0][0]


def test_wire_region_that_is_none_is_refused(raw: socket.socket) -> None:
    """The region is the credential scope's, so it must be one."""
    request = signed("ListTables", b"{}").replace(b"/us-east-1/", b"/../../x/", 1)
    raw.sendall(request)

    status, body = read_answers(raw, 1)[0]

    assert 400 == status
    assert "IncompleteSignatureException" == body["__type"].partition("#")[2]
