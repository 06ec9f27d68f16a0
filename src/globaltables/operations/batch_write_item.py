"""BatchWriteItem: puts and deletes up to 25 items of several tables, each for itself."""

from asyncio import Future, ensure_future
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from globaltables.capacity.throttling import ThrottledError
from globaltables.capacity.units import Consumed, report_mode
from globaltables.foundation.errors import validation
from globaltables.foundation.limits import BATCH_WRITE_REQUESTS_MAX
from globaltables.items.values import Item, check_item
from globaltables.itemstore.in_flight import TransactionsInFlight
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.operations.agreed import submit_agreed
from globaltables.operations.context import Answer, Call
from globaltables.operations.item_keys import KEY_MISMATCH, key_of_item, key_of_request
from globaltables.operations.metering import charge_write, named_by
from globaltables.operations.write_actions import check_put_item
from globaltables.operations.write_responses import add_write, asks_metrics, collection_metrics
from globaltables.tables.definitions import Table

_UNPROCESSED_NONE: Answer = b'{"UnprocessedItems":{}}'
_Unprocessed = dict[str, list[dict[str, Any]]]


class _Write(NamedTuple):
    """One put or delete.

    Attributes:
        key: stored key without the table's prefix.
        source: the item of a put, the key of a delete.
        new: the item of a put, None for a delete.
        size: billed bytes of the new item.
    """

    table: Table
    key: bytes
    source: Item
    new: Item | None
    size: int


def handle(call: Call) -> Future[Answer]:
    """Write every item of the request, apart from those that a transaction has in its hands or that lack write units.

    Source: API_BatchWriteItem.

    Raises:
        ThrottledError: nothing could be written for lack of units.
    """
    request = call.request
    items: dict[str, list[dict[str, Any]]] = request["RequestItems"]
    sizes = _check_items(items)
    prepared = [
        (name, _prepare(call.table_of({"TableName": name}, part={"Writes": writes}), writes, sizes))
        for name, writes in items.items()
    ]
    in_flight = call.region.in_flight
    unprocessed = _take_held(in_flight, prepared) if in_flight.items else {}

    def decide(stage: Stage) -> Answer:
        outcomes = []
        refusal = None
        for name, writes in prepared:
            of_table, refused = _write(call.region, stage, writes)
            outcomes.append((name, of_table))
            if refused is not None:
                refusal, left = refused
                unprocessed.setdefault(name, []).extend(map(_as_sent, left))
        if refusal is not None and not any(of_table for _, of_table in outcomes):
            raise refusal
        return _answer(stage, request, prepared, outcomes, unprocessed)

    strong = [writes[0].table for _, writes in prepared if writes and writes[0].table.strong]
    if not strong:
        return call.region.store.submit(decide)
    if len(prepared) == 1:
        return submit_agreed(call, strong[0], decide)
    return ensure_future(_each_table(call))


async def _each_table(call: Call) -> Answer:
    """Write to one table after the other, as a request of its own: each agrees with other regions."""
    answers: list[dict[str, Any]] = []
    for name, writes in call.request["RequestItems"].items():
        part = replace(call, request={**call.request, "RequestItems": {name: writes}})
        answer = await handle(part)
        answers.append(orjson.loads(answer) if isinstance(answer, bytes) else answer)
    whole: dict[str, Any] = {"UnprocessedItems": {}}
    for answer in answers:
        for member, value in answer.items():
            if isinstance(value, dict):
                whole.setdefault(member, {}).update(value)
            else:
                whole.setdefault(member, []).extend(value)
    return whole


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


def _prepare(table: Table, writes: list[dict[str, Any]], sizes: dict[int, int]) -> list[_Write]:
    prepared: dict[bytes, _Write] = {}
    attributes = [(attribute.name, attribute.type) for attribute in table.schema.attributes]
    for write in writes:
        put = write.get("PutRequest")
        if put is not None:
            item: Item = put["Item"]
            for name, kind in attributes:
                # Here AWS reports a missing or mistyped key attribute as it does for a delete.
                if name not in item or kind not in item[name]:
                    raise validation(KEY_MISMATCH)
            key = key_of_item(table, item)
            prepared[key] = _Write(table, key, item, item, sizes[id(write)])
        else:
            source: Item = write["DeleteRequest"]["Key"]
            key = key_of_request(table, source)
            prepared[key] = _Write(table, key, source, None, 0)
    if len(prepared) != len(writes):
        raise validation("Provided list of item keys contains duplicates")
    return list(prepared.values())


