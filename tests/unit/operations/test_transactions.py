"""Transactions that meet other requests between their arrival and their durable answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import (
    ITEM_BYTES_MAX,
    ITEM_COLLECTION_BYTES_MAX,
    TRANSACTION_TOKEN_LIFETIME_MS,
)
from globaltables.items.key_encoding import encode_key
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import VirtualClock
from globaltables.tables.definitions import Table
from tests.support.calls import Caller, refusal
from tests.support.regions import ACCOUNT, make_region, make_table
from tests.support.stores import HeldEngine, make_index
from tests.support.stores import make_table as make_indexed_table

ONGOING = "Transaction is ongoing for the item"
_CONFLICT = {"Code": "TransactionConflict", "Message": ONGOING}
_FAILED = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
_NONE = {"Code": "None"}
_MISSING = "attribute_not_exists(pk)"


@dataclass
class World:
    """A region with the table `orders`, whose disk the test holds in its hand.

    Attributes:
        held: lets the disk go on: nothing is durable before.
    """

    region: Region
    clock: VirtualClock
    table: Table
    held: HeldEngine
    caller: Caller

    def transact(self, *actions: dict[str, Any], **members: Any) -> "asyncio.Future[Any]":
        """Let a transaction arrive."""
        return self.caller.begin("TransactWriteItems", TransactItems=list(actions), **members)

    async def applied(self) -> None:
        """Return when everything that was queued is decided; the disk is still busy with it."""
        for _ in range(5):
            await asyncio.sleep(0)

    def sync(self) -> None:
        """Let whatever was written become durable."""
        self.held.let_sync(20)


def play(test: Callable[[World], Awaitable[None]]) -> None:
    """Run a test in a new world."""

    async def run() -> None:
        engine = HeldEngine()
        made = make_region(engine=engine)
        engine.let_sync()
        table = await made.save(make_table())
        world = World(made.region, made.clock, table, engine, Caller(made.region))
        await test(world)
        world.sync()
        await made.region.store.close()
        assert set() == made.region.in_flight.items

    asyncio.run(run())


def _key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}}


def _put(name: str, condition: str = "", **attributes: dict[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {"TableName": "orders", "Item": _key(name) | attributes}
    return {"Put": members | ({"ConditionExpression": condition} if condition else {})}


def _check(name: str, condition: str) -> dict[str, Any]:
    members = {"TableName": "orders", "Key": _key(name), "ConditionExpression": condition}
    return {"ConditionCheck": members}


def _codes(error: ApiError) -> list[str]:
    assert error.fields is not None
    return [reason["Code"] for reason in error.fields["CancellationReasons"]]


#: The three writes of one item.
_WRITES: dict[str, dict[str, Any]] = {
    "PutItem": {"TableName": "orders", "Item": _key("a")},
    "UpdateItem": {"TableName": "orders", "Key": _key("a"), "UpdateExpression": "REMOVE v"},
    "DeleteItem": {"TableName": "orders", "Key": _key("a")},
}


@pytest.mark.parametrize("operation", _WRITES)
@pytest.mark.parametrize("when", ["decided", "queued"])
def test_write_of_an_item_in_a_transaction_conflicts(operation: str, when: str) -> None:
    """From the transaction's arrival until its answer; other items are free, and then this one too."""

    async def test(world: World) -> None:
        transaction = world.transact(_put("a"), _put("b"))
        if when == "decided":
            await world.applied()
        refused = await refusal(world.caller.begin(operation, **_WRITES[operation]))
        other = world.caller.begin("PutItem", TableName="orders", Item=_key("c"))
        world.sync()
        await asyncio.gather(transaction, other)
        await world.caller.ask(operation, **_WRITES[operation])
        assert ("TransactionConflictException", ONGOING) == (refused.code, refused.message)

    play(test)


