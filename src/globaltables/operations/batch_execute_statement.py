"""BatchExecuteStatement: up to 25 PartiQL statements of single items, each for itself."""

from asyncio import Future
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import orjson
from orjson import Fragment

from globaltables.capacity.units import Consumed, read_units, report_mode
from globaltables.expressions.partiql.statements import ExistsStatement, SelectStatement
from globaltables.foundation.errors import ApiError, validation
from globaltables.items.item_encoding import item_json, stored_size
from globaltables.items.values import Item
from globaltables.itemstore.keyspaces import item_prefix
from globaltables.itemstore.stage import WriteOutcome
from globaltables.operations import execute_statement
from globaltables.operations.agreed import reach_latest
from globaltables.operations.context import Answer, Call
from globaltables.operations.item_keys import key_of_request
from globaltables.operations.read_parameters import answer_when_durable
from globaltables.operations.statements.bound import (
    Bound,
    bind_statement,
    check_parameters,
    member_error,
)
from globaltables.operations.statements.reads import check_item_read, shown
from globaltables.operations.statements.singles import prepare_write, submit_statement
from globaltables.operations.statements.writes import EXISTS_MISPLACED
from globaltables.operations.write_responses import add_write
from globaltables.tables.definitions import Table

_MIXED = (
    "BatchExecuteStatement API does not support both read and write operations in the same request."
)
_Response = dict[str, Any]
_OF_STATEMENTS = ("Statement", "Parameters", "ReturnValuesOnConditionCheckFailure")


async def handle(call: Call) -> Answer:
    """Carry out every statement; what fails is told in its place.

    Source: API_BatchExecuteStatement.

    Raises:
        ApiError: ValidationException when there are reads among writes.
    """
    batch = _Batch(call)
    bounds = [batch.bound(members) for members in call.request["Statements"]]
    reading = {bound.reads for bound in bounds if isinstance(bound, Bound)}
    if len(reading) > 1:
        raise validation(_MIXED)
    if True in reading:
        await batch.reach_latest(bounds)
    # Everything is queued before anything is waited for, so that one commit takes all.
    pending = [batch.begin(bound) for bound in bounds]
    responses = [await batch.finished(each) for each in pending]
    return await batch.answer(responses)


class _Write(NamedTuple):
    """A write that was queued.

    Attributes:
        name: the table's name or ARN, as the statement has it.
        table: the table.
        outcomes: what changed, once that was decided.
        response: what is told of it.
    """

    name: str
    table: Table
    outcomes: list[WriteOutcome]
    response: "Future[Answer]"


class _Agreed(NamedTuple):
    """A write of a strongly consistent table that other regions were asked for; the members are those of `_Write`."""

    name: str
    table: Table
    response: "Future[Answer]"


