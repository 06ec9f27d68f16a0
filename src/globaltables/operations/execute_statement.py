"""ExecuteStatement: one PartiQL statement, a page of a SELECT or the write of one item."""

from asyncio import Future
from functools import partial
from typing import Any

from globaltables.capacity.units import Consumed, report_mode
from globaltables.expressions.partiql.statements import ExistsStatement, SelectStatement
from globaltables.foundation.errors import validation
from globaltables.items.values import Item
from globaltables.itemstore.stage import WriteOutcome
from globaltables.operations.agreed import read_latest
from globaltables.operations.context import Answer, Call
from globaltables.operations.statements.bound import bind_statement, check_parameters
from globaltables.operations.statements.reads import answer_select
from globaltables.operations.statements.singles import prepare_write, submit_statement
from globaltables.operations.statements.writes import EXISTS_MISPLACED
from globaltables.operations.write_responses import add_write


def handle(call: Call) -> Answer | Future[Answer]:
    """Carry out the statement of the request.

    Source: API_ExecuteStatement.
    """
    request = call.request
    check_parameters(request)
    bound = bind_statement(request)
    statement = bound.statement
    if isinstance(statement, ExistsStatement):
        raise validation(EXISTS_MISPLACED)
    if isinstance(statement, SelectStatement):
        if request.get("ConsistentRead") and (table := bound.table(call)).strong is not None:
            return read_latest(call, (table,), partial(answer_select, call, bound, statement))
        return answer_select(call, bound, statement)
    mode = report_mode(request)

    def answer(outcome: WriteOutcome, returned: Item | None) -> Answer:
        answered: dict[str, Any] = {"Items": [] if returned is None else [returned]}
        if mode is not None:
            consumed = Consumed(statement.table)
            add_write(consumed, outcome)
            answered["ConsumedCapacity"] = consumed.render(mode)
        return answered

    return submit_statement(call, bound, prepare_write(call, bound), answer)
