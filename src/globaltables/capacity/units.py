"""Read and write units of an operation, and the ConsumedCapacity member that reports them."""

from collections.abc import Mapping
from typing import Any, Literal

from globaltables.foundation.limits import READ_UNIT_BYTES, WRITE_UNIT_BYTES

#: ReturnConsumedCapacity, as far as it asks for something.
ReportMode = Literal["TOTAL", "INDEXES"]
#: A transaction also says of which kind its units are.
TransactionKind = Literal["read", "write"]
Part = dict[str, float]

_KIND_MEMBERS: Mapping[TransactionKind, str] = {
    "read": "ReadCapacityUnits",
    "write": "WriteCapacityUnits",
}


def read_units(size_bytes: int, *, consistent: bool, transactional: bool = False) -> float:
    """Return the units of one read, at least half a unit.

    Args:
        size_bytes: the item's billed size, 0 when missing; of Query and Scan the page's sum.
        consistent: strongly consistent reads cost twice as much.
        transactional: transactional reads cost four times as much as eventually consistent ones.

    Source:
        Developer guide, CapacityUnitCalculations.
    """
    blocks = (size_bytes + READ_UNIT_BYTES - 1) // READ_UNIT_BYTES or 1
    if transactional:
        return blocks * 2.0
    return blocks * 1.0 if consistent else blocks * 0.5


def write_units(size_bytes: int, *, transactional: bool = False) -> float:
    """Return the units of one write, at least one.

    Args:
        size_bytes: the larger of the old and the new item's billed size; 0 without either.
        transactional: transactional writes cost twice as much.

    Source:
        Developer guide, CapacityUnitCalculations.
    """
    blocks = (size_bytes + WRITE_UNIT_BYTES - 1) // WRITE_UNIT_BYTES or 1
    return blocks * 2.0 if transactional else float(blocks)


def index_write_units(
    old_size: int | None,
    new_size: int | None,
    *,
    moved: bool,
    transactional: bool = False,
) -> float:
    """Return the units of one write's effect on one secondary index.

    Args:
        old_size: billed size of the index entry before the write, None without one.
        new_size: billed size of the entry after the write, None without one.
        moved: the entry's key in the index changed, which is a deletion and an insertion.
        transactional: transactional writes cost twice as much.

    Returns:
        0 when there was no entry and is none. An entry that did not change is not asked for.

    Source:
        Developer guide, GSI ("Write capacity units") and LSI.
    """
    if old_size is None:
        return 0.0 if new_size is None else write_units(new_size, transactional=transactional)
    if new_size is None:
        return write_units(old_size, transactional=transactional)
    if moved:
        deleted = write_units(old_size, transactional=transactional)
        return deleted + write_units(new_size, transactional=transactional)
    return write_units(max(old_size, new_size), transactional=transactional)


class Consumed:
    """What one request consumed of one table and its indexes.

    Attributes:
        table_name: the table's name or ARN, as the request gave it.
        table: units of the table itself.
        local_indexes: units by local index.
        global_indexes: units by global index.
    """

    __slots__ = ("global_indexes", "local_indexes", "table", "table_name")

    def __init__(self, table_name: str, table: float = 0.0) -> None:
        self.table_name = table_name
        self.table = table
        self.local_indexes: dict[str, float] = {}
        self.global_indexes: dict[str, float] = {}

    def add_index(self, kind: Literal["GLOBAL", "LOCAL"], name: str, units: float) -> None:
        """Count units of a secondary index."""
        indexes = self.global_indexes if kind == "GLOBAL" else self.local_indexes
        indexes[name] = indexes.get(name, 0.0) + units

    @property
    def total(self) -> float:
        """Units of the table and of all its indexes."""
        indexes = sum(self.local_indexes.values()) + sum(self.global_indexes.values())
        return self.table + indexes

    def render(
        self, mode: ReportMode, transaction: TransactionKind | None = None
    ) -> dict[str, Any]:
        """Return the ConsumedCapacity structure.

        TOTAL has the sum alone; INDEXES adds the table's part (also when it is 0) and those of the
        indexes that were used. In a transaction every part says whether it was read or written.
        """
        member = None if transaction is None else _KIND_MEMBERS[transaction]
        answer: dict[str, Any] = {"TableName": self.table_name, **_part(self.total, member)}
        if mode == "INDEXES":
            answer["Table"] = _part(self.table, member)
            if self.local_indexes:
                answer["LocalSecondaryIndexes"] = _parts(self.local_indexes, member)
            if self.global_indexes:
                answer["GlobalSecondaryIndexes"] = _parts(self.global_indexes, member)
        return answer


def report_mode(request: dict[str, Any]) -> ReportMode | None:
    """Return what ReturnConsumedCapacity asks for; None is nothing."""
    mode: Any = request.get("ReturnConsumedCapacity")
    return mode if mode in ("TOTAL", "INDEXES") else None


def _part(units: float, member: str | None) -> Part:
    part = {"CapacityUnits": units}
    if member is not None:
        part[member] = units
    return part


def _parts(units: dict[str, float], member: str | None) -> dict[str, Part]:
    return {name: _part(amount, member) for name, amount in units.items()}
