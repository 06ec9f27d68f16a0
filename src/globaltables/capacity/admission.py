"""Admission: every request for items passes here, is counted, is refused when units are lacking, and may be observed.

A request is let in while there are units, and charged with what it costs when that is known: reads after reading,
writes where they are decided.
"""

from collections.abc import Iterable
from typing import Protocol

from globaltables.capacity.lanes import Lane
from globaltables.capacity.throttling import Refusal, ThrottledError
from globaltables.capacity.usage import Kind, Usage
from globaltables.foundation.errors import resource_not_found
from globaltables.items.values import Item
from globaltables.runtime.clock import Clock
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Index, Table

#: Names of indexes with the units that each consumes.
IndexUnits = Iterable[tuple[str, float]]


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


class Gate:
    """The lanes of one table; local indexes have none of their own, they use the table's.

    Args:
        table: the definition that the lanes are of.
        usage: where the lanes count.
        now_ms: the time.
        before: the gate of an earlier definition.
        realistic: see `Lane`.

    Attributes:
        lanes: by the index's number, 0 for the table, and the kind.
        index_writes: those of writes, by the name of the global index.
        observed: whether accesses are shown to the observer.
        limits_index_writes: whether an index can refuse a write.
    """

    __slots__ = (
        "_index_reads",
        "index_writes",
        "lanes",
        "limits_index_writes",
        "observed",
        "read",
        "table",
        "write",
    )

    def __init__(
        self, table: Table, usage: Usage, now_ms: int, before: "Gate | None", *, realistic: bool
    ) -> None:
        self.table = table
        self.observed = bool(table.insights)
        self.lanes: dict[tuple[int, Kind], Lane] = {}

        def lane(index: Index | None, kind: Kind) -> Lane:
            # An index that was dropped and made again has another number, and full buckets.
            place = (0 if index is None else index.number, kind)
            self.lanes[place] = Lane(
                table,
                index,
                kind,
                usage.consumed_meter(table.number, None if index is None else index.name, kind),
                now_ms,
                None if before is None else before.lanes.get(place),
                realistic=realistic,
            )
            return self.lanes[place]

        self.read = lane(None, "read")
        self.write = lane(None, "write")
        indexes = [index for index in table.indexes if index.kind == "GLOBAL"]
        self._index_reads = {index.name: lane(index, "read") for index in indexes}
        self.index_writes = {index.name: lane(index, "write") for index in indexes}
        self.limits_index_writes = any(lane.limited for lane in self.index_writes.values())

    def index_read(self, name: str) -> Lane:
        """Return what reading an index goes through."""
        return self._index_reads.get(name, self.read)

    def index_write(self, name: str) -> Lane:
        """Return what writing an index goes through."""
        return self.index_writes.get(name, self.write)


