"""The HTTP client between nodes: one pool of connections per peer, signed requests, TLS when it is set up."""

import json
import ssl

import aiohttp

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import PEER_CONNECT_MS_MAX, PEER_REQUEST_MS_MAX
from globaltables.replication.peer import UnreachableError
from globaltables.replication.remote.wire import PROTOCOL_VERSION
from globaltables.runtime.clock import Clock
from globaltables.security.peer_secret import PeerSecret

_TIMEOUT = aiohttp.ClientTimeout(
    total=PEER_REQUEST_MS_MAX / 1000, sock_connect=PEER_CONNECT_MS_MAX / 1000
)


class PeerConnection:
    """Reaches one region of another node.

    Args:
        region: the region's name.
        url: where its node listens for peers, e.g. "https://10.0.0.2:8100".
        secret: what the nodes share.
        clock: dates the signatures.
        tls: whom to trust, and the own certificate; None for plain HTTP.

    Attributes:
        region: see there.
    """

    def __init__(
        self,
        region: str,
        url: str,
        secret: PeerSecret,
        clock: Clock,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.region = region
        self._url = url.rstrip("/")
        self._secret = secret
        self._clock = clock
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def send(self, verb: str, body: bytes) -> bytes:
        """Send a request and return the body of the answer.

        Raises:
            OperationalError: the peer cannot be reached, speaks another version, or fails.
            ApiError: it refuses.
        """
        path = f"/peer/{PROTOCOL_VERSION}/{self.region}/{verb}"
        authorization = self._secret.authorization(path.encode(), body, self._clock.now_ms())
        if self._session is None:
            connector = aiohttp.TCPConnector(ssl=self._tls if self._tls is not None else False)
            self._session = aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT)
        headers = {"Authorization": authorization, "Content-Type": "application/msgpack"}
        try:
            async with self._session.post(self._url + path, data=body, headers=headers) as response:
                answer = await response.read()
                status = response.status
        except aiohttp.ClientConnectorError as error:
            raise UnreachableError(f"{self.region} cannot be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise OperationalError(f"{self.region} cannot be reached: {reason}") from error
        if status == 200:
            return answer
        raise self._refused(status, answer)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _refused(self, status: int, body: bytes) -> Exception:
        """Return the error that an answer carries: the region's own refusal, or that it could not answer."""
        try:
            fields = json.loads(body)
            code = fields.pop("__type").rpartition("#")[2]
        except (ValueError, KeyError, AttributeError):
            return OperationalError(f"{self.region} answered with status {status}")
        message = fields.pop("message", None)
        if status >= 500 or code in ("AccessDeniedException", "UnknownOperationException"):
            return OperationalError(f"{self.region} refuses: {message or code}")
        return ApiError(code, message, status=status, fields=fields or None)
