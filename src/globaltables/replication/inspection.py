"""What a region tells of its copy of a table, so that members can be compared: backlog, hashes of ranges, versions.

Every function reads in slices and lets requests through between them; what is returned is not of one instant. Who
compares members therefore looks again at what differed.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import NamedTuple

from globaltables.changelog.record import ChangeRecord
from globaltables.foundation.limits import (
    REPLICATION_BATCH_BYTES_MAX,
    REPLICATION_BATCH_RECORDS_MAX,
    VERIFY_BUCKETS,
    VERIFY_SLICE_ITEMS,
)
from globaltables.items.item_encoding import decode_item
from globaltables.itemstore.keyspaces import (
    PREFIX_BYTES,
    Range,
    item_prefix,
    tombstone_prefix,
    whole,
)
from globaltables.itemstore.region import Region
from globaltables.replication.peer import Backlog, BucketHash, Version
from globaltables.tables.definitions import Table


class _Row(NamedTuple):
    key: bytes
    raw: bytes


def replicates(table: Table, record: ChangeRecord) -> bool:
    """Tell whether a change is sent to the other members; expiry stays in one region in version 2017.11.29."""
    if record.kind == "draft":
        return False
    return record.kind != "ttl" or table.global_table_version != "2017.11.29"


async def backlog(region: Region, table: Table, after: int) -> Backlog:
    """Return how many changes originated in a region behind a position, and when the first of them was committed."""
    records, oldest = 0, 0
    while True:
        found = region.store.originated(
            table.number,
            after,
            records_max=REPLICATION_BATCH_RECORDS_MAX,
            bytes_max=REPLICATION_BATCH_BYTES_MAX,
        )
        sent = [record for record in found.records if replicates(table, record)]
        if sent and not oldest:
            oldest = sent[0].position
        records += len(sent)
        if not found.seen:
            return Backlog(records, oldest)
        after = found.position
        await asyncio.sleep(0)


async def bucket_hashes(region: Region, table: Table) -> list[BucketHash]:
    """Return a hash of the keys, versions and contents of every range of stored keys.

    The ranges are those of the first stored byte, which is the first of the partition key's hash: all of a size.
    """
    hashes = [hashlib.blake2b(digest_size=16) for _ in range(VERIFY_BUCKETS)]
    counts = [0] * VERIFY_BUCKETS
    async for row in _rows(region, whole(item_prefix(table.number))):
        stored = decode_item(row.raw)
        version = b"%d %d %b " % (len(row.key), stored.stamp, stored.origin.encode("ascii"))
        bucket = row.key[0]
        hashes[bucket].update(version + row.key + stored.json)
        counts[bucket] += 1
    return [
        BucketHash(count, digest.digest()) for count, digest in zip(counts, hashes, strict=True)
    ]


async def bucket_versions(region: Region, table: Table, bucket: int) -> list[Version]:
    """Return the items and the remembered deletions of one range of stored keys."""
    versions = []
    first = bytes([bucket])
    async for row in _rows(region, whole(item_prefix(table.number) + first)):
        stored = decode_item(row.raw)
        versions.append(Version(row.key, stored.stamp, stored.origin, stored.size, stored.json))
    async for row in _rows(region, whole(tombstone_prefix(table.number) + first)):
        stamp, origin = int.from_bytes(row.raw[:8], "big"), row.raw[8:].decode("ascii")
        versions.append(Version(row.key, stamp, origin, 0, None))
    return versions


async def _rows(region: Region, bounds: Range) -> AsyncIterator[_Row]:
    """Return stored keys without their prefix, and values; each slice is of one instant."""
    start, end = bounds
    while True:
        rows = []
        for key, raw in region.store.reader().range(start, end):
            rows.append(_Row(key[PREFIX_BYTES:], raw))
            start = key + b"\0"
            if len(rows) == VERIFY_SLICE_ITEMS:
                break
        for row in rows:
            yield row
        if len(rows) < VERIFY_SLICE_ITEMS:
            return
        await asyncio.sleep(0)
