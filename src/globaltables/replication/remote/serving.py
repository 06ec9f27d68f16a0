"""Answering other nodes: the verbs of `Peer` carried out in a region of this node."""

import asyncio
from typing import Any

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import PEER_FEED_HELD_MS
from globaltables.itemstore.node import Node
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.peer import Feed, TableKey
from globaltables.replication.remote.remote_peer import RemotePeer
from globaltables.replication.remote.wire import VERBS


class Serving:
    """Answers the requests of one node's peers.

    Args:
        node: whose regions they reach.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._held: set[asyncio.Timeout] = set()

    def stop(self) -> None:
        """Answer the feeds that are held open, so that nobody waits for a node that stops."""
        for held in self._held:
            held.reschedule(asyncio.get_running_loop().time())

    async def answer(self, region: str, verb: str, body: bytes) -> bytes:
        """Return the body of the answer to a request.

        Args:
            region: one that this node hosts.
            verb: a name of `VERBS`.
            body: the arguments.

        Raises:
            ApiError: the verb does not exist, or the region refuses.
            OperationalError: the body is malformed, or the region cannot do it now.
        """
        form = VERBS.get(verb)
        if form is None:
            raise ApiError("UnknownOperationException", f"peers do not know {verb}")
        arguments = form.unpack_arguments(body)
        peer = LocalPeer(self._node, region)
        if verb == "feed":
            result: Any = await self._feed(peer, *arguments)
        else:
            result = await getattr(peer, verb)(*arguments)
        return form.pack_result(result)

    async def _feed(
        self, peer: LocalPeer, key: TableKey, after: int, receiver: str, confirmed: int
    ) -> Feed:
        """Return the next changes, or none when there are none for a while, so that no proxy cuts the request off."""
        remote = self._node.remote_peers.get(receiver)
        if isinstance(remote, RemotePeer):
            remote.confirm(key, peer.region, confirmed)
        held = asyncio.timeout(PEER_FEED_HELD_MS / 1000)
        self._held.add(held)
        try:
            async with held:
                return await peer.feed(key, after, receiver, confirmed)
        except TimeoutError:
            return Feed(after, after, [])
        finally:
            self._held.discard(held)
