"""BatchGetItem: up to 100 items of several tables by their keys."""

from asyncio import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from globaltables.capacity.admission import Admission
from globaltables.capacity.throttling import ThrottledError
from globaltables.capacity.units import Consumed, read_units, report_mode
from globaltables.engine.interface import Reader
from globaltables.expressions.projections import Projection
from globaltables.foundation.errors import validation
from globaltables.foundation.limits import (
    BATCH_GET_BYTES_MAX,
    BATCH_GET_KEYS_MAX,
    BATCH_GET_TABLE_BYTES_MAX,
)
from globaltables.items.item_encoding import item_json, stored_size
from globaltables.items.values import Item
from globaltables.itemstore.keyspaces import item_prefix
from globaltables.operations.agreed import read_latest
from globaltables.operations.context import Answer, Call
from globaltables.operations.item_keys import key_of_request
from globaltables.operations.read_parameters import (
    answer_when_durable,
    check_scalar_keys,
    projected,
    read_projection,
)
from globaltables.tables.definitions import Table


@dataclass(slots=True)
class _Part:
    """What is read of one table.

    Attributes:
        name: the table's name or ARN, as the request has it.
        positions: stored keys, in the order of the request's keys.
    """

    name: str
    request: dict[str, Any]
    table: Table
    projection: Projection | None
    positions: list[bytes]


class _Budget:
    """Billed bytes that may still be returned."""

    def __init__(self) -> None:
        self._left = BATCH_GET_BYTES_MAX
        self._left_of_table = 0

    def next_table(self) -> None:
        """Begin with another table."""
        self._left_of_table = BATCH_GET_TABLE_BYTES_MAX

    def take(self, size: int) -> bool:
        """Tell whether an item of this size fits, and count it when it does."""
        if size > self._left or size > self._left_of_table:
            return False
        self._left -= size
        self._left_of_table -= size
        return True


def handle(call: Call) -> Answer | Future[Answer]:
    """Return the items that exist; keys whose items do not fit, or lack read units, are returned as unprocessed.

    Source: API_BatchGetItem.

    Raises:
        ThrottledError: nothing could be read for lack of units.
    """
    parts = _prepare(call, call.request["RequestItems"])
    latest = [
        part.table
        for part in parts
        if part.table.strong is not None and part.request.get("ConsistentRead")
    ]
    if latest:
        return read_latest(call, latest, partial(_answer, call, parts))
    return _answer(call, parts)


def _answer(call: Call, parts: list[_Part]) -> Answer | Future[Answer]:
    request = call.request
    store = call.region.store
    reader = store.reader()
    mode = report_mode(request)
    budget = _Budget()
    responses: list[bytes] = []
    consumed: list[dict[str, Any]] = []
    unprocessed: dict[str, Any] = {}
    refusal = None
    read = 0.0
    for part in parts:
        budget.next_table()
        items, left, units, refused = _read(call.region.admission, reader, part, budget)
        refusal = refused or refusal
        read += units
        responses.append(orjson.dumps(part.name) + b":[" + b",".join(items) + b"]")
        if left:
            unprocessed[part.name] = {**part.request, "Keys": left}
        if mode is not None:
            consumed.append(Consumed(part.name, units).render(mode))
    if refusal is not None and not read:
        raise refusal
    pieces = [
        b'{"Responses":{',
        b",".join(responses),
        b'},"UnprocessedKeys":',
        orjson.dumps(unprocessed),
    ]
    if mode is not None:
        pieces += (b',"ConsumedCapacity":', orjson.dumps(consumed))
    pieces.append(b"}")
    return answer_when_durable(store, b"".join(pieces), [part.table for part in parts])


def _prepare(call: Call, tables: dict[str, dict[str, Any]]) -> list[_Part]:
    """Check the request: first everything that needs no table, then the keys against their tables.

    Raises:
        ApiError: with AWS's text.
    """
    if sum(len(members["Keys"]) for members in tables.values()) > BATCH_GET_KEYS_MAX:
        raise validation("Too many items requested for the BatchGetItem call")
    projections = {}
    for name, members in tables.items():
        keys: list[Item] = members["Keys"]
        projections[name] = read_projection(members, keys)
        if len({orjson.dumps(key, option=orjson.OPT_SORT_KEYS) for key in keys}) != len(keys):
            raise validation("Provided list of item keys contains duplicates")
    parts = []
    for name, members in tables.items():
        table = call.table_of({"TableName": name}, part=members)
        prefix = item_prefix(table.number)
        positions = [prefix + key_of_request(table, key) for key in members["Keys"]]
        check_scalar_keys(table, projections[name])
        parts.append(_Part(name, members, table, projections[name], positions))
    return parts


def _read(
    admission: Admission, reader: Reader, part: _Part, budget: _Budget
) -> tuple[list[bytes], list[Item], float, ThrottledError | None]:
    """Return the items of one table, the keys that are left unprocessed, the read units, and what was refused."""
    consistent = bool(part.request.get("ConsistentRead"))
    items: list[bytes] = []
    left: list[Item] = []
    units = 0.0
    refusal = None
    for key, position in zip(part.request["Keys"], part.positions, strict=True):
        raw = reader.get(position)
        size = 0 if raw is None else stored_size(raw)
        done = budget.take(size)
        if not done:
            raw, size = None, 0  # AWS charges what a missing item costs (dynalite's tests)
        cost = read_units(size, consistent=consistent)
        try:
            admission.read(part.table, None, cost, key)
        except ThrottledError as error:
            refusal = error
            done = False
        else:
            units += cost
        if not done:
            left.append(key)
        elif raw is not None:
            items.append(projected(item_json(raw), part.projection))
    return items, left, units, refusal
