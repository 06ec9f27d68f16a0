"""One endpoint before several nodes: a request goes to the node that hosts the region it was signed for."""

import re
from collections.abc import Awaitable, Callable, Mapping

import aiohttp
import orjson
from yarl import URL

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import PEER_CONNECT_MS_MAX, REQUEST_FORWARDED_MS_MAX
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
#: Where services that speak REST with JSON have an error's code.
_ERROR_FIELD = "x-amzn-ErrorType"
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
        try:
            async with self._session.request(
                exchange.method.decode("latin-1"),
                url,
                headers=headers,
                data=exchange.body,
                skip_auto_headers=_ADDED_BY_CLIENT,
                allow_redirects=False,
            ) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OperationalError(f"the node on port {port} cannot be reached: {error}") from error
        fields = exchange.fields
        if _ERROR_FIELD in response.headers:
            code = response.headers[_ERROR_FIELD].encode("latin-1")
            fields += b"%b: %b\r\n" % (_ERROR_FIELD.encode(), code)
        return Reply(
            response.status,
            body,
            response.headers.get("Content-Type", "").encode("latin-1"),
            response.headers.get("x-amzn-RequestId", exchange.request_id),
            fields,
        )


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
