"""PendingReplicationCount, a metric of version 2017.11.29: what a source has written and a receiver lacks."""

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import PENDING_REPLICATION_INTERVAL_MS
from globaltables.itemstore.region import Region
from globaltables.replication.keyspace import cursor_key, decode_cursor
from globaltables.replication.peer import Peer, key_of
from globaltables.runtime.series import Statistics
from globaltables.tables.definitions import Table


class PendingCount:
    """Counts the pending changes of one link once a minute, into the link's state.

    Args:
        receiver: where the changes go.
        source: where they come from.
        table: the receiver's definition.
    """

    def __init__(self, receiver: Region, source: Peer, table: Table) -> None:
        self._receiver = receiver
        self._source = source
        self._number = table.number
        self._key = key_of(table)

    async def run(self) -> None:
        """Count until cancelled."""
        clock = self._receiver.clock
        while True:
            await self.step()
            await clock.until(clock.now_ms() + PENDING_REPLICATION_INTERVAL_MS)

    async def step(self) -> None:
        """Count once; a source that cannot be asked leaves a gap."""
        reader = self._receiver.store.reader()
        cursor = decode_cursor(reader.get(cursor_key(self._number, self._source.region)))
        try:
            backlog = await self._source.backlog(self._key, cursor.position)
        except OperationalError:
            return
        state = self._receiver.links.get((self._number, self._source.region))
        if state is not None:
            count = float(backlog.records)
            state.pending.add(self._receiver.clock.now_ms(), Statistics(1, count, count, count))
