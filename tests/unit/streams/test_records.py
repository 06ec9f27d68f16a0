"""Records in AWS's shape. The sizes are those of the developer guide's example of a stream."""

from typing import Any

import orjson
import pytest

from globaltables.changelog.record import ChangeKind, ChangeRecord
from globaltables.items.values import Item, item_size
from globaltables.runtime.clock import stamp_at
from globaltables.streams.records import stream_record
from globaltables.streams.sequence_numbers import sequence_number
from globaltables.tables.definitions import KeyAttribute, KeySchema, StreamViewType, Table

ID = KeyAttribute("Id", "N")
TABLE = Table("T", "000000000000", "eu-west-1", 1, "id-1", 0, KeySchema((ID,)), (ID,))
POSITION = stamp_at(1_479_499_740_999) + 3
FIRST: Item = {"Message": {"S": "New item!"}, "Id": {"N": "101"}}
SECOND: Item = {"Message": {"S": "This item has changed"}, "Id": {"N": "101"}}
BOTH: StreamViewType = "NEW_AND_OLD_IMAGES"


def rendered(
    old: Item | None,
    new: Item | None,
    view_type: StreamViewType = BOTH,
    kind: ChangeKind = "user",
) -> dict[str, Any]:
    """Return the record of a change as a client parses it."""
    record = ChangeRecord(
        POSITION,
        POSITION,
        0,
        "eu-west-1",
        kind,
        None if old is None else orjson.dumps(old),
        None if new is None else orjson.dumps(new),
        0 if old is None else item_size(old),
        0 if new is None else item_size(new),
    )
    answer: dict[str, Any] = orjson.loads(orjson.dumps(stream_record(record, TABLE, view_type)))
    return answer


def test_stream_record_of_a_modification_has_aws_members() -> None:
    """All members, as GetRecords answers them."""
    record = rendered(FIRST, SECOND)
    expected = {
        "eventID": record["eventID"],
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_479_499_740,
            "Keys": {"Id": {"N": "101"}},
            "NewImage": SECOND,
            "OldImage": FIRST,
            "SequenceNumber": sequence_number(POSITION),
            "SizeBytes": 59,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }
    assert expected == record


@pytest.mark.parametrize(
    ("old", "new", "name", "size"),
    [(None, FIRST, "INSERT", 26), (FIRST, SECOND, "MODIFY", 59), (SECOND, None, "REMOVE", 38)],
)
def test_stream_record_each_event_has_its_name_and_size(
    old: Item | None, new: Item | None, name: str, size: int
) -> None:
    """Sizes are those of the keys and of the images that are shown."""
    record = rendered(old, new)
    assert (name, size) == (record["eventName"], record["dynamodb"]["SizeBytes"])


@pytest.mark.parametrize(
    ("view_type", "images"),
    [
        ("KEYS_ONLY", set()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
def test_stream_record_view_type_decides_the_images(
    view_type: StreamViewType, images: set[str]
) -> None:
    """A record shows what its stream's view type names."""
    change = rendered(FIRST, SECOND, view_type)["dynamodb"]
    assert images == {"NewImage", "OldImage"} & set(change)


@pytest.mark.parametrize(
    ("old", "new", "images"), [(None, FIRST, {"NewImage"}), (FIRST, None, {"OldImage"})]
)
def test_stream_record_image_that_does_not_exist_is_absent(
    old: Item | None, new: Item | None, images: set[str]
) -> None:
    """An insertion has no old image, a removal no new one."""
    change = rendered(old, new)["dynamodb"]
    assert images == {"NewImage", "OldImage"} & set(change)


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        ("ttl", {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}),
        ("user", None),
        ("replica", None),
    ],
)
def test_stream_record_only_expiry_here_has_the_service_identity(
    kind: ChangeKind, identity: dict[str, str] | None
) -> None:
    """An expiry that another region replicated cannot be told from a user's deletion."""
    assert identity == rendered(FIRST, None, kind=kind).get("userIdentity")
