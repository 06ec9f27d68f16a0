"""How far the reader has come in one table, and when it has to look again."""

from dataclasses import dataclass, field
from math import inf

from globaltables.engine.interface import Reader
from globaltables.foundation.limits import TTL_SLICE_BYTES_MAX, TTL_SLICE_ITEMS_MAX
from globaltables.items.item_encoding import decode_item
from globaltables.itemstore.keyspaces import item_prefix, whole
from globaltables.ttl.expiration import earliest_mention, expires_at, is_expired, marker_of


@dataclass(frozen=True, slots=True)
class Slice:
    """What one look at a part of a table found.

    Attributes:
        expired: stored keys of expired items.
        share: how much of a turn's allowance was used; 1 is all of it.
    """

    expired: list[bytes]
    share: float


@dataclass(slots=True)
class Sweep:
    """Passes over one table's items in slices.

    A pass is needed only when something was written to the region since the last one began, or when the earliest
    expiry that it saw has come: a table at rest costs nothing, whatever its size.

    Attributes:
        began_at: the region's durable position when the current or last pass began.
        soonest: the earliest time in the future, in seconds, at which an item seen in this pass expires.
        next_ms: no new pass begins before this wall clock time.
    """

    table_number: int
    attribute: str
    began_at: int = -1
    soonest: float = inf
    next_ms: int = 0
    _cursor: bytes | None = None
    _marker: bytes = field(init=False)

    def __post_init__(self) -> None:
        self._marker = marker_of(self.attribute)

    @property
    def under_way(self) -> bool:
        """Whether a pass has begun and not ended."""
        return self._cursor is not None

    def due(self, durable_position: int, now_ms: int) -> bool:
        """Tell whether there is something to look at now."""
        if self.under_way:
            return True
        changed = durable_position != self.began_at
        return now_ms >= self.next_ms and (changed or self.soonest * 1000 <= now_ms)

    def advance(self, reader: Reader, durable_position: int, now_ms: int, rest_ms: int) -> Slice:
        """Look at the next slice; at the end of the table, the next pass may begin after `rest_ms`."""
        start, end = whole(item_prefix(self.table_number))
        if self._cursor is None:
            self.began_at, self.soonest = durable_position, inf
        else:
            start = self._cursor
        self._cursor = None
        expired: list[bytes] = []
        now = now_ms / 1000
        items = size = 0
        for key, stored in reader.range(start, end):
            items += 1
            size += len(stored)
            at = earliest_mention(stored, self._marker)
            if at <= now:
                item = decode_item(stored).item
                at = expires_at(item, self.attribute)
                if is_expired(item, self.attribute, now):
                    expired.append(key)
            if now < at < self.soonest:
                self.soonest = at
            if items >= TTL_SLICE_ITEMS_MAX or size >= TTL_SLICE_BYTES_MAX:
                self._cursor = key + b"\0"
                break
        else:
            self.next_ms = now_ms + rest_ms
        return Slice(expired, max(items / TTL_SLICE_ITEMS_MAX, size / TTL_SLICE_BYTES_MAX))
