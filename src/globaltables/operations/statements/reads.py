"""SELECT carried out: a page of what its plan reads, and single items for batches and transactions."""

from asyncio import Future
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from orjson import Fragment

from globaltables.capacity.units import Consumed, read_units, report_mode
from globaltables.engine.interface import Reader
from globaltables.expressions.conditions import read_path
from globaltables.expressions.partiql.statements import SelectStatement
from globaltables.expressions.resolve import Values
from globaltables.foundation.errors import invalid_parameters, validation
from globaltables.items.item_encoding import stored_size
from globaltables.items.values import Item
from globaltables.itemstore.page_bounds import continued, position_of
from globaltables.itemstore.page_fetches import Fetches
from globaltables.itemstore.pages import Keep, Page, read_page
from globaltables.operations.context import Answer, Call
from globaltables.operations.read_parameters import check_scalar_keys
from globaltables.operations.start_keys import start_key_names
from globaltables.operations.statements.bound import Bound
from globaltables.operations.statements.next_tokens import (
    next_token,
    position_of_token,
    statement_digest,
)
from globaltables.operations.statements.plan import (
    PlannedRange,
    ReadPlan,
    check_overlaps,
    keyed_branches,
    pinned_key,
    plan_read,
)
from globaltables.tables.definitions import Index, Table

_loads = orjson.loads
_dumps = orjson.dumps
#: A stored key and what is stored.
_Row = tuple[bytes, bytes]


def answer_select(call: Call, bound: Bound, statement: SelectStatement) -> Answer | Future[Answer]:
    """Read a page and return the response of ExecuteStatement.

    Raises:
        ApiError: for what cannot be read, and for a token of another statement.
    """
    table = bound.table(call)
    index = _index_of(table, statement, consistent=bool(call.request.get("ConsistentRead")))
    check_columns(table, index, statement)
    plan = plan_read(table, index, statement, bound.values)
    digest = statement_digest(bound.members, table, index)
    token = call.request.get("NextToken")
    ranges: Sequence[PlannedRange] = plan.ranges
    if token is not None:
        ranges = _left(plan, position_of_token(token, digest))
    page = _PageOfRanges(call, table, index, statement, plan).read(ranges, bound.values)
    answer: dict[str, Any] = {"Items": [Fragment(item) for item in page.page.items]}
    if page.page.last is not None:
        item = _loads(page.page.last)
        position = position_of(table, index, item)
        if not (plan.exact and ranges[-1].holds(position)):
            answer["NextToken"] = next_token(digest, position)
            answer["LastEvaluatedKey"] = {
                name: item[name] for name in start_key_names(table, index)
            }
    mode = report_mode(call.request)
    if mode is not None:
        answer["ConsumedCapacity"] = page.consumed.render(mode)
    return call.region.store.when_durable(_dumps(answer), table)


def check_columns(table: Table, index: Index | None, statement: SelectStatement) -> None:
    """Check the paths of a SELECT against the keys and the index.

    Raises:
        ApiError: one goes into a key attribute, or is not in a global index.
    """
    condition = None if statement.where is None else statement.where.condition
    check_scalar_keys(table, condition, statement.projection)
    if index is not None and index.kind == "GLOBAL":
        missing = _not_held(table, index, statement)
        if missing:
            raise invalid_parameters(
                f"Global secondary index {index.name} does not project [{', '.join(missing)}]"
            )


def check_item_read(table: Table, bound: Bound, statement: SelectStatement, operation: str) -> Item:
    """Return the key of the one item that a SELECT of a batch or a transaction reads.

    Raises:
        ApiError: ValidationException when it reads an index, or anything but one item by its key.
    """
    branches = keyed_branches(table.schema, statement.where, bound.values)
    key = pinned_key(table.schema, branches)
    if key is None or statement.index is not None:
        check_overlaps(table, branches)
        raise validation(
            f"Select statements within {operation} must specify the primary key in the where clause."
        )
    check_columns(table, None, statement)
    return key


def shown(json: bytes, statement: SelectStatement) -> bytes:
    """Return the JSON of an item as the columns of a SELECT show it."""
    if statement.columns is None:
        return json
    return _dumps(_Columns(statement).of(_loads(json)))


class _Columns:
    """Reads the columns of a SELECT out of an item."""

    def __init__(self, statement: SelectStatement) -> None:
        self._columns = [(name, read_path(steps)) for name, steps in statement.columns or ()]

    def of(self, item: Item) -> Item:
        """Return the columns that the item has."""
        found = {}
        for name, read in self._columns:
            value = read(item, {})
            if value is not None:
                found[name] = value
        return found


@dataclass(slots=True)
class _Read:
    page: Page
    consumed: Consumed


