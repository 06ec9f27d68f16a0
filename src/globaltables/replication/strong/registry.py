"""The voters of one region: of its strongly consistent replicas, and of tables for which it is the witness."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from globaltables.foundation.errors import OperationalError
from globaltables.itemstore.keyspaces import voting_range
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.replication.local_peer import peer_of
from globaltables.replication.peer import TableKey
from globaltables.replication.strong.leader import NotLeadingError
from globaltables.replication.strong.messages import Forwarded, ForwardedWrite
from globaltables.replication.strong.reaching import Reach
from globaltables.replication.strong.strong_table import StrongTable
from globaltables.replication.strong.voter import Voter, fresh_state, state_key
from globaltables.tables.definitions import Table

#: Carries an operation out in the region that leads, for the client of another one: region, its request -> outcome.
Perform = Callable[[Region, ForwardedWrite], Awaitable[Forwarded]]


class StrongTables:
    """The strongly consistent tables of one region.

    Args:
        node: the regions of this process.
        region: the one whose voters these are.
        perform: see `Perform`.
    """

    def __init__(self, node: Node, region: Region, perform: Perform) -> None:
        self._node = node
        self._region = region
        self._perform = perform
        self._voters: dict[bytes, Voter] = {}
        self._tables: dict[bytes, StrongTable] = {}

    def table(self, table: Table) -> StrongTable:
        """Return one of the region's replicas."""
        assert table.strong is not None, table.name
        group = table.strong.key
        found = self._tables.get(group)
        if found is None:
            others = tuple(name for name in table.strong.voters if name != self._region.name)
            key = TableKey(table.account, table.name)
            reach = Reach(self._region, key, group, others, partial(peer_of, self._node))
            found = StrongTable(self._region, self.voter(group), reach)
            self._tables[group] = found
        return found

    def voter(self, group: bytes) -> Voter:
        """Return the voter of a table that has one in this region.

        Raises:
            OperationalError: it has none, or not yet.
        """
        found = self._voters.get(group)
        if found is None:
            number = self._number_of(group)
            if number is None and not self._region.store.reader().get(state_key(group)):
                raise OperationalError(f"{self._region.name} does not vote on this table")
            found = self._voters[group] = Voter(self._region, group, number)
        return found

    async def admit_witness(self, group: bytes) -> None:
        """Begin to vote on a table without having it."""

        def decide(stage: Stage) -> None:
            if stage.get(state_key(group)) is None:
                stage.put(state_key(group), fresh_state())

        await self._region.store.submit(decide)

    async def forget(self, group: bytes) -> None:
        """Delete what a voter has kept; its table is gone or goes on alone."""
        voter = self._voters.pop(group, None)
        if voter is not None:
            voter.resign()
        self._tables.pop(group, None)
        await self._region.store.submit(lambda stage: stage.delete_range(*voting_range(group)))

    async def write(self, group: bytes, write: ForwardedWrite) -> Forwarded:
        """Do an operation for the client of another region, if this one leads."""
        try:
            return await self._perform(self._region, write)
        except NotLeadingError:
            return Forwarded(done=False, through=0, body=b"")

    async def read_index(self, group: bytes, asker: str) -> int:
        """Return the index behind everything that was acknowledged; -1 when this region does not lead."""
        table = self._tables.get(group)
        return -1 if table is None else await table.read_index_here(asker)

    def _number_of(self, group: bytes) -> int | None:
        for table in self._region.catalog.tables():
            if table.strong is not None and table.strong.key == group:
                return table.number
        return None


def strong_tables(region: Region) -> StrongTables:
    """Return the strongly consistent tables of a region."""
    tables: Any = region.strong
    assert isinstance(tables, StrongTables), region.name
    return tables
