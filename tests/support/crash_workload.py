"""Writers that know exactly what they were told: the workload of the tests that kill the server.

Every writer has partitions of its own, so what its items must look like follows from its own answers alone: all that
was acknowledged, and of the one request that was under way either everything or nothing.
"""

import json
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

Item = dict[str, dict[str, Any]]
Key = tuple[str, str]

TABLE = "accounts"
SHARED_KEY: Key = ("shared", "0")
_KEYS_PER_WRITER = 10
_GROUPS = 4
_TEXT_MAX = 1_500
_SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
    f"SignedHeaders=host;x-amz-date;x-amz-target, Signature={'0' * 64}"
)
DEFINITION: dict[str, Any] = {
    "TableName": TABLE,
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in (("pk", "S"), ("sk", "S"), ("g", "S"), ("l", "S"), ("n", "N"))
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-group",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        },
        {
            "IndexName": "by-number",
            "KeySchema": [
                {"AttributeName": "g", "KeyType": "HASH"},
                {"AttributeName": "n", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "by-local",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "l", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["v"]},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
#: What each index needs of an item, and what it shows of it (None is all).
INDEXES: Mapping[str, tuple[set[str], set[str] | None]] = {
    "by-group": ({"g"}, None),
    "by-number": ({"g", "n"}, {"pk", "sk", "g", "n"}),
    "by-local": ({"l"}, {"pk", "sk", "l", "v"}),
}


class UnansweredError(Exception):
    """The connection ended before an answer came: nobody knows what became of the request."""


class RefusedError(Exception):
    """An answer with another status than 200.

    Args:
        status: e.g. 503.
        body: what was answered.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class Connection:
    """One kept connection to a server that does not verify signatures."""

    def __init__(self, endpoint: str) -> None:
        address = urlsplit(endpoint)
        self._connection = HTTPConnection(address.hostname or "", address.port, timeout=20)

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request of DynamoDB's API.

        Raises:
            UnansweredError: the server went away.
            RefusedError: it answered with an error.
        """
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "X-Amz-Date": "20260101T000000Z",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": _SIGNATURE,
        }
        try:
            self._connection.request("POST", "/", json.dumps(request), headers)
            response = self._connection.getresponse()
            body = json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise UnansweredError(operation) from error
        if response.status != 200:
            raise RefusedError(response.status, body)
        answer: dict[str, Any] = body
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@dataclass
class Write:
    """One request, and what it makes of the items that it names (None is no item).

    Attributes:
        atomic: whether AWS promises that all of it happens or nothing.
    """

    operation: str
    request: dict[str, Any]
    changes: dict[Key, Item | None]
    atomic: bool = True


@dataclass
class Writer:
    """Writes at random to its own partitions and keeps account.

    Attributes:
        acknowledged: every item as the answers so far say it is.
        pending: the request that was not answered.
        answered: how many were.
    """

    name: str
    chance: random.Random
    acknowledged: dict[Key, Item | None] = field(default_factory=dict)
    pending: Write | None = None
    answered: int = 0

    def run(self, connection: Connection) -> None:
        """Write until the server goes away or refuses.

        Raises:
            RefusedError: a write that is right was refused.
        """
        while True:
            write = self.pending = self._plan()
            try:
                connection.call(write.operation, write.request)
            except UnansweredError:
                return
            self.acknowledged.update(write.changes)
            self.pending = None
            self.answered += 1

    def settle(self, items: Mapping[Key, Item], connection: Connection) -> str:
        """Compare with what is stored after a restart, and go on from there.

        Returns:
            What became of the request that was not answered: "none", "absent", "present" or "partly".
        """
        own = {key for key in items if key[0].startswith(f"{self.name}.")}
        pending = self.pending
        touched = pending.changes if pending is not None else {}
        for key in own | self.acknowledged.keys():
            if key not in touched:
                assert self.acknowledged.get(key) == items.get(key), key
        fate = "none"
        if pending is not None:
            fate = self._fate(pending, items)
            self.acknowledged.update({key: items.get(key) for key in touched})
            if pending.operation == "TransactWriteItems":
                # The token makes the repetition harmless where the first attempt was stored.
                connection.call(pending.operation, pending.request)
                self.acknowledged.update(pending.changes)
            self.pending = None
        return fate

    def _fate(self, pending: Write, items: Mapping[Key, Item]) -> str:
        done = set()
        for key, new in pending.changes.items():
            old = self.acknowledged.get(key)
            actual = items.get(key)
            assert actual in (old, new), (key, actual, old, new)
            if old != new:
                done.add(actual == new)
        if len(done) > 1:
            assert not pending.atomic, ("half of it is stored", pending)
            return "partly"
        return "present" if done == {True} else "absent"

    def _plan(self) -> Write:
        plans: list[Callable[[], Write]] = [
            self._put,
            self._put,
            self._count,
            self._count,
            self._delete,
            self._batch,
            self._transfer,
        ]
        return self.chance.choice(plans)()

    def _key(self) -> Key:
        number = self.chance.randrange(_KEYS_PER_WRITER)
        return f"{self.name}.{number % 3}", str(number)

    def _item(self, key: Key) -> Item:
        item = {**key_of(key), "v": {"S": "x" * self.chance.randrange(1, _TEXT_MAX)}}
        if self.chance.random() < 0.7:
            item["g"] = self._group()
        if self.chance.random() < 0.5:
            item["n"] = {"N": str(self.chance.randrange(1000))}
        if self.chance.random() < 0.5:
            item["l"] = {"S": str(self.chance.randrange(100))}
        return item

    def _group(self) -> dict[str, Any]:
        return {"S": f"group{self.chance.randrange(_GROUPS)}"}

    def _put(self) -> Write:
        key = self._key()
        item = self._item(key)
        return Write("PutItem", {"TableName": TABLE, "Item": item}, {key: item})

    def _delete(self) -> Write:
        key = self._key()
        return Write("DeleteItem", {"TableName": TABLE, "Key": key_of(key)}, {key: None})

    def _count(self) -> Write:
        key = self._key()
        update, new = self._addition(key, 1)
        return Write("UpdateItem", update, {key: new})

    def _batch(self) -> Write:
        changes: dict[Key, Item | None] = {}
        requests = []
        for _ in range(4):
            key = self._key()
            if key in changes:
                continue
            if self.chance.random() < 0.7:
                item = changes[key] = self._item(key)
                requests.append({"PutRequest": {"Item": item}})
            else:
                changes[key] = None
                requests.append({"DeleteRequest": {"Key": key_of(key)}})
        return Write("BatchWriteItem", {"RequestItems": {TABLE: requests}}, changes, atomic=False)

    def _transfer(self) -> Write:
        """Move an amount from one account to another: the sum over all accounts of a writer stays 0."""
        amount = self.chance.randrange(1, 100)
        keys = [(f"{self.name}.account", "a"), (f"{self.name}.account", "b")]
        giving, new_giver = self._addition(keys[0], -amount)
        taking, new_taker = self._addition(keys[1], amount)
        request = {
            "TransactItems": [{"Update": giving}, {"Update": taking}],
            "ClientRequestToken": f"{self.name}-{self.chance.getrandbits(64):x}",
        }
        return Write("TransactWriteItems", request, {keys[0]: new_giver, keys[1]: new_taker})

    def _addition(self, key: Key, amount: int) -> tuple[dict[str, Any], Item]:
        group = self._group()
        old = self.acknowledged.get(key) or key_of(key)
        number = int(old.get("n", {"N": "0"})["N"]) + amount
        update = {
            "TableName": TABLE,
            "Key": key_of(key),
            "UpdateExpression": "ADD n :amount SET g = :group",
            "ExpressionAttributeValues": {":amount": {"N": str(amount)}, ":group": group},
        }
        return update, {**old, "n": {"N": str(number)}, "g": group}


@dataclass
class SharedCounter:
    """Counts, with others like it, on one item: the order of requests is the server's."""

    answered: int = 0
    unanswered: int = 0

    def run(self, connection: Connection) -> None:
        """Add 1 until the server goes away."""
        request = {
            "TableName": TABLE,
            "Key": key_of(SHARED_KEY),
            "UpdateExpression": "ADD n :one SET g = :group",
            "ExpressionAttributeValues": {":one": {"N": "1"}, ":group": {"S": "group0"}},
        }
        while True:
            try:
                connection.call("UpdateItem", request)
            except UnansweredError:
                self.unanswered += 1
                return
            self.answered += 1


def key_of(key: Key) -> Item:
    """Return a key in DynamoDB JSON."""
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def run_all(endpoint: str, works: list[Writer | SharedCounter]) -> Callable[[], None]:
    """Start every writer on a thread and connection of its own.

    Returns:
        A function that waits for their end and raises what any of them raised.
    """
    failures: list[BaseException] = []

    def work(one: Writer | SharedCounter) -> None:
        connection = Connection(endpoint)
        try:
            one.run(connection)
        except Exception as error:  # noqa: BLE001 - raised by the test's own thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(one,)) for one in works]
    for thread in threads:
        thread.start()

    def wait() -> None:
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    return wait
