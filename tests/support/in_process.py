"""A whole node without sockets: what a request is answered with, thousands of times a second."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

import orjson

from globaltables.foundation.settings import Settings
from globaltables.gateway.exchange import Exchange, Reply
from globaltables.gateway.pipeline import Pipeline
from globaltables.server.assembly import build
from tests.support.target import ACCESS_KEY, REGION
from tests.support.target import Reply as SeenReply

T = TypeVar("T")
_TURNS_MAX = 100_000


class InProcess:
    """A node in memory, asked through its pipeline; a context manager that ends its tasks.

    Args:
        settings: of the node; everything is in memory unless a folder is named.
    """

    def __init__(self, **settings: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._assembly = self._loop.run_until_complete(self._build(Settings(**settings)))
        self._pipeline: Pipeline = self._assembly.listener._pipeline

    @staticmethod
    async def _build(settings: Settings) -> Any:
        return build(settings)

    def ask(self, target: str, request: Any, *, region: str = REGION) -> SeenReply:
        """Return the answer to a request, which is JSON or bytes that pretend to be.

        Args:
            target: the X-Amz-Target value.
            request: sent as JSON unless it is bytes.
            region: where it is sent to.
        """
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        return self.exchange(b"POST", b"/", headers_of(target, region=region), body)

    def exchange(
        self, method: bytes, url: bytes, headers: dict[bytes, bytes], body: bytes
    ) -> SeenReply:
        """Return the answer to an HTTP request."""
        return self._loop.run_until_complete(self._exchange(Exchange(method, url, headers, body)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run_until_complete(self._assembly.tasks.stop())
        self._loop.run_until_complete(self._assembly.node.close())
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the node's event loop."""
        return self._loop.run_until_complete(work)

    @property
    def pipeline(self) -> Pipeline:
        """The node's pipeline, for a connection of its own."""
        return self._pipeline

    async def _exchange(self, exchange: Exchange) -> SeenReply:
        later: list[Reply] = []
        reply = self._pipeline.answer(exchange, lambda _, answered: later.append(answered))
        for _ in range(_TURNS_MAX):
            if reply is not None or later:
                break
            await asyncio.sleep(0)
        found = reply or later[0]
        body = orjson.loads(found.body) if found.body[:1] == b"{" else {}
        return SeenReply(found.status, body, {})


def headers_of(target: str, *, region: str = REGION) -> dict[bytes, bytes]:
    """Return the header fields of a request, signed well enough for a node that does not verify."""
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{region}/dynamodb/aws4_request, "
        "SignedHeaders=host;x-amz-target, Signature=00"
    )
    return {
        b"host": b"localhost",
        b"x-amz-target": target.encode(),
        b"x-amz-date": b"20260101T000000Z",
        b"content-type": b"application/x-amz-json-1.0",
        b"authorization": authorization.encode(),
    }
