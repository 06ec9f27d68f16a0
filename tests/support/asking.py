"""Many clients at once: HTTP on plain asyncio, without signing anew and without threads."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.support.target import ACCESS_KEY, REGION, Reply

_AUTHORIZATION = (
    f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{REGION}/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-target, Signature=00"
)


@dataclass
class Asker:
    """One connection that is kept alive; a server that does not verify signatures answers it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def connect(cls, endpoint: str) -> "Asker":
        """Connect to a server."""
        address = urlsplit(endpoint)
        return cls(*await asyncio.open_connection(address.hostname, address.port))

    async def ask(self, operation: str, request: dict[str, Any]) -> Reply:
        """Send a request and return its answer."""
        self.writer.write(request_bytes(operation, orjson.dumps(request)))
        return await self.answer()

    async def answer(self) -> Reply:
        """Read one answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await self.reader.readexactly(int(fields["content-length"]))
        return Reply(int(head[0].split(" ")[1]), orjson.loads(body), fields)

    async def close(self) -> None:
        """Close the connection."""
        self.writer.close()
        await self.writer.wait_closed()


def request_bytes(
    operation: str, body: bytes, *, target: str = "DynamoDB_20120810", fields: str = ""
) -> bytes:
    """Return the bytes of a request.

    Args:
        operation: AWS's name.
        body: as it is sent.
        target: the service's part of X-Amz-Target.
        fields: further header lines, each ending in CR LF.
    """
    head = (
        f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: {target}.{operation}\r\n"
        f"X-Amz-Date: 20260101T000000Z\r\nAuthorization: {_AUTHORIZATION}\r\n"
        f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n{fields}\r\n"
    )
    return head.encode() + body
