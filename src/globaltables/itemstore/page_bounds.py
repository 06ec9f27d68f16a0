"""The stored keys between which a Query or a Scan reads: partitions, range conditions, segments, starting keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from globaltables.items.key_encoding import (
    HASH_BYTES,
    after_prefix,
    encode_key,
    encode_range,
    encode_range_prefix,
    entry_suffix,
    segment_bounds,
)
from globaltables.itemstore.keyspaces import Range, index_prefix, item_prefix
from globaltables.tables.definitions import Index, Table

Key = Mapping[str, Mapping[str, Any]]


def prefix_of(table: Table, index: Index | None) -> bytes:
    """Return the prefix of a table's items or of an index's entries."""
    if index is None:
        return item_prefix(table.number)
    return index_prefix(table.number, index.number)


def position_of(table: Table, index: Index | None, key: Key) -> bytes:
    """Return the stored key of an item, or of its entry in an index.

    Args:
        table: the table.
        index: the index, None for the table itself.
        key: the key attributes of the table and of the index; the item need not exist.
    """
    item_key = encode_key(table.schema, key)
    if index is None:
        return item_prefix(table.number) + item_key
    prefix = index_prefix(table.number, index.number)
    return prefix + encode_key(index.schema, key) + entry_suffix(item_key)


def range_bounds(base: bytes, operator: str, kind: str, operands: Sequence[str]) -> Range:
    """Return the stored keys that a condition on one range attribute selects.

    Args:
        base: prefix of the keys whose attributes before this one have the wanted values.
        operator: "=", "<", "<=", ">", ">=", "BETWEEN" or "begins_with".
        kind: the attribute's declared type.
        operands: one content, for BETWEEN the lower and the upper one.
    """
    if operator == "begins_with":
        prefix = base + encode_range_prefix(kind, operands[0])
        return prefix, after_prefix(prefix)
    exact = base + encode_range(kind, operands[0])
    match operator:
        case "=":
            return exact, after_prefix(exact)
        case "<":
            return base, exact
        case "<=":
            return base, after_prefix(exact)
        case ">":
            return after_prefix(exact), after_prefix(base)
        case ">=":
            return exact, after_prefix(base)
        case "BETWEEN":
            return exact, after_prefix(base + encode_range(kind, operands[1]))
        case _:
            raise AssertionError(operator)


def scan_bounds(prefix: bytes, segment: int = 0, total_segments: int = 1) -> Range:
    """Return the stored keys of one segment of a parallel scan; of everything without segments."""
    if total_segments == 1:
        return prefix, after_prefix(prefix)
    start, end = segment_bounds(segment, total_segments)
    return prefix + start, after_prefix(prefix) if end is None else prefix + end


def in_segment(prefix: bytes, position: bytes, segment: int, total_segments: int) -> bool:
    """Tell whether a stored key lies in a segment of a parallel scan."""
    hashed = position[len(prefix) : len(prefix) + HASH_BYTES]
    start, end = segment_bounds(segment, total_segments)
    return start <= hashed and (end is None or hashed < end)


def continued(bounds: Range, position: bytes | None, *, forward: bool) -> Range:
    """Return what is left of a range behind a stored key, which itself is left out."""
    if position is None:
        return bounds
    start, end = bounds
    if forward:
        return max(start, position + b"\0"), end
    return start, min(end, position)
