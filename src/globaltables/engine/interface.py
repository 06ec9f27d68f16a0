"""The engine's interface: readers of the durable state, atomic batches, durability as a step of its own.

A batch is applied on the caller's thread and made durable by `sync` on another, so that one disk synchronisation can
serve every batch applied before it while the next ones are being decided. Between the two, `latest()` shows the batch
(decisions must see it) and `durable()` does not (nobody may be told what a power cut can take back).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol


class Reader(Protocol):
    """A consistent view."""

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, or None."""

    def range(
        self, start: bytes, end: bytes, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over start <= key < end in key order, or backwards; the view is that of the call."""


class Engine(Protocol):
    """One region's storage."""

    def latest(self) -> Reader:
        """Return a view of everything that was applied, durable or not; for decisions only. It moves with the state."""

    def durable(self) -> Reader:
        """Return a view of what is durable; for everything that is told to anybody. It moves with the state."""

    def apply(
        self,
        puts: Mapping[bytes, bytes | None],
        deleted_ranges: list[tuple[bytes, bytes]],
    ) -> None:
        """Apply a batch atomically: ranges [start, end) are deleted first, then keys are put (None deletes)."""

    def begin_sync(self) -> None:
        """Fix what the next `sync` will make durable: everything applied so far. On the caller's thread."""

    def sync(self) -> None:
        """Make durable what `begin_sync` fixed; blocks, releases the interpreter lock; on any one thread."""

    def end_sync(self) -> None:
        """Let `durable()` show what `sync` made durable. On the caller's thread."""

    def checkpoint(self, path: Path) -> None:
        """Write a copy of the durable state that can be opened as an engine of the same kind."""

    def close(self) -> None:
        """Release files and locks; the engine is not used afterwards."""
