"""TransactGetItems: up to 100 items of several tables, all from one state."""

from asyncio import Future
from typing import Any, NamedTuple

import orjson

from globaltables.capacity.throttling import ThrottledError
from globaltables.capacity.units import Consumed, read_units, report_mode
from globaltables.expressions.projections import Projection
from globaltables.foundation.errors import ApiError, transaction_conflict, validation
from globaltables.foundation.limits import TRANSACTION_BYTES_MAX
from globaltables.items.item_encoding import item_json, stored_size
from globaltables.itemstore.in_flight import TransactionsInFlight
from globaltables.itemstore.keyspaces import item_prefix
from globaltables.operations.cancellation import Reason, cancelled, reason_of
from globaltables.operations.context import Answer, Call
from globaltables.operations.item_keys import key_of_request
from globaltables.operations.read_parameters import (
    answer_when_durable,
    check_scalar_keys,
    projected,
    read_projection,
)
from globaltables.operations.transactions import cancelled_at
from globaltables.tables.definitions import Table


class _Get(NamedTuple):
    """One Get whose form was checked."""

    request: dict[str, Any]
    table: Table
    projection: Projection | None


def handle(call: Call) -> Answer | Future[Answer]:
    """Return every item, in the order of the request; one that does not exist is an empty structure.

    Nothing is written while a request is being read, so all items are of one state.

    Source: API_TransactGetItems.

    Raises:
        ApiError: TransactionCanceledException with every item that a transaction has in its hands, or that is refused
            for lack of read units.
    """
    request = call.request
    gets = [_get_of(call, part["Get"]) for part in request["TransactItems"]]
    keys = _keys(gets)
    in_flight = call.region.in_flight
    if in_flight.items:
        _refuse_conflicts(in_flight, gets, keys)
    store = call.region.store
    reader = store.reader()
    consumed: dict[str, Consumed] = {}
    responses: list[bytes] = []
    reasons: list[Reason | None] = []
    total = 0
    for get, key in zip(gets, keys, strict=True):
        raw = reader.get(item_prefix(get.table.number) + key)
        size = 0 if raw is None else stored_size(raw)
        total += size
        name = get.request["TableName"]
        part = consumed.setdefault(name, Consumed(name))
        units = read_units(size, consistent=True, transactional=True)
        part.table += units
        try:
            call.region.admission.read(get.table, None, units, get.request["Key"])
        except ThrottledError as error:
            reasons.append(reason_of(error))
        else:
            reasons.append(None)
        responses.append(
            b"{}" if raw is None else b'{"Item":' + projected(item_json(raw), get.projection) + b"}"
        )
    if any(reasons):
        raise cancelled(reasons)
    if total > TRANSACTION_BYTES_MAX:
        raise validation("Collection of items in the response cannot be larger than 4 MB")
    pieces = [b'{"Responses":[', b",".join(responses), b"]"]
    mode = report_mode(request)
    if mode is not None:
        rendered = [part.render(mode, "read") for part in consumed.values()]
        pieces += (b',"ConsumedCapacity":', orjson.dumps(rendered))
    pieces.append(b"}")
    return answer_when_durable(store, b"".join(pieces), [get.table for get in gets])


def _get_of(call: Call, members: dict[str, Any]) -> _Get:
    projection = read_projection(members, (members["Key"],))
    return _Get(members, call.table_of(members, "GetItem"), projection)


def _keys(gets: list[_Get]) -> list[bytes]:
    """Return the stored keys of the items, without their tables' prefixes.

    Raises:
        ApiError: TransactionCanceledException with the first key that does not fit its table;
            ValidationException when an item is asked for twice.
    """
    keys: list[bytes] = []
    for position, get in enumerate(gets):
        try:
            keys.append(key_of_request(get.table, get.request["Key"]))
            check_scalar_keys(get.table, get.projection)
        except ApiError as error:
            raise cancelled_at(position, len(gets), error) from None
    if len({(get.table.number, key) for get, key in zip(gets, keys, strict=True)}) != len(gets):
        raise validation("Transaction request cannot include multiple operations on one item")
    return keys


def _refuse_conflicts(in_flight: TransactionsInFlight, gets: list[_Get], keys: list[bytes]) -> None:
    """Refuse to read what a transaction is writing.

    Raises:
        ApiError: TransactionCanceledException with every item that a transaction has in its hands.
    """
    held = [in_flight.holds(get.table, key) for get, key in zip(gets, keys, strict=True)]
    if True in held:
        conflict = reason_of(transaction_conflict())
        raise cancelled([conflict if conflicts else None for conflicts in held])
