"""What writes answer: attributes, consumed capacity, item collection metrics."""

from typing import Any

from orjson import Fragment

from globaltables.capacity.units import Consumed, index_write_units, report_mode, write_units
from globaltables.foundation.limits import KIB, MIB
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.operations.context import Answer
from globaltables.operations.write_actions import WriteAction
from globaltables.tables.definitions import Table

_EMPTY: Answer = b"{}"
_GIB = KIB * MIB


def answer_write(
    stage: Stage,
    action: WriteAction,
    outcome: WriteOutcome,
    attributes: bytes | dict[str, Any] | None,
) -> Answer:
    """Return the response of a write of one item.

    Args:
        stage: where it was staged.
        action: what was written.
        outcome: what changed.
        attributes: what ReturnValues asks for, as JSON or parsed; None leaves the member out.
    """
    request = action.request
    mode = report_mode(request)
    metrics = (
        collection_metrics(stage, action.table, action.key, action.source)
        if asks_metrics(request)
        else None
    )
    if mode is None and metrics is None:
        if attributes is None:
            return _EMPTY
        if isinstance(attributes, bytes):
            return b'{"Attributes":' + attributes + b"}"
        return {"Attributes": attributes}
    answer: dict[str, Any] = {}
    if attributes is not None:
        answer["Attributes"] = Fragment(attributes) if isinstance(attributes, bytes) else attributes
    if mode is not None:
        consumed = Consumed(request["TableName"])
        add_write(consumed, outcome)
        answer["ConsumedCapacity"] = consumed.render(mode)
    if metrics is not None:
        answer["ItemCollectionMetrics"] = metrics
    return answer


def add_write(consumed: Consumed, outcome: WriteOutcome, *, transactional: bool = False) -> None:
    """Count the units of one write."""
    size = max(outcome.old_size, outcome.new_size)
    consumed.table += write_units(size, transactional=transactional)
    for index, old_size, new_size, moved in outcome.indexes:
        units = index_write_units(old_size, new_size, moved=moved, transactional=transactional)
        consumed.add_index(index.kind, index.name, units)


def asks_metrics(request: dict[str, Any]) -> bool:
    """Tell whether a request asks for item collection metrics."""
    return request.get("ReturnItemCollectionMetrics") == "SIZE"


def collection_metrics(
    stage: Stage, table: Table, key: bytes, source: dict[str, Any]
) -> dict[str, Any] | None:
    """Return the ItemCollectionMetrics of a write; only tables with local indexes have item collections.

    Args:
        stage: where it was staged.
        table: what was written to.
        key: stored key without the table's prefix.
        source: the item or its key.
    """
    size = stage.collection_size(table, key)
    if size is None:
        return None
    lower = float(size // _GIB)
    return {
        "ItemCollectionKey": collection_key(table, source),
        "SizeEstimateRangeGB": [lower, lower + 1.0],
    }


def collection_key(table: Table, source: dict[str, Any]) -> dict[str, Any]:
    """Return the partition key of an item or key."""
    return {attribute.name: source[attribute.name] for attribute in table.schema.hash}
