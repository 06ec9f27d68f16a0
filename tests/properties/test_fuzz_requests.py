"""Whatever values, expressions and statements come to a table with items and indexes: an answer or AWS's refusal."""

import json
import random
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from globaltables.operations.registry import HANDLERS
from tests.support.in_process import InProcess
from tests.support.model_walk import Walker, operations
from tests.support.odd_expressions import odd_expression, used
from tests.support.odd_json import deep_value, large_value, mutated_json, odd_value
from tests.support.target import Reply

_REQUESTS = 2_500
_OF_EACH_OPERATION = 40
_OPERATIONS = dict(operations())
_TABLE = "fuzzed"
_SERVICE = "DynamoDB_20120810."
_STATEMENT = _SERVICE + "ExecuteStatement"
_ATTRIBUTES = ("a", "b", "l", "m", "n", "ss", "g", "lk", "a.b c[0]")
_RETURNS = ("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")
_ITEM: dict[str, Any] = {
    "a": {"S": "a"},
    "n": {"N": "5"},
    "l": {"L": [{"S": "x"}, {"L": [{"N": "1"}]}]},
    "m": {"M": {"a": {"N": "1"}, "b": {"L": [{"S": "y"}]}}},
    "ss": {"SS": ["a", "c"]},
    "g": {"S": "g"},
    "lk": {"N": "2"},
}


@pytest.fixture(scope="module")
def node() -> Iterator[InProcess]:
    """A node with a table that has a local and a global index."""

    def schema(partition: str, sort: str) -> list[dict[str, str]]:
        keys = ((partition, "HASH"), (sort, "RANGE"))
        return [{"AttributeName": name, "KeyType": kind} for name, kind in keys]

    with InProcess() as made:
        reply = made.ask(
            _SERVICE + "CreateTable",
            {
                "TableName": _TABLE,
                "KeySchema": schema("pk", "sk"),
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": kind}
                    for name, kind in (("pk", "S"), ("sk", "N"), ("g", "S"), ("lk", "N"))
                ],
                "BillingMode": "PAY_PER_REQUEST",
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "global",
                        "KeySchema": schema("g", "lk"),
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
                "LocalSecondaryIndexes": [
                    {
                        "IndexName": "local",
                        "KeySchema": schema("pk", "lk"),
                        "Projection": {"ProjectionType": "KEYS_ONLY"},
                    }
                ],
                "StreamSpecification": {
                    "StreamEnabled": True,
                    "StreamViewType": "NEW_AND_OLD_IMAGES",
                },
            },
        )
        assert 200 == reply.status, reply
        yield made