def test_write_of_an_item_that_a_transaction_only_checks_conflicts() -> None:
    """A condition check is an action of the transaction as the writes are."""

    async def test(world: World) -> None:
        transaction = world.transact(_check("a", _MISSING), _put("b"))
        refused = await refusal(world.caller.begin("PutItem", **_WRITES["PutItem"]))
        world.sync()
        await transaction
        assert "TransactionConflictException" == refused.code

    play(test)


def test_batch_leaves_the_items_of_a_transaction_unprocessed() -> None:
    """Each write of a batch is for itself; AWS's model has no conflict for the whole of it."""

    async def test(world: World) -> None:
        transaction = world.transact(_put("a"), _put("b"))
        put, delete = {"PutRequest": {"Item": _key("a")}}, {"DeleteRequest": {"Key": _key("b")}}
        free = {"PutRequest": {"Item": _key("c")}}
        batch = world.caller.begin("BatchWriteItem", RequestItems={"orders": [put, free, delete]})
        world.sync()
        answer, _ = await asyncio.gather(batch, transaction)
        found = await world.caller.ask("Scan", TableName="orders")
        assert {"UnprocessedItems": {"orders": [put, delete]}} == answer
        assert {"a", "b", "c"} == {item["pk"]["S"] for item in found["Items"]}

    play(test)


def test_transactions_on_one_item_conflict() -> None:
    """The later one is cancelled, with the reason in the item's place; what else fails is told beside it."""

    async def test(world: World) -> None:
        first = world.transact(_put("a"))
        second = world.transact(
            _put("b"), _put("a"), _check("c", "attribute_exists(pk)"), _put("d", _MISSING)
        )
        world.sync()
        await first
        refused = await refusal(second)
        assert "TransactionCanceledException" == refused.code
        assert refused.message == (
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            "[None, TransactionConflict, ConditionalCheckFailed, None]"
        )
        assert refused.fields == {"CancellationReasons": [_NONE, _CONFLICT, _FAILED, _NONE]}

    play(test)


def test_transaction_that_conflicted_holds_nothing() -> None:
    """It is over before it began."""

    async def test(world: World) -> None:
        first = world.transact(_put("a"))
        second = world.transact(_put("a"), _put("b"))
        third = world.transact(_put("b"))
        world.sync()
        await asyncio.gather(first, third)
        assert ["TransactionConflict", "None"] == _codes(await refusal(second))

    play(test)


def test_transaction_that_reads_conflicts_with_one_that_writes() -> None:
    """TransactGetItems is cancelled; reads of other kinds never are."""

    async def test(world: World) -> None:
        first = world.transact(_put("a"))
        gets = [{"Get": {"TableName": "orders", "Key": _key(name)}} for name in ("b", "a")]
        transactional = world.caller.begin("TransactGetItems", TransactItems=gets)
        reads = [
            world.caller.begin("GetItem", TableName="orders", Key=_key("a"), ConsistentRead=True),
            world.caller.begin("Scan", TableName="orders"),
            world.caller.begin(
                "BatchGetItem", RequestItems={"orders": {"Keys": [_key("a"), _key("b")]}}
            ),
            world.caller.begin(
                "Query",
                TableName="orders",
                KeyConditionExpression="pk = :a",
                ExpressionAttributeValues={":a": {"S": "a"}},
            ),
        ]
        refused = await refusal(transactional)
        world.sync()
        await asyncio.gather(first, *reads)
        assert refused.fields == {"CancellationReasons": [_NONE, _CONFLICT]}

    play(test)


def test_transactions_behind_a_write_of_one_item_do_not_conflict() -> None:
    """AWS may cancel them; here the write comes first, and a read of it is answered when it is durable."""

    async def test(world: World) -> None:
        write = world.caller.begin("PutItem", TableName="orders", Item=_key("a"))
        await world.applied()
        get = {"Get": {"TableName": "orders", "Key": _key("a")}}
        read = world.caller.begin("TransactGetItems", TransactItems=[get])
        transaction = world.transact(_put("a", "attribute_exists(pk)"))
        assert not read.done()
        world.sync()
        found, _, _ = await asyncio.gather(read, write, transaction)
        assert {"Responses": [{"Item": _key("a")}]} == found

    play(test)


