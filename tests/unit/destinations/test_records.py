"""Records as AWS writes them. The values are those of records that people read from AWS and published."""

from typing import Any

import orjson
import pytest

from globaltables.changelog.record import ChangeKind, ChangeRecord
from globaltables.destinations.records import KinesisRecord, kinesis_record
from globaltables.items.values import Item, item_size
from globaltables.runtime.clock import stamp_at
from globaltables.tables.definitions import KeyAttribute, KeySchema, Precision, Table

HASH, RANGE = KeyAttribute("entity", "S"), KeyAttribute("id", "S")
TABLE = Table(
    "questions", "123456789012", "eu-west-1", 1, "id-1", 0, KeySchema((HASH,), (RANGE,)), ()
)
TIME_MS = 1_660_598_951_097
KEYS: Item = {"entity": {"S": "question"}, "id": {"S": "question#1"}}
FIRST: Item = {"content": {"S": "Napoleon?"}, **KEYS}
SECOND: Item = {"content": {"S": "Napoleon? 2"}, **KEYS}


def rendered(
    old: Item | None,
    new: Item | None,
    precision: Precision = "MILLISECOND",
    kind: ChangeKind = "user",
    position: int = stamp_at(TIME_MS) + 3,
) -> KinesisRecord:
    """Return the record of a change."""
    record = ChangeRecord(
        position,
        position,
        0,
        "eu-west-1",
        kind,
        None if old is None else orjson.dumps(old),
        None if new is None else orjson.dumps(new),
        0 if old is None else item_size(old),
        0 if new is None else item_size(new),
    )
    return kinesis_record(record, TABLE, precision)


def data(record: KinesisRecord) -> dict[str, Any]:
    """Return a record as a reader of the stream parses it."""
    parsed: dict[str, Any] = orjson.loads(record.data)
    return parsed


@pytest.mark.parametrize(
    ("old", "new", "name", "images", "size"),
    [
        (None, FIRST, "INSERT", {"NewImage": FIRST}, 68),
        (FIRST, SECOND, "MODIFY", {"NewImage": SECOND, "OldImage": FIRST}, 112),
        (SECOND, None, "REMOVE", {"OldImage": SECOND}, 70),
    ],
)
def test_record_of_each_event_has_awss_members_in_awss_order(
    old: Item | None, new: Item | None, name: str, images: dict[str, Item], size: int
) -> None:
    """SizeBytes counts the keys and both images: 68 and 112 bytes in the records of AWS."""
    found = data(rendered(old, new))

    expected = {
        "awsRegion": "eu-west-1",
        "eventID": found["eventID"],
        "eventName": name,
        "userIdentity": None,
        "recordFormat": "application/json",
        "tableName": "questions",
        "dynamodb": {
            "ApproximateCreationDateTime": TIME_MS,
            "Keys": KEYS,
            **images,
            "SizeBytes": size,
        },
        "eventSource": "aws:dynamodb",
    }
    assert expected == found
    assert [*expected] == [*found]
    assert [*expected["dynamodb"]] == [*found["dynamodb"]]


def test_record_in_microseconds_says_so_and_orders_the_changes_of_a_millisecond() -> None:
    """The precision is the last member of the change, and named only when it is not the usual one."""
    first, second = (
        data(rendered(None, FIRST, "MICROSECOND", position=stamp_at(TIME_MS) + count))["dynamodb"]
        for count in (3, 4)
    )

    assert (TIME_MS * 1000 + 3, TIME_MS * 1000 + 4) == (
        first["ApproximateCreationDateTime"],
        second["ApproximateCreationDateTime"],
    )
    assert ("ApproximateCreationDateTimePrecision", "MICROSECOND") == [*first.items()][-1]


def test_record_in_microseconds_stays_within_its_millisecond() -> None:
    """A millisecond may have more changes than microseconds."""
    change = data(rendered(None, FIRST, "MICROSECOND", position=stamp_at(TIME_MS + 1) - 1))

    assert TIME_MS * 1000 + 999 == change["dynamodb"]["ApproximateCreationDateTime"]


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        ("ttl", {"type": "Service", "principalId": "dynamodb.amazonaws.com"}),
        ("user", None),
        ("replica", None),
    ],
)
def test_record_only_expiry_here_has_the_service_identity(
    kind: ChangeKind, identity: dict[str, str] | None
) -> None:
    """Members in lower case, unlike those of DynamoDB Streams."""
    assert identity == data(rendered(FIRST, None, kind=kind))["userIdentity"]


def test_record_partition_key_is_that_of_the_item() -> None:
    """All changes of an item have one, changes of another item another."""
    other = {**FIRST, "id": {"S": "question#2"}}
    keys = [
        rendered(old, new).partition_key
        for old, new in [(None, FIRST), (FIRST, SECOND), (SECOND, None), (None, other)]
    ]

    assert 1 == len(set(keys[:3]))
    assert keys[3] != keys[0]


def test_record_identifier_is_that_of_the_change() -> None:
    """Delivered again it is the same, so that a reader may recognise it."""
    first, again = rendered(None, FIRST), rendered(None, FIRST, "MICROSECOND")
    later = rendered(None, FIRST, position=stamp_at(TIME_MS) + 4)

    assert data(first)["eventID"] == data(again)["eventID"]
    assert data(first)["eventID"] != data(later)["eventID"]
