"""The engine's interface: one view of the state, atomic batches, durability as a step of its own.

A batch is applied on the caller's thread and made durable by `sync` on another, so that one disk synchronisation can
serve every batch applied before it while the next ones are being decided. What was applied is visible at once; the
caller (itemstore/store.py) tells nobody of it before the `sync` that follows has returned.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol


class Reader(Protocol):
    """A view of the state."""

    def get(self, key: bytes, /) -> bytes | None:
        """Return the value of a key, or None."""

    def range(
        self, start: bytes, end: bytes, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over start <= key < end in key order, or backwards.

        Consumed within one turn of the event loop, it is one consistent view.
        """


class Engine(Reader, Protocol):
    """One region's storage.

    Attributes:
        needs_sync: False when an applied batch counts as durable at once, so that `sync` may be left out.
    """

    needs_sync: bool

    def apply(
        self,
        puts: Mapping[bytes, bytes | None],
        deleted_ranges: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        """Apply a batch atomically: ranges [start, end) are deleted, then keys are put; None deletes a key.

        Raises:
            OperationalError: nothing was applied.
        """

    def sync(self) -> None:
        """Make durable everything that was applied before the call.

        Blocks, releases the interpreter lock, runs on any one thread.

        Raises:
            OperationalError: the disk failed; what was applied since the last success may be lost.
        """

    def checkpoint(self, path: Path) -> None:
        """Write a copy of the state that can be opened as an engine of the same kind; the folder must not exist.

        Raises:
            OperationalError: the disk refused.
        """

    def forget(self, ranges: Sequence[tuple[bytes, bytes]]) -> None:
        """Rewrite files so that nothing is left in them of what was deleted in some ranges [start, end).

        Blocks; runs on any one thread.

        Raises:
            OperationalError: the disk refused.
        """

    def close(self) -> None:
        """Release files and locks; the engine is not used afterwards.

        Raises:
            OperationalError: the disk failed; what was synced is safe.
        """
