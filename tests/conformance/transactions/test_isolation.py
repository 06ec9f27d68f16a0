"""Transactions of clients that ask at the same time: whatever they see could have happened one after the other."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.support.asking import Asker
from tests.support.histories import Event, Values, is_serializable
from tests.support.server import Server
from tests.support.target import Reply

MakeTable = Callable[..., str]
Client = Callable[[Asker, random.Random], Coroutine[Any, Any, None]]
_ACCOUNTS = 6
_AMOUNT = 100


@pytest.fixture(params=["memory", "disk"])
def endpoint(
    request: pytest.FixtureRequest, server: Server, data_server: Callable[..., Server]
) -> str:
    """A server in memory and one whose answers wait for the disk: there more requests meet."""
    if request.param == "memory":
        return server.endpoint
    return data_server().start().endpoint


def _run(endpoint: str, table: str, clients: list[Client]) -> None:
    """Let clients ask at the same time, each on its own connection."""

    async def run() -> None:
        askers = [await Asker.connect(endpoint) for _ in [*clients, None]]
        key = [{"AttributeName": "pk", "KeyType": "HASH"}]
        made = await askers[-1].ask(
            "CreateTable",
            {
                "TableName": table,
                "KeySchema": key,
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )
        assert 200 == made.status
        await asyncio.gather(
            *(
                client(asker, random.Random(number))
                for number, (client, asker) in enumerate(zip(clients, askers, strict=False))
            )
        )
        await askers[-1].ask("DeleteTable", {"TableName": table})
        for asker in askers:
            await asker.close()

    asyncio.run(run())


def _gets(table: str, names: list[str]) -> dict[str, Any]:
    return {
        "TransactItems": [
            {"Get": {"TableName": table, "Key": {"pk": {"S": name}}}} for name in names
        ]
    }


def _values(reply: Reply, names: list[str]) -> Values:
    return {
        name: int(found["Item"]["v"]["N"]) if "Item" in found else None
        for name, found in zip(names, reply.body["Responses"], strict=True)
    }


def _conflicted(reply: Reply) -> bool:
    """Tell whether a transaction met another one: it did nothing."""
    reasons = reply.body.get("CancellationReasons", [])
    return any(reason["Code"] == "TransactionConflict" for reason in reasons)


def test_sum_of_accounts_is_constant_under_concurrent_transfers(
    endpoint: str, table_name: str
) -> None:
    """What one account loses another gains, and no reader sees it in between."""
    names = [f"account{number}" for number in range(_ACCOUNTS)]
    opened = asyncio.Event()
    done: list[str] = []
    sums: set[int] = set()

    async def open_accounts(asker: Asker) -> None:
        for name in names:
            item = {"pk": {"S": name}, "v": {"N": str(_AMOUNT)}}
            await asker.ask("PutItem", {"TableName": table_name, "Item": item})
        opened.set()

    def add(name: str, amount: int) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": table_name,
                "Key": {"pk": {"S": name}},
                "UpdateExpression": "ADD v :amount",
                "ConditionExpression": "v >= :needed",
                "ExpressionAttributeValues": {
                    ":amount": {"N": str(amount)},
                    ":needed": {"N": str(max(0, -amount))},
                },
            }
        }

    async def transfer(asker: Asker, choice: random.Random) -> None:
        await opened.wait()
        for _ in range(60):
            source, destination = choice.sample(names, 2)
            amount = choice.randint(1, 60)
            reply = await asker.ask(
                "TransactWriteItems",
                {"TransactItems": [add(source, -amount), add(destination, amount)]},
            )
            done.append(reply.code)

    async def read(asker: Asker, _: random.Random) -> None:
        if not opened.is_set():
            await open_accounts(asker)
        while len(done) < 5 * 60:
            reply = await asker.ask("TransactGetItems", _gets(table_name, names))
            if not _conflicted(reply):
                sums.add(sum(value or 0 for value in _values(reply, names).values()))
            await asyncio.sleep(0)

    _run(endpoint, table_name, [read, *[transfer] * 5])

    assert {_ACCOUNTS * _AMOUNT} == sums
    assert {"", "TransactionCanceledException"} >= set(done)
    assert "" in done


def test_histories_of_concurrent_transactions_are_serializable(
    endpoint: str, table_name: str
) -> None:
    """Small histories, each of its own items: some order of the transactions explains what every client saw."""
    rounds = 25
    histories: list[list[Event]] = [[] for _ in range(rounds)]

    async def play(asker: Asker, choice: random.Random) -> None:
        for number in range(rounds):
            names = [f"{number}-{letter}" for letter in "xyz"]
            for _ in range(2):
                event = await _event(asker, table_name, choice, names)
                if event is not None:
                    histories[number].append(event)

    _run(endpoint, table_name, [play] * 4)

    assert [] == [history for history in histories if not is_serializable(history, {})]
    assert any(event.written for history in histories for event in history)
    assert any(event.read and not event.written for history in histories for event in history)


async def _event(asker: Asker, table: str, choice: random.Random, names: list[str]) -> Event | None:
    """Ask one transaction; None when it did nothing and told nothing."""
    began = time.monotonic()
    if choice.random() < 0.4:
        reply = await asker.ask("TransactGetItems", _gets(table, names))
        if _conflicted(reply):
            return None
        return Event(began, time.monotonic(), _values(reply, names), {})
    written = choice.sample(names, 2)
    value = choice.getrandbits(48)
    fresh = choice.random() < 0.3
    puts = [
        {
            "Put": {
                "TableName": table,
                "Item": {"pk": {"S": name}, "v": {"N": str(value)}},
                **({"ConditionExpression": "attribute_not_exists(pk)"} if fresh else {}),
            }
        }
        for name in written
    ]
    reply = await asker.ask("TransactWriteItems", {"TransactItems": puts})
    if reply.status != 200:
        assert "TransactionCanceledException" == reply.code
        return None
    read: Values = dict.fromkeys(written) if fresh else {}
    return Event(began, time.monotonic(), read, dict.fromkeys(written, value))


def test_history_that_no_order_explains_is_found() -> None:
    """The check itself: a reader that sees half of a transaction, and one that sees the past."""
    write = Event(0, 1, {}, {"x": 1, "y": 1})
    torn = Event(0, 2, {"x": 1, "y": None}, {})
    stale = Event(2, 3, {"x": None, "y": None}, {})
    whole = Event(0, 3, {"x": 1, "y": 1}, {})

    found = [is_serializable([write, other], {}) for other in (torn, stale, whole)]

    assert [False, False, True] == found
