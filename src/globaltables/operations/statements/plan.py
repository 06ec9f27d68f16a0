"""What a SELECT reads: ranges of stored keys in the order in which they are read, or the whole table or index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from globaltables.api.java_text import hash_set_order
from globaltables.expressions.partiql.statements import SelectStatement, Where
from globaltables.expressions.resolve import Values
from globaltables.foundation.errors import invalid_parameters, validation
from globaltables.foundation.limits import STATEMENT_READS_MAX
from globaltables.items.key_encoding import encode_partition, encode_range
from globaltables.items.values import AttributeValue, Item, sort_value
from globaltables.itemstore.keyspaces import Range, whole
from globaltables.itemstore.page_bounds import prefix_of, range_bounds, scan_bounds
from globaltables.operations.statements.branches import (
    Branch,
    Branches,
    RangeTerm,
    ordered_attributes,
)
from globaltables.tables.definitions import Index, KeyAttribute, KeySchema, Table

_OVERLAPPING = "Overlapping conditions with range keys are not supported in where clause"


@dataclass(frozen=True, slots=True)
class PlannedRange:
    """A range of stored keys.

    Attributes:
        key: the key attributes that everything in it has; None when it is all there is.
    """

    start: bytes
    end: bytes
    key: Item | None

    @property
    def bounds(self) -> Range:
        """Where it begins and ends."""
        return self.start, self.end

    def holds(self, position: bytes) -> bool:
        """Tell whether a stored key lies in it."""
        return self.start <= position < self.end


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """Where a SELECT reads.

    Attributes:
        ranges: disjoint, in the order in which they are read.
        forward: the direction inside of each.
        exact: whether each holds one item at most.
    """

    ranges: tuple[PlannedRange, ...]
    forward: bool
    exact: bool


@dataclass(slots=True)
class _KeyedRange:
    branch: Branch
    bounds: Range


def plan_read(
    table: Table, index: Index | None, statement: SelectStatement, values: Values
) -> ReadPlan:
    """Return the plan of a SELECT.

    Raises:
        ApiError: ValidationException for a condition or an order that AWS does not serve.
    """
    schema = table.schema if index is None else index.schema
    branches = keyed_branches(schema, statement.where, values)
    _check_order(schema, statement, branches)
    if branches is None:
        everything = PlannedRange(*scan_bounds(prefix_of(table, index)), key=None)
        return ReadPlan((everything,), forward=True, exact=False)
    for branch in branches:
        _check_types(schema, branch)
    if index is not None:
        _check_projected(table, index, branches)
    partitions = _partitions(prefix_of(table, index), schema, branches)
    forward = True
    if statement.order is not None:
        partitions, forward = _ordered(schema, statement.order, partitions)
    ranges: list[PlannedRange] = []
    for group in partitions:
        merged = _merged(schema, group)
        ranges += merged if forward else reversed(merged)
    names = schema.name_set
    exact = index is None and all(planned.key.keys() == names for planned in ranges if planned.key)
    return ReadPlan(tuple(ranges), forward, exact)


def keyed_branches(schema: KeySchema, where: Where | None, values: Values) -> list[Branch] | None:
    """Return the alternatives of a condition that pins the partition; None when it does not.

    Raises:
        ApiError: there are too many.
    """
    if where is None:
        return None
    alternatives = Branches(schema, values)
    if not alternatives.pins(where.node):
        return None
    if alternatives.count(where.node) > STATEMENT_READS_MAX:
        raise validation("Too many decomposed read operations for a given query.")
    branches = alternatives.expand(where.node)
    if len(branches) > 1 and any(branch.conflicting for branch in branches):
        return None
    return branches


def pinned_key(schema: KeySchema, branches: Sequence[Branch] | None) -> Item | None:
    """Return the key of the one item that a condition pins; None when it says anything else."""
    if branches is None or len(branches) != 1:
        return None
    (branch,) = branches
    if branch.rest or branch.conflicting:
        return None
    key = dict(branch.hash)
    for attribute in schema.range:
        terms = branch.ranges.get(attribute.name)
        if terms is None or any(term != ("=", terms[0][1]) for term in terms):
            return None
        key[attribute.name] = terms[0][1][0]
    return key


def check_overlaps(table: Table, branches: Sequence[Branch] | None) -> None:
    """Refuse alternatives of a read of the table that overlap.

    Raises:
        ApiError: they do.
    """
    schema = table.schema
    for branch in branches or ():
        _check_types(schema, branch)
    for group in _partitions(prefix_of(table, None), schema, branches or ()):
        _merged(schema, group)


def _check_order(
    schema: KeySchema, statement: SelectStatement, branches: list[Branch] | None
) -> None:
    if statement.order is None:
        return
    if statement.where is None:
        raise validation("Must have WHERE clause in the statement when using ORDER BY clause.")
    for name, _ in statement.order:
        if name not in schema.name_set:
            raise validation(f"Attribute {name} in ORDER BY clause must be part of the primary key")
    if branches is None:
        raise validation(
            "Must have at least one non-optional hash key condition in WHERE clause when using "
            "ORDER BY clause."
        )
    ordered = {name for name, _ in statement.order}
    several = any(branch.hash != branches[0].hash for branch in branches)
    if several and not ordered.intersection(attribute.name for attribute in schema.hash):
        raise validation(
            "Must have hash key in ORDER BY clause when more than one hash key condition specified "
            "in WHERE clause."
        )


def _check_types(schema: KeySchema, branch: Branch) -> None:
    """Refuse values whose type is not that of their key attribute.

    Raises:
        ApiError: naming the attribute.
    """
    for attribute in schema.hash:
        _check_type(attribute, (branch.hash[attribute.name],))
    for attribute in schema.range:
        for _, operands in branch.ranges.get(attribute.name, ()):
            _check_type(attribute, operands)


def _check_type(attribute: KeyAttribute, operands: Sequence[AttributeValue]) -> None:
    if any(attribute.type not in operand for operand in operands):
        raise validation(
            "Key attribute's data type should match its data type in table's schema: "
            f"Key {attribute.name}"
        )


def _check_projected(table: Table, index: Index, branches: list[Branch]) -> None:
    """Refuse filters that need what an index does not hold.

    AWS refuses them when every alternative has one, and names those of one alternative, in the order of a Java set.

    Raises:
        ApiError: naming the attributes.
    """
    if index.projection == "ALL":
        return
    held = {*table.schema.names, *index.schema.names, *index.non_key_attributes}
    missing = [
        [name for name in ordered_attributes(branch.rest) if name not in held]
        for branch in branches
    ]
    if all(missing):
        last = max(
            range(len(branches)),
            key=lambda at: [_sortable(attribute, branches[at]) for attribute in index.schema.hash],
        )
        raise invalid_parameters(
            f"Secondary index {index.name} does not project one or more filter attributes: "
            f"[{', '.join(hash_set_order(missing[last]))}]"
        )


def _partitions(
    prefix: bytes, schema: KeySchema, branches: Sequence[Branch]
) -> list[list[_KeyedRange]]:
    """Return what alternatives select, those of each partition together, in the order of the text."""
    groups: dict[bytes, list[_KeyedRange]] = {}
    for branch in branches:
        keyed = _KeyedRange(branch, _bounds(prefix, schema, branch))
        groups.setdefault(encode_partition(schema, branch.hash), []).append(keyed)
    return list(groups.values())


def _bounds(prefix: bytes, schema: KeySchema, branch: Branch) -> Range:
    """Return the stored keys that an alternative selects; what it says beyond that is left to the filter."""
    base = prefix + encode_partition(schema, branch.hash)
    start, end = whole(base)
    for attribute in schema.range:
        terms = branch.ranges.get(attribute.name, [])
        exact = _equality(terms)
        if exact is not None:
            base += encode_range(attribute.type, exact[attribute.type])
            start, end = whole(base)
            continue
        for operator, operands in terms:
            contents = [operand[attribute.type] for operand in operands]
            low, high = range_bounds(base, operator, attribute.type, contents)
            start, end = max(start, low), min(end, high)
        break
    return start, end


def _equality(terms: Sequence[RangeTerm]) -> AttributeValue | None:
    return next((operands[0] for operator, operands in terms if operator == "="), None)


def _key(schema: KeySchema, branch: Branch) -> Item:
    """Return the key attributes that everything has that an alternative selects."""
    key = {attribute.name: branch.hash[attribute.name] for attribute in schema.hash}
    for attribute in schema.range:
        exact = _equality(branch.ranges.get(attribute.name, ()))
        if exact is None:
            break
        key[attribute.name] = exact
    return key


def _merged(schema: KeySchema, group: list[_KeyedRange]) -> list[PlannedRange]:
    """Return the ranges of one partition in the order of the keys, overlapping ones as one.

    Raises:
        ApiError: two overlap that AWS does not let overlap.
    """
    ordered = sorted(group, key=lambda each: each.bounds)
    merged: list[PlannedRange] = []
    strict_end = b""
    for each in ordered:
        start, end = each.bounds
        if start >= end:
            continue
        if not each.branch.loose:
            if start < strict_end:
                raise validation(_OVERLAPPING)
            strict_end = max(strict_end, end)
        if merged and start < merged[-1].end:
            last = merged[-1]
            merged[-1] = PlannedRange(last.start, max(last.end, end), each.branch.hash)
        else:
            merged.append(PlannedRange(start, end, _key(schema, each.branch)))
    return merged


def _ordered(
    schema: KeySchema, order: Sequence[tuple[str, bool]], partitions: list[list[_KeyedRange]]
) -> tuple[list[list[_KeyedRange]], bool]:
    """Return the partitions as ORDER BY wants them, and the direction inside of each.

    Where it names the hash attribute alone, AWS returns the items of a partition in descending order (measured).
    """
    descending = dict(order)
    for attribute in reversed(schema.hash):
        if attribute.name in descending:
            partitions = sorted(
                partitions,
                key=lambda group: _sortable(attribute, group[0].branch),
                reverse=descending[attribute.name],
            )
    named = [descending[a.name] for a in schema.range if a.name in descending]
    return partitions, not named[0] if named else False


def _sortable(attribute: KeyAttribute, branch: Branch) -> Any:
    return sort_value(attribute.type, branch.hash[attribute.name][attribute.type])
