"""What item writes cost, charged where they are decided, and refused there when units are lacking.

Reads go through `region.admission` directly: their units are known from one size.
"""

from globaltables.capacity.units import write_units
from globaltables.foundation.errors import ApiError
from globaltables.items.item_encoding import StoredItem
from globaltables.items.values import Item
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.itemstore.write_costs import write_costs
from globaltables.operations.write_actions import Result, WriteAction
from globaltables.tables.definitions import Table

_FAILED = frozenset(("ConditionalCheckFailedException", "DuplicateItemException"))


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
    region.admission.admit_write(action.table, action.source)
    try:
        current = action.current(stage)
    except ApiError as error:
        if error.code in _FAILED:
            charge_failed(region, stage, action)
        raise
    result = action.result(current)
    outcome = action.apply(stage, current, result)
    key_item = result[0] or named_by(action.table, action.source, current)
    charge_write(region, action.table, outcome, key_item)
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
        key_item: the new item; when there is none, what `named_by` returns.
        transactional: whether it is one of a transaction.

    Raises:
        ThrottledError: an index that the write changes has no units; what was staged must be discarded.
    """
    units, index_units = write_costs(outcome, transactional=transactional)
    region.admission.write(table, units, index_units, key_item)
    if outcome.addition is not None:
        region.admission.absorb_write(table, *write_costs(outcome.addition), key_item)


def named_by(table: Table, key: Item, current: StoredItem | None) -> Item:
    """Return what names a deletion to whoever observes it: the item, which has its indexes' keys too.

    Where nobody does the key will do, and the item need not be parsed.
    """
    return current.item if table.insights and current is not None else key


def charge_failed(
    region: Region, stage: Stage, action: WriteAction, *, transactional: bool = False
) -> None:
    """Charge a write that was not done after its item had been looked at."""
    existing = stage.item(action.table, action.key)
    size = 0 if existing is None else existing.size
    units = write_units(size, transactional=transactional)
    region.admission.write(action.table, units, (), action.source)
