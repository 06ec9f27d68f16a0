"""BatchWriteItem: puts and deletes up to 25 items of several tables, each for itself."""

from asyncio import Future
from typing import Any

from globaltables.capacity.units import Consumed, report_mode
from globaltables.expressions.request import Expressions
from globaltables.foundation.errors import validation
from globaltables.foundation.limits import BATCH_WRITE_REQUESTS_MAX
from globaltables.items.values import check_item
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.operations.context import Answer, Call
from globaltables.operations.item_keys import KEY_MISMATCH
from globaltables.operations.write_actions import (
    DeleteAction,
    PutAction,
    WriteAction,
    check_put_item,
)
from globaltables.operations.write_responses import add_write, asks_metrics, collection_metrics
from globaltables.tables.definitions import Table

_NOTHING = Expressions()
_UNPROCESSED_NONE: Answer = b'{"UnprocessedItems":{}}'


def handle(call: Call) -> Future[Answer]:
    """Write every item of the request; all of them are processed.

    Source: API_BatchWriteItem.
    """
    request = call.request
    items: dict[str, list[dict[str, Any]]] = request["RequestItems"]
    sizes = _check_items(items)
    actions: list[tuple[str, WriteAction]] = []
    for name, writes in items.items():
        table = call.table_of({"TableName": name})
        prepared = _prepare(table, writes, sizes)
        actions.extend((name, action) for action in prepared)

    def decide(stage: Stage) -> Answer:
        outcomes = [action.apply(stage, action.current(stage))[1] for _, action in actions]
        return _answer(stage, request, actions, outcomes)

    return call.region.store.submit(decide)


def _check_items(items: dict[str, list[dict[str, Any]]]) -> dict[int, int]:
    """Check everything that needs no table; return the billed bytes of the puts by their request's identity."""
    count = sum(map(len, items.values()))
    if count > BATCH_WRITE_REQUESTS_MAX:
        raise validation(
            "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: "
            "Map value must satisfy constraint: [Member must have length less than or equal to "
            f"{BATCH_WRITE_REQUESTS_MAX}, Member must have length greater than or equal to 1]"
            if len(items) == 1
            else "Too many items requested for the BatchWriteItem call"
        )
    sizes: dict[int, int] = {}
    for writes in items.values():
        for write in writes:
            put, delete = write.get("PutRequest"), write.get("DeleteRequest")
            if (put is None) == (delete is None):
                raise validation(
                    "Supplied AttributeValue has more than one datatypes set, "
                    "must contain exactly one of the supported datatypes"
                )
            if put is not None:
                sizes[id(write)] = check_put_item(put["Item"])
            elif delete is not None:
                check_item(delete["Key"])
    return sizes


def _prepare(
    table: Table, writes: list[dict[str, Any]], sizes: dict[int, int]
) -> list[WriteAction]:
    actions: dict[bytes, WriteAction] = {}
    attributes = table.schema.attributes
    for write in writes:
        put = write.get("PutRequest")
        if put is not None:
            item = put["Item"]
            for attribute in attributes:
                # Here AWS reports a missing or mistyped key attribute as it does for a delete.
                if attribute.name not in item or attribute.type not in item[attribute.name]:
                    raise validation(KEY_MISMATCH)
            size = sizes[id(write)]
            action: WriteAction = PutAction(put, table, _NOTHING, item, size)
        else:
            action = DeleteAction(write["DeleteRequest"], table, _NOTHING)
        actions[action.located().key] = action
    if len(actions) != len(writes):
        raise validation("Provided list of item keys contains duplicates")
    return list(actions.values())


def _answer(
    stage: Stage,
    request: dict[str, Any],
    actions: list[tuple[str, WriteAction]],
    outcomes: list[WriteOutcome],
) -> Answer:
    mode = report_mode(request)
    metrics_asked = asks_metrics(request)
    if mode is None and not metrics_asked:
        return _UNPROCESSED_NONE
    answer: dict[str, Any] = {"UnprocessedItems": {}}
    if mode is not None:
        consumed: dict[str, Consumed] = {}
        for (name, _), outcome in zip(actions, outcomes, strict=True):
            add_write(consumed.setdefault(name, Consumed(name)), outcome)
        answer["ConsumedCapacity"] = [part.render(mode) for part in consumed.values()]
    if metrics_asked:
        metrics: dict[str, dict[str, Any]] = {}
        for name, action in actions:
            found = collection_metrics(stage, action)
            if found is not None:
                partition = repr(found["ItemCollectionKey"])
                metrics.setdefault(name, {})[partition] = found
        answer["ItemCollectionMetrics"] = {
            name: list(found.values()) for name, found in metrics.items()
        }
    return answer