class _Batch:
    """The statements of one request and what they cost."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._consumed: dict[str, Consumed] = {}
        self._tables: list[Table] = []

    def bound(self, members: dict[str, Any]) -> Bound | _Response:
        """Return a bound statement, or the response that says what is wrong with it."""
        try:
            check_parameters(members)
            bound = bind_statement(members)
            if isinstance(bound.statement, ExistsStatement):
                raise validation(EXISTS_MISPLACED)
        except ApiError as error:
            return {"Error": member_error(error)}
        return bound

    async def reach_latest(self, bounds: "Sequence[Bound | _Response]") -> None:
        """Wait until what is to be read at its latest, of strongly consistent tables, is here."""
        names = {
            bound.statement.table
            for bound in bounds
            if isinstance(bound, Bound) and bound.members.get("ConsistentRead")
        }
        call = self._call
        found = [call.region.catalog.find(call.account, name) for name in sorted(names)]
        latest = [table for table in found if table is not None and table.strong is not None]
        if latest:
            await reach_latest(call.region, latest)

    def begin(self, bound: Bound | _Response) -> _Response | _Write | _Agreed:
        """Return the response of a statement, or the write that it queued."""
        if not isinstance(bound, Bound):
            return bound
        try:
            if isinstance(bound.statement, SelectStatement):
                return self._read(bound, bound.statement)
            return self._write(bound)
        except ApiError as error:
            return {"Error": member_error(error)}

    async def finished(self, pending: _Response | _Write | _Agreed) -> _Response:
        """Return the response of a statement; of a write when it is durable.

        A statement that failed names its table when it was carried out, and not when it was refused before (measured).
        """
        if not isinstance(pending, _Write | _Agreed):
            return pending
        response: _Response = {"TableName": pending.table.name}
        try:
            answer = await pending.response
        except ApiError as error:
            response["Error"] = member_error(error)
            return response
        if isinstance(pending, _Agreed):
            return response | self._of_statement(pending.name, answer)
        add_write(self._of_table(pending.name), pending.outcomes[-1])
        assert isinstance(answer, dict), "a batch's statements answer with members"
        return response | answer

    async def answer(self, responses: list[_Response]) -> Answer:
        """Return the response of the request."""
        answer: dict[str, Any] = {"Responses": responses}
        mode = report_mode(self._call.request)
        if mode is not None:
            answer["ConsumedCapacity"] = [part.render(mode) for part in self._consumed.values()]
        told = answer_when_durable(self._call.region.store, answer, self._tables)
        return await told if isinstance(told, Future) else told

    def _read(self, bound: Bound, statement: SelectStatement) -> _Response:
        call = self._call
        table = bound.table(call)
        key = check_item_read(table, bound, statement, "BatchExecuteStatement")
        position = item_prefix(table.number) + key_of_request(table, key)
        raw = call.region.store.reader().get(position)
        consistent = bool(bound.members.get("ConsistentRead"))
        units = read_units(0 if raw is None else stored_size(raw), consistent=consistent)
        call.region.admission.read(table, None, units, key)
        self._of_table(statement.table).table += units
        self._tables.append(table)
        response: _Response = {"TableName": table.name}
        if raw is not None:
            response["Item"] = Fragment(shown(item_json(raw), statement))
        return response

    def _write(self, bound: Bound) -> _Write | _Agreed:
        action = prepare_write(self._call, bound)
        if action.table.strong is not None:
            return self._agreed(bound, action.table)
        outcomes: list[WriteOutcome] = []

        def answer(outcome: WriteOutcome, returned: Item | None) -> Answer:
            outcomes.append(outcome)
            return {} if returned is None else {"Item": returned}

        response = submit_statement(self._call, bound, action, answer)
        return _Write(bound.statement.table, action.table, outcomes, response)

    def _agreed(self, bound: Bound, table: Table) -> _Agreed:
        """Let a statement of its own do a write on which regions have to agree."""
        members = {name: bound.members[name] for name in _OF_STATEMENTS if name in bound.members}
        request = {**members, "ReturnConsumedCapacity": "INDEXES"}
        call = replace(self._call, operation="ExecuteStatement", request=request)
        answer = execute_statement.handle(call)
        assert isinstance(answer, Future), "regions agree later"
        return _Agreed(bound.statement.table, table, answer)

    def _of_statement(self, name: str, answer: Answer) -> _Response:
        """Return what a statement of its own has answered, and count what it cost."""
        told: dict[str, Any] = orjson.loads(answer) if isinstance(answer, bytes) else answer
        consumed, cost = self._of_table(name), told["ConsumedCapacity"]
        consumed.table += cost["Table"]["CapacityUnits"]
        for index, units in cost.get("GlobalSecondaryIndexes", {}).items():
            consumed.add_index("GLOBAL", index, units["CapacityUnits"])
        return {"Item": told["Items"][0]} if told["Items"] else {}

    def _of_table(self, name: str) -> Consumed:
        return self._consumed.setdefault(name, Consumed(name))
