"""BatchWriteItem, seen from outside."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.indexed_tables import INDEXED, KIB, consumed, texts
from tests.support.target import Target

Client = Callable[..., Any]
MakeTable = Callable[..., str]
_DUPLICATES = "Provided list of item keys contains duplicates"
_MISMATCH = "The provided key element does not match the schema"


def _put(**attributes: str) -> dict[str, Any]:
    return {"PutRequest": {"Item": texts(**attributes)}}


def _delete(**key: str) -> dict[str, Any]:
    return {"DeleteRequest": {"Key": texts(**key)}}


def test_batch_write_item_puts_and_deletes_in_several_tables(
    target: Target, make_table: MakeTable
) -> None:
    """Everything is processed."""
    first, second = make_table(), make_table()
    target.call("PutItem", {"TableName": first, "Item": texts(pk="gone")})

    reply = target.call(
        "BatchWriteItem",
        {
            "RequestItems": {
                first: [_put(pk="a", v="1"), _delete(pk="gone"), _delete(pk="never")],
                second: [_put(pk="a", v="2")],
            }
        },
    )

    assert (200, {"UnprocessedItems": {}}) == (reply.status, reply.body)
    scans = [target.call("Scan", {"TableName": table}).body["Items"] for table in (first, second)]
    assert [[texts(pk="a", v="1")], [texts(pk="a", v="2")]] == scans


def test_batch_write_item_of_25_requests_is_done(target: Target, make_table: MakeTable) -> None:
    """25 is the limit."""
    table = make_table()

    reply = target.call(
        "BatchWriteItem", {"RequestItems": {table: [_put(pk=str(n)) for n in range(25)]}}
    )

    assert 200 == reply.status
    assert 25 == target.call("Scan", {"TableName": table, "Select": "COUNT"}).body["Count"]


def test_batch_write_item_of_26_requests_is_refused(target: Target, make_table: MakeTable) -> None:
    """Nothing of it is done; AWS shows the request in the text in its own way."""
    table = make_table()

    reply = target.call(
        "BatchWriteItem", {"RequestItems": {table: [_put(pk=str(n)) for n in range(26)]}}
    )

    assert "ValidationException" == reply.code
    assert re.fullmatch(
        r"1 validation error detected: Value .*at 'requestItems' failed to satisfy constraint: "
        r"Map value must satisfy constraint: \[Member must have length less than or equal to 25, "
        r"Member must have length greater than or equal to 1\]",
        reply.message,
    )
    assert 0 == target.call("Scan", {"TableName": table, "Select": "COUNT"}).body["Count"]


@pytest.mark.parametrize(
    "writes",
    [
        [_put(pk="a"), _put(pk="a", v="1")],
        [_put(pk="a"), _delete(pk="a")],
        [_delete(pk="a"), _delete(pk="a")],
    ],
)
def test_batch_write_item_with_two_requests_of_one_item_is_refused(
    target: Target, make_table: MakeTable, writes: list[dict[str, Any]]
) -> None:
    """A batch has no order, so it could not say which of them is last."""
    table = make_table()

    reply = target.call("BatchWriteItem", {"RequestItems": {table: writes}})

    assert ("ValidationException", _DUPLICATES) == (reply.code, reply.message)
    assert 0 == target.call("Scan", {"TableName": table, "Select": "COUNT"}).body["Count"]


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (_put(v="1"), _MISMATCH),
        ({"PutRequest": {"Item": {"pk": {"N": "1"}}}}, _MISMATCH),
        (_delete(x="1"), _MISMATCH),
        (_delete(pk="a", x="1"), _MISMATCH),
        (
            _put(pk=""),
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk",
        ),
        (
            {"PutRequest": {"Item": {"pk": {"S": "a"}, "v": {"SS": []}}}},
            "One or more parameter values were invalid: An string set  may not be empty",
        ),
        (
            _put(pk="a", v="x" * 400 * KIB),
            "Item size has exceeded the maximum allowed size",
        ),
        (
            {},
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
            "the supported datatypes",
        ),
    ],
)
def test_batch_write_item_with_one_bad_request_is_refused_as_a_whole(
    target: Target, make_table: MakeTable, write: dict[str, Any], message: str
) -> None:
    """What cannot be right is not left over as unprocessed."""
    table = make_table()

    reply = target.call("BatchWriteItem", {"RequestItems": {table: [_put(pk="good"), write]}})

    assert ("ValidationException", message) == (reply.code, reply.message)
    assert 0 == target.call("Scan", {"TableName": table, "Select": "COUNT"}).body["Count"]


def test_batch_write_item_of_no_table_is_refused(target: Target) -> None:
    """There must be something to write."""
    reply = target.call("BatchWriteItem", {"RequestItems": {}})

    assert "ValidationException" == reply.code
    assert "requestItems" in reply.message


def test_batch_write_item_into_a_missing_table_is_not_found(
    target: Target, make_table: MakeTable
) -> None:
    """Nothing is written into the tables that there are."""
    table = make_table()

    reply = target.call(
        "BatchWriteItem",
        {"RequestItems": {table: [_put(pk="a")], "no-such-table": [_put(pk="a")]}},
    )

    assert ("ResourceNotFoundException", "Requested resource not found") == (
        reply.code,
        reply.message,
    )
    assert 0 == target.call("Scan", {"TableName": table, "Select": "COUNT"}).body["Count"]


def test_batch_write_item_capacity_is_the_sum_over_each_table(
    client: Client, make_table: MakeTable
) -> None:
    """Each item is rounded up for itself; indexes have their parts."""
    dynamodb = client()
    indexed, plain = make_table(sort="S", **INDEXED), make_table()

    got = dynamodb.batch_write_item(
        RequestItems={
            indexed: [
                _put(pk="a", sk="1", gk="x", lk="y"),
                _put(pk="a", sk="2", gk="x", v="x" * KIB),
                _delete(pk="a", sk="3"),
            ],
            plain: [_put(pk="a", v="x" * KIB), _put(pk="b")],
        },
        ReturnConsumedCapacity="INDEXES",
    )

    found = {part["TableName"]: part for part in got["ConsumedCapacity"]}
    assert {
        indexed: consumed(indexed, 4.0, 1.0, 3.0),
        plain: consumed(plain, 3.0),
    } == found


def test_batch_write_item_total_capacity_has_no_parts(
    client: Client, make_table: MakeTable
) -> None:
    """TOTAL is the sum alone."""
    table = make_table()

    got = client().batch_write_item(
        RequestItems={table: [_put(pk="a"), _put(pk="b")]}, ReturnConsumedCapacity="TOTAL"
    )

    assert [{"TableName": table, "CapacityUnits": 2.0}] == got["ConsumedCapacity"]


def test_batch_write_item_collection_metrics_are_one_for_each_partition(
    client: Client, make_table: MakeTable
) -> None:
    """Only of tables with local indexes."""
    indexed, plain = make_table(sort="S", **INDEXED), make_table()

    got = client().batch_write_item(
        RequestItems={
            indexed: [_put(pk="a", sk="1"), _put(pk="a", sk="2"), _delete(pk="b", sk="1")],
            plain: [_put(pk="a")],
        },
        ReturnItemCollectionMetrics="SIZE",
    )

    assert [indexed] == list(got["ItemCollectionMetrics"])
    keys = [part["ItemCollectionKey"]["pk"]["S"] for part in got["ItemCollectionMetrics"][indexed]]
    assert ["a", "b"] == sorted(keys)
