"""Where the reads of a transaction are carried out: conflicts, capacity and one state for all of them.

TransactGetItems and ExecuteTransaction differ in how items are asked for; what is answered is the same.
"""

from asyncio import Future
from collections.abc import Callable, Sequence
from typing import NamedTuple

import orjson

from globaltables.capacity.throttling import ThrottledError
from globaltables.capacity.units import Consumed, read_units, report_mode
from globaltables.foundation.errors import transaction_conflict, validation
from globaltables.foundation.limits import TRANSACTION_BYTES_MAX
from globaltables.items.item_encoding import item_json, stored_size
from globaltables.items.values import Item
from globaltables.itemstore.in_flight import TransactionsInFlight
from globaltables.itemstore.keyspaces import item_prefix
from globaltables.operations.cancellation import Reason, cancelled, reason_of
from globaltables.operations.context import Answer, Call
from globaltables.operations.read_parameters import answer_when_durable
from globaltables.tables.definitions import Table
from globaltables.tables.refusals import refuse_strong


class ItemRead(NamedTuple):
    """One item that a transaction reads.

    Attributes:
        name: the table's name or ARN, as the request has it.
        key: of the request, checked.
        stored_key: the same as it is stored, without the table's prefix.
        show: turns the item's JSON into what is answered of it.
    """

    name: str
    table: Table
    key: Item
    stored_key: bytes
    show: Callable[[bytes], bytes]


def answer_reads(call: Call, reads: Sequence[ItemRead]) -> Answer | Future[Answer]:
    """Return every item, in the order of the reads; one that does not exist is an empty structure.

    Nothing is written while a request is being read, so all items are of one state.

    Raises:
        ApiError: ValidationException when an item is asked for twice, or the items are too large together;
            TransactionCanceledException with every item that a transaction has in its hands, or that is refused for
            lack of read units.
    """
    if len({(read.table.number, read.stored_key) for read in reads}) != len(reads):
        raise validation("Transaction request cannot include multiple operations on one item")
    region = call.region
    for read in reads:
        refuse_strong(read.table, call.operation)
    if region.in_flight.items:
        _refuse_conflicts(region.in_flight, reads)
    reader = region.store.reader()
    consumed: dict[str, Consumed] = {}
    responses: list[bytes] = []
    reasons: list[Reason | None] = []
    total = 0
    for name, table, key, stored_key, show in reads:
        raw = reader.get(item_prefix(table.number) + stored_key)
        size = 0 if raw is None else stored_size(raw)
        total += size
        part = consumed.setdefault(name, Consumed(name))
        units = read_units(size, consistent=True, transactional=True)
        part.table += units
        try:
            region.admission.read(table, None, units, key)
        except ThrottledError as error:
            reasons.append(reason_of(error))
        else:
            reasons.append(None)
        responses.append(b"{}" if raw is None else b'{"Item":' + show(item_json(raw)) + b"}")
    if any(reasons):
        raise cancelled(reasons)
    if total > TRANSACTION_BYTES_MAX:
        raise validation("Collection of items in the response cannot be larger than 4 MB")
    pieces = [b'{"Responses":[', b",".join(responses), b"]"]
    mode = report_mode(call.request)
    if mode is not None:
        rendered = [part.render(mode, "read") for part in consumed.values()]
        pieces += (b',"ConsumedCapacity":', orjson.dumps(rendered))
    pieces.append(b"}")
    return answer_when_durable(region.store, b"".join(pieces), [read.table for read in reads])


def _refuse_conflicts(in_flight: TransactionsInFlight, reads: Sequence[ItemRead]) -> None:
    """Refuse to read what a transaction is writing.

    Raises:
        ApiError: TransactionCanceledException with every item that a transaction has in its hands.
    """
    held = [in_flight.holds(read.table, read.stored_key) for read in reads]
    if True in held:
        conflict = reason_of(transaction_conflict())
        raise cancelled([conflict if conflicts else None for conflicts in held])
