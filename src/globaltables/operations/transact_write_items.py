"""TransactWriteItems: up to 100 writes and checks that happen together or not at all."""

from asyncio import Future
from typing import Any

from globaltables.capacity.units import Consumed, read_units, report_mode
from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.limits import TRANSACTION_ACTIONS_MAX, TRANSACTION_BYTES_MAX
from globaltables.items.item_encoding import StoredItem
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.itemstore.tokens import Token, recall, remember
from globaltables.operations.cancellation import Reason, cancelled, reason_of
from globaltables.operations.context import Answer, Call
from globaltables.operations.write_actions import (
    Result,
    WriteAction,
    condition_action,
    delete_action,
    put_action,
    update_action,
)
from globaltables.operations.write_responses import add_write, asks_metrics, collection_metrics

_EMPTY: Answer = b"{}"
_Action = tuple[str, WriteAction]


def handle(call: Call) -> Future[Answer]:
    """Do every action of the request, or none.

    The decision first checks every condition and works out every new item, then stages them all; so it stages nothing
    when one action fails, and every failed one is named in the cancellation reasons.

    Source: API_TransactWriteItems.
    """
    request = call.request
    parts: list[dict[str, Any]] = request["TransactItems"]
    if len(parts) > TRANSACTION_ACTIONS_MAX:
        raise validation(
            f"1 validation error detected: Value '{parts}' at 'transactItems' failed to satisfy "
            f"constraint: Member must have length less than or equal to {TRANSACTION_ACTIONS_MAX}"
        )
    if call.body_bytes > TRANSACTION_BYTES_MAX:
        raise validation("Transaction request cannot be larger than 4 MB")
    actions = _prepare_all(call, parts)
    token = Token.of_request(call.account, request)

    def decide(stage: Stage) -> Answer:
        if token is not None and recall(stage, token):
            return _answer_replay(stage, request, actions)
        outcomes = [
            action.apply(stage, current, result)
            for (_, action), (current, result) in zip(
                actions, _worked_out(stage, actions), strict=True
            )
        ]
        if token is not None:
            remember(stage, token)
        return _answer(stage, request, actions, outcomes)

    return call.region.store.submit(decide)


def _prepare_all(call: Call, parts: list[dict[str, Any]]) -> list[_Action]:
    """Return the actions with their keys.

    AWS refuses the request for what is wrong with its form, expressions included, and cancels the transaction for
    keys that do not fit their tables.

    Raises:
        ApiError: for either.
    """
    actions = [_action_of(call, part) for part in parts]
    reasons: list[Reason | None] = []
    for _, action in actions:
        try:
            action.located()
        except ApiError as error:
            reasons.append(reason_of(error))
        else:
            reasons.append(None)
    if any(reason is not None for reason in reasons):
        raise cancelled(reasons)
    if len({(action.table.number, action.key) for _, action in actions}) != len(actions):
        raise validation("Transaction request cannot include multiple operations on one item")
    return actions


def _action_of(call: Call, part: dict[str, Any]) -> _Action:
    kinds = [kind for kind in ("ConditionCheck", "Put", "Delete", "Update") if kind in part]
    if len(kinds) != 1:
        raise validation("TransactItems can only contain one of Check, Put, Update or Delete")
    members = part[kinds[0]]
    name = members["TableName"]
    match kinds[0]:
        case "Put":
            return name, put_action(call, members)
        case "Delete":
            return name, delete_action(call, members)
        case "Update":
            return name, update_action(call, members)
        case _:
            return name, condition_action(call, members)


def _worked_out(stage: Stage, actions: list[_Action]) -> list[tuple[StoredItem | None, Result]]:
    """Return the current item of every action, and what the action leaves.

    Raises:
        ApiError: TransactionCanceledException with the reason of every action that cannot be done.
    """
    worked_out: list[tuple[StoredItem | None, Result]] = []
    reasons: list[Reason | None] = []
    for _, action in actions:
        try:
            current = action.current(stage)
            result = action.result(current)
        except ApiError as error:
            reasons.append(reason_of(error))
        else:
            reasons.append(None)
            worked_out.append((current, result))
    if len(worked_out) != len(actions):
        raise cancelled(reasons)
    return worked_out


def _answer(
    stage: Stage,
    request: dict[str, Any],
    actions: list[_Action],
    outcomes: list[WriteOutcome],
) -> Answer:
    mode = report_mode(request)
    metrics_asked = asks_metrics(request)
    if mode is None and not metrics_asked:
        return _EMPTY
    answer: dict[str, Any] = {}
    if mode is not None:
        consumed: dict[str, Consumed] = {}
        for (name, _), outcome in zip(actions, outcomes, strict=True):
            add_write(consumed.setdefault(name, Consumed(name)), outcome, transactional=True)
        answer["ConsumedCapacity"] = [part.render(mode, "write") for part in consumed.values()]
    if metrics_asked:
        metrics: dict[str, list[dict[str, Any]]] = {}
        for name, action in actions:
            found = collection_metrics(stage, action.table, action.key, action.source)
            if found is not None:
                metrics.setdefault(name, []).append(found)
        answer["ItemCollectionMetrics"] = metrics
    return answer


def _answer_replay(stage: Stage, request: dict[str, Any], actions: list[_Action]) -> Answer:
    """Answer a request that was done before: AWS charges the reading of its items."""
    mode = report_mode(request)
    if mode is None:
        return _EMPTY
    consumed: dict[str, Consumed] = {}
    for name, action in actions:
        current = stage.item(action.table, action.key)
        size = 0 if current is None else current.size
        part = consumed.setdefault(name, Consumed(name))
        part.table += read_units(size, consistent=True, transactional=True)
    return {"ConsumedCapacity": [part.render(mode, "read") for part in consumed.values()]}
