"""What the key service has in memory in a region."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from globaltables.itemstore.region import Region
from globaltables.security.sealing.root_key import RootKey


@dataclass(slots=True)
class Vault:
    """The root key, and who waits for changes.

    Attributes:
        open_root: returns what key material is wrapped with.
        changed: told that a time to do something by itself may have come nearer; None while nobody waits.
    """

    open_root: Callable[[], RootKey]
    changed: asyncio.Event | None = None

    @property
    def root(self) -> RootKey:
        """What key material is wrapped with.

        Raises:
            OperationalError: its file cannot be used.
        """
        return self.open_root()


def vault(region: Region) -> Vault:
    """Return what the key service has in memory in a region."""
    found: Vault = region.companions["kms"]
    return found
