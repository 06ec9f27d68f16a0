"""What is sent: one series of calls per workload, the same for every server."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from benchmarks.dataset import ITEMS_PER_PARTITION, Item, item_of, key_of

#: An operation and its parameters.
Call = tuple[str, dict[str, Any]]

BATCH_ITEMS = 25
TRANSACTION_ITEMS = 2


@dataclass(frozen=True)
class Plan:
    """What a series of calls goes over.

    Attributes:
        items: how many the table has.
        order: numbers of the items that are used, shuffled.
        pages: where the table's full scan pages start; None is the beginning.
    """

    table: str
    items: int
    order: Sequence[int]
    pages: Sequence[Item | None]

    def number(self, place: int) -> int:
        """Return the item at a place of the order, which repeats."""
        return self.order[place % len(self.order)]


@dataclass(frozen=True)
class Workload:
    """One kind of request.

    Attributes:
        operation: AWS's name.
        build: returns the parameters of the call of a number.
        distinct: how many different calls are made before they repeat.
        items_per_call: how many items of the order a call uses.
        expected: is in every right answer.
        patient: is measured by patient.py instead of wrk, because a request takes a peer long.
    """

    operation: str
    build: Callable[[Plan, int], dict[str, Any]]
    distinct: int = 5_000
    items_per_call: int = 1
    expected: bytes = b""
    patient: bool = False


def _get(plan: Plan, call: int) -> dict[str, Any]:
    return {"TableName": plan.table, "Key": key_of(plan.number(call)), "ConsistentRead": True}


def _put(plan: Plan, call: int) -> dict[str, Any]:
    return {"TableName": plan.table, "Item": item_of(plan.number(call), call + 1)}


def _update(plan: Plan, call: int) -> dict[str, Any]:
    return {
        "TableName": plan.table,
        "Key": key_of(plan.number(call)),
        "UpdateExpression": "SET #s = :s, lastmod = :t ADD cnt :one",
        "ExpressionAttributeNames": {"#s": "status"},
        "ExpressionAttributeValues": {
            ":s": {"S": f"S{call % 9}"},
            ":t": {"S": "2026-02-01T00:00:00Z"},
            ":one": {"N": "1"},
        },
    }


def _query(plan: Plan, call: int) -> dict[str, Any]:
    return {
        "TableName": plan.table,
        "KeyConditionExpression": "PK = :p",
        "ConsistentRead": True,
        "ExpressionAttributeValues": {":p": key_of(plan.number(call))["PK"]},
    }


def _scan(plan: Plan, call: int) -> dict[str, Any]:
    start = plan.pages[call % len(plan.pages)]
    return {"TableName": plan.table, **({"ExclusiveStartKey": start} if start else {})}


def _batchwrite(plan: Plan, call: int) -> dict[str, Any]:
    first = call * BATCH_ITEMS
    puts = [
        {"PutRequest": {"Item": item_of(plan.number(place), place + 1)}}
        for place in range(first, first + BATCH_ITEMS)
    ]
    return {"RequestItems": {plan.table: puts}}


def _transact(plan: Plan, call: int) -> dict[str, Any]:
    first = call * TRANSACTION_ITEMS
    return {
        "TransactItems": [
            {
                "Put": {
                    "TableName": plan.table,
                    "Item": item_of(plan.number(place), place + 1),
                    "ConditionExpression": "attribute_exists(PK) AND ver = :v",
                    "ExpressionAttributeValues": {":v": {"N": "1"}},
                }
            }
            for place in range(first, first + TRANSACTION_ITEMS)
        ]
    }


#: Reads come first: they find the table as it was loaded.
WORKLOADS: Mapping[str, Workload] = MappingProxyType(
    {
        "get": Workload("GetItem", _get, expected=b'"body"'),
        "query": Workload("Query", _query, expected=b'"Count":100'),
        "scan": Workload("Scan", _scan, distinct=64, expected=b'"Items"', patient=True),
        "put": Workload("PutItem", _put),
        "update": Workload("UpdateItem", _update),
        "batchwrite": Workload(
            "BatchWriteItem",
            _batchwrite,
            distinct=1_000,
            items_per_call=BATCH_ITEMS,
            expected=b'"UnprocessedItems":{}',
            patient=True,
        ),
        "transact": Workload("TransactWriteItems", _transact, items_per_call=TRANSACTION_ITEMS),
    }
)


def calls(
    name: str, table: str, items: int, count: int, pages: Sequence[Item | None] = (None,)
) -> Iterator[Call]:
    """Yield the calls of a workload.

    Args:
        name: of the workload.
        table: is called.
        items: how many it has; a multiple of 100.
        count: how many calls.
        pages: see `Plan`.
    """
    assert items % ITEMS_PER_PARTITION == 0, "a query is to find 100 items in every partition"
    workload = WORKLOADS[name]
    order = random.Random(7).sample(range(items), min(items, count * workload.items_per_call))
    plan = Plan(table, items, order, pages)
    for call in range(count):
        yield workload.operation, workload.build(plan, call)
