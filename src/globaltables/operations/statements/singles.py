"""Writes of statements for themselves, as ExecuteStatement and BatchExecuteStatement have them."""

from asyncio import Future
from collections.abc import Callable

from globaltables.expressions.partiql.statements import DeleteStatement, UpdateStatement
from globaltables.items.values import Item
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.operations.context import Answer, Call
from globaltables.operations.metering import perform
from globaltables.operations.statements.bound import Bound
from globaltables.operations.statements.writes import (
    check_form,
    check_key,
    returned_item,
    write_action,
)
from globaltables.operations.write_actions import WriteAction, submit_write

#: Makes the answer of what changed and of the item that RETURNING shows.
AnswerWrite = Callable[[WriteOutcome, Item | None], Answer]


def prepare_write(call: Call, bound: Bound) -> WriteAction:
    """Return the located action of a write.

    Raises:
        ApiError: it is refused whatever the item is.
    """
    check_form(bound)
    table = bound.table(call)
    check_key(table, bound)
    action = write_action(table, bound)
    action.located()
    return action


def submit_statement(
    call: Call, bound: Bound, action: WriteAction, answer: AnswerWrite
) -> Future[Answer]:
    """Queue a prepared write.

    Raises:
        ApiError: TransactionConflictException when a transaction that was not answered yet has the item.
    """
    statement = bound.statement
    returning = None
    if isinstance(statement, UpdateStatement | DeleteStatement):
        returning = statement.returning

    def decide(stage: Stage) -> Answer:
        current, result, outcome = perform(call.region, stage, action)
        return answer(outcome, returned_item(returning, action, current, result[0]))

    return submit_write(call, action, decide)
