"""TransactGetItems, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.target import Target

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def _get(table: str, name: str, **members: Any) -> dict[str, Any]:
    return {"Get": {"TableName": table, "Key": {"pk": {"S": name}}, **members}}


def test_transact_get_items_answers_in_the_order_of_the_request(
    client: Client, make_table: MakeTable
) -> None:
    """A missing item is an empty structure; each Get has its own projection; reads cost twice as much."""
    dynamodb, table = client(), make_table()
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "n": {"N": "1"}})

    got = dynamodb.transact_get_items(
        TransactItems=[
            _get(table, "none"),
            _get(table, "a", ProjectionExpression="n"),
        ],
        ReturnConsumedCapacity="INDEXES",
    )

    assert [{}, {"Item": {"n": {"N": "1"}}}] == got["Responses"]
    units = {"CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}
    assert [{"TableName": table, **units, "Table": units}] == got["ConsumedCapacity"]


def test_transact_get_items_with_an_item_twice_is_refused(
    target: Target, make_table: MakeTable
) -> None:
    """A transaction reads an item once."""
    table = make_table()

    reply = target.call("TransactGetItems", {"TransactItems": [_get(table, "a"), _get(table, "a")]})

    assert "Transaction request cannot include multiple operations on one item" == reply.message


def test_transact_get_items_with_a_bad_key_is_cancelled(
    client: Client, make_table: MakeTable
) -> None:
    """A key that does not fit its table is the reason of a cancellation."""
    dynamodb, table = client(), make_table()
    bad = {"Get": {"TableName": table, "Key": {"other": {"S": "a"}}}}

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_get_items(TransactItems=[_get(table, "a"), bad])

    reasons = caught.value.response["CancellationReasons"]
    message = "The provided key element does not match the schema"
    assert [{"Code": "None"}, {"Code": "ValidationError", "Message": message}] == reasons
