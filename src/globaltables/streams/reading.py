"""Reading a shard: the next page of records after a position, and where to continue."""

from dataclasses import dataclass

from globaltables.changelog.record import ChangeRecord
from globaltables.foundation.limits import STREAM_PAGE_BYTES_MAX
from globaltables.itemstore.store import Store
from globaltables.streams.positions import trimmed
from globaltables.streams.shards import shard, trim_horizon
from globaltables.tables.definitions import Stream, Table


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of a shard in order.

    Attributes:
        records: none when there is nothing new.
        next_after: the position to continue after; None when the shard is closed and read to its end.
    """

    records: list[ChangeRecord]
    next_after: int | None


async def read_page(
    store: Store, table: Table, stream: Stream, index: int, after: int, limit: int, present: int
) -> Page:
    """Return the records of shard `index` that follow the position `after`.

    An iterator may be older than the horizon only by its 15 minutes, and no record was between its position and the
    horizon when it was issued. Records are kept that much longer than 24 hours (trimming.py), so what is found between
    now is exactly what the reader was too slow for.

    Args:
        store: the region's store.
        table: the stream's table.
        stream: one life of its stream.
        index: the shard within that life.
        after: position after which to read.
        limit: records at most; a page also ends at 1 MB.
        present: a position that no later change of the region will be below.

    Raises:
        ApiError: TrimmedDataAccessException when a record after the position is older than 24 hours.
    """
    number, horizon = table.number, trim_horizon(present)
    end = shard(table, stream, index, present).end
    if after < horizon - 1:
        last = horizon - 1 if end is None else min(horizon, end) - 1
        if store.feed(number, after, until=last, records_max=1, bytes_max=1):
            raise trimmed()
        after = last
    if end is not None:
        await _settled(store, table, end)
    until = None if end is None else end - 1
    records = store.feed(
        number, after, until=until, records_max=limit, bytes_max=STREAM_PAGE_BYTES_MAX
    )
    position = records[-1].position if records else after
    if end is None:
        return Page(records, position)
    more = records and store.feed(number, position, until=until, records_max=1, bytes_max=1)
    return Page(records, position if more else None)


async def _settled(store: Store, table: Table, end: int) -> None:
    """Return when every change that a closed shard has, or ever will have, can be read.

    Its last ones may be on their way to the disk. And when time alone has closed it, the stored clock may be before
    its end: after a restart with a wall clock that was set back it would get further ones. A reader that was told of
    the end would miss both.
    """
    if store.durable_position < end - 1:
        await store.submit(lambda stage: stage.tick())
        return
    pending = store.when_durable(None, table)
    if pending is not None:
        await pending
