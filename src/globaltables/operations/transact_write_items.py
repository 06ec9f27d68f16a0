"""TransactWriteItems: up to 100 writes and checks that happen together or not at all."""

from asyncio import Future
from collections.abc import Sequence
from typing import Any

from globaltables.capacity.units import report_mode
from globaltables.foundation.errors import validation
from globaltables.foundation.limits import TRANSACTION_ACTIONS_MAX
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.itemstore.tokens import Token
from globaltables.operations.context import Answer, Call
from globaltables.operations.transactions import (
    locate_all,
    repeated_capacity,
    submit_transaction,
    written_capacity,
)
from globaltables.operations.write_actions import (
    WriteAction,
    condition_action,
    delete_action,
    put_action,
    update_action,
)
from globaltables.operations.write_responses import asks_metrics, collection_metrics

_EMPTY: Answer = b"{}"


def handle(call: Call) -> Future[Answer]:
    """Do every action of the request, or none.

    AWS refuses the request for what is wrong with its form, expressions included, and cancels the transaction for
    keys that do not fit their tables.

    Source: API_TransactWriteItems.
    """
    request = call.request
    parts: list[dict[str, Any]] = request["TransactItems"]
    if len(parts) > TRANSACTION_ACTIONS_MAX:
        raise validation(
            f"1 validation error detected: Value '{parts}' at 'transactItems' failed to satisfy "
            f"constraint: Member must have length less than or equal to {TRANSACTION_ACTIONS_MAX}"
        )
    actions = [_action_of(call, part) for part in parts]
    locate_all(actions)
    names = [action.request["TableName"] for action in actions]
    mode = report_mode(request)

    def done(stage: Stage, outcomes: Sequence[WriteOutcome]) -> Answer:
        answer: dict[str, Any] = {}
        if mode is not None:
            answer["ConsumedCapacity"] = written_capacity(names, outcomes, mode)
        if asks_metrics(request):
            answer["ItemCollectionMetrics"] = _metrics(stage, names, actions)
        return answer or _EMPTY

    def again(stage: Stage) -> Answer:
        if mode is None:
            return _EMPTY
        return {"ConsumedCapacity": repeated_capacity(stage, names, actions, mode)}

    token = Token.of_request(call.account, request, "TransactItems")
    return submit_transaction(call, actions, token, done, again)


def _action_of(call: Call, part: dict[str, Any]) -> WriteAction:
    kinds = [kind for kind in ("ConditionCheck", "Put", "Delete", "Update") if kind in part]
    if len(kinds) != 1:
        raise validation("TransactItems can only contain one of Check, Put, Update or Delete")
    members = part[kinds[0]]
    match kinds[0]:
        case "Put":
            return put_action(call, members)
        case "Delete":
            return delete_action(call, members)
        case "Update":
            return update_action(call, members)
        case _:
            return condition_action(call, members)


def _metrics(
    stage: Stage, names: Sequence[str], actions: Sequence[WriteAction]
) -> dict[str, list[dict[str, Any]]]:
    metrics: dict[str, list[dict[str, Any]]] = {}
    for name, action in zip(names, actions, strict=True):
        found = collection_metrics(stage, action.table, action.key, action.source)
        if found is not None:
            metrics.setdefault(name, []).append(found)
    return metrics
