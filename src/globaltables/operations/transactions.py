"""Where prepared writes become one transaction: their keys, conflicts, reasons, token and answer's capacity.

TransactWriteItems and ExecuteTransaction differ in how actions are written down and in what is answered. AWS looks at a
transaction in this order: its form, the keys of its actions (the first that is wrong cancels it), its token, then
every item: conflicts, conditions and what the writes leave, of which every failure is told.
"""

from asyncio import Future
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from globaltables.capacity.units import Consumed, ReportMode, read_units
from globaltables.foundation.errors import ApiError, transaction_conflict, validation
from globaltables.foundation.limits import TRANSACTION_BYTES_MAX
from globaltables.items.item_encoding import StoredItem
from globaltables.items.values import item_size
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.itemstore.tokens import Token, recall, remember
from globaltables.operations.cancellation import Reason, cancelled, reason_of
from globaltables.operations.context import Answer, Call
from globaltables.operations.metering import charge_failed, charge_write, named_by
from globaltables.operations.write_actions import PutAction, Result, WriteAction
from globaltables.operations.write_responses import add_write
from globaltables.tables.refusals import refuse_strong

#: Reasons that are known only when the item was read, which is charged.
_LOOKED_AT = ("ConditionalCheckFailed", "DuplicateItem")
#: Makes the answer of what was staged.
AnswerDone = Callable[[Stage, Sequence[WriteOutcome]], Answer]
#: Makes the answer of what was done before.
AnswerAgain = Callable[[Stage], Answer]


def submit_transaction(
    call: Call,
    actions: Sequence[WriteAction],
    token: Token | None,
    done: AnswerDone,
    again: AnswerAgain,
) -> Future[Answer]:
    """Do every action, or none.

    The decision first checks every condition and works out every new item, then stages them all; so every action
    that fails is named in the cancellation reasons. From here until the answer the items are the transaction's.

    Args:
        call: the request.
        actions: prepared and located, each of another item.
        token: of the request.
        done: answers it.
        again: answers it when the token was remembered.

    Raises:
        ApiError: TransactionInProgressException; IdempotentParameterMismatchException.
    """
    region = call.region
    for action in actions:
        refuse_strong(action.table, call.operation)
    in_flight, submit = region.in_flight, region.store.submit
    if token is not None:
        in_flight.refuse_token(token.key)
        if recall(region.store.reader().get, region.clock.now_ms(), token):
            return submit(partial(_repeated, region, actions, again))
    held = [in_flight.holds(action.table, action.key) for action in actions]

    def decide(stage: Stage) -> Answer:
        outcomes = _applied(region, stage, actions, _worked_out(region, stage, actions, held))
        if token is not None:
            remember(stage, token)
        return done(stage, outcomes)

    answer = submit(decide)
    if True not in held:
        places = [(action.table.number, action.key) for action in actions]
        in_flight.hold(places, None if token is None else token.key, answer)
    return answer


def locate_all(actions: Sequence[WriteAction]) -> None:
    """Find the stored keys of a transaction's actions.

    Raises:
        ApiError: ValidationException when the request is too large or names an item twice;
            TransactionCanceledException with the first action that does not fit its table.
    """
    if sum(map(_sent_bytes, actions)) > TRANSACTION_BYTES_MAX:
        raise validation("Transaction payload size cannot exceed 4 MB")
    for position, action in enumerate(actions):
        try:
            action.located()
        except ApiError as error:
            raise cancelled_at(position, len(actions), error) from None
    if len({(action.table.number, action.key) for action in actions}) != len(actions):
        raise validation("Transaction request cannot include multiple operations on one item")


def cancelled_at(position: int, count: int, error: ApiError) -> ApiError:
    """Return the cancellation for what is wrong with one action: AWS tells the first and looks no further.

    Raises:
        ApiError: the error itself, when it is one of the whole request.
    """
    reasons: list[Reason | None] = [None] * count
    reasons[position] = reason_of(error)
    return cancelled(reasons)


