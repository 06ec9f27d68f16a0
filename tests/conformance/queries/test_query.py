"""Query, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.target import Target

Client = Callable[..., Any]
MakeTable = Callable[..., str]
Item = dict[str, Any]
_OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"


def _key(kind: str, *names: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "KeyType": kind if kind != "BOTH" else ("HASH", "RANGE")[position]}
        for position, name in enumerate(names)
    ]


def _indexed(make_table: MakeTable) -> str:
    """Make a table with a local index `local` (KEYS_ONLY) and a global one `global` (INCLUDE b)."""
    return make_table(
        sort="S",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "x")
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "local",
                "KeySchema": _key("BOTH", "pk", "x"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "global",
                "KeySchema": _key("HASH", "x"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["b"]},
            }
        ],
    )


def _put(dynamodb: Any, table: str, sort_keys: list[str], **members: Any) -> None:
    for sort_key in sort_keys:
        dynamodb.put_item(
            TableName=table, Item={"pk": {"S": "p"}, "sk": {"S": sort_key}, **members}
        )


def _query(dynamodb: Any, table: str, condition: str = "pk = :p", **members: Any) -> Any:
    values = {":p": {"S": "p"}, **members.pop("values", {})}
    return dynamodb.query(
        TableName=table,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        **members,
    )


def _sort_keys(answer: Any) -> list[str]:
    return [item["sk"]["S"] for item in answer["Items"]]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("pk = :p", ["A", "a", "aa", "ab", "b"]),
        ("pk = :p AND sk = :a", ["ab"]),
        ("pk = :p AND sk < :a", ["A", "a", "aa"]),
        ("pk = :p AND sk <= :a", ["A", "a", "aa", "ab"]),
        ("pk = :p AND sk > :a", ["b"]),
        ("pk = :p AND sk >= :a", ["ab", "b"]),
        ("pk = :p AND sk BETWEEN :a AND :z", ["ab", "b"]),
        ("pk = :p AND begins_with(sk, :a)", ["ab"]),
    ],
)
def test_query_returns_the_stretch_that_the_condition_selects(
    client: Client, make_table: MakeTable, condition: str, expected: list[str]
) -> None:
    """Sort keys are ordered by their UTF-8 bytes."""
    dynamodb, table = client(), make_table(sort="S")
    _put(dynamodb, table, ["ab", "b", "A", "aa", "a"])
    values: Item = {":a": {"S": "ab"}} if ":a" in condition else {}
    if ":z" in condition:
        values[":z"] = {"S": "z"}

    assert expected == _sort_keys(_query(dynamodb, table, condition, values=values))


def test_query_numbers_are_in_numeric_order_backwards(
    client: Client, make_table: MakeTable
) -> None:
    """Numbers are ordered by value, and ScanIndexForward false turns the order round."""
    dynamodb, table = client(), make_table(sort="N")
    numbers = ["-10", "-1.5", "0", "2", "10", "1e20"]
    for number in numbers:
        dynamodb.put_item(TableName=table, Item={"pk": {"S": "p"}, "sk": {"N": number}})

    got = _query(dynamodb, table, ScanIndexForward=False)

    expected = ["100000000000000000000", "10", "2", "0", "-1.5", "-10"]
    assert expected == [item["sk"]["N"] for item in got["Items"]]


@pytest.mark.parametrize("forward", [True, False])
def test_query_in_pages_returns_every_item_once(
    client: Client,
    make_table: MakeTable,
    forward: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A page that reaches its limit names the last key, also when nothing follows."""
    dynamodb, table = client(), make_table(sort="S")
    _put(dynamodb, table, ["a", "b", "c", "d"])
    got: list[list[str]] = []
    start: Item = {}
    while True:
        page = _query(dynamodb, table, Limit=2, ScanIndexForward=forward, **start)
        got.append(_sort_keys(page))
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    pages = [["a", "b"], ["c", "d"], []] if forward else [["d", "c"], ["b", "a"], []]
    assert pages == got


def test_query_filter_counts_what_was_read(client: Client, make_table: MakeTable) -> None:
    """Limit and ScannedCount are those of the items before the filter."""
    dynamodb, table = client(), make_table(sort="S")
    _put(dynamodb, table, ["a", "b"], n={"N": "1"})
    _put(dynamodb, table, ["c", "d"], n={"N": "2"})

    got = _query(dynamodb, table, FilterExpression="n = :n", values={":n": {"N": "2.0"}}, Limit=3)

    assert (["c"], 1, 3) == (_sort_keys(got), got["Count"], got["ScannedCount"])
    assert {"pk": {"S": "p"}, "sk": {"S": "c"}} == got["LastEvaluatedKey"]


def test_query_of_a_local_index_fetches_what_it_does_not_hold(
    client: Client, make_table: MakeTable
) -> None:
    """Fetched items are charged to the table, each rounded up, the entries to the index."""
    dynamodb, table = client(), _indexed(make_table)
    _put(dynamodb, table, ["a", "b"], x={"S": "1"}, c={"S": "c"})
    options: Item = {"IndexName": "local", "ConsistentRead": True}
    options["ReturnConsumedCapacity"] = "INDEXES"

    held = _query(dynamodb, table, **options)
    whole = _query(dynamodb, table, Select="ALL_ATTRIBUTES", **options)

    assert all("c" not in item for item in held["Items"])
    assert all("c" in item for item in whole["Items"])
    assert {
        "TableName": table,
        "CapacityUnits": 1.0,
        "Table": {"CapacityUnits": 0.0},
        "LocalSecondaryIndexes": {"local": {"CapacityUnits": 1.0}},
    } == held["ConsumedCapacity"]
    assert {
        "TableName": table,
        "CapacityUnits": 3.0,
        "Table": {"CapacityUnits": 2.0},
        "LocalSecondaryIndexes": {"local": {"CapacityUnits": 1.0}},
    } == whole["ConsumedCapacity"]