class _PageOfRanges:
    """Reads a page out of the ranges of a plan and charges it."""

    def __init__(
        self,
        call: Call,
        table: Table,
        index: Index | None,
        statement: SelectStatement,
        plan: ReadPlan,
    ) -> None:
        self._call = call
        self._table = table
        self._index = index
        self._statement = statement
        self._plan = plan
        self._consistent = bool(call.request.get("ConsistentRead"))

    def read(self, ranges: Sequence[PlannedRange], values: Values) -> _Read:
        """Return the page; every range that was touched is charged as a read of its own.

        Raises:
            ThrottledError: there are no read units.
        """
        call, table, index = self._call, self._table, self._index
        admission = call.region.admission
        name = None if index is None else index.name
        admission.admit_read(table, name, ranges[0].key if len(ranges) == 1 else None)
        reader = call.region.store.reader()
        fetches = None
        if index is not None and index.kind == "LOCAL" and _not_held(table, index, self._statement):
            fetches = Fetches(table, reader, consistent=self._consistent)
        sizes: list[int] = []
        limit, keep = call.request.get("Limit"), self._keep(values)
        if fetches is None and len(ranges) == 1:
            start, end = ranges[0].bounds
            page = read_page(reader.range(start, end, reverse=not self._plan.forward), limit, keep)
            sizes.append(page.size)
        else:
            # Sizes are summed up as rows are taken, so none is taken ahead.
            page = read_page(self._rows(reader, ranges, fetches, sizes), limit, keep, ahead=False)
        return _Read(page, self._charge(ranges, sizes, fetches))

    def _charge(
        self, ranges: Sequence[PlannedRange], sizes: list[int], fetches: Fetches | None
    ) -> Consumed:
        """Charge what was read of each range, and what was fetched from the table."""
        admission, table, index = self._call.region.admission, self._table, self._index
        name = None if index is None else index.name
        consumed = Consumed(self._statement.table)
        charged: list[tuple[int, Item | None]] = [
            (size, planned.key) for size, planned in zip(sizes, ranges, strict=False)
        ]
        if fetches is not None:
            charged = [(fetches.entry_bytes, None)]
            consumed.table = fetches.units
            admission.charge_read(table, None, fetches.units, None)
        for size, key in charged or [(0, None)]:
            units = read_units(size, consistent=self._consistent)
            admission.charge_read(table, name, units, key)
            if index is None:
                consumed.table += units
            else:
                consumed.add_index(index.kind, index.name, units)
        return consumed

    def _rows(
        self,
        reader: Reader,
        ranges: Sequence[PlannedRange],
        fetches: Fetches | None,
        sizes: list[int],
    ) -> Iterator[_Row]:
        for planned in ranges:
            sizes.append(0)
            found = reader.range(planned.start, planned.end, reverse=not self._plan.forward)
            for row in found if fetches is None else fetches.rows(found):
                sizes[-1] += stored_size(row[1])
                yield row

    def _keep(self, values: Values) -> Keep | None:
        where, columns = self._statement.where, None
        if self._statement.columns is not None:
            columns = _Columns(self._statement).of
        if where is None:
            return None if columns is None else lambda json: _dumps(columns(_loads(json)))
        test = where.condition.test
        if columns is None:
            return lambda json: json if test(_loads(json), values) else None

        def keep(json: bytes) -> bytes | None:
            item = _loads(json)
            return _dumps(columns(item)) if test(item, values) else None

        return keep


def _index_of(table: Table, statement: SelectStatement, *, consistent: bool) -> Index | None:
    """Return the index that a SELECT names; AWS's words differ from those of Query.

    Raises:
        ApiError: there is no such index, it is not filled yet, or it cannot be read consistently.
    """
    if statement.index is None:
        return None
    index = table.index(statement.index)
    if index is None or index.status == "DELETING":
        raise validation("The table does not have the specified index")
    if index.status == "CREATING":
        raise validation(f"Cannot read from backfilling global secondary index: {index.name}")
    if consistent and index.kind == "GLOBAL":
        raise validation("Strongly consistent read is not supported on Global Secondary Indexes")
    return index


def _not_held(table: Table, index: Index, statement: SelectStatement) -> list[str]:
    """Return the columns that an index does not hold, in the order of the text."""
    if index.projection == "ALL" or statement.columns is None:
        return []
    held = {*table.schema.names, *index.schema.names, *index.non_key_attributes}
    return [str(steps[0]) for _, steps in statement.columns if steps[0] not in held]


def _left(plan: ReadPlan, position: bytes) -> list[PlannedRange]:
    """Return what is left of a plan's ranges behind a stored key.

    Raises:
        ApiError: the key is in none of them.
    """
    for at, planned in enumerate(plan.ranges):
        if planned.holds(position):
            start, end = continued(planned.bounds, position, forward=plan.forward)
            return [PlannedRange(start, end, planned.key), *plan.ranges[at + 1 :]]
    raise validation("NextToken does not match request")
