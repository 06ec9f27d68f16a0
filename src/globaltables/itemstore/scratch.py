"""A stage on which the decision of a write runs without effect: only the items that it would leave are taken from it.

For tables whose writes are agreed on between regions before they are applied (replication/strong).
"""

from collections.abc import Mapping

from globaltables.foundation.errors import ApiError
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.statistics import Statistics
from globaltables.tables.definitions import Table


def write_conflict() -> ApiError:
    """Return AWS's refusal of a write of an item that another region is writing."""
    return ApiError(
        "ReplicatedWriteConflictException",
        "The request was rejected because one or more items in the request are being modified by "
        "a request in another Region.",
    )


class _Uncounted(Statistics):
    """Counts nothing, because nothing on a scratch is kept."""

    def __init__(self) -> None:
        pass


class Scratch(Stage):
    """The state as it will be when every write that was agreed on, or will be, is applied.

    Args:
        stage: the state with what was decided before.
        region: where the decision runs.
        origin: the region whose client asked for it.
        unfinished: stored keys of items whose writes are not applied yet: value, origin, place in the log.
    """

    agreeing = True

    def __init__(
        self,
        stage: Stage,
        region: Region,
        origin: str,
        unfinished: Mapping[bytes, tuple[bytes | None, str, int]],
    ) -> None:
        super().__init__(origin, stage.applied, stage.catalog, region.hlc, _Uncounted())
        self._below = stage
        self._origin_name = origin
        self._unfinished = unfinished

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a raw key.

        Raises:
            ApiError: ReplicatedWriteConflictException when it is an item that another region's client is writing.
        """
        if key in self._puts:
            return self._puts[key]
        unfinished = self._unfinished.get(key)
        if unfinished is None:
            return self._below.get(key)
        value, origin, _ = unfinished
        if origin != self._origin_name:
            raise write_conflict()
        return value

    def written(self, table: Table) -> tuple[tuple[bytes, bytes | None], ...]:
        """Return the keys, without the table's prefix, and the stored bytes of the items that the decision wrote."""
        prefix = self.layout(table).items
        start = len(prefix)
        return tuple(
            (key[start:], value) for key, value in self._puts.items() if key.startswith(prefix)
        )
