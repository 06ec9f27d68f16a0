"""The regions of one process; a region's storage is opened at its first use."""

from collections.abc import Callable, Mapping
from typing import Any

from globaltables.itemstore.region import Region
from globaltables.security.identities import Identities, unstored


class Node:
    """Hosts regions.

    Args:
        open_region: builds a region from its name; called once per name.
        remote_peers: by region, how replication reaches the regions that other nodes host (`replication.peer.Peer`).
        identities: who holds which credentials; nobody when it is not given.

    Attributes:
        remote_peers: see there.
        identities: see there.
    """

    def __init__(
        self,
        open_region: Callable[[str], Region],
        remote_peers: Mapping[str, Any] | None = None,
        identities: Identities | None = None,
    ) -> None:
        self._open_region = open_region
        self.remote_peers: Mapping[str, Any] = remote_peers or {}
        self.identities = identities or unstored()
        self._regions: dict[str, Region] = {}

    def region(self, name: str) -> Region:
        """Return the region of that name, opening it when this is its first use."""
        region = self._regions.get(name)
        if region is None:
            region = self._regions[name] = self._open_region(name)
        return region

    @property
    def open_regions(self) -> list[Region]:
        """The regions that were used so far, in the order of their first use."""
        return list(self._regions.values())

    @property
    def known_regions(self) -> list[str]:
        """The names of the regions that were used so far here, and of those that other nodes host."""
        return [*self._regions, *self.remote_peers]

    async def close(self) -> None:
        """Finish what is queued in every region and release its files."""
        for region in self._regions.values():
            await region.store.close()
        self._regions.clear()