def test_statements_conflict_as_the_other_operations_do() -> None:
    """PartiQL writes the same items by the same ways; so it holds them too."""

    async def test(world: World) -> None:
        insert = "INSERT INTO orders VALUE {'pk': '%s'}"
        first = world.caller.begin(
            "ExecuteTransaction", TransactStatements=[{"Statement": insert % "a"}]
        )
        alone = await refusal(world.caller.begin("ExecuteStatement", Statement=insert % "a"))
        together = world.caller.begin(
            "ExecuteTransaction",
            TransactStatements=[{"Statement": insert % name} for name in ("b", "a")],
        )
        put = await refusal(world.caller.begin("PutItem", **_WRITES["PutItem"]))
        world.sync()
        await first
        assert ["TransactionConflictException"] * 2 == [alone.code, put.code]
        assert ["None", "TransactionConflict"] == _codes(await refusal(together))

    play(test)


def test_transaction_that_was_refused_lets_go() -> None:
    """Whatever its answer is, the items are free afterwards."""

    async def test(world: World) -> None:
        world.sync()
        cancelled = await refusal(world.transact(_check("a", "attribute_exists(pk)"), _put("b")))
        await world.caller.ask("PutItem", TableName="orders", Item=_key("b"))
        assert ["ConditionalCheckFailed", "None"] == _codes(cancelled)

    play(test)


def test_transaction_whose_client_went_away_lets_go() -> None:
    """Nobody waits for the answer, and still it comes."""

    async def test(world: World) -> None:
        transaction = world.transact(_put("a"), ClientRequestToken="t")
        transaction.cancel()
        world.sync()
        await world.caller.ask("PutItem", TableName="orders", Item=_key("later"))
        assert set() == world.region.in_flight.items
        await world.transact(_put("a"), ClientRequestToken="t")

    play(test)


def test_transaction_whose_decision_fails_lets_go() -> None:
    """Also when it is our own mistake, or the table is gone when its turn comes."""

    async def test(world: World) -> None:
        dropped = world.region.store.submit(lambda stage: stage.drop_table(world.table))
        transaction = world.transact(_put("a"))
        world.sync()
        await dropped
        assert "ResourceNotFoundException" == (await refusal(transaction)).code
        assert set() == world.region.in_flight.items

    play(test)


def test_token_of_a_transaction_in_flight_is_in_progress() -> None:
    """Then it is known, and stands for that one request; both are told before any conflict."""

    async def test(world: World) -> None:
        first = world.transact(_put("a"), ClientRequestToken="t")
        again = await refusal(world.transact(_put("a"), ClientRequestToken="t"))
        other = await refusal(world.transact(_put("b"), ClientRequestToken="t"))
        world.sync()
        await first
        mismatch = await refusal(world.transact(_put("b"), ClientRequestToken="t"))
        assert ["TransactionInProgressException"] * 2 == [again.code, other.code]
        assert again.message == (
            "The transaction with the given request token is already in progress."
        )
        assert "IdempotentParameterMismatchException" == mismatch.code

    play(test)


def test_transaction_that_is_repeated_is_answered_while_another_has_its_items() -> None:
    """It was done, so it meets nobody; and it holds nothing itself."""

    async def test(world: World) -> None:
        world.held.let_sync()
        await world.transact(_put("a"), ClientRequestToken="t")
        other = world.transact(_put("a", v={"S": "new"}))
        again = world.transact(_put("a"), ClientRequestToken="t", ReturnConsumedCapacity="TOTAL")
        world.sync()
        answer, _ = await asyncio.gather(again, other)
        units = {"TableName": "orders", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}
        assert {"ConsumedCapacity": [units]} == answer

    play(test)


