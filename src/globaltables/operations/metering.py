"""What item writes cost, charged where they are decided.

Reads are charged by `region.admission.read` directly: their units are known from one size.
"""

from globaltables.capacity.units import index_write_units, write_units
from globaltables.foundation.errors import ApiError
from globaltables.items.item_encoding import StoredItem
from globaltables.items.values import Item
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.operations.write_actions import Result, WriteAction
from globaltables.tables.definitions import Table

_FAILED = "ConditionalCheckFailedException"


def perform(
    region: Region, stage: Stage, action: WriteAction
) -> tuple[StoredItem | None, Result, WriteOutcome]:
    """Do one write for itself and charge it; a failed condition is charged too.

    Returns:
        The item before, what the write left, and what it changed.

    Raises:
        ApiError: the write is refused; what was staged is for the caller's decision to discard.

    Source:
        Developer guide, CapacityUnitCalculations: a failed conditional write consumes units by the existing item.
    """
    try:
        current = action.current(stage)
    except ApiError as error:
        if error.code == _FAILED:
            existing = stage.item(action.table, action.key)
            units = write_units(0 if existing is None else existing.size)
            region.admission.write(action.table, units, (), action.source)
        raise
    result = action.result(current)
    outcome = action.apply(stage, current, result)
    charge_write(region, action.table, outcome, result[0] or action.source)
    return current, result, outcome


def charge_write(
    region: Region,
    table: Table,
    outcome: WriteOutcome,
    key_item: Item,
    *,
    transactional: bool = False,
) -> None:
    """Charge a write that was staged.

    Args:
        region: where.
        table: what was written.
        outcome: what changed.
        key_item: the new item, or its key when there is none.
        transactional: whether it is one of a transaction.
    """
    _, old_size, new_size, indexes = outcome
    units = write_units(max(old_size, new_size), transactional=transactional)
    index_units = (
        [
            (
                index.name,
                index_write_units(old, new, moved=moved, transactional=transactional),
            )
            for index, old, new, moved in indexes
        ]
        if indexes
        else ()
    )
    region.admission.write(table, units, index_units, key_item)
