"""GetItem: one item by its key."""

from asyncio import Future
from functools import partial

import orjson

from globaltables.capacity.units import Consumed, read_units, report_mode
from globaltables.expressions.projections import Projection
from globaltables.items.item_encoding import item_json, stored_size
from globaltables.itemstore.keyspaces import item_prefix
from globaltables.operations.agreed import read_latest
from globaltables.operations.context import Answer, Call
from globaltables.operations.item_keys import key_of_request
from globaltables.operations.read_parameters import (
    check_scalar_keys,
    projected,
    read_projection,
)
from globaltables.tables.definitions import Table


def handle(call: Call) -> Answer | Future[Answer]:
    """Return the item of the request's key; a response without an Item says that there is none.

    Source: API_GetItem.
    """
    request = call.request
    key = request["Key"]
    projection = read_projection(request, (key,))
    table = call.table_of(request)
    position = item_prefix(table.number) + key_of_request(table, key)
    if projection is not None:
        check_scalar_keys(table, projection)
    if table.strong is not None and request.get("ConsistentRead"):
        return read_latest(call, (table,), partial(_answer, call, table, position, projection))
    return _answer(call, table, position, projection)


def _answer(
    call: Call, table: Table, position: bytes, projection: Projection | None
) -> Answer | Future[Answer]:
    request = call.request
    store = call.region.store
    raw = store.reader().get(position)
    size = 0 if raw is None else stored_size(raw)
    units = read_units(size, consistent=bool(request.get("ConsistentRead")))
    call.region.admission.read(table, None, units, request["Key"])
    item = None if raw is None else b'{"Item":' + projected(item_json(raw), projection)
    if "ReturnConsumedCapacity" in request and (mode := report_mode(request)) is not None:
        consumed = orjson.dumps(Consumed(request["TableName"], units).render(mode))
        start = b"{" if item is None else item + b","
        answer = start + b'"ConsumedCapacity":' + consumed + b"}"
    else:
        answer = b"{}" if item is None else item + b"}"
    return store.when_durable(answer, table, position)
