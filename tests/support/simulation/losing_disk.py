"""A memory engine that loses what was not synchronised when its process is killed, and that remembers its whole log."""

from collections.abc import Mapping, Sequence
from random import Random

from sortedcontainers import SortedDict

from globaltables.engine.memory.engine import MemoryEngine

_LOG = b"l"
_TABLE = slice(1, 5)
_POSITION = slice(5, 13)


class LosingDisk(MemoryEngine):
    """What one process has of one region's disk.

    Attributes:
        log: every change record that was ever applied and not lost, also of dropped tables and trimmed logs:
            (table number, position, stored bytes) in the order of the commits.
    """

    needs_sync = True

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[int, int, bytes]] = []
        #: Of every batch that is not synchronised: what its keys had before, and how long the log was.
        self._undo: list[tuple[list[tuple[bytes, bytes | None]], int]] = []
        self._gone = False

    def apply(
        self,
        puts: Mapping[bytes, bytes | None],
        deleted_ranges: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        """Apply a batch; nothing when the process was killed."""
        if self._gone:
            return
        state = self._state
        before: list[tuple[bytes, bytes | None]] = []
        for start, end in deleted_ranges:
            before += [(key, state[key]) for key in state.irange(start, end, (True, False))]
        before += [(key, state.get(key)) for key in puts]
        self._undo.append((before, len(self.log)))
        super().apply(puts, deleted_ranges)
        self.log += [
            (int.from_bytes(key[_TABLE], "big"), int.from_bytes(key[_POSITION], "big"), value)
            for key, value in puts.items()
            if key[:1] == _LOG and value is not None
        ]

    def sync(self) -> None:
        """Make everything durable."""
        self._undo.clear()

    @property
    def gone(self) -> bool:
        """Whether the process was killed."""
        return self._gone

    def killed(self, chance: Random) -> "LosingDisk":
        """Return what a next process finds: everything synchronised, and some of what came after."""
        kept = chance.randint(0, len(self._undo))
        for before, length in reversed(self._undo[kept:]):
            del self.log[length:]
            super().apply(dict(reversed(before)))
        found = LosingDisk()
        found._state, found.log = self._state, self.log
        self._gone, self._state, self.log = True, SortedDict(), []
        return found
