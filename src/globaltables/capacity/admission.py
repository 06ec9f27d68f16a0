"""Admission: every request for items passes here, is counted, and is shown to whoever observes access."""

from collections.abc import Iterable
from typing import Protocol

from globaltables.capacity.usage import Kind, Meter, Usage
from globaltables.items.values import Item
from globaltables.runtime.clock import Clock
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Table


class AccessObserver(Protocol):
    """Sees the accesses to tables that have Contributor Insights.

    `key_item` has the key attributes: it is an item, its key, or what a Query fixes of the key (the partition). It is
    None where a request names no key (Scan).
    """

    def accessed(
        self, table: Table, index_name: str | None, key_item: Item | None, units: float, kind: Kind
    ) -> None:
        """Take note of units that were consumed; `index_name` None is the table."""

    def throttled(
        self, table: Table, index_name: str | None, key_item: Item | None, kind: Kind
    ) -> None:
        """Take note of a request that was refused."""


class Lane:
    """One kind of access to a table or to one of its global indexes.

    Attributes:
        index_name: None is the table itself.
        consumed: counts the units.
    """

    __slots__ = ("consumed", "index_name", "kind")

    def __init__(self, index_name: str | None, kind: Kind, consumed: Meter) -> None:
        self.index_name = index_name
        self.kind = kind
        self.consumed = consumed


class Gate:
    """The lanes of one table; local indexes have none of their own, they use the table's.

    Attributes:
        table: the definition that the lanes are of.
        observed: whether accesses are shown to the observer.
    """

    __slots__ = ("_index_reads", "_index_writes", "observed", "read", "table", "write")

    def __init__(self, table: Table, usage: Usage) -> None:
        self.table = table
        self.observed = bool(table.insights)
        self.read = _lane(table, None, "read", usage)
        self.write = _lane(table, None, "write", usage)
        names = [index.name for index in table.indexes if index.kind == "GLOBAL"]
        self._index_reads = {name: _lane(table, name, "read", usage) for name in names}
        self._index_writes = {name: _lane(table, name, "write", usage) for name in names}

    def index_read(self, name: str) -> Lane:
        """Return what reading an index goes through."""
        return self._index_reads.get(name, self.read)

    def index_write(self, name: str) -> Lane:
        """Return what writing an index goes through."""
        return self._index_writes.get(name, self.write)


class Admission:
    """Lets the item requests of one region through.

    Args:
        catalog: the region's tables.
        clock: the region's clock.

    Attributes:
        usage: what was consumed.
        observer: who is shown the accesses to tables with Contributor Insights.
    """

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self.usage = Usage()
        self.observer: AccessObserver | None = None
        self._catalog = catalog
        self._clock = clock
        self._gates: dict[int, Gate] = {}

    def read(
        self, table: Table, index_name: str | None, units: float, key_item: Item | None
    ) -> None:
        """Charge a read of a table or an index.

        Args:
            table: what is read.
            index_name: the index that is read, None for the table.
            units: what it costs.
            key_item: see `AccessObserver`.
        """
        gate = self._gates.get(table.number)
        if gate is None or gate.table is not table:
            gate = self._renewed(table)
        lane = gate.read if index_name is None else gate.index_read(index_name)
        lane.consumed.add(self._clock.now_ms() // 1000, units)
        if gate.observed and self.observer is not None:
            self.observer.accessed(table, index_name, key_item, units, "read")

    def write(
        self,
        table: Table,
        units: float,
        index_units: Iterable[tuple[str, float]],
        key_item: Item,
    ) -> None:
        """Charge a write of one item.

        Args:
            table: what is written.
            units: what the table consumes.
            index_units: what the indexes consume that the write changes, by name.
            key_item: the new item, or what it replaces or deletes, or its key.
        """
        gate = self._gates.get(table.number)
        if gate is None or gate.table is not table:
            gate = self._renewed(table)
        second = self._clock.now_ms() // 1000
        gate.write.consumed.add(second, units)
        for name, amount in index_units:
            gate.index_write(name).consumed.add(second, amount)
        if gate.observed and self.observer is not None:
            self.observer.accessed(table, None, key_item, units, "write")
            for name, amount in index_units:
                self.observer.accessed(table, name, key_item, amount, "write")

    def forget(self, table: Table) -> None:
        """Forget a table that is gone."""
        self._gates.pop(table.number, None)
        self.usage.forget(table.number)

    def _renewed(self, table: Table) -> Gate:
        """Return the gate of a table as it is defined now; a request may hold an older definition."""
        current = self._catalog.by_number(table.number) or table
        gate = self._gates.get(table.number)
        if gate is None or gate.table is not current:
            gate = self._gates[table.number] = Gate(current, self.usage)
        return gate


def _lane(table: Table, index_name: str | None, kind: Kind, usage: Usage) -> Lane:
    return Lane(index_name, kind, usage.consumed_meter(table.number, index_name, kind))
