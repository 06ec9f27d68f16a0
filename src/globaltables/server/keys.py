"""The keys of a node: its root key, and what its regions' key services do for their tables."""

from functools import cached_property
from pathlib import Path

from globaltables.engine.interface import Reader
from globaltables.foundation.settings import Settings
from globaltables.itemstore.region import Region
from globaltables.security.sealing.data_keys import TableKeys
from globaltables.security.sealing.root_key import RootKey, load_root_key

_ROOT_KEY_FILE = "root.key"


class NodeKeys:
    """Everything is opened at its first use, so that a node without keys pays nothing.

    Args:
        settings: of the node.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def unwrap(self, reader: Reader, account: str, table_name: str, wrapped: str) -> bytes:
        """Open a data key; see `security.sealing.data_keys.Unwrap`."""
        from globaltables.companions.kms.table_keys import unwrap  # noqa: PLC0415 - at first use

        return unwrap(self._root, reader, account, table_name, wrapped)

    def equip(self, region: Region) -> None:
        """Give a region its key service."""
        from globaltables.companions.kms.vault import Vault  # noqa: PLC0415 - as above

        region.companions["kms"] = Vault(lambda: self._root)

        def keys() -> TableKeys:
            from globaltables.companions.kms.table_keys import KmsTableKeys  # noqa: PLC0415 - as above

            return KmsTableKeys(region)

        region.keys = keys

    def derived(self, purpose: bytes) -> bytes:
        """Return secret bytes for a purpose; see `RootKey.derived`."""
        return self._root.derived(purpose)

    @cached_property
    def _root(self) -> RootKey:
        path: Path | None = self._settings.root_key
        if path is None and self._settings.data_dir is not None:
            path = self._settings.data_dir / _ROOT_KEY_FILE
        return load_root_key(path)