class Admission:
    """Lets the item requests of one region through, or refuses them.

    Args:
        catalog: the region's tables.
        clock: the region's clock.
        realistic: whether on-demand tables and partition keys are limited as on AWS.

    Attributes:
        usage: what was consumed and refused.
        observer: who is shown the accesses to tables with Contributor Insights.
    """

    def __init__(self, catalog: Catalog, clock: Clock, *, realistic: bool = False) -> None:
        self.usage = Usage()
        self.observer: AccessObserver | None = None
        self._catalog = catalog
        self._clock = clock
        self._realistic = realistic
        self._gates: dict[int, Gate] = {}

    def read(
        self, table: Table, index_name: str | None, units: float, key_item: Item | None
    ) -> None:
        """Let a read in and charge it.

        Args:
            table: what is read.
            index_name: the index that is read, None for the table.
            units: what it costs.
            key_item: see `AccessObserver`.

        Raises:
            ThrottledError: there are no units.
        """
        gate = self._gates.get(table.number)
        if gate is None or gate.table is not table:
            gate = self._renewed(table)
        lane = gate.read if index_name is None else gate.index_read(index_name)
        now_ms = self._clock.now_ms()
        if lane.limited:
            refusal = lane.refusal(key_item, now_ms)
            if refusal is not None:
                raise self._throttled(gate, [refusal], key_item, now_ms)
            lane.take(units, key_item, now_ms)
        # Meter.add without the call: this is done for every item that is read or written.
        meter, second = lane.consumed, now_ms // 1000
        if meter.second != second:
            meter.begin(second)
        meter.amount += units
        meter.samples += 1
        if not meter.least <= units <= meter.greatest:
            meter.widen(units)
        if gate.observed and self.observer is not None:
            self.observer.accessed(gate.table, index_name, key_item, units, "read")

    def admit_read(self, table: Table, index_name: str | None, key_item: Item | None) -> None:
        """Let a read in whose cost is known only later.

        Raises:
            ThrottledError: there are no units.
        """
        gate = self._gate(table)
        lane = gate.read if index_name is None else gate.index_read(index_name)
        if lane.limited:
            self._admit(gate, lane, key_item)

    def charge_read(
        self, table: Table, index_name: str | None, units: float, key_item: Item | None
    ) -> None:
        """Charge a read that was let in."""
        gate = self._gate(table)
        lane = gate.read if index_name is None else gate.index_read(index_name)
        now_ms = self._clock.now_ms()
        if lane.limited:
            lane.take(units, key_item, now_ms)
        lane.consumed.add(now_ms // 1000, units)
        if gate.observed and self.observer is not None:
            self.observer.accessed(gate.table, index_name, key_item, units, "read")

    def admit_write(self, table: Table, key_item: Item) -> None:
        """Let a write in; before anything of it is decided.

        Raises:
            ThrottledError: the table has no units.
        """
        gate = self._gates.get(table.number)
        if gate is None or gate.table is not table:
            gate = self._renewed(table)
        if gate.write.limited:
            self._admit(gate, gate.write, key_item)

    def write(self, table: Table, units: float, index_units: IndexUnits, key_item: Item) -> None:
        """Charge a write of one item that was let in, unless an index that it changes has no units.

        Args:
            table: what is written.
            units: what the table consumes.
            index_units: of the indexes that the write changes.
            key_item: the new item, or its key when there is none.

        Raises:
            ThrottledError: nothing was charged then, and nothing may be written.
        """
        gate = self._gates.get(table.number)
        if gate is None or gate.table is not table:
            gate = self._renewed(table)
        now_ms = self._clock.now_ms()
        second = now_ms // 1000
        if gate.limits_index_writes and index_units:
            self._admit_indexes(gate, index_units, key_item, now_ms)
        lane = gate.write
        if lane.limited:
            lane.take(units, key_item, now_ms)
        meter = lane.consumed
        if meter.second != second:
            meter.begin(second)
        meter.amount += units
        meter.samples += 1
        if not meter.least <= units <= meter.greatest:
            meter.widen(units)
        for name, amount in index_units:
            lane = gate.index_writes.get(name, gate.write)
            if lane.limited:
                lane.take(amount, key_item, now_ms)
            meter = lane.consumed
            if meter.second != second:
                meter.begin(second)
            meter.amount += amount
            meter.samples += 1
            if not meter.least <= amount <= meter.greatest:
                meter.widen(amount)
        if gate.observed:
            self._show_written(gate.table, units, index_units, key_item)

    def shows(self, table: Table) -> bool:
        """Tell whether each access to a table is shown to the observer, with its key."""
        return self._gate(table).observed

    def absorb_write(
        self, table: Table, units: float, index_units: IndexUnits, key_item: Item
    ) -> None:
        """Charge a write that another region has accepted.

        It is never refused here: the members would differ for ever. The table's own writers find the units gone, but
        none are owed for it.

        Args:
            table: what is written.
            units: what the table consumes.
            index_units: of the indexes that the write changes.
            key_item: the item that is written or deleted; it is looked at when accesses are shown.
        """
        gate = self._gate(table)
        now_ms = self._clock.now_ms()
        second = now_ms // 1000
        gate.write.drain(units, now_ms)
        gate.write.consumed.add(second, units)
        for name, amount in index_units:
            lane = gate.index_write(name)
            lane.drain(amount, now_ms)
            lane.consumed.add(second, amount)
        if gate.observed:
            self._show_written(gate.table, units, index_units, key_item)

    def limits_writes(self, table: Table) -> bool:
        """Tell whether a write can be refused."""
        gate = self._gate(table)
        return gate.write.limited or gate.limits_index_writes

    def _gate(self, table: Table) -> Gate:
        gate = self._gates.get(table.number)
        return gate if gate is not None and gate.table is table else self._renewed(table)

    def _renewed(self, table: Table) -> Gate:
        """Return the gate of a table as it is defined now; a request may hold an older definition.

        Raises:
            ApiError: ResourceNotFoundException, the table is gone.
        """
        current = self._catalog.by_number(table.number)
        if current is None:
            raise resource_not_found()
        gate = self._gates.get(table.number)
        if gate is None:
            self._forget_dropped()
        if gate is None or gate.table is not current:
            now_ms = self._clock.now_ms()
            gate = Gate(current, self.usage, now_ms, gate, realistic=self._realistic)
            self._gates[table.number] = gate
        return gate

    def _forget_dropped(self) -> None:
        """Forget tables that are gone; whenever another one is used first, so that they do not add up."""
        by_number = self._catalog.by_number
        for number in [number for number in self._gates if by_number(number) is None]:
            del self._gates[number]
            self.usage.forget(number)

    def _admit(self, gate: Gate, lane: Lane, key_item: Item | None) -> None:
        now_ms = self._clock.now_ms()
        refusal = lane.refusal(key_item, now_ms)
        if refusal is not None:
            raise self._throttled(gate, [refusal], key_item, now_ms)

    def _admit_indexes(
        self, gate: Gate, index_units: IndexUnits, key_item: Item, now_ms: int
    ) -> None:
        refusals = []
        for name, _ in index_units:
            lane = gate.index_write(name)
            if lane is not gate.write and lane.limited:
                refusal = lane.refusal(key_item, now_ms)
                if refusal is not None:
                    refusals.append(refusal)
        if refusals:
            raise self._throttled(gate, refusals, key_item, now_ms)

    def _show_written(
        self, table: Table, units: float, index_units: IndexUnits, key_item: Item
    ) -> None:
        if self.observer is not None:
            self.observer.accessed(table, None, key_item, units, "write")
            for name, amount in index_units:
                self.observer.accessed(table, name, key_item, amount, "write")

    def _throttled(
        self, gate: Gate, refusals: list[Refusal], key_item: Item | None, now_ms: int
    ) -> ThrottledError:
        """Count a refused request, and return the refusal."""
        table = gate.table
        for name, kind, limit in refusals:
            self.usage.reasons[(table.number, name, kind), limit] += 1
            self.usage.throttled_meter(table.number, name, kind).add(now_ms // 1000, 1)
            if gate.observed and self.observer is not None:
                self.observer.throttled(table, name, key_item, kind)
        return ThrottledError(table, refusals)
