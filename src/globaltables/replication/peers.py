"""How a node reaches a region: the one place that picks a transport."""

from globaltables.itemstore.node import Node
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.peer import Peer


def peer_of(node: Node, region: str) -> Peer:
    """Return the peer of a region."""
    return LocalPeer(node, region)
