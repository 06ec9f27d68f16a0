"""The operations on a store behave as a dictionary does, on every engine and over restarts."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from globaltables.engine.embedded.engine import EmbeddedEngine
from globaltables.engine.interface import Engine
from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import ApiError
from globaltables.foundation.settings import Settings
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.store import Store
from globaltables.operations.context import Call
from globaltables.operations.registry import HANDLERS
from globaltables.runtime.clock import VirtualClock
from globaltables.runtime.randomness import SeededRandomness
from globaltables.runtime.tasks import Tasks
from globaltables.ttl.expiry import Expiry

Item = dict[str, dict[str, Any]]
Key = tuple[str, int]

TABLE = "items"
DEFINITION: dict[str, Any] = {
    "TableName": TABLE,
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in (("pk", "S"), ("sk", "N"), ("g", "S"), ("n", "N"))
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "global",
            "KeySchema": [
                {"AttributeName": "g", "KeyType": "HASH"},
                {"AttributeName": "n", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "local",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "n", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
#: When the virtual clock begins.
_BEGAN_S = 1_700_000_000
_KEYS = st.tuples(st.sampled_from(["a", "b", "ü\0"]), st.integers(-2, 3))
_GROUPS = st.sampled_from(["x", "y"])
_NUMBERS = st.integers(-3, 3)
_ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "g": st.builds(lambda text: {"S": text}, _GROUPS),
        "n": st.builds(lambda number: {"N": str(number)}, _NUMBERS),
        "v": st.sampled_from([{"S": ""}, {"SS": ["1", "2"]}, {"L": [{"NULL": True}]}, {"M": {}}]),
        "e": st.builds(lambda seconds: {"N": str(_BEGAN_S + seconds)}, st.integers(-50, 300)),
    },
)
#: None deletes; the last member is a condition: the item must exist (True), must not (False), or nothing.
_ACTIONS = st.tuples(_KEYS, _ATTRIBUTES | st.none(), st.sampled_from([True, False, None, None]))


def key_of(key: Key) -> Item:
    """Return a key in DynamoDB JSON."""
    return {"pk": {"S": key[0]}, "sk": {"N": str(key[1])}}


class OperationsModel(RuleBasedStateMachine):
    """Does everything twice: through the operations and to a dictionary.

    Attributes:
        model: what the table must hold.
    """

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[Key, Item] = {}
        self._changes: dict[Key, list[tuple[Item | None, Item | None]]] = {}
        self._clock = VirtualClock()
        self._loop = asyncio.new_event_loop()
        self._folder = Path(tempfile.mkdtemp())
        self._region = self._open(self.engine())

    def engine(self) -> Engine:
        """Return the engine of a new or an opened region."""
        raise NotImplementedError

    # --- writing

    @initialize()
    def create(self) -> None:
        """Create the table, whose items expire."""
        self._call("CreateTable", DEFINITION)
        ttl = {"AttributeName": "e", "Enabled": True}
        self._call("UpdateTimeToLive", {"TableName": TABLE, "TimeToLiveSpecification": ttl})

    @rule(key=_KEYS, attributes=_ATTRIBUTES, exists=st.sampled_from([True, False, None]))
    def put(self, key: Key, attributes: Item, exists: bool | None) -> None:  # noqa: FBT001
        """Put an item and look at what it replaced."""
        item = {**key_of(key), **attributes}
        request = {"Item": item, "ReturnValues": "ALL_OLD", **_condition(exists)}
        self._write("PutItem", request, {key: item}, {key: exists})

    @rule(key=_KEYS, exists=st.sampled_from([True, False, None]))
    def delete(self, key: Key, exists: bool | None) -> None:  # noqa: FBT001
        """Delete an item and look at what it was."""
        request = {"Key": key_of(key), "ReturnValues": "ALL_OLD", **_condition(exists)}
        self._write("DeleteItem", request, {key: None}, {key: exists})

    @rule(key=_KEYS, amount=_NUMBERS, group=_GROUPS | st.none())
    def update(self, key: Key, amount: int, group: str | None) -> None:
        """Add to a number and move the item in the index."""
        old = self.model.get(key)
        new = dict(old or key_of(key))
        new["n"] = {"N": str(int(new.get("n", {"N": "0"})["N"]) + amount)}
        values: Item = {":a": {"N": str(amount)}}
        if group is None:
            new.pop("g", None)
            expression = "ADD n :a REMOVE g"
        else:
            new["g"] = values[":g"] = {"S": group}
            expression = "ADD n :a SET g = :g"
        request = {
            "Key": key_of(key),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": values,
            "ReturnValues": "ALL_OLD",
        }
        self._write("UpdateItem", request, {key: new}, {})

    @rule(actions=st.lists(_ACTIONS, min_size=1, max_size=4, unique_by=lambda action: action[0]))
    def transact(self, actions: list[tuple[Key, Item | None, bool | None]]) -> None:
        """Write several items or none."""
        parts = []
        for key, attributes, exists in actions:
            members = {"TableName": TABLE, **_condition(exists)}
            if attributes is None:
                parts.append({"Delete": {**members, "Key": key_of(key)}})
            else:
                parts.append({"Put": {**members, "Item": {**key_of(key), **attributes}}})
        failing = ["None" if self._holds(key, exists) else "Failed" for key, _, exists in actions]
        answer = self._try("TransactWriteItems", {"TransactItems": parts})
        if isinstance(answer, ApiError):
            assert answer.fields is not None
            reasons = [reason["Code"] for reason in answer.fields["CancellationReasons"]]
            assert failing == [code.removeprefix("ConditionalCheck") for code in reasons]
        else:
            assert "Failed" not in failing
            for key, attributes, _ in actions:
                self._set(key, None if attributes is None else {**key_of(key), **attributes})

    @rule(actions=st.lists(_ACTIONS, min_size=1, max_size=5, unique_by=lambda action: action[0]))
    def batch(self, actions: list[tuple[Key, Item | None, bool | None]]) -> None:
        """Put and delete several items."""
        requests = []
        for key, attributes, _ in actions:
            item = None if attributes is None else {**key_of(key), **attributes}
            requests.append(
                {"DeleteRequest": {"Key": key_of(key)}}
                if item is None
                else {"PutRequest": {"Item": item}}
            )
            self._set(key, item)
        self._call("BatchWriteItem", {"RequestItems": {TABLE: requests}})

    @rule(key=_KEYS, number=_NUMBERS)
    def insert(self, key: Key, number: int) -> None:
        """Insert an item by a statement, which refuses one that is there."""
        item = {**key_of(key), "n": {"N": str(number)}}
        statement = "INSERT INTO items VALUE {'pk': ?, 'sk': ?, 'n': ?}"
        values = [item["pk"], item["sk"], item["n"]]
        answer = self._try(*_statement(statement, values))
        if isinstance(answer, ApiError):
            assert ("DuplicateItemException", True) == (answer.code, key in self.model)
        else:
            assert key not in self.model
            self._set(key, item)

    @rule(key=_KEYS, group=_GROUPS | st.none())
    def execute(self, key: Key, group: str | None) -> None:
        """Update an item by a statement, which wants it to be there, or delete it."""
        values = list(key_of(key).values())
        old = self.model.get(key)
        if group is None:
            statement = "DELETE FROM items WHERE pk = ? AND sk = ? RETURNING ALL OLD *"
        else:
            statement = "UPDATE items SET g = ? WHERE pk = ? AND sk = ? RETURNING ALL OLD *"
            values.insert(0, {"S": group})
        answer = self._try(*_statement(statement, values))
        if isinstance(answer, ApiError):
            assert ("ConditionalCheckFailedException", None) == (answer.code, old)
            assert group is not None
        else:
            assert ([] if old is None else [old]) == answer["Items"]
            if group is None:
                self._set(key, None)
            else:
                assert old is not None
                self._set(key, {**old, "g": {"S": group}})

    @rule(seconds=st.integers(0, 200))
    def expire(self, seconds: int) -> None:
        """Let time pass and expired items be deleted."""
        self._clock.advance(seconds * 1000)
        now = self._clock.now_ms() / 1000
        self._loop.run_until_complete(Expiry(self._region).turn())
        for key, item in list(self.model.items()):
            if "e" in item and int(item["e"]["N"]) <= now:
                self._set(key, None)

    # --- reading

    @rule()
    def read_stream(self) -> None:
        """The stream has every change of every item, in order, with both images."""
        table = self._region.catalog.find("000000000000", TABLE)
        assert table is not None
        told: dict[Key, list[tuple[Item | None, Item | None]]] = {}
        records = self._region.store.feed(table.number, 0, records_max=10**6, bytes_max=1 << 40)
        for record in records:
            item = record.new_item or record.old_item
            assert item is not None
            key = item["pk"]["S"], int(item["sk"]["N"])
            told.setdefault(key, []).append((record.old_item, record.new_item))
        assert self._changes == told

    @rule(partition=st.sampled_from(["a", "b", "ü\0"]))
    def select(self, partition: str) -> None:
        """Select a partition by a statement."""
        statement = "SELECT * FROM items WHERE pk = ?"
        answer = self._call(*_statement(statement, [{"S": partition}]))
        keys = sorted(key for key in self.model if key[0] == partition)
        assert [self.model[key] for key in keys] == answer["Items"]

    @rule(key=_KEYS)
    def get(self, key: Key) -> None:
        """Get one item."""
        answer = self._call("GetItem", {"TableName": TABLE, "Key": key_of(key)})
        assert self.model.get(key) == answer.get("Item")

    @rule(
        partition=st.sampled_from(["a", "b", "ü\0"]),
        bounds=st.tuples(_NUMBERS, _NUMBERS).map(sorted),
        forward=st.booleans(),
        limit=st.integers(1, 4),
    )
    def query(self, partition: str, bounds: list[int], forward: bool, limit: int) -> None:  # noqa: FBT001
        """Query a part of a partition in pages."""
        low, high = bounds
        wanted = [
            item
            for key, item in sorted(self.model.items(), key=lambda pair: pair[0][1])
            if key[0] == partition and low <= key[1] <= high
        ]
        found = self._pages(
            "Query",
            KeyConditionExpression="pk = :p AND sk BETWEEN :low AND :high",
            ExpressionAttributeValues={
                ":p": {"S": partition},
                ":low": {"N": str(low)},
                ":high": {"N": str(high)},
            },
            ScanIndexForward=forward,
            Limit=limit,
        )
        assert wanted == (found if forward else found[::-1])

    @rule(group=_GROUPS, least=_NUMBERS, limit=st.integers(1, 4))
    def query_global_index(self, group: str, least: int, limit: int) -> None:
        """Query the global index in pages: sparse, in the order of its range key."""
        found = self._pages(
            "Query",
            IndexName="global",
            KeyConditionExpression="g = :g AND n >= :n",
            ExpressionAttributeValues={":g": {"S": group}, ":n": {"N": str(least)}},
            Limit=limit,
        )
        wanted = [
            item
            for item in self.model.values()
            if item.get("g") == {"S": group} and "n" in item and int(item["n"]["N"]) >= least
        ]
        numbers = [int(item["n"]["N"]) for item in found]
        assert sorted(numbers) == numbers
        assert sorted(wanted, key=_dumped) == sorted(found, key=_dumped)

    @rule(limit=st.integers(1, 5))
    def scan(self, limit: int) -> None:
        """Scan the table in pages."""
        found = self._pages("Scan", Limit=limit)
        assert sorted(self.model.values(), key=_dumped) == sorted(found, key=_dumped)

    @rule(limit=st.integers(1, 5))
    def scan_local_index(self, limit: int) -> None:
        """Scan the local index in pages: keys alone."""
        found = self._pages("Scan", IndexName="local", Limit=limit)
        wanted = [
            {name: item[name] for name in ("pk", "sk", "n")}
            for item in self.model.values()
            if "n" in item
        ]
        assert sorted(wanted, key=_dumped) == sorted(found, key=_dumped)

    @rule(seconds=st.integers(-100, 100))
    def restart(self, seconds: int) -> None:
        """Open the region again, on a clock that may have been set back."""
        self._clock.advance(seconds * 1000)
        self._region = self._open(self.reopened(self._region.store))

    def reopened(self, store: Store) -> Engine:
        """Return the engine of a region that was open."""
        raise NotImplementedError

    @invariant()
    def counts_are_exact(self) -> None:
        """The counts are those of the model."""
        table = self._region.catalog.find("000000000000", TABLE)
        if table is None:
            return
        indexed = sum("g" in item and "n" in item for item in self.model.values())
        numbered = sum("n" in item for item in self.model.values())
        counts = {
            index.name: self._region.store.index_statistics(table, index.number)[0]
            for index in table.indexes
        }
        assert len(self.model) == self._region.store.statistics(table)[0]
        assert {"global": indexed, "local": numbered} == counts

    def teardown(self) -> None:
        """Close everything."""
        if self._region.catalog.find("000000000000", TABLE) is not None:
            self.read_stream()
        self._loop.run_until_complete(self._region.store.close())
        self._loop.close()
        shutil.rmtree(self._folder)

    # --- both sides

    def _open(self, engine: Engine) -> Region:
        store = Store("eu-west-1", engine, self._clock)
        return Region(
            name="eu-west-1",
            settings=Settings(),
            store=store,
            catalog=store.catalog,
            hlc=store.hlc,
            clock=self._clock,
            randomness=SeededRandomness(1),
            tasks=Tasks(),
        )

    def _call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation as the gateway does."""

        async def answer() -> dict[str, Any]:
            body = orjson.dumps(request)
            region = self._region
            call = Call(
                operation,
                orjson.loads(body),
                region,
                Node(lambda _: region),
                "000000000000",
                "key",
                len(body),
            )
            outcome = HANDLERS[f"DynamoDB_20120810.{operation}"](call)
            told = await outcome if isinstance(outcome, Awaitable) else outcome
            parsed: dict[str, Any] = orjson.loads(
                told if isinstance(told, bytes) else orjson.dumps(told)
            )
            return parsed

        return self._loop.run_until_complete(answer())

    def _try(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any] | ApiError:
        """Call an operation that may refuse."""
        try:
            return self._call(operation, request)
        except ApiError as error:
            return error

    def _write(
        self,
        operation: str,
        request: dict[str, Any],
        changes: dict[Key, Item | None],
        conditions: dict[Key, bool | None],
    ) -> None:
        """Write one item on both sides; ALL_OLD must be what the model had."""
        ((key, new),) = changes.items()
        old = self.model.get(key)
        holds = self._holds(key, conditions.get(key))
        answer = self._try(operation, {"TableName": TABLE, **request})
        if isinstance(answer, ApiError):
            assert ("ConditionalCheckFailedException", False) == (answer.code, holds)
        else:
            assert (True, old) == (holds, answer.get("Attributes"))
            self._set(key, new)

    def _holds(self, key: Key, exists: bool | None) -> bool:  # noqa: FBT001
        return exists is None or exists == (key in self.model)

    def _set(self, key: Key, item: Item | None) -> None:
        old = self.model.get(key)
        if old != item:
            self._changes.setdefault(key, []).append((old, item))
        if item is None:
            self.model.pop(key, None)
        else:
            self.model[key] = item

    def _pages(self, operation: str, **members: Any) -> list[Item]:
        found: list[Item] = []
        start: dict[str, Any] = {}
        while True:
            page = self._call(operation, {"TableName": TABLE, **members, **start})
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _statement(text: str, values: list[Any]) -> tuple[str, dict[str, Any]]:
    return "ExecuteStatement", {"Statement": text, "Parameters": values}


class MemoryModel(OperationsModel):
    """On the engine in memory."""

    def engine(self) -> Engine:
        """Return an empty engine."""
        return MemoryEngine()

    def reopened(self, store: Store) -> Engine:
        """Return the same engine: it would forget everything if it were closed."""
        store._thread.shutdown()
        return store._engine


class EmbeddedModel(OperationsModel):
    """On the engine on the disk."""

    def engine(self) -> Engine:
        """Return the engine of this test's folder."""
        return EmbeddedEngine(self._folder / "engine", "os")

    def reopened(self, store: Store) -> Engine:
        """Close the engine and open it again."""
        self._loop.run_until_complete(store.close())
        return self.engine()


def _condition(exists: bool | None) -> dict[str, str]:  # noqa: FBT001
    if exists is None:
        return {}
    return {"ConditionExpression": f"attribute_{'' if exists else 'not_'}exists(pk)"}


def _dumped(item: Item) -> bytes:
    return orjson.dumps(item, option=orjson.OPT_SORT_KEYS)


TestMemoryModel = MemoryModel.TestCase
TestMemoryModel.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
TestEmbeddedModel = EmbeddedModel.TestCase
TestEmbeddedModel.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
