"""TransactWriteItems, seen from outside."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.support.indexed_tables import INDEXED, KIB, consumed, texts
from tests.support.target import Reply, Target

Client = Callable[..., Any]
MakeTable = Callable[..., str]
_FAILED = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
_NONE = {"Code": "None"}


def _cancelled(*codes: str) -> str:
    return (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        f"[{', '.join(codes)}]"
    )


def _put(table: str, condition: str = "", **attributes: str) -> dict[str, Any]:
    members: dict[str, Any] = {"TableName": table, "Item": texts(**attributes)}
    return {"Put": members | ({"ConditionExpression": condition} if condition else {})}


def _check(table: str, condition: str, **key: str) -> dict[str, Any]:
    return {
        "ConditionCheck": {
            "TableName": table,
            "Key": texts(**key),
            "ConditionExpression": condition,
        }
    }


def _update(table: str, expression: str, amount: int = 1, **key: str) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": table,
            "Key": texts(**key),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": {":n": {"N": str(amount)}},
        }
    }


def _delete(table: str, condition: str = "", **key: str) -> dict[str, Any]:
    members: dict[str, Any] = {"TableName": table, "Key": texts(**key)}
    return {"Delete": members | ({"ConditionExpression": condition} if condition else {})}


def _transact(target: Target, *actions: dict[str, Any], **members: Any) -> Reply:
    return target.call("TransactWriteItems", {"TransactItems": list(actions), **members})


def _items(target: Target, table: str) -> dict[str, Any]:
    found = target.call("Scan", {"TableName": table, "ConsistentRead": True}).body["Items"]
    return {item["pk"]["S"]: item for item in found}


def test_transaction_does_all_of_its_actions_in_several_tables(
    target: Target, make_table: MakeTable
) -> None:
    """Puts, updates, deletes and checks happen together."""
    first, second = make_table(), make_table()
    target.call("PutItem", {"TableName": first, "Item": texts(pk="gone")})
    target.call("PutItem", {"TableName": second, "Item": texts(pk="checked", v="1")})

    reply = _transact(
        target,
        _put(first, pk="new"),
        _update(first, "SET v = :n", pk="updated"),
        _delete(first, pk="gone"),
        _check(second, "attribute_exists(v)", pk="checked"),
        _put(second, pk="new"),
    )

    assert (200, {}) == (reply.status, reply.body)
    assert {"new", "updated"} == _items(target, first).keys()
    assert {"checked", "new"} == _items(target, second).keys()


@pytest.mark.parametrize("kind", ["put", "update", "delete", "check"])
def test_transaction_with_a_failing_condition_does_nothing(
    target: Target, make_table: MakeTable, kind: str
) -> None:
    """Every kind of action may carry a condition; the reasons are in the order of the actions."""
    table = make_table()
    target.call("PutItem", {"TableName": table, "Item": texts(pk="a", v="1")})
    failing = {
        "put": _put(table, "attribute_not_exists(pk)", pk="a"),
        "update": _update(table, "SET v = :n", pk="a"),
        "delete": _delete(table, "attribute_not_exists(pk)", pk="a"),
        "check": _check(table, "attribute_not_exists(pk)", pk="a"),
    }[kind]
    if kind == "update":
        failing["Update"]["ConditionExpression"] = "attribute_not_exists(pk)"

    reply = _transact(target, _put(table, pk="b"), failing, _put(table, pk="c"))

    assert ("TransactionCanceledException", 400) == (reply.code, reply.status)
    assert _cancelled("None", "ConditionalCheckFailed", "None") == reply.message
    assert [_NONE, _FAILED, _NONE] == reply.body["CancellationReasons"]
    assert {"a": texts(pk="a", v="1")} == _items(target, table)


def test_transaction_tells_every_condition_that_fails(
    target: Target, make_table: MakeTable
) -> None:
    """Not only the first; with the item where the action asks for it."""
    table = make_table()
    target.call("PutItem", {"TableName": table, "Item": texts(pk="a", v="1")})
    shown = _put(table, "attribute_not_exists(pk)", pk="a")
    shown["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    nothing = _check(table, "attribute_exists(pk)", pk="none")
    nothing["ConditionCheck"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"

    reply = _transact(target, shown, nothing)

    assert _cancelled("ConditionalCheckFailed", "ConditionalCheckFailed") == reply.message
    assert [{**_FAILED, "Item": texts(pk="a", v="1")}, _FAILED] == reply.body["CancellationReasons"]


def test_transaction_with_an_update_that_does_not_fit_the_item_is_cancelled(
    target: Target, make_table: MakeTable
) -> None:
    """What shows only beside the current item is a reason, not a refusal of the request."""
    table = make_table()
    target.call("PutItem", {"TableName": table, "Item": texts(pk="a", v="text")})

    reply = _transact(target, _put(table, pk="b"), _update(table, "ADD v :n", pk="a"))

    assert _cancelled("None", "ValidationError") == reply.message
    assert {
        "Code": "ValidationError",
        "Message": "An operand in the update expression has an incorrect data type",
    } == reply.body["CancellationReasons"][1]
    assert ["a"] == list(_items(target, table))


def test_transaction_with_a_key_that_does_not_fit_is_cancelled(
    target: Target, make_table: MakeTable
) -> None:
    """The other actions have no reason."""
    table = make_table()

    reply = _transact(target, _put(table, pk="b"), _delete(table, x="a"))

    assert _cancelled("None", "ValidationError") == reply.message
    assert {
        "Code": "ValidationError",
        "Message": "The provided key element does not match the schema",
    } == reply.body["CancellationReasons"][1]
    assert {} == _items(target, table)


@pytest.mark.parametrize("second", ["put", "update", "delete", "check"])
def test_transaction_with_two_actions_on_one_item_is_refused(
    target: Target, make_table: MakeTable, second: str
) -> None:
    """The actions have no order among them."""
    table = make_table()
    action = {
        "put": _put(table, pk="a"),
        "update": _update(table, "SET v = :n", pk="a"),
        "delete": _delete(table, pk="a"),
        "check": _check(table, "attribute_exists(pk)", pk="a"),
    }[second]

    reply = _transact(target, _put(table, pk="a"), action)

    assert (
        "ValidationException",
        "Transaction request cannot include multiple operations on one item",
    ) == (reply.code, reply.message)


def test_transaction_of_100_actions_is_done_and_of_101_refused(
    target: Target, make_table: MakeTable
) -> None:
    """100 is the limit; AWS shows the request in the text in its own way."""
    table = make_table()
    actions = [_put(table, pk=str(number)) for number in range(101)]

    refused = _transact(target, *actions)
    done = _transact(target, *actions[:100])

    assert ("ValidationException", 200) == (refused.code, done.status)
    assert re.fullmatch(
        r"1 validation error detected: Value .*at 'transactItems' failed to satisfy constraint: "
        r"Member must have length less than or equal to 100",
        refused.message,
    )
    assert 100 == len(_items(target, table))


def test_transaction_of_nothing_is_refused(target: Target) -> None:
    """There must be an action."""
    assert (
        "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    ) == _transact(target).message


@pytest.mark.parametrize("kinds", [0, 2])
def test_transaction_with_an_action_that_is_not_one_is_refused(
    target: Target, make_table: MakeTable, kinds: int
) -> None:
    """Each action is a check, a put, a delete or an update."""
    table = make_table()
    action = _put(table, pk="a") | _delete(table, pk="b") if kinds else {}

    reply = _transact(target, action)

    assert (
        "ValidationException",
        "TransactItems can only contain one of Check, Put, Update or Delete",
    ) == (reply.code, reply.message)


def test_transaction_with_a_condition_check_without_condition_is_refused(
    target: Target, make_table: MakeTable
) -> None:
    """It would check nothing."""
    action = _check(make_table(), "attribute_exists(pk)", pk="a")
    del action["ConditionCheck"]["ConditionExpression"]

    assert "ValidationException" == _transact(target, action).code


def test_transaction_with_an_expression_that_is_wrong_is_refused(
    target: Target, make_table: MakeTable
) -> None:
    """Whatever is wrong with the request's form is wrong with the whole request."""
    table = make_table()

    reply = _transact(target, _put(table, pk="a"), _put(table, "bad (", pk="b"))

    assert "ValidationException" == reply.code
    assert reply.message.startswith("Invalid ConditionExpression: Syntax error;")


