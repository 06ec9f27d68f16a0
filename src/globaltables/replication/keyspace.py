"""Where replication keeps its own state in a region's store.

rc table region    cursor: the position through which the region's log was applied here, and the one before it
rg table key       the newest version that a stored item's writer had seen and that has not arrived here yet
rj table region    a replica that this region is creating there
rd table           a strongly consistent table that has become, or is to become, regional in this region
rn table           since when the copy's policies deny replication
rs table           a change of shared settings that has not reached every other member yet
rt table           when the table became a member of a version 2017.11.29 global table
rx table stamp     a write that lost
"""

import struct
from typing import NamedTuple

from globaltables.itemstore.keyspaces import REPLICATION, Range, whole

_CURSOR = REPLICATION + b"c"
_DENIED = REPLICATION + b"n"
_UNSEEN = REPLICATION + b"g"
_JOINING = REPLICATION + b"j"
_DISSOLVING = REPLICATION + b"d"
_SETTINGS = REPLICATION + b"s"
_LEGACY = REPLICATION + b"t"
_CONFLICT = REPLICATION + b"x"
_CURSOR_VALUE = struct.Struct(">QQ")
_BY_TABLE = (_CURSOR, _DENIED, _UNSEEN, _JOINING, _DISSOLVING, _SETTINGS, _LEGACY, _CONFLICT)


def _of_table(prefix: bytes, table_number: int) -> bytes:
    return prefix + table_number.to_bytes(4, "big")


def cursor_key(table_number: int, source: str) -> bytes:
    """Return the key of the cursor in the log of a source region."""
    return _of_table(_CURSOR, table_number) + source.encode("ascii")


def denied_key(table_number: int) -> bytes:
    """Return the key of the time since which a copy's policies deny replication."""
    return _of_table(_DENIED, table_number)


def unseen_prefix(table_number: int) -> bytes:
    """Return the prefix of the versions that are known of but have not arrived."""
    return _of_table(_UNSEEN, table_number)


def joining_key(table_number: int, target: str) -> bytes:
    """Return the key of the state of a replica that is being created."""
    return _of_table(_JOINING, table_number) + target.encode("ascii")


def dissolving_key(table_number: int) -> bytes:
    """Return the key of what is left to do when a strongly consistent table has become regional."""
    return _of_table(_DISSOLVING, table_number)


def settings_key(table_number: int) -> bytes:
    """Return the key of a change of shared settings that is on its way to the other members."""
    return _of_table(_SETTINGS, table_number)


def legacy_key(table_number: int) -> bytes:
    """Return the key of the record of a version 2017.11.29 global table."""
    return _of_table(_LEGACY, table_number)


def table_number_of(key: bytes) -> int:
    """Return the table to which a stored key of replication belongs."""
    return int.from_bytes(key[2:6], "big")


def conflict_key(table_number: int, stamp: int) -> bytes:
    """Return the key of a write that lost; the stamp is the time of the finding."""
    return _of_table(_CONFLICT, table_number) + stamp.to_bytes(8, "big")


def conflict_range(table_number: int) -> Range:
    """Return the range of a table's writes that lost."""
    return whole(_of_table(_CONFLICT, table_number))


def conflict_space() -> Range:
    """Return the range of every table's writes that lost."""
    return whole(_CONFLICT)


def ranges_of(table_number: int) -> list[Range]:
    """Return everything that replication keeps for a table."""
    return [whole(_of_table(prefix, table_number)) for prefix in _BY_TABLE]


def encode_stamp(stamp: int) -> bytes:
    """Return the stored bytes of a stamp."""
    return stamp.to_bytes(8, "big")


def decode_stamp(raw: bytes | None) -> int:
    """Return the stamp of stored bytes; 0, before everything, when there are none."""
    return 0 if raw is None else int.from_bytes(raw, "big")


class Cursor(NamedTuple):
    """How far a source's log was applied.

    Attributes:
        position: applied through here by the commit that wrote the cursor.
        confirmed: the cursor before; durable for certain, because a link waits for a batch before it sends the next.
    """

    position: int
    confirmed: int


def encode_cursor(cursor: Cursor) -> bytes:
    """Return the stored bytes of a cursor."""
    return _CURSOR_VALUE.pack(*cursor)


def decode_cursor(raw: bytes | None) -> Cursor:
    """Return the cursor of stored bytes; before everything when there are none."""
    return Cursor(0, 0) if raw is None else Cursor(*_CURSOR_VALUE.unpack(raw))
