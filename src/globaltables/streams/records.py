"""Change records in the shape of GetRecords; stored images are spliced in unparsed."""

from hashlib import blake2s
from struct import Struct
from typing import Any

import orjson

from globaltables.changelog.record import ChangeRecord
from globaltables.items.values import Item, item_size
from globaltables.runtime.clock import stamp_ms
from globaltables.streams.sequence_numbers import sequence_number
from globaltables.tables.definitions import StreamViewType, Table

_POSITION = Struct(">Q")
#: Who deletes an expired item. A replica applies the deletion as replication, so this is seen only
#: in the region where the item expired, as on AWS.
_EXPIRY_IDENTITY = b'{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}'


def stream_record(record: ChangeRecord, table: Table, view_type: StreamViewType) -> dict[str, Any]:
    """Return a record for orjson.dumps: AWS's members, images as fragments of their stored JSON.

    The size is that of the keys and of the images that the view shows (developer guide, Streams: 26, 59 and 38 bytes
    in its example).
    """
    image = record.old if record.new is None else record.new
    assert image is not None
    item: Item = orjson.loads(image)
    keys = {name: item[name] for name in table.schema.names}
    size = item_size(keys)
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": stamp_ms(record.position) // 1000,
        "Keys": keys,
    }
    if record.new is not None and view_type in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        change["NewImage"] = orjson.Fragment(record.new)
        size += record.new_size
    if record.old is not None and view_type in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        change["OldImage"] = orjson.Fragment(record.old)
        size += record.old_size
    change["SequenceNumber"] = sequence_number(record.position)
    change["SizeBytes"] = size
    change["StreamViewType"] = view_type
    answer: dict[str, Any] = {
        "eventID": event_id(table, record.position),
        "eventName": record.event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": table.region,
        "dynamodb": change,
    }
    if record.kind == "ttl":
        answer["userIdentity"] = orjson.Fragment(_EXPIRY_IDENTITY)
    return answer


def event_id(table: Table, position: int) -> str:
    """Return 32 hexadecimal digits that are the same at every reading and differ between all records."""
    identity = f"{table.region}/{table.table_id}".encode() + _POSITION.pack(position)
    return blake2s(identity, digest_size=16).hexdigest()
