"""Items and changes as lines of an export's data files: DynamoDB JSON and Amazon Ion.

Source: developer guide, S3DataExport.Output. WriteTimestampMicros is a number in DynamoDB JSON ({"N": ...}), as those
who read such files on AWS find it.
"""

import orjson

from globaltables.items.values import Item
from globaltables.transfers.ion_text import VERSION_MARKER, ion_decimal, ion_struct


def json_item(json: bytes) -> bytes:
    """Return the line of an item in DynamoDB JSON."""
    return b'{"Item":' + json + b"}\n"


def ion_item(json: bytes) -> bytes:
    """Return the line of an item in Ion."""
    return f"{VERSION_MARKER} {{Item:{ion_struct(orjson.loads(json))}}}\n".encode()


def json_change(micros: int, keys: Item, old: bytes | None, new: bytes | None) -> bytes:
    """Return the line of a changed item in DynamoDB JSON."""
    line = b'{"Metadata":{"WriteTimestampMicros":{"N":"%d"}},"Keys":%b' % (
        micros,
        orjson.dumps(keys),
    )
    if old is not None:
        line += b',"OldImage":' + old
    if new is not None:
        line += b',"NewImage":' + new
    return line + b"}\n"


def ion_change(micros: int, keys: Item, old: bytes | None, new: bytes | None) -> bytes:
    """Return the line of a changed item in Ion."""
    time = ion_decimal(str(micros))
    fields = [f"Keys:{ion_struct(keys)}", f"Metadata:{{WriteTimestampMicros:{time}}}"]
    if old is not None:
        fields.append(f"OldImage:{ion_struct(orjson.loads(old))}")
    if new is not None:
        fields.append(f"NewImage:{ion_struct(orjson.loads(new))}")
    return f"{VERSION_MARKER} {{Record:{{{','.join(fields)}}}}}\n".encode()