def test_transaction_in_a_missing_table_is_not_found(target: Target, make_table: MakeTable) -> None:
    """It is the request that fails, not one of its actions."""
    table = make_table()

    reply = _transact(target, _put(table, pk="a"), _put("no-such-table", pk="a"))

    assert ("ResourceNotFoundException", "Requested resource not found") == (
        reply.code,
        reply.message,
    )
    assert {} == _items(target, table)


def test_transaction_larger_than_four_mebibytes_is_refused(
    target: Target, make_table: MakeTable
) -> None:
    """The request counts, not the items that are there."""
    table = make_table()
    actions = [_put(table, pk=str(number), v="x" * 380 * KIB) for number in range(12)]

    refused = _transact(target, *actions)
    done = _transact(target, *actions[:10])
    deleted = _transact(target, *[_delete(table, pk=str(number)) for number in range(10)])

    assert ("ValidationException", 200, 200) == (refused.code, done.status, deleted.status)


def test_transaction_repeated_with_its_token_is_done_once(
    target: Target, make_table: MakeTable
) -> None:
    """The repetition is answered as the first request was."""
    table, token = make_table(), uuid4().hex
    action = _update(table, "ADD n :n", pk="a")

    replies = [_transact(target, action, ClientRequestToken=token) for _ in range(3)]
    again = _transact(target, action, ClientRequestToken=uuid4().hex)

    assert [(200, {})] * 4 == [(reply.status, reply.body) for reply in [*replies, again]]
    assert {"N": "2"} == _items(target, table)["a"]["n"]