def written_capacity(
    names: Sequence[str], outcomes: Sequence[WriteOutcome], mode: ReportMode
) -> list[dict[str, Any]]:
    """Return the ConsumedCapacity of a transaction, a part for every table."""
    consumed: dict[str, Consumed] = {}
    for name, outcome in zip(names, outcomes, strict=True):
        add_write(consumed.setdefault(name, Consumed(name)), outcome, transactional=True)
    return [part.render(mode, "write") for part in consumed.values()]


def repeated_capacity(
    stage: Stage, names: Sequence[str], actions: Sequence[WriteAction], mode: ReportMode
) -> list[dict[str, Any]]:
    """Return the ConsumedCapacity of a transaction that was done before: AWS charges the reading of its items."""
    consumed: dict[str, Consumed] = {}
    for name, action in zip(names, actions, strict=True):
        current = stage.item(action.table, action.key)
        size = 0 if current is None else current.size
        part = consumed.setdefault(name, Consumed(name))
        part.table += read_units(size, consistent=True, transactional=True)
    return [part.render(mode, "read") for part in consumed.values()]


def _sent_bytes(action: WriteAction) -> int:
    """Return what an action adds to the transaction: what it sends, not what it meets (measured on AWS)."""
    if isinstance(action, PutAction):
        return action.size
    values = action.request.get("ExpressionAttributeValues")
    return item_size(action.request["Key"]) + (item_size(values) if values else 0)


def _repeated(
    region: Region, actions: Sequence[WriteAction], again: AnswerAgain, stage: Stage
) -> Answer:
    """Answer a transaction that was done before, and charge the reading of its items."""
    for action in actions:
        current = stage.item(action.table, action.key)
        size = 0 if current is None else current.size
        units = read_units(size, consistent=True, transactional=True)
        region.admission.charge_read(action.table, None, units, action.source)
    return again(stage)


def _worked_out(
    region: Region, stage: Stage, actions: Sequence[WriteAction], held: Sequence[bool]
) -> list[tuple[StoredItem | None, Result]]:
    """Return the current item of every action, and what the action leaves.

    Raises:
        ApiError: TransactionCanceledException with the reason of every action that cannot be done.
    """
    worked_out: list[tuple[StoredItem | None, Result]] = []
    reasons: list[Reason | None] = []
    for action, conflict in zip(actions, held, strict=True):
        try:
            if conflict:
                raise transaction_conflict()
            region.admission.admit_write(action.table, action.source)
            current = action.current(stage)
            result = action.result(current)
        except ApiError as error:
            reasons.append(reason_of(error))
        else:
            reasons.append(None)
            worked_out.append((current, result))
    if len(worked_out) != len(actions):
        for action, reason in zip(actions, reasons, strict=True):
            if reason is None or reason["Code"] in _LOOKED_AT:
                charge_failed(region, stage, action, transactional=True)
        raise cancelled(reasons)
    return worked_out


def _applied(
    region: Region,
    stage: Stage,
    actions: Sequence[WriteAction],
    worked_out: Sequence[tuple[StoredItem | None, Result]],
) -> list[WriteOutcome]:
    """Stage every action.

    Raises:
        ApiError: TransactionCanceledException with the actions that would make an item collection too large, or change
            an index that has no write units.
    """
    outcomes: list[WriteOutcome] = []
    reasons: list[Reason | None] = []
    for action, (current, result) in zip(actions, worked_out, strict=True):
        try:
            outcome = action.apply(stage, current, result)
            key_item = result[0] or named_by(action.table, action.source, current)
            charge_write(region, action.table, outcome, key_item, transactional=True)
            outcomes.append(outcome)
        except ApiError as error:
            reasons.append(reason_of(error))
        else:
            reasons.append(None)
    if len(outcomes) != len(actions):
        raise cancelled(reasons)
    return outcomes