def _take_held(
    in_flight: TransactionsInFlight, prepared: list[tuple[str, list[_Write]]]
) -> _Unprocessed:
    """Take the writes of items that a transaction has out of what is done, and return them as they were sent.

    AWS's model knows no conflict of a batch: what could not be done is told as unprocessed, to be sent again.
    """
    unprocessed: _Unprocessed = {}
    for name, writes in prepared:
        held = [write for write in writes if in_flight.holds(write.table, write.key)]
        if held:
            unprocessed[name] = list(map(_as_sent, held))
            writes[:] = [write for write in writes if write not in held]
    return unprocessed


def _write(
    region: Region, stage: Stage, writes: list[_Write]
) -> tuple[list[WriteOutcome], tuple[ThrottledError, list[_Write]] | None]:
    """Stage and charge writes of one table, each for itself.

    Returns:
        What the writes changed, and the ones that were refused for lack of units, which are taken out of `writes`.
    """
    outcomes: list[WriteOutcome] = []
    if not writes or not region.admission.limits_writes(writes[0].table):
        write = stage.write
        for one in writes:
            table, key, source, new, size = one
            key_item = source if new is not None else _named(stage, one)
            outcomes.append(write(table, key, new, size=size))
            charge_write(region, table, outcomes[-1], key_item)
        return outcomes, None
    refusal: ThrottledError | None = None
    left: list[_Write] = []
    for one in writes:
        mark = stage.mark()
        try:
            region.admission.admit_write(one.table, one.source)
            key_item = one.source if one.new is not None else _named(stage, one)
            outcome = stage.write(one.table, one.key, one.new, size=one.size)
            charge_write(region, one.table, outcome, key_item)
        except ThrottledError as error:
            stage.take_back(mark)
            refusal = error
            left.append(one)
        else:
            outcomes.append(outcome)
    writes[:] = [one for one in writes if one not in left]
    return outcomes, None if refusal is None else (refusal, left)


def _named(stage: Stage, deletion: _Write) -> Item:
    table = deletion.table
    current = stage.item(table, deletion.key) if table.insights else None
    return named_by(table, deletion.source, current)


def _as_sent(write: _Write) -> dict[str, Any]:
    if write.new is None:
        return {"DeleteRequest": {"Key": write.source}}
    return {"PutRequest": {"Item": write.source}}


def _answer(
    stage: Stage,
    request: dict[str, Any],
    prepared: list[tuple[str, list[_Write]]],
    outcomes: list[tuple[str, list[WriteOutcome]]],
    unprocessed: _Unprocessed,
) -> Answer:
    mode = report_mode(request)
    metrics_asked = asks_metrics(request)
    if mode is None and not metrics_asked and not unprocessed:
        return _UNPROCESSED_NONE
    answer: dict[str, Any] = {"UnprocessedItems": unprocessed}
    if mode is not None:
        consumed: list[Consumed] = []
        for name, of_table in outcomes:
            consumed.append(Consumed(name))
            for outcome in of_table:
                add_write(consumed[-1], outcome)
        answer["ConsumedCapacity"] = [part.render(mode) for part in consumed]
    if metrics_asked:
        metrics: dict[str, dict[str, Any]] = {}
        for name, writes in prepared:
            for write in writes:
                found = collection_metrics(stage, write.table, write.key, write.source)
                if found is not None:
                    partition = repr(found["ItemCollectionKey"])
                    metrics.setdefault(name, {})[partition] = found
        answer["ItemCollectionMetrics"] = {
            name: list(found.values()) for name, found in metrics.items()
        }
    return answer
