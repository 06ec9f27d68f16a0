"""The listening socket and its connections: bind, watch, stop."""

import asyncio
import ssl
from contextlib import suppress

from globaltables.foundation.limits import CONNECTIONS_MAX, REQUEST_STALL_MS_MAX, STOP_MS_MAX
from globaltables.gateway.pipeline import Pipeline
from globaltables.runtime.clock import Clock
from globaltables.server.http import Connection
from globaltables.server.responses import Responses
from globaltables.server.spooling import Spools

_BACKLOG = 1_024


class Listener:
    """Accepts connections on one address.

    Args:
        pipeline: answers requests.
        clock: dates replies.
        tls: what HTTPS is served with; None serves HTTP.
        spools: takes bodies that are too large for memory; by default they are refused.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        clock: Clock,
        tls: ssl.SSLContext | None = None,
        spools: Spools | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._tls = tls
        self._spools = spools
        self._responses = Responses(clock)
        self._connections: set[Connection] = set()
        self._emptied = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._unwritten: list[Connection] = []
        self._seen: dict[Connection, int] = {}

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port.

        Raises:
            OSError: the address cannot be bound.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._connect, host, port, backlog=_BACKLOG, ssl=self._tls
        )
        self._watch = loop.call_later(REQUEST_STALL_MS_MAX / 1000, self._refuse_stalled)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Accept nothing more, finish what was begun, close; what takes too long is cut off."""
        assert self._server is not None
        assert self._watch is not None
        self._watch.cancel()
        self._server.close()
        for connection in list(self._connections):
            connection.stop()
        if self._connections:
            self._emptied.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), STOP_MS_MAX / 1000)
        for connection in list(self._connections):
            connection.abort()

    def _connect(self) -> Connection:
        return Connection(
            self._pipeline,
            self._responses,
            self._made,
            self._lost,
            self._flush_soon,
            self._spools,
        )

    def _made(self, connection: Connection) -> bool:
        self._connections.add(connection)
        return len(self._connections) <= CONNECTIONS_MAX

    def _lost(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._emptied.set()

    def _flush_soon(self, connection: Connection) -> None:
        """Write what a connection has to write after everything that can be read now was read."""
        if not self._unwritten:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unwritten.append(connection)

    def _flush(self) -> None:
        due, self._unwritten = self._unwritten, []
        for connection in due:
            connection.flush()

    def _refuse_stalled(self) -> None:
        """Refuse requests that began before the last look and of which nothing came since."""
        for connection, reads in self._seen.items():
            if connection.reads == reads:
                connection.refuse_stalled()
        self._seen = {each: each.reads for each in self._connections if each.in_request}
        loop = asyncio.get_running_loop()
        self._watch = loop.call_later(REQUEST_STALL_MS_MAX / 1000, self._refuse_stalled)
