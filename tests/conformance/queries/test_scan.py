"""Scan, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.target import Target

Client = Callable[..., Any]
MakeTable = Callable[..., str]
_INVALID = "The provided starting key is invalid"


def _fill(dynamodb: Any, table: str, names: list[str]) -> None:
    for name in names:
        dynamodb.put_item(TableName=table, Item={"pk": {"S": name}})


def test_scan_returns_partitions_in_the_order_of_their_hashes(
    client: Client, make_table: MakeTable
) -> None:
    """The order is AWS's own."""
    dynamodb, table = client(), make_table()
    _fill(dynamodb, table, [*"0123456789", "hello", "äáöü"])

    got = dynamodb.scan(TableName=table)

    names = [item["pk"]["S"] for item in got["Items"]]
    assert ["2", "8", "9", "1", "6", "hello", "0", "5", "4", "äáöü", "7", "3"] == names
    assert (12, 12) == (got["Count"], got["ScannedCount"])


def test_scan_in_pages_and_segments_returns_every_item_once(
    client: Client, make_table: MakeTable
) -> None:
    """Segments part the items among them, pages go on where the last one ended."""
    dynamodb, table = client(), make_table()
    names = [str(number) for number in range(40)]
    _fill(dynamodb, table, names)

    got = []
    for segment in range(3):
        start: dict[str, Any] = {}
        while True:
            page = dynamodb.scan(
                TableName=table, Segment=segment, TotalSegments=3, Limit=4, **start
            )
            got += [item["pk"]["S"] for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    assert sorted(names) == sorted(got)


def test_scan_goes_on_behind_a_deleted_item(client: Client, make_table: MakeTable) -> None:
    """The starting key need not exist any more."""
    dynamodb, table = client(), make_table()
    _fill(dynamodb, table, ["2", "8", "9"])
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "8"}})

    got = dynamodb.scan(TableName=table, ExclusiveStartKey={"pk": {"S": "8"}})

    assert [{"pk": {"S": "9"}}] == got["Items"]


def test_scan_page_ends_behind_the_item_that_exceeds_one_mebibyte(
    client: Client, make_table: MakeTable
) -> None:
    """A page is counted before the filter."""
    dynamodb, table = client(), make_table()
    for number in range(5):
        item = {"pk": {"S": str(number)}, "data": {"S": "x" * 300_000}}
        dynamodb.put_item(TableName=table, Item=item)

    got = dynamodb.scan(
        TableName=table,
        FilterExpression="attribute_exists(absent)",
        ConsistentRead=True,
        ReturnConsumedCapacity="TOTAL",
    )

    assert (0, 4) == (got["Count"], got["ScannedCount"])
    assert "LastEvaluatedKey" in got
    assert 293.0 == got["ConsumedCapacity"]["CapacityUnits"]


def test_scan_count_has_no_items(target: Target, make_table: MakeTable) -> None:
    """Select COUNT leaves the items out."""
    reply = target.call("Scan", {"TableName": make_table(), "Select": "COUNT"})

    assert {"Count": 0, "ScannedCount": 0} == reply.body


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"ExclusiveStartKey": {"other": {"S": "a"}}},
            f"{_INVALID}: The provided key element does not match the schema",
        ),
        (
            {"ExclusiveStartKey": {"pk": {}}},
            f"{_INVALID}: Supplied AttributeValue is empty, must contain exactly one of the "
            "supported datatypes",
        ),
        (
            {"ExclusiveStartKey": {"pk": {"N": "x"}}},
            "The parameter cannot be converted to a numeric value: x",
        ),
        (
            {"ExclusiveStartKey": {"pk": {"S": "2"}}, "Segment": 1, "TotalSegments": 2},
            f"{_INVALID}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
            "Segment. TotalSegments: 2 Segment: 1",
        ),
        ({"IndexName": "none"}, "The table does not have the specified index: none"),
        (
            {"Select": "COUNT", "ProjectionExpression": "a"},
            "Cannot specify the ProjectionExpression when choosing to get only the Count",
        ),
        (
            {"Select": "ALL_PROJECTED_ATTRIBUTES"},
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        ),
        (
            {"Segment": 1},
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present",
        ),
        (
            {"TotalSegments": 1},
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present",
        ),
        (
            {"Segment": 2, "TotalSegments": 2},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            "Segment: 2 is not less than TotalSegments: 2",
        ),
    ],
)
def test_scan_with_parameters_that_do_not_fit_is_refused(
    target: Target, make_table: MakeTable, members: dict[str, Any], message: str
) -> None:
    """Each refusal has AWS's text."""
    reply = target.call("Scan", {"TableName": make_table(), **members})

    assert ("ValidationException", message) == (reply.code, reply.message)
