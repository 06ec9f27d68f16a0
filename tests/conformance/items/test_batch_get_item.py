"""BatchGetItem, seen from outside."""

from collections.abc import Callable
from typing import Any

from tests.support.target import Target

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def _fill(dynamodb: Any, table: str, names: str, data: str = "") -> None:
    for name in names:
        item = {"pk": {"S": name}, "a": {"S": name}, "data": {"S": data}}
        dynamodb.put_item(TableName=table, Item=item)


def _keys(names: str) -> list[dict[str, Any]]:
    return [{"pk": {"S": name}} for name in names]


def test_batch_get_item_returns_what_exists_of_each_table(
    client: Client, make_table: MakeTable
) -> None:
    """Each table has a list, also an empty one, and its own projection."""
    dynamodb, first, second = client(), make_table(), make_table()
    _fill(dynamodb, first, "abc")

    got = dynamodb.batch_get_item(
        RequestItems={
            first: {"Keys": _keys("axc"), "ProjectionExpression": "a", "ConsistentRead": True},
            second: {"Keys": _keys("a")},
        },
        ReturnConsumedCapacity="TOTAL",
    )

    assert {first: [{"a": {"S": "a"}}, {"a": {"S": "c"}}], second: []} == got["Responses"]
    assert {} == got["UnprocessedKeys"]
    consumed = {part["TableName"]: part["CapacityUnits"] for part in got["ConsumedCapacity"]}
    assert {first: 3.0, second: 0.5} == consumed


def test_batch_get_item_with_a_key_twice_is_refused(target: Target, make_table: MakeTable) -> None:
    """Numbers are equal whatever their form is."""
    keys = [{"pk": {"N": "1"}}, {"pk": {"N": "1.0"}}]

    reply = target.call("BatchGetItem", {"RequestItems": {make_table(key="N"): {"Keys": keys}}})

    assert "Provided list of item keys contains duplicates" == reply.message


def test_batch_get_item_with_too_many_keys_over_all_tables_is_refused(target: Target) -> None:
    """100 keys are allowed over all tables together."""
    keys = [{"pk": {"S": str(number)}} for number in range(51)]

    reply = target.call(
        "BatchGetItem", {"RequestItems": {"abc": {"Keys": keys}, "abd": {"Keys": keys}}}
    )

    assert "Too many items requested for the BatchGetItem call" == reply.message


def test_batch_get_item_that_is_too_large_leaves_keys_unprocessed(
    client: Client, make_table: MakeTable
) -> None:
    """What does not fit is asked for again with what UnprocessedKeys says."""
    dynamodb, table = client(), make_table()
    _fill(dynamodb, table, "abcd", "x" * 390_000)
    asked = {table: {"Keys": _keys("abcd"), "ConsistentRead": True}}

    first = dynamodb.batch_get_item(RequestItems=asked)
    second = dynamodb.batch_get_item(RequestItems=first["UnprocessedKeys"])

    assert {table: {"Keys": _keys("d"), "ConsistentRead": True}} == first["UnprocessedKeys"]
    names = [item["a"]["S"] for got in (first, second) for item in got["Responses"][table]]
    assert ["a", "b", "c", "d"] == names


def test_batch_get_item_of_a_missing_table_is_not_found(
    target: Target, make_table: MakeTable
) -> None:
    """One missing table refuses the whole request."""
    tables = {make_table(): {"Keys": _keys("a")}, "no-such-table": {"Keys": _keys("a")}}

    reply = target.call("BatchGetItem", {"RequestItems": tables})

    assert "ResourceNotFoundException" == reply.code
