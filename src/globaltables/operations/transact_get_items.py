"""TransactGetItems: up to 100 items of several tables, all from one state."""

from asyncio import Future
from functools import partial
from typing import Any, NamedTuple

from globaltables.expressions.projections import Projection
from globaltables.foundation.errors import ApiError
from globaltables.operations.context import Answer, Call
from globaltables.operations.item_keys import key_of_request
from globaltables.operations.read_parameters import check_scalar_keys, projected, read_projection
from globaltables.operations.transactional_reads import ItemRead, answer_reads
from globaltables.operations.transactions import cancelled_at
from globaltables.tables.definitions import Table


class _Get(NamedTuple):
    """One Get whose form was checked."""

    request: dict[str, Any]
    table: Table
    projection: Projection | None


def handle(call: Call) -> Answer | Future[Answer]:
    """Return every item, in the order of the request; one that does not exist is an empty structure.

    Source: API_TransactGetItems.
    """
    gets = [_get_of(call, part["Get"]) for part in call.request["TransactItems"]]
    return answer_reads(call, _reads(gets))


def _get_of(call: Call, members: dict[str, Any]) -> _Get:
    projection = read_projection(members, (members["Key"],))
    return _Get(members, call.table_of(members, "GetItem"), projection)


def _reads(gets: list[_Get]) -> list[ItemRead]:
    """Return the items to read.

    Raises:
        ApiError: TransactionCanceledException with the first key that does not fit its table.
    """
    reads: list[ItemRead] = []
    for position, (request, table, projection) in enumerate(gets):
        key = request["Key"]
        try:
            stored_key = key_of_request(table, key)
            check_scalar_keys(table, projection)
        except ApiError as error:
            raise cancelled_at(position, len(gets), error) from None
        show = partial(projected, projection=projection)
        reads.append(ItemRead(request["TableName"], table, key, stored_key, show))
    return reads
