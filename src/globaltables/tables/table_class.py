"""The class of a table: two changes in thirty days."""

from dataclasses import replace

from globaltables.foundation.errors import ApiError, limit_exceeded
from globaltables.foundation.limits import TABLE_CLASS_CHANGES_MAX, TABLE_CLASS_PERIOD_MS
from globaltables.tables.definitions import Table

_LIMIT = f"Updates to TableClass are limited to {TABLE_CLASS_CHANGES_MAX} times in 30 day(s)"


def with_table_class(table: Table, table_class: str, now_ms: int) -> Table:
    """Return a table with another class; the same object when it has that class.

    Raises:
        ApiError: LimitExceededException, also for the class that it has (measured).
    """
    if changes_spent(table, now_ms):
        raise limit_exceeded(f"Subscriber limit exceeded: {_LIMIT}.")
    if table_class == (table.table_class or "STANDARD"):
        return table
    return counted(replace(table, table_class=table_class, table_class_updated_ms=now_ms), now_ms)


def counted(table: Table, now_ms: int) -> Table:
    """Return a table whose class was changed once more at a time; counted once if it is told twice."""
    recent = tuple(one for one in _recent(table, now_ms) if one != now_ms)
    return replace(table, table_class_changes_ms=(*recent, now_ms))


def changes_spent(table: Table, now_ms: int) -> bool:
    """Tell whether the class of a table cannot be changed now."""
    return len(_recent(table, now_ms)) >= TABLE_CLASS_CHANGES_MAX


def spent_in_replica(region: str) -> ApiError:
    """Return AWS's refusal of a change that a replica cannot take over."""
    return limit_exceeded(f"Limit exceeded for replica in {region}. {_LIMIT}")


def _recent(table: Table, now_ms: int) -> tuple[int, ...]:
    oldest_ms = now_ms - TABLE_CLASS_PERIOD_MS
    return tuple(one for one in table.table_class_changes_ms if one > oldest_ms)
