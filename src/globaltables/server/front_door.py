"""One endpoint before several nodes: a request goes to the node that hosts the region it was signed for."""

import re
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from typing import BinaryIO, cast

import aiohttp
import orjson
from yarl import URL

from globaltables.companions.framework.response import FileContent
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import (
    MIB,
    PEER_CONNECT_MS_MAX,
    REQUEST_FORWARDED_MS_MAX,
    S3_SPOOLED_BYTES_MIN,
)
from globaltables.gateway.exchange import Exchange, Reply
from globaltables.operations.context import Answer
from globaltables.security.sigv4 import Authenticator
from globaltables.server.processes import Processes

#: keyid/date/REGION/service/aws4_request, as header or (with %2F) as parameter of a presigned URL.
_SCOPE = re.compile(rb"Credential=[^/,&]+?(?:/|%2F)\d{8}(?:/|%2F)([a-z0-9-]{1,64})(?:/|%2F)")
_NODE_OPERATIONS = (b"GlobalTables_20261121.StopNode", b"GlobalTables_20261121.StartNode")
#: What one connection says of itself and not of the request.
_HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"content-length",
        b"expect",
        b"keep-alive",
        b"te",
        b"transfer-encoding",
        b"upgrade",
    )
)
#: Fields of an answer that are made here anew.
_MADE_HERE = frozenset(
    (
        "connection",
        "content-length",
        "content-type",
        "date",
        "keep-alive",
        "server",
        "transfer-encoding",
        "x-amz-crc32",
        "x-amzn-requestid",
    )
)
#: What the answers of S3 have, which have no checksum and request id of DynamoDB's.
_OF_OBJECTS = "x-amz-id-2"
_ADDED_BY_CLIENT = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Forwarding:
    """Sends requests on.

    Args:
        processes: the nodes.
    """

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._session: aiohttp.ClientSession | None = None

    def stage(self, exchange: Exchange) -> Awaitable[Reply]:
        """Send a request to the node of its region; one without a region goes to any, which refuses it as AWS does."""
        signed = exchange.headers.get(b"authorization", exchange.url)
        scope = _SCOPE.search(signed)
        region = "" if scope is None else scope.group(1).decode("ascii")
        return self._forward(exchange, self._processes.port_of(region))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _forward(self, exchange: Exchange, port: int) -> Reply:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(
                total=REQUEST_FORWARDED_MS_MAX / 1000, sock_connect=PEER_CONNECT_MS_MAX / 1000
            )
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), timeout=timeout, auto_decompress=False
            )
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in exchange.headers.items()
            if name not in _HOP_BY_HOP
        ]
        url = URL(f"http://127.0.0.1:{port}{exchange.url.decode('latin-1')}", encoded=True)
        spooled = exchange.spooled
        try:
            if spooled is not None:
                await spooled.whole()
                # aiohttp reads it in pieces, and closes it.
                body: bytes | BinaryIO = spooled.path.open("rb")
            else:
                body = exchange.body
            async with self._session.request(
                exchange.method.decode("latin-1"),
                url,
                headers=headers,
                data=body,
                skip_auto_headers=_ADDED_BY_CLIENT,
                allow_redirects=False,
            ) as response:
                return await _reply(exchange, response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OperationalError(f"the node on port {port} cannot be reached: {error}") from error
        finally:
            if spooled is not None:
                spooled.discard()


async def _reply(exchange: Exchange, response: aiohttp.ClientResponse) -> Reply:
    """Return what a node answered; a large answer goes through a file."""
    fields = b"".join(
        b"%b: %b\r\n" % field
        for field in response.raw_headers
        if field[0].decode("latin-1").lower() not in _MADE_HERE
    )
    reply = Reply(
        response.status,
        b"",
        response.headers.get("Content-Type", "").encode("latin-1"),
        response.headers.get("x-amzn-RequestId", exchange.request_id),
        fields,
    )
    length = int(response.headers.get("Content-Length", 0))
    reply.is_plain = _OF_OBJECTS in response.headers
    if reply.is_plain and exchange.method == b"HEAD":
        reply.length = length
    elif reply.is_plain and length > S3_SPOOLED_BYTES_MIN:
        file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - closed with the reply
        async for piece in response.content.iter_chunked(MIB):
            file.write(piece)
        file.seek(0)
        reply.length, reply.content = length, FileContent(file, length)
    else:
        reply.body = await response.read()
    return reply


def node_operations(
    authenticator: Authenticator, processes: Processes
) -> Callable[[Exchange], Awaitable[Answer] | None]:
    """Return the stage that stops and starts nodes; every other request passes."""

    def answer(exchange: Exchange) -> Awaitable[Answer] | None:
        target = exchange.headers.get(b"x-amz-target", b"")
        if target not in _NODE_OPERATIONS:
            return None
        authenticator.authenticate(exchange.method, exchange.url, exchange.headers, exchange.body)
        request = _request(exchange.body)
        region = request.get("RegionName")
        if not isinstance(region, str) or region not in processes.regions:
            raise ApiError("ResourceNotFoundException", f"No node hosts the region: {region}")
        if target == _NODE_OPERATIONS[1]:
            return _done(processes.start(region))
        return _done(processes.stop(region, kill=request.get("Kill") is True))

    return answer


def _request(body: bytes) -> Mapping[str, object]:
    try:
        request = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        request = None
    if not isinstance(request, dict):
        raise ApiError("SerializationException", None)
    return request


async def _done(work: Awaitable[None]) -> Answer:
    await work
    return {}
