"""The conflict log: every write that lost against another region's, with both images. AWS has no such record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from globaltables.engine.interface import Reader
from globaltables.foundation.limits import REPLICATION_CONFLICT_RETENTION_MS
from globaltables.itemstore.keyspaces import whole
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.replication.keyspace import (
    conflict_key,
    conflict_range,
    conflict_space,
    cursor_key,
    decode_cursor,
    decode_stamp,
    table_number_of,
    unseen_prefix,
)
from globaltables.runtime.clock import stamp_at
from globaltables.tables.definitions import Table


@dataclass(frozen=True, slots=True)
class Write:
    """One side of a conflict: JSON of the item, None for a deletion."""

    region: str
    stamp: int
    image: bytes | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two writes of one item, neither of which had seen the other.

    Attributes:
        found_stamp: when this region found it.
        winner: the later write, which every region keeps.
        loser: the earlier write, which is gone.
    """

    found_stamp: int
    winner: Write
    loser: Write


def record_conflict(stage: Stage, table_number: int, winner: Write, loser: Write) -> None:
    """Note a write that lost, in the same commit in which it does."""
    body = orjson.dumps({"winner": _fields(winner), "loser": _fields(loser)})
    stage.put(conflict_key(table_number, stage.tick()), body)


def conflicts(reader: Reader, table_number: int, after: int = 0) -> Iterator[Conflict]:
    """Return the writes that lost in a table and were found after a stamp, oldest finding first."""
    _, end = conflict_range(table_number)
    for key, body in reader.range(conflict_key(table_number, after + 1), end):
        stored = orjson.loads(body)
        yield Conflict(
            int.from_bytes(key[-8:], "big"), _write(stored["winner"]), _write(stored["loser"])
        )


def trim_conflicts(region: Region, stage: Stage) -> None:
    """Delete what was found longer ago than the retention allows, and what belongs to tables that are gone."""
    oldest = stamp_at(max(0, region.clock.now_ms() - REPLICATION_CONFLICT_RETENTION_MS))
    reader = region.store.reader()
    for table in stage.catalog.tables():
        start, _ = conflict_range(table.number)
        stage.delete_range(start, conflict_key(table.number, oldest))
        for key, _ in reader.range(*whole(unseen_prefix(table.number))):
            newest = decode_stamp(stage.get(key))  # a decision before this one may have moved it
            if newest < oldest or have_passed(stage.get, table, newest):
                stage.delete(key)
    start, end = conflict_space()
    while (first := next(iter(reader.range(start, end)), None)) is not None:
        number = table_number_of(first[0])
        start = conflict_range(number)[1]
        if stage.catalog.by_number(number) is None:
            stage.delete_range(*conflict_range(number))


def have_passed(get: Callable[[bytes], bytes | None], table: Table, stamp: int) -> bool:
    """Tell whether every link of a table has applied everything up to a stamp.

    A change's stamp is its position in the log of the region that made it.
    """
    return all(
        decode_cursor(get(cursor_key(table.number, replica.region))).position >= stamp
        for replica in table.replicas
    )


def _fields(write: Write) -> dict[str, Any]:
    image = None if write.image is None else orjson.Fragment(write.image)
    return {"region": write.region, "stamp": write.stamp, "image": image}


def _write(stored: dict[str, Any]) -> Write:
    image = stored["image"]
    return Write(stored["region"], stored["stamp"], None if image is None else orjson.dumps(image))
