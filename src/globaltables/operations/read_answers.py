"""The answers of Query and Scan: a page of stored items, spliced into the response without being parsed."""

from asyncio import Future
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import orjson

from globaltables.capacity.traffic import Event
from globaltables.capacity.units import Consumed, read_units, report_mode
from globaltables.expressions.conditions import Condition
from globaltables.expressions.projections import Projection
from globaltables.items.values import AttributeValue, Item
from globaltables.itemstore.keyspaces import Range
from globaltables.itemstore.page_fetches import Fetches
from globaltables.itemstore.pages import Keep, Page, read_page
from globaltables.operations.agreed import read_latest
from globaltables.operations.context import Answer, Call
from globaltables.operations.read_parameters import needs_items
from globaltables.operations.scanned_items import noting, show_scanned
from globaltables.operations.start_keys import start_key_names
from globaltables.tables.definitions import Index, Table

_loads = orjson.loads
_dumps = orjson.dumps
Values = Mapping[str, AttributeValue]


def answer_page(
    call: Call,
    table: Table,
    index: Index | None,
    bounds: Range,
    filter_: Condition | None,
    projection: Projection | None,
    values: Values,
    partition: Item | None,
) -> Answer | Future[Answer]:
    """Read a page and return the response of a Query or Scan.

    Args:
        call: the request; Limit, Select, ScanIndexForward, ConsistentRead and ReturnConsumedCapacity are read here.
        table: the table.
        index: the index that is read; None is the table itself.
        bounds: the stored keys that are left to read.
        filter_: which items are shown.
        projection: which of their attributes; None is all that was read.
        values: of the filter's placeholders.
        partition: the key attributes that every item of the page has; None when they may differ.

    Raises:
        ThrottledError: there are no read units. A page that was begun is read to its end and may cost more than there
            are.
    """
    answer = partial(_answer, call, table, index, bounds, filter_, projection, values, partition)
    if table.strong is not None and call.request.get("ConsistentRead"):
        return read_latest(call, (table,), answer)
    return answer()


def _answer(
    call: Call,
    table: Table,
    index: Index | None,
    bounds: Range,
    filter_: Condition | None,
    projection: Projection | None,
    values: Values,
    partition: Item | None,
) -> Answer | Future[Answer]:
    request = call.request
    store, admission = call.region.store, call.region.admission
    index_name = None if index is None else index.name
    admission.admit_read(table, index_name, partition)
    reader = store.reader()
    start, end = bounds
    rows: Iterable[tuple[bytes, bytes]] = ()
    if start < end:
        rows = reader.range(start, end, reverse=request.get("ScanIndexForward") is False)
    fetches = None
    if index is not None and needs_items(table, index, request, filter_, projection):
        fetches = Fetches(table, reader, consistent=bool(request.get("ConsistentRead")))
        rows = fetches.rows(rows)
    keep = _keep(filter_, projection, values)
    scanned: list[bytes] = []
    if partition is None and table.insights:
        keep = noting(keep, scanned)
    # A fetch costs units, so none is made ahead.
    page = read_page(rows, request.get("Limit"), keep, ahead=fetches is None)
    units = read_units(
        page.size if fetches is None else fetches.entry_bytes,
        consistent=bool(request.get("ConsistentRead")),
    )
    admission.charge_read(table, index_name, units, partition)
    if fetches is not None:
        admission.charge_read(table, None, fetches.units, partition)
    if scanned:
        fetched = 0.0 if fetches is None else fetches.units
        show_scanned(admission, table, index_name, units + fetched, scanned)
    returned = (("Operation", call.operation), ("TableName", table.name))
    event = Event(table.account, "ReturnedItemCount", returned)
    call.region.traffic.happened(event, float(len(page.items)))
    answer = _body(request, table, index, page, fetches, units)
    return store.when_durable(answer, table)


def _keep(filter_: Condition | None, projection: Projection | None, values: Values) -> Keep | None:
    """Return what shows an item's JSON as filter and projection want it."""
    if filter_ is None:
        if projection is None:
            return None
        project = projection.project
        return lambda json: _dumps(project(_loads(json)))
    test = filter_.test
    if projection is None:
        return lambda json: json if test(_loads(json), values) else None
    project = projection.project

    def keep(json: bytes) -> bytes | None:
        item = _loads(json)
        return _dumps(project(item)) if test(item, values) else None

    return keep


def _body(
    request: dict[str, Any],
    table: Table,
    index: Index | None,
    page: Page,
    fetches: Fetches | None,
    units: float,
) -> bytes:
    parts = [b'{"Count":%d,"ScannedCount":%d' % (len(page.items), page.scanned)]
    if request.get("Select") != "COUNT":
        parts += (b',"Items":[', b",".join(page.items), b"]")
    if page.last is not None:
        item = _loads(page.last)
        key = {name: item[name] for name in start_key_names(table, index)}
        parts += (b',"LastEvaluatedKey":', _dumps(key))
    mode = report_mode(request)
    if mode is not None:
        consumed = _consumed(request, index, fetches, units).render(mode)
        parts += (b',"ConsumedCapacity":', _dumps(consumed))
    parts.append(b"}")
    return b"".join(parts)


def _consumed(
    request: dict[str, Any], index: Index | None, fetches: Fetches | None, units: float
) -> Consumed:
    """Return what a page cost: its bytes are summed up before they are rounded, fetched items are rounded each."""
    consumed = Consumed(request["TableName"])
    if index is None:
        consumed.table = units
    else:
        consumed.add_index(index.kind, index.name, units)
        consumed.table = 0.0 if fetches is None else fetches.units
    return consumed