def test_token_is_forgotten_after_ten_minutes() -> None:
    """By the region's clock; a millisecond earlier it is still known."""

    async def test(world: World) -> None:
        world.sync()
        add = {
            "TableName": "orders",
            "Key": _key("a"),
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        counts = []
        for wait_ms in (0, TRANSACTION_TOKEN_LIFETIME_MS, 1):
            world.clock.advance(wait_ms)
            await world.transact({"Update": add}, ClientRequestToken="t")
            got = await world.caller.ask("GetItem", TableName="orders", Key=_key("a"))
            counts.append(got["Item"]["n"]["N"])
        assert ["1", "1", "2"] == counts

    play(test)


def test_transaction_tells_only_the_first_action_whose_form_is_wrong() -> None:
    """No condition is looked at then (measured on AWS)."""

    async def test(world: World) -> None:
        wrong = {"Put": {"TableName": "orders", "Item": {"pk": {"N": "7"}}}}
        refused = await refusal(
            world.transact(_check("a", "attribute_exists(pk)"), wrong, wrong, _put("b"))
        )
        assert ["None", "ValidationError", "None", "None"] == _codes(refused)

    play(test)


def test_transaction_with_an_item_that_is_too_large_is_cancelled() -> None:
    """AWS lists the text among the reasons; PutItem refuses the request."""

    async def test(world: World) -> None:
        large = {"S": "x" * ITEM_BYTES_MAX}
        refused = await refusal(world.transact(_put("a"), _put("b", v=large)))
        alone = await refusal(
            world.caller.begin("PutItem", TableName="orders", Item=_key("b") | {"v": large})
        )
        text = "Item size has exceeded the maximum allowed size"
        reason = {"Code": "ValidationError", "Message": text}
        assert refused.fields == {"CancellationReasons": [_NONE, reason]}
        assert ("ValidationException", text) == (alone.code, alone.message)

    play(test)


def test_transaction_that_makes_an_item_collection_too_large_is_cancelled() -> None:
    """Every action that does is named, and nothing is written."""

    async def run() -> None:
        made = make_region(engine=MemoryEngine())
        table = make_indexed_table(make_index(1, "pk", "lk", kind="LOCAL"), keys=("pk", "sk"))
        await made.save(table)

        def fill(stage: Stage) -> None:
            key = encode_key(table.schema, {"pk": {"S": "full"}, "sk": {"S": "a"}})
            full = ITEM_COLLECTION_BYTES_MAX.to_bytes(8, "big")
            stage.put(stage.layout(table).collection_key(key), full)

        await made.region.store.submit(fill)
        assert ACCOUNT == table.account
        actions = [
            {"Put": {"TableName": "t1", "Item": {"pk": {"S": partition}, "sk": {"S": sort}}}}
            for partition, sort in (("full", "a"), ("free", "a"), ("full", "b"))
        ]
        caller = Caller(made.region)
        refused = await refusal(caller.begin("TransactWriteItems", TransactItems=actions))
        found = await caller.ask("Scan", TableName="t1")
        await made.region.store.close()
        exceeded = {
            "Code": "ItemCollectionSizeLimitExceeded",
            "Message": "Collection size exceeded.",
        }
        assert refused.fields == {"CancellationReasons": [exceeded, _NONE, exceeded]}
        assert [] == found["Items"]

    asyncio.run(run())


def test_transaction_counts_what_it_sends() -> None:
    """Four mebibytes of items, however long their notation in JSON is; what is there already does not count."""

    async def test(world: World) -> None:
        world.sync()
        # 250 KiB of bytes are 333 KiB of Base64: 16 of them are 4 MB of items less a little.
        item = {"B": "AAAA" * (250 * 1024 // 3)}
        whole = [_put(str(number), v=item) for number in range(16)]
        await world.transact(*whole)
        refused = await refusal(world.transact(*whole, _put("more", v=item)))
        deletes = [
            {"Delete": {"TableName": "orders", "Key": _key(str(number))}} for number in range(16)
        ]
        await world.transact(*deletes)
        assert ("ValidationException", "Transaction payload size cannot exceed 4 MB") == (
            refused.code,
            refused.message,
        )

    play(test)
