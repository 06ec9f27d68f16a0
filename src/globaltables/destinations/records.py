"""Change records as DynamoDB writes them to a Kinesis data stream; stored images are spliced in unparsed.

The members, their order and SizeBytes are those of records that were read from AWS: the size is that of the keys and of
both images; the precision is named only when it is microseconds; without an identity `userIdentity` is null.
"""

from hashlib import blake2s, md5
from struct import Struct
from typing import Any, NamedTuple

import orjson

from globaltables.changelog.record import ChangeRecord
from globaltables.items.key_encoding import encode_key
from globaltables.items.values import Item, item_size
from globaltables.runtime.clock import COUNTER_MAX, stamp_ms
from globaltables.tables.definitions import Precision, Table

_POSITION = Struct(">Q")
_EXPIRY_IDENTITY = b'{"type":"Service","principalId":"dynamodb.amazonaws.com"}'
_MICROSECONDS_LAST = 999


class KinesisRecord(NamedTuple):
    """A record of a Kinesis data stream.

    Attributes:
        position: of the change in the log.
        partition_key: 32 hexadecimal digits in upper case as on AWS, the same for all changes of an item.
        data: JSON.
    """

    position: int
    partition_key: str
    data: bytes

    @property
    def size(self) -> int:
        """What Kinesis counts against its limits."""
        return len(self.partition_key) + len(self.data)


def kinesis_record(record: ChangeRecord, table: Table, precision: Precision) -> KinesisRecord:
    """Return a change as a table's Kinesis data stream gets it."""
    image = record.old if record.new is None else record.new
    assert image is not None
    item: Item = orjson.loads(image)
    keys = {name: item[name] for name in table.schema.names}
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": _time(record.position, precision),
        "Keys": keys,
    }
    if record.new is not None:
        change["NewImage"] = orjson.Fragment(record.new)
    if record.old is not None:
        change["OldImage"] = orjson.Fragment(record.old)
    change["SizeBytes"] = item_size(keys) + record.old_size + record.new_size
    if precision == "MICROSECOND":
        change["ApproximateCreationDateTimePrecision"] = precision
    data = orjson.dumps(
        {
            "awsRegion": table.region,
            "eventID": event_id(table, record.position),
            "eventName": record.event_name,
            "userIdentity": orjson.Fragment(_EXPIRY_IDENTITY) if record.kind == "ttl" else None,
            "recordFormat": "application/json",
            "tableName": table.name,
            "dynamodb": change,
            "eventSource": "aws:dynamodb",
        }
    )
    digest = md5(encode_key(table.schema, item), usedforsecurity=False)
    return KinesisRecord(record.position, digest.hexdigest().upper(), data)


def event_id(table: Table, position: int) -> str:
    """Return a version 4 UUID that is the same whenever the change is delivered again."""
    identity = f"{table.region}/{table.table_id}".encode() + _POSITION.pack(position)
    digits = blake2s(identity, digest_size=16).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _time(position: int, precision: Precision) -> int:
    """Return the time of a change; those of one millisecond have different microseconds as far as there are any."""
    milliseconds = stamp_ms(position)
    if precision == "MILLISECOND":
        return milliseconds
    return milliseconds * 1000 + min(position & COUNTER_MAX, _MICROSECONDS_LAST)
