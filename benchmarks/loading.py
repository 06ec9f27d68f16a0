"""Fills tables, and checks what servers answer before they are measured."""

import time
from collections.abc import Sequence
from typing import Any

from benchmarks.dataset import Item, item_of, table_definition
from benchmarks.wire import REGION, Client, Connection, RefusedError, Signer, answer
from benchmarks.workloads import BATCH_ITEMS, WORKLOADS

_ACTIVE_SECONDS_MAX = 30.0
#: Batches that are on their way at once; the next ones are signed while the server works.
_BATCHES_AT_ONCE = 8


def create_table(client: Client, table: str, *, streams: bool = False) -> None:
    """Create the table and wait until it can be used.

    Raises:
        RefusedError: the server does not create it.
    """
    client.call("CreateTable", table_definition(table, streams=streams))
    end = time.monotonic() + _ACTIVE_SECONDS_MAX
    while True:
        described = client.call("DescribeTable", {"TableName": table})["Table"]
        if described["TableStatus"] == "ACTIVE":
            return
        if time.monotonic() > end:
            raise RefusedError(f"table {table} is still {described['TableStatus']}")
        time.sleep(0.01)


def wait_active(client: Client, table: str, seconds_max: float = 120) -> None:
    """Return when a table and all its replicas are active.

    Raises:
        RefusedError: they are not in time.
    """
    end = time.monotonic() + seconds_max
    while True:
        described = client.call("DescribeTable", {"TableName": table})["Table"]
        replicas = described.get("Replicas", ())
        states = {described["TableStatus"], *(each["ReplicaStatus"] for each in replicas)}
        if states == {"ACTIVE"}:
            return
        if time.monotonic() > end:
            raise RefusedError(f"the table and its replicas are still {', '.join(sorted(states))}")
        time.sleep(0.02)


def load(endpoint: str, table: str, items: int, region: str = REGION) -> float:
    """Write items 0 to N-1 with BatchWriteItem and return the seconds that it took.

    Raises:
        RefusedError: the server refuses a batch.
    """
    signer = Signer(endpoint, region)
    started = time.perf_counter()
    connections = [Connection(endpoint) for _ in range(_BATCHES_AT_ONCE)]
    busy: list[Connection] = []
    for group in range(0, items, BATCH_ITEMS * _BATCHES_AT_ONCE):
        last = min(items, group + BATCH_ITEMS * _BATCHES_AT_ONCE)
        requests = [
            signer.request("BatchWriteItem", _batch(table, first, min(last, first + BATCH_ITEMS)))
            for first in range(group, last, BATCH_ITEMS)
        ]
        _finish(busy, signer)
        busy = connections[: len(requests)]
        for connection, request in zip(busy, requests, strict=True):
            connection.send(request)
    _finish(busy, signer)
    for connection in connections:
        connection.close()
    return time.perf_counter() - started


def full_pages(client: Client, table: str, pages_max: int) -> list[Item | None]:
    """Return where the full pages of a scan start; the last, shorter one is left out.

    Raises:
        RefusedError: the server does not scan.
    """
    pages: list[Item | None] = []
    start: Item | None = None
    while len(pages) < pages_max:
        parameters = {"TableName": table, **({"ExclusiveStartKey": start} if start else {})}
        page = client.call("Scan", parameters)
        if "LastEvaluatedKey" not in page:
            break
        pages.append(start)
        start = page["LastEvaluatedKey"]
    return pages or [None]


def check(endpoint: str, workload: str, requests: Sequence[bytes]) -> None:
    """Send requests one after the other and look at the answers.

    Raises:
        RefusedError: an answer is not what the workload expects.
    """
    kind = WORKLOADS[workload]
    with Connection(endpoint) as connection:
        for request in requests:
            status, body = connection.exchange(request)
            answer(kind.operation, status, body)
            if kind.expected not in body.replace(b'": ', b'":'):
                raise RefusedError(f"{kind.operation} answered without {kind.expected.decode()}")


def _batch(table: str, first: int, end: int) -> dict[str, Any]:
    puts = [{"PutRequest": {"Item": item_of(number)}} for number in range(first, end)]
    return {"RequestItems": {table: puts}}


def _finish(busy: list[Connection], signer: Signer) -> None:
    """Read the answers of a group of batches, and write again what was not processed."""
    for connection in busy:
        unprocessed = answer("BatchWriteItem", *connection.receive()).get("UnprocessedItems")
        while unprocessed:
            again = signer.request("BatchWriteItem", {"RequestItems": unprocessed})
            unprocessed = answer("BatchWriteItem", *connection.exchange(again)).get(
                "UnprocessedItems"
            )
