"""A sorted dictionary as an engine; nothing survives the process, so everything applied counts as durable."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import orjson
from sortedcontainers import SortedDict

from globaltables.foundation.errors import OperationalError

#: Keys looked up at a time, so that an iteration survives changes to the dictionary in between.
_CHUNK_KEYS = 256


class MemoryEngine:
    """Keys and values in a `SortedDict`."""

    needs_sync = False

    def __init__(self) -> None:
        self._state: SortedDict[bytes, bytes] = SortedDict()

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, or None."""
        value: bytes | None = self._state.get(key)
        return value

    def range(
        self, start: bytes, end: bytes, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over start <= key < end in key order, or backwards."""
        inclusive = (True, False)
        while True:
            found = self._state.irange(start, end, inclusive, reverse)
            keys = list(islice(found, _CHUNK_KEYS))
            for key in keys:
                value = self._state.get(key)
                if value is not None:
                    yield key, value
            if len(keys) < _CHUNK_KEYS:
                return
            if reverse:
                end = keys[-1]
            else:
                start = keys[-1]
                inclusive = (False, False)

    def apply(
        self,
        puts: Mapping[bytes, bytes | None],
        deleted_ranges: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        """Apply a batch."""
        for start, end in deleted_ranges:
            for key in list(self._state.irange(start, end, (True, False))):
                del self._state[key]
        for key, value in puts.items():
            if value is None:
                self._state.pop(key, None)
            else:
                self._state[key] = value

    def sync(self) -> None:
        """Nothing is to be made durable."""

    def forget(self, ranges: Sequence[tuple[bytes, bytes]]) -> None:
        """Nothing is left of what was deleted."""

    def checkpoint(self, path: Path) -> None:
        """Write every key and value to a file in a new folder."""
        path.mkdir(parents=True)
        pairs = [(key.hex(), value.hex()) for key, value in self._state.items()]
        (path / "state.json").write_bytes(orjson.dumps(pairs))

    @classmethod
    def open_checkpoint(cls, path: Path) -> "MemoryEngine":
        """Return an engine with the state of a checkpoint.

        Raises:
            OperationalError: there is none.
        """
        try:
            pairs = orjson.loads((path / "state.json").read_bytes())
        except OSError as error:
            msg = f"no checkpoint in {path}"
            raise OperationalError(msg) from error
        engine = cls()
        engine.apply({bytes.fromhex(key): bytes.fromhex(value) for key, value in pairs})
        return engine

    def close(self) -> None:
        """Forget everything."""
        self._state.clear()
