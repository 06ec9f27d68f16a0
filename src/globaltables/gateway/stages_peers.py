"""The stages of requests from other nodes: path and version, the shared secret, the verb."""

import re
from collections.abc import Awaitable, Callable

from globaltables.foundation.errors import ApiError
from globaltables.gateway.exchange import Exchange
from globaltables.replication.remote.serving import Serving
from globaltables.replication.remote.wire import PROTOCOL_VERSION
from globaltables.runtime.clock import Clock
from globaltables.security.peer_secret import PeerSecret

_PATH = re.compile(rb"/peer/(\d{1,6})/([a-z0-9-]{1,64})/([a-z_]{1,64})")


def proved(secret: PeerSecret, clock: Clock) -> Callable[[Exchange], None]:
    """Return the stage that lets only those in who know the secret."""

    def check_secret(exchange: Exchange) -> None:
        authorization = exchange.headers.get(b"authorization", b"").decode("latin-1")
        secret.check(authorization, exchange.url, exchange.body, clock.now_ms())

    return check_secret


def verb(serving: Serving, regions: tuple[str, ...]) -> Callable[[Exchange], Awaitable[bytes]]:
    """Return the last stage, which carries the verb out.

    Args:
        serving: answers.
        regions: the regions that this node hosts.
    """

    def carry_out(exchange: Exchange) -> Awaitable[bytes]:
        parts = _PATH.fullmatch(exchange.url)
        if exchange.method != b"POST" or parts is None:
            raise ApiError("UnknownOperationException", "peers are asked by POST /peer/...")
        version, region, name = (part.decode("ascii") for part in parts.groups())
        if int(version) != PROTOCOL_VERSION:
            raise ApiError(
                "UnknownOperationException",
                f"this node speaks version {PROTOCOL_VERSION} of the peers' protocol, not {version}",
            )
        if region not in regions:
            raise ApiError("UnknownOperationException", f"this node does not host {region}")
        return serving.answer(region, name, exchange.body)

    return carry_out
