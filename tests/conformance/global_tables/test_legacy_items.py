"""Items and streams of version 2017.11.29 global tables: the attributes aws:rep:* and the records that show them."""

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.support.legacy_tables import NO_LONGER, REGIONS, group
from tests.support.patience import Patience
from tests.support.replicas import stream_records
from tests.support.target import Target

pytestmark = pytest.mark.ours(NO_LONGER)

HOME, AWAY = REGIONS
SHOWN = {"aws:rep:deleting", "aws:rep:updateregion", "aws:rep:updatetime"}


@pytest.fixture
def joined(target: Target, name: str) -> str:
    """The name of a global table of two regions."""
    target.client(HOME).create_global_table(GlobalTableName=name, ReplicationGroup=group(*REGIONS))
    return name


def item_of(target: Target, region: str, name: str, key: str) -> dict[str, Any]:
    """Return an item as it is in a region; empty when it is not there."""
    found = target.client(region).get_item(TableName=name, Key={"pk": {"S": key}})
    return dict(found.get("Item", {}))


def put(target: Target, region: str, name: str, key: str, **attributes: str) -> None:
    """Write an item of strings."""
    item: Any = {one: {"S": value} for one, value in {"pk": key, **attributes}.items()}
    target.client(region).put_item(TableName=name, Item=item)


def shown_in(records: list[dict[str, Any]]) -> list[tuple[str, bool, bool]]:
    """Return of every record its event and whether the images before and after show a version."""
    return [
        (
            record["eventName"],
            record.get("OldImage", {}).keys() >= SHOWN,
            record.get("NewImage", {}).keys() >= SHOWN,
        )
        for record in records
    ]


def test_item_shows_who_wrote_it_and_when(target: Target, joined: str, patience: Patience) -> None:
    """The attributes are there at once, alike in every region, and reads may use them."""
    before = Decimal(str(time.time() - 1))
    put(target, AWAY, joined, "a", v="1")
    item = item_of(target, AWAY, joined, "a")
    assert {"pk", "v"} | SHOWN == item.keys()
    assert {"BOOL": False} == item["aws:rep:deleting"]
    assert {"S": AWAY} == item["aws:rep:updateregion"]
    shown = Decimal(item["aws:rep:updatetime"]["N"])
    assert before < shown < Decimal(str(time.time() + 1))
    assert -6 <= int(shown.as_tuple().exponent) < -3
    assert patience.for_write(lambda: item_of(target, HOME, joined, "a")) == item
    found = target.client(HOME).scan(
        TableName=joined,
        FilterExpression="#region = :away",
        ExpressionAttributeNames={"#region": "aws:rep:updateregion"},
        ExpressionAttributeValues={":away": {"S": AWAY}},
    )
    assert [item] == found["Items"]


def test_update_moves_the_attributes_on(target: Target, joined: str, patience: Patience) -> None:
    """An update in another region names that region and a later time; its answer has the item as the client left it."""
    put(target, HOME, joined, "a", v="1")
    assert patience.for_write(lambda: item_of(target, AWAY, joined, "a"))
    before = item_of(target, AWAY, joined, "a")
    answer = target.client(AWAY).update_item(
        TableName=joined,
        Key={"pk": {"S": "a"}},
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues={":v": {"S": "2"}},
        ReturnValues="ALL_NEW",
    )
    assert {**before, "v": {"S": "2"}} == answer["Attributes"]
    after = item_of(target, AWAY, joined, "a")
    assert {"S": AWAY} == after["aws:rep:updateregion"]
    times = [Decimal(item["aws:rep:updatetime"]["N"]) for item in (before, after)]
    assert times[0] < times[1]
    assert patience.for_write(lambda: item_of(target, HOME, joined, "a") == after)


def test_streams_show_two_records_where_a_write_is_made_and_one_where_it_arrives(
    target: Target, joined: str, patience: Patience
) -> None:
    """First what the client wrote, then the attributes; a deletion is the other way round."""
    put(target, HOME, joined, "a", v="1")
    put(target, HOME, joined, "a", v="2")
    assert patience.for_write(lambda: item_of(target, AWAY, joined, "a").get("v") == {"S": "2"})
    target.client(HOME).delete_item(TableName=joined, Key={"pk": {"S": "a"}})
    assert patience.for_write(lambda: not item_of(target, AWAY, joined, "a"))
    assert [
        ("INSERT", False, False),
        ("MODIFY", False, True),
        ("MODIFY", True, False),
        ("MODIFY", False, True),
        ("REMOVE", True, False),
    ] == shown_in(stream_records(target, HOME, joined))
    arrived = stream_records(target, AWAY, joined)
    assert [
        ("INSERT", False, True),
        ("MODIFY", True, True),
        ("MODIFY", True, True),
        ("REMOVE", True, False),
    ] == shown_in(arrived)
    assert {"BOOL": True} == arrived[2]["NewImage"]["aws:rep:deleting"]


def test_attributes_count_in_the_size_of_a_table(target: Target, joined: str) -> None:
    """They are attributes like others: names and values are billed."""
    put(target, HOME, joined, "a")
    size = target.client(HOME).describe_table(TableName=joined)["Table"]["TableSizeBytes"]
    item = item_of(target, HOME, joined, "a")
    digits = len(item["aws:rep:updatetime"]["N"].replace(".", ""))
    names = sum(map(len, item))
    values = len("a") + len(HOME) + 1 + (digits + 1) // 2 + 1
    assert abs(size - names - values) <= 1


def test_table_that_leaves_keeps_the_attributes_of_its_items(
    target: Target, joined: str, patience: Patience
) -> None:
    """It is an independent table then: what is written to it gets none, what is there is left alone."""
    put(target, HOME, joined, "a", v="1")
    assert patience.for_write(lambda: item_of(target, AWAY, joined, "a"))
    before = item_of(target, AWAY, joined, "a")
    target.client(HOME).update_global_table(
        GlobalTableName=joined, ReplicaUpdates=[{"Delete": {"RegionName": AWAY}}]
    )
    table = target.client(AWAY)
    assert patience.for_change(
        lambda: "GlobalTableVersion" not in table.describe_table(TableName=joined)["Table"]
    )
    put(target, AWAY, joined, "b")
    table.update_item(
        TableName=joined,
        Key={"pk": {"S": "a"}},
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues={":v": {"S": "2"}},
    )
    assert {"pk": {"S": "b"}} == item_of(target, AWAY, joined, "b")
    assert {**before, "v": {"S": "2"}} == item_of(target, AWAY, joined, "a")
