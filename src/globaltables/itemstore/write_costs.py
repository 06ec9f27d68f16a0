"""What a write costs: the units of the table and of every index that it changed."""

from globaltables.capacity.units import index_write_units, write_units
from globaltables.itemstore.stage import WriteOutcome


def write_costs(
    outcome: WriteOutcome, *, transactional: bool = False
) -> tuple[float, list[tuple[str, float]]]:
    """Return the table's units, and those of the indexes by name."""
    _, old_size, new_size, indexes, _ = outcome
    units = write_units(max(old_size, new_size), transactional=transactional)
    if not indexes:
        return units, []
    return units, [
        (index.name, index_write_units(old, new, moved=moved, transactional=transactional))
        for index, old, new, moved in indexes
    ]