def test_query_of_a_global_index_goes_on_among_equal_keys(
    client: Client, make_table: MakeTable
) -> None:
    """The starting key has the table's key too, so that equal index keys can be told apart."""
    dynamodb, table = client(), _indexed(make_table)
    _put(dynamodb, table, list("abcdef"), x={"S": "1"}, b={"S": "b"}, c={"S": "c"})
    _put(dynamodb, table, ["sparse"], b={"S": "b"})
    got: list[str] = []
    start: Item = {}
    while True:
        page = _query(
            dynamodb,
            table,
            "x = :p",
            values={":p": {"S": "1"}},
            IndexName="global",
            Limit=4,
            **start,
        )
        assert all({"pk", "sk", "x", "b"} == item.keys() for item in page["Items"])
        got += _sort_keys(page)
        if "LastEvaluatedKey" not in page:
            break
        assert {"pk", "sk", "x"} == page["LastEvaluatedKey"].keys()
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    assert list("abcdef") == sorted(got)


def test_query_of_a_multi_attribute_index_uses_its_key_from_left_to_right(
    client: Client, make_table: MakeTable
) -> None:
    """Every hash attribute is given; range attributes are equal but the last one."""
    names = ("pk", "country", "city", "year", "rank")
    table = make_table(
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "many",
                "KeySchema": [*_key("HASH", "country", "city"), *_key("RANGE", "year", "rank")],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    dynamodb = client()
    for number, year in enumerate(["1", "2", "2", "2", "3"]):
        values = (str(number), "c", "t", year, str(number))
        item = {name: {"S": value} for name, value in zip(names, values, strict=True)}
        dynamodb.put_item(TableName=table, Item=item)

    got = _query(
        dynamodb,
        table,
        "country = :p AND city = :t AND #y = :y AND #r > :r",
        values={":p": {"S": "c"}, ":t": {"S": "t"}, ":y": {"S": "2"}, ":r": {"S": "1"}},
        ExpressionAttributeNames={"#y": "year", "#r": "rank"},
        IndexName="many",
    )

    assert ["2", "3"] == [item["pk"]["S"] for item in got["Items"]]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        (
            {"IndexName": "global", "ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            {"FilterExpression": "sk = :p"},
            "Filter Expression can only contain non-primary key attributes: "
            "Primary key attribute: sk",
        ),
        (
            {"Select": "SPECIFIC_ATTRIBUTES"},
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
            "SPECIFIC_ATTRIBUTES",
        ),
        ({"ExclusiveStartKey": {"pk": {"S": "p"}}}, "The provided starting key is invalid"),
        ({"ExclusiveStartKey": {"pk": {"S": "other"}, "sk": {"S": "a"}}}, _OUTSIDE),
        (
            {"ExclusiveStartKey": {"pk": {"S": "p"}, "sk": {"N": "1"}}},
            "The provided key element does not match the schema",
        ),
    ],
)
def test_query_with_parameters_that_do_not_fit_is_refused(
    target: Target, make_table: MakeTable, members: Item, message: str
) -> None:
    """Each refusal has AWS's text."""
    request = {
        "TableName": _indexed(make_table),
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "p"}},
        **members,
    }

    reply = target.call("Query", request)

    assert ("ValidationException", message) == (reply.code, reply.message)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"Select": "ALL_ATTRIBUTES"},
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not "
            "supported for global secondary index global because its projection type is not ALL",
        ),
        (
            {"ProjectionExpression": "b, c"},
            "One or more parameter values were invalid: Global secondary index global does not "
            "project [c]",
        ),
    ],
)
def test_query_of_a_global_index_for_what_it_does_not_hold_is_refused(
    target: Target, make_table: MakeTable, members: Item, message: str
) -> None:
    """A global index never reads the table."""
    request = {
        "TableName": _indexed(make_table),
        "IndexName": "global",
        "KeyConditionExpression": "x = :p",
        "ExpressionAttributeValues": {":p": {"S": "p"}},
        **members,
    }

    reply = target.call("Query", request)

    assert ("ValidationException", message) == (reply.code, reply.message)


def test_query_with_an_exact_key_that_does_not_match_cannot_be_restarted(
    target: Target, make_table: MakeTable
) -> None:
    """AWS has three texts for starting keys outside of the conditions."""
    request = {
        "TableName": make_table(sort="S"),
        "KeyConditionExpression": "pk = :p AND sk > :a",
        "ExpressionAttributeValues": {":p": {"S": "p"}, ":a": {"S": "a"}},
    }
    messages = [
        target.call(
            "Query", {**request, "ExclusiveStartKey": {"pk": {"S": p}, "sk": {"S": s}}}
        ).message
        for p, s in (("p", "a"), ("other", "b"))
    ]

    assert [
        "The provided starting key does not match the range key predicate",
        "The query can return at most one row and cannot be restarted",
    ] == messages