class Requests:
    """Makes requests for items, most of them nearly right."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def key(self) -> dict[str, Any]:
        """Return a key, sometimes one that does not fit."""
        if self.chance.random() < 0.05:
            return {"pk": odd_value(self.chance), "sk": odd_value(self.chance)}
        return {"pk": {"S": self.chance.choice("ab")}, "sk": {"N": str(self.chance.randrange(3))}}

    def item(self) -> dict[str, Any]:
        """Return an item: of odd values, of the greatest size, or of the greatest depth."""
        item = {**self.key(), **_ITEM}
        for _ in range(self.chance.choice((0, 0, 1, 1, 3))):
            item[self.chance.choice(_ATTRIBUTES)] = odd_value(self.chance)
        if self.chance.random() < 0.01:
            item = {**self.key(), "large": large_value(self.chance, 2 + 1 + 2 + 2 + 5)}
        if self.chance.random() < 0.05:
            item["deep"] = deep_value(self.chance.choice((31, 32, 33)), self.chance)
        return item

    def expression(self, member: str, kind: str) -> dict[str, Any]:
        """Return an expression with its names and values."""
        expression = odd_expression(self.chance, kind)
        return {member: expression, **used(expression, self.chance)}

    def write(self) -> tuple[str, dict[str, Any]]:
        """Return a put, an update or a delete, as a request or as an action of a transaction."""
        kind = self.chance.choice(("Put", "Update", "Update", "Delete"))
        request: dict[str, Any] = {"TableName": _TABLE}
        if kind == "Put":
            request["Item"] = self.item()
        else:
            request["Key"] = self.key()
        if kind == "Update":
            request |= self.expression("UpdateExpression", "update")
        elif self.chance.random() < 0.5:
            request |= self.expression("ConditionExpression", "condition")
        return kind, request

    def any(self) -> tuple[str, dict[str, Any]]:
        """Return an operation and a request."""
        chance = self.chance
        match chance.randrange(11):
            case 0 | 1 | 2:
                kind, request = self.write()
                if chance.random() < 0.3:
                    request["ReturnValues"] = chance.choice(_RETURNS)
                return f"{kind}Item", request
            case 3:
                request = self.expression("ProjectionExpression", "projection")
                return "GetItem", {"TableName": _TABLE, "Key": self.key(), **request}
            case 4 | 5:
                request = {"TableName": _TABLE, **self.expression("KeyConditionExpression", "key")}
                if chance.random() < 0.3:
                    request["IndexName"] = chance.choice(("global", "local", "none"))
                if chance.random() < 0.2:
                    request["ExclusiveStartKey"] = self.item()
                return "Query", request
            case 6:
                return "Scan", {
                    "TableName": _TABLE,
                    **self.expression("FilterExpression", "condition"),
                }
            case 7:
                writes = [
                    {"PutRequest": {"Item": self.item()}},
                    {"DeleteRequest": {"Key": self.key()}},
                ]
                return "BatchWriteItem", {"RequestItems": {_TABLE: writes}}
            case 8:
                keys = [self.key() for _ in range(3)]
                return "BatchGetItem", {"RequestItems": {_TABLE: {"Keys": keys}}}
            case 9:
                gets = [{"Get": {"TableName": _TABLE, "Key": self.key()}} for _ in range(2)]
                return "TransactGetItems", {"TransactItems": gets}
        actions = [dict([self.write()]) for _ in range(chance.randrange(1, 4))]
        return "TransactWriteItems", {"TransactItems": actions}


def _fault(reply: Reply) -> str:
    """Return what is wrong with an answer."""
    if reply.status == 200:
        return ""
    if reply.status != 400 or not reply.code:
        return f"{reply.status} {reply.body}"
    return ""


def test_items_of_any_kind_are_answered_or_refused(node: InProcess, fuzz_seed: int) -> None:
    """Odd values, odd expressions and mutations of both, on items that change meanwhile."""
    for number in range(_REQUESTS):
        requests = Requests(random.Random(fuzz_seed * _REQUESTS + number))
        operation, request = requests.any()
        if requests.chance.random() < 0.15:
            request = mutated_json(requests.chance, request)
        fault = _fault(node.ask(_SERVICE + operation, request))
        assert not fault, (
            f"seed {fuzz_seed}, request {number}: {operation} {request!r:.900}: {fault}"
        )


@pytest.mark.parametrize("target", HANDLERS)
def test_requests_of_any_operation_are_answered_or_refused(
    node: InProcess, target: str, fuzz_seed: int
) -> None:
    """What the model allows, with values changed, doubled and left out."""
    walker = Walker(_OPERATIONS[target])
    places = [place.path for place in walker.places()] or [()]
    for number in range(_OF_EACH_OPERATION):
        chance = random.Random(f"{target} {fuzz_seed} {number}")
        request = walker.request(chance.choice(places))
        for _ in range(chance.randrange(3)):
            request |= walker.request(chance.choice(places))
        if chance.random() < 0.7:
            request = renamed(request)
        fault = _fault(node.ask(target, mutated_json(chance, request)))
        assert not fault, f"seed {fuzz_seed}, request {number}: {request!r:.900}: {fault}"


def renamed(request: Any) -> Any:
    """Return a request about the table that is there."""
    text = json.dumps(request).replace('"walked"', f'"{_TABLE}"')
    return json.loads(text.replace("table/walked", f"table/{_TABLE}"))


@pytest.mark.skipif(_STATEMENT not in HANDLERS, reason="PartiQL is not served")
def test_statements_of_any_kind_are_answered_or_refused(node: InProcess, fuzz_seed: int) -> None:
    """Right PartiQL changed, tokens in any order, and nesting without end."""
    for number in range(_REQUESTS):
        chance = random.Random(fuzz_seed * _REQUESTS + number)
        request: dict[str, Any] = {"Statement": odd_expression(chance, "statement") or " "}
        if chance.random() < 0.2:
            request["Parameters"] = [odd_value(chance) for _ in range(chance.randrange(1, 3))]
        fault = _fault(node.ask(_STATEMENT, request))
        assert not fault, f"seed {fuzz_seed}, statement {number}: {request!r:.900}: {fault}"


#: Expressions that grow with a number, by the member of UpdateItem, Query or Scan that takes them.
_GROWING: dict[str, tuple[str, str, str, str]] = {
    "or": ("Scan", "FilterExpression", "a = :s", " OR a = :s"),
    "not": ("Scan", "FilterExpression", "a = :s", " AND NOT a = :s"),
    "in": ("Scan", "FilterExpression", "a IN (:s", ",:s"),
    "path": ("Scan", "FilterExpression", ":s = a", ".a"),
    "index": ("Scan", "FilterExpression", ":s = a", "[0]"),
    "projection": ("Scan", "ProjectionExpression", "x", ",y{}"),
    "remove": ("UpdateItem", "UpdateExpression", "REMOVE x", ",y{}"),
    "set": ("UpdateItem", "UpdateExpression", "SET x=:s", ",y{}=:s"),
    "deep remove": ("UpdateItem", "UpdateExpression", "REMOVE x", ",m.y{}"),
    "list remove": ("UpdateItem", "UpdateExpression", "REMOVE x", ",l[{}]"),
    "nonsense": ("UpdateItem", "UpdateExpression", "!", "!"),
    "blanks": ("UpdateItem", "UpdateExpression", "SET a=:s", " "),
    "statement": ("ExecuteStatement", "Statement", "SELECT * FROM fuzzed WHERE a=1", " OR a=1"),
    "statement list": ("ExecuteStatement", "Statement", "SELECT * FROM fuzzed WHERE a IN [1", ",1"),
    "statement item": (
        "ExecuteStatement",
        "Statement",
        "INSERT INTO fuzzed VALUE {'a':1",
        ",'y{}':1",
    ),
}


@pytest.mark.parametrize("name", _GROWING)
def test_work_of_an_expression_grows_as_its_length(node: InProcess, name: str) -> None:
    """Counted in lines of our code, not in time: twice the expression is about twice the work."""
    operation, member, begin, more = _GROWING[name]
    if _SERVICE + operation not in HANDLERS:
        pytest.skip("PartiQL is not served")
    lines = []
    for count in (1, 60, 120):
        grown = begin + "".join(more.format(number) for number in range(count))
        grown += {"in": ")", "statement list": "]", "statement item": "}"}.get(name, "")
        request: dict[str, Any] = {member: grown}
        if operation != "ExecuteStatement":
            request["TableName"] = _TABLE
            if ":s" in grown:
                request["ExpressionAttributeValues"] = {":s": {"S": "zzz"}}
        if operation == "UpdateItem":
            request["Key"] = {"pk": {"S": "growth"}, "sk": {"N": "0"}}
        lines.append(_lines_of(node, _SERVICE + operation, request))

    assert lines[2] - lines[0] < 2.6 * (lines[1] - lines[0]) + 500


def _lines_of(node: InProcess, target: str, request: dict[str, Any]) -> int:
    """Return how many lines of our own code an answer takes."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace if "globaltables" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        node.ask(target, request)
    finally:
        sys.settrace(before)
    return count
