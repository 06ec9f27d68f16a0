"""ExecuteTransaction: up to 100 PartiQL statements that read, or write, together or not at all."""

from asyncio import Future
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from globaltables.capacity.units import report_mode
from globaltables.expressions.partiql.statements import (
    DeleteStatement,
    SelectStatement,
    UpdateStatement,
)
from globaltables.foundation.errors import ApiError, validation
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.itemstore.tokens import Token
from globaltables.operations.cancellation import Reason, cancelled, reason_of
from globaltables.operations.context import Answer, Call
from globaltables.operations.item_keys import key_of_request
from globaltables.operations.statements.bound import Bound, bind_statement, check_parameters
from globaltables.operations.statements.reads import check_item_read, shown
from globaltables.operations.statements.writes import check_exists, check_form, write_action
from globaltables.operations.transactional_reads import ItemRead, answer_reads
from globaltables.operations.transactions import (
    locate_all,
    repeated_capacity,
    submit_transaction,
    written_capacity,
)
from globaltables.operations.write_actions import WriteAction
from globaltables.tables.definitions import Table

_MIXED = (
    "ExecuteTransaction API does not support both read and write operations in the same request."
)
_Result = TypeVar("_Result")


def handle(call: Call) -> Answer | Future[Answer]:
    """Carry out every statement of the request, or none.

    What is wrong with a statement refuses the request and names the statement; a table that is not there, a key that
    does not fit and what comes of the items cancel the transaction, with a reason for every statement.

    Source: API_ExecuteTransaction; order of checks: floci's tests, measured on AWS.
    """
    parts: list[dict[str, Any]] = call.request["TransactStatements"]
    for part in parts:
        check_parameters(part)
    bounds = [_of_statement(at, partial(bind_statement, part)) for at, part in enumerate(parts)]
    if len({bound.reads for bound in bounds}) > 1:
        raise validation(_MIXED)
    tables = _found(call, bounds)
    if bounds[0].reads:
        return answer_reads(call, _prepared(bounds, tables, _item_read))
    return _write(call, _prepared(bounds, tables, _located))


def _of_statement(at: int, check: Callable[[], _Result]) -> _Result:
    """Return what the check of a statement returns.

    Raises:
        ApiError: what the check raises; a ValidationException says of which statement it is.
    """
    try:
        return check()
    except ApiError as error:
        if error.code == "ValidationException":
            raise validation(
                f"Validation failed in TransactStatements[{at}]: {error.message}"
            ) from None
        raise


def _found(call: Call, bounds: Sequence[Bound]) -> list[Table]:
    """Return the tables, and check what every statement asks of its own.

    Raises:
        ApiError: a statement is not one for a transaction; TransactionCanceledException with every table that is not
            there.
    """
    tables: list[Table] = []
    reasons: list[Reason | None] = []
    for at, bound in enumerate(bounds):
        try:
            table = bound.table(call)
        except ApiError as error:
            if error.code != "ResourceNotFoundException":
                raise
            reasons.append({"Code": "ResourceNotFound", "Message": error.message})
        else:
            _of_statement(at, partial(_check, table, bound))
            reasons.append(None)
            tables.append(table)
    if len(tables) != len(bounds):
        raise cancelled(reasons)
    return tables


def _check(table: Table, bound: Bound) -> None:
    statement = bound.statement
    if isinstance(statement, SelectStatement):
        if statement.index is not None:
            raise validation("Reads on indices are not supported within transactions.")
        check_item_read(table, bound, statement, "ExecuteTransaction")
        return
    if isinstance(statement, UpdateStatement | DeleteStatement) and statement.returning is not None:
        raise validation("RETURNING clause is not supported in ExecuteTransaction.")
    check_form(bound)
    check_exists(table, bound)


def _prepared(
    bounds: Sequence[Bound], tables: Sequence[Table], prepare: Callable[[Table, Bound], _Result]
) -> list[_Result]:
    """Return what every statement becomes with its key.

    Raises:
        ApiError: TransactionCanceledException with every statement whose key does not fit its table.
    """
    prepared: list[_Result] = []
    reasons: list[Reason | None] = []
    for table, bound in zip(tables, bounds, strict=True):
        try:
            prepared.append(prepare(table, bound))
        except ApiError as error:
            reasons.append(reason_of(error))
        else:
            reasons.append(None)
    if len(prepared) != len(bounds):
        raise cancelled(reasons)
    return prepared


def _item_read(table: Table, bound: Bound) -> ItemRead:
    statement = bound.statement
    assert isinstance(statement, SelectStatement), "reads are not among writes"
    key = check_item_read(table, bound, statement, "ExecuteTransaction")
    show = partial(shown, statement=statement)
    return ItemRead(statement.table, table, key, key_of_request(table, key), show)


def _located(table: Table, bound: Bound) -> WriteAction:
    return write_action(table, bound).located()


def _write(call: Call, actions: list[WriteAction]) -> Future[Answer]:
    request = call.request
    locate_all(actions)
    names = [action.request["TableName"] for action in actions]
    mode = report_mode(request)
    responses: list[dict[str, Any]] = [{} for _ in actions]

    def done(stage: Stage, outcomes: Sequence[WriteOutcome]) -> Answer:
        del stage
        if mode is None:
            return {"Responses": responses}
        consumed = written_capacity(names, outcomes, mode)
        return {"Responses": responses, "ConsumedCapacity": consumed}

    def again(stage: Stage) -> Answer:
        if mode is None:
            return {"Responses": responses}
        consumed = repeated_capacity(stage, names, actions, mode)
        return {"Responses": responses, "ConsumedCapacity": consumed}

    token = Token.of_request(call.account, request, "TransactStatements")
    return submit_transaction(call, actions, token, done, again)
