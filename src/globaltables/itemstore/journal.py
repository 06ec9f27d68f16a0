"""Who is handed every batch that a store applies."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Journal(Protocol):
    """Keeps batches in their order."""

    def add(
        self,
        stamp: int,
        puts: Mapping[bytes, bytes | None],
        ranges: Sequence[tuple[bytes, bytes]],
        /,
    ) -> None:
        """Keep a batch that the engine is about to apply; on the event loop, so it must be quick, and must not fail.

        Args:
            stamp: the region's last one with it, greater than that of the batch before.
            puts: keys and values; None deletes a key.
            ranges: [start, end), deleted before the keys are put.
        """

    def close(self) -> None:
        """Release the files; nothing is added any more."""