def test_transaction_with_the_token_of_another_is_refused(
    target: Target, make_table: MakeTable
) -> None:
    """A token stands for one request."""
    table, token = make_table(), uuid4().hex
    _transact(target, _put(table, pk="a"), ClientRequestToken=token)

    reply = _transact(target, _put(table, pk="b"), ClientRequestToken=token)

    assert "IdempotentParameterMismatchException" == reply.code
    assert ["a"] == list(_items(target, table))


def test_transaction_that_was_cancelled_may_be_tried_again_with_its_token(
    target: Target, make_table: MakeTable
) -> None:
    """What was not done is not remembered."""
    table, token = make_table(), uuid4().hex
    action = _put(table, "attribute_not_exists(pk)", pk="a")
    target.call("PutItem", {"TableName": table, "Item": texts(pk="a")})

    first = _transact(target, action, ClientRequestToken=token)
    target.call("DeleteItem", {"TableName": table, "Key": texts(pk="a")})
    second = _transact(target, action, ClientRequestToken=token)

    assert ("TransactionCanceledException", 200) == (first.code, second.status)


def test_transaction_with_a_token_longer_than_36_is_refused(
    target: Target, make_table: MakeTable
) -> None:
    """Tokens have 1 to 36 characters."""
    action = _put(make_table(), pk="a")

    reply = _transact(target, action, ClientRequestToken="x" * 37)

    assert "ValidationException" == reply.code
    assert "Member must have length less than or equal to 36" in reply.message


def test_transaction_capacity_is_twice_that_of_the_writes(
    client: Client, make_table: MakeTable
) -> None:
    """Also of indexes and of checks; every part says that it was written."""
    dynamodb = client()
    indexed, plain = make_table(sort="S", **INDEXED), make_table()

    got = dynamodb.transact_write_items(
        TransactItems=[
            _put(indexed, pk="a", sk="1", gk="x", lk="y", v="x" * KIB),
            _delete(indexed, pk="a", sk="2"),
            _put(plain, pk="a"),
            _check(plain, "attribute_not_exists(pk)", pk="b"),
        ],
        ReturnConsumedCapacity="INDEXES",
    )

    found = {part["TableName"]: part for part in got["ConsumedCapacity"]}
    member = "WriteCapacityUnits"
    assert {
        indexed: consumed(indexed, 6.0, 2.0, 4.0, member=member),
        plain: consumed(plain, 4.0, member=member),
    } == found


def test_transaction_repeated_with_its_token_costs_the_reading(
    client: Client, make_table: MakeTable
) -> None:
    """The repetition reads the items (developer guide, transactions, idempotency)."""
    dynamodb, table = client(), make_table()
    request: dict[str, Any] = {
        "TransactItems": [_put(table, pk="a", v="x" * 5 * KIB), _put(table, pk="b")],
        "ClientRequestToken": uuid4().hex,
        "ReturnConsumedCapacity": "TOTAL",
    }

    first = dynamodb.transact_write_items(**request)
    second = dynamodb.transact_write_items(**request)

    assert [{"TableName": table, "CapacityUnits": 14.0, "WriteCapacityUnits": 14.0}] == first[
        "ConsumedCapacity"
    ]
    assert [{"TableName": table, "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0}] == second[
        "ConsumedCapacity"
    ]


def test_transaction_collection_metrics_are_told_of_tables_with_local_indexes(
    client: Client, make_table: MakeTable
) -> None:
    """By the name of the table."""
    indexed, plain = make_table(sort="S", **INDEXED), make_table()

    got = client().transact_write_items(
        TransactItems=[_put(indexed, pk="a", sk="1"), _put(plain, pk="a")],
        ReturnItemCollectionMetrics="SIZE",
    )

    metrics = {"ItemCollectionKey": texts(pk="a"), "SizeEstimateRangeGB": [0.0, 1.0]}
    assert {indexed: [metrics]} == got["ItemCollectionMetrics"]
