"""HTTP requests that are broken in every way that a client, a proxy or an attacker breaks them, from a seed."""

import gzip
import random

from tests.support.in_process import headers_of
from tests.support.odd_json import mutated_bytes, odd_body

_OPERATIONS = ("PutItem", "GetItem", "UpdateItem", "Query", "BatchWriteItem", "TransactWriteItems")
_TARGETS = (
    "DynamoDB_20120810.NoSuchOperation",
    "DynamoDB_20111205.PutItem",
    "DynamoDBStreams_20120810.ListStreams",
    "PutItem",
    "",
    "DynamoDB_20120810." + "x" * 300,
    "DynamoDB_20120810.PutItem.PutItem",
    "ä",
)
_LENGTHS = (
    "-1",
    "+5",
    "0x10",
    "99999999999999999999",
    "17000000",
    "",
    " ",
    "5, 5",
    "1e3",
    "0",
    "007",
)
_TYPES = (
    "text/plain",
    "application/json; charset=utf-8",
    "",
    "application/x-amz-json-1.1",
    "x" * 200,
)
_CODINGS = ("gzip", "GZIP", "deflate", "br", "gzip, gzip", "")
_METHODS = ("GET", "OPTIONS", "HEAD", "PUT", "DELETE", "PRI", "CONNECT", "post", "TRACE", "P\x00ST")
_FIELDS = (
    ("Expect", "100-continue"),
    ("Expect", "nonsense"),
    ("Connection", "close"),
    ("Connection", "keep-alive, Upgrade"),
    ("Upgrade", "h2c"),
    ("Upgrade", "websocket"),
    ("Origin", "http://example.com"),
    ("Access-Control-Request-Headers", "x\ty"),
    ("Transfer-Encoding", "chunked"),
    ("Transfer-Encoding", "gzip, chunked"),
    ("Transfer-Encoding", "identity"),
    ("Host", ""),
    ("X-Amz-Date", "yesterday"),
    ("X-Amz-Date", "20260101T000000Z"),
    ("X-Amz-Security-Token", "\x7f"),
    ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),
    ("X-" + "y" * 5_000, "z" * 5_000),
)
_URLS = (
    "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20260101/us-east-1/dynamodb/aws4_request",
    "/?X-Amz-Signature=%zz&X-Amz-SignedHeaders=",
    "//",
    "/healthz",
    "*",
    "http://localhost/",
    "/%00?a=%ff&a",
    "/" + "p" * 70_000,
    "",
)
_SIGNATURE_PARTS = (
    "AWS4-HMAC-SHA256",
    "Credential=a/20260101/us-east-1/dynamodb/aws4_request",
    "Credential=a/b",
    "Credential=",
    "SignedHeaders=host;;x",
    "SignedHeaders=",
    "Signature=00",
    "Signature=zz",
    "Basic abc",
    "=",
    ",,",
)


def odd_stream(chance: random.Random, requests: dict[str, object]) -> bytes:
    """Return the bytes of one to three requests on one connection.

    Args:
        chance: the seeded source.
        requests: right requests by operation.
    """
    stream = b"".join(_odd_request(chance, requests) for _ in range(chance.choice((1, 1, 2, 3))))
    if chance.random() < 0.15:
        stream = mutated_bytes(chance, stream)
    if chance.random() < 0.1:
        stream = stream[: chance.randrange(len(stream) + 1)]
    if chance.random() < 0.03:
        stream = chance.randbytes(chance.randrange(400))
    return stream


def _odd_request(chance: random.Random, requests: dict[str, object]) -> bytes:
    operation = chance.choice(_OPERATIONS)
    body = odd_body(chance, requests[operation])
    fields = {
        name.decode(): value.decode()
        for name, value in headers_of(f"DynamoDB_20120810.{operation}").items()
    }
    method, url, version = "POST", "/", "HTTP/1.1"
    coding = chance.choice(_CODINGS) if chance.random() < 0.15 else None
    if coding is not None:
        fields["content-encoding"] = coding
        body = _encoded(chance, body)
    repeated: list[tuple[str, str]] = []
    framing = ("content-length", str(len(body)))
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        match chance.randrange(9):
            case 0:
                method = chance.choice(_METHODS)
            case 1:
                url = chance.choice(_URLS)
            case 2:
                version = chance.choice(("HTTP/1.0", "HTTP/2.0", "HTTP/9", "", "http/1.1"))
            case 3:
                fields["x-amz-target"] = chance.choice(_TARGETS)
            case 4:
                fields["authorization"] = chance.choice((" ", ", ")).join(
                    chance.sample(_SIGNATURE_PARTS, chance.randrange(5))
                )
            case 5:
                framing = ("content-length", chance.choice(_LENGTHS))
            case 6:
                fields["content-type"] = chance.choice(_TYPES)
            case 7:
                fields.pop(chance.choice(list(fields)), None)
            case _:
                repeated.append(chance.choice(_FIELDS))
    if chance.random() < 0.2:
        framing = ("transfer-encoding", "chunked")
        body = _chunked(chance, body)
    lines = [f"{method} {url} {version}".rstrip(" ")]
    lines += [f"{name}: {value}" for name, value in [*fields.items(), framing, *repeated]]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace") + body


def _encoded(chance: random.Random, body: bytes) -> bytes:
    packed = gzip.compress(body, 1)
    match chance.randrange(6):
        case 0:
            return packed[: len(packed) // 2]
        case 1:
            return gzip.compress(b" " * 17_000_000, 1)
        case 2:
            return packed + packed
        case 3:
            return mutated_bytes(chance, packed)
        case 4:
            return body
    return packed


def _chunked(chance: random.Random, body: bytes) -> bytes:
    parts = []
    while body:
        size = chance.randrange(1, 200)
        piece, body = body[:size], body[size:]
        length = f"{len(piece):x}"
        if chance.random() < 0.05:
            length = chance.choice(("-1", "zz", "ffffffffffffffff", "", f"{len(piece) + 3:x}"))
        extension = ";a=b" if chance.random() < 0.1 else ""
        parts.append(f"{length}{extension}\r\n".encode() + piece + b"\r\n")
    end = chance.choice((b"0\r\n\r\n", b"0\r\n\r\n", b"0\r\nTrailer: x\r\n\r\n", b"", b"0\r\n"))
    return b"".join(parts) + end
