"""The other nodes of a deployment: how they are reached, and the listener on which they reach this one."""

from globaltables.foundation.settings import Peering, Settings
from globaltables.gateway import stages_http, stages_peers
from globaltables.gateway.pipeline import Pipeline
from globaltables.itemstore.node import Node
from globaltables.replication.remote.connection import PeerConnection
from globaltables.replication.remote.remote_peer import RemotePeer
from globaltables.replication.remote.serving import Serving
from globaltables.runtime.clock import Clock
from globaltables.runtime.randomness import Randomness
from globaltables.security.peer_secret import PeerSecret
from globaltables.server.listener import Listener
from globaltables.server.transport_security import for_peers, towards_peers


class Peers:
    """The other nodes, as one node reaches them.

    Args:
        settings: of this node.
        peering: where the others are.
        clock: dates requests.

    Attributes:
        peers: by region.

    Raises:
        OperationalError: a file of the TLS settings cannot be used.
    """

    def __init__(self, settings: Settings, peering: Peering, clock: Clock) -> None:
        self._settings = settings
        self._secret = PeerSecret(peering.secret)
        self._clock = clock
        self._serving: Serving | None = None
        tls = None if settings.tls is None else towards_peers(settings.tls)
        self._connections = [
            PeerConnection(region, url, self._secret, clock, tls) for region, url in peering.peers
        ]
        self.peers = {one.region: RemotePeer(one.region, one.send) for one in self._connections}

    def listener(self, node: Node, randomness: Randomness) -> Listener:
        """Return the listener on which the others reach this node.

        Raises:
            OperationalError: a file of the TLS settings cannot be used.
        """
        settings = self._settings
        self._serving = Serving(node)
        pipeline = Pipeline(
            (
                stages_http.request_ids(randomness),
                stages_peers.proved(self._secret, self._clock),
                stages_peers.verb(self._serving, settings.regions),
            )
        )
        tls = None if settings.tls is None else for_peers(settings.tls)
        return Listener(pipeline, self._clock, tls)

    def stop_serving(self) -> None:
        """Answer what the others wait for."""
        if self._serving is not None:
            self._serving.stop()

    async def close(self) -> None:
        """Close the connections to the others."""
        for connection in self._connections:
            await connection.close()
