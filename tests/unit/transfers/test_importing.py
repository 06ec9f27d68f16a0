"""Imports into a region on a virtual clock."""

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard

from globaltables.buckets.folders import FolderBuckets
from globaltables.buckets.interface import ListedObject
from globaltables.foundation.settings import Settings
from globaltables.itemstore import jobs
from globaltables.itemstore.stage import Stage
from globaltables.operations.item_keys import key_of_item
from globaltables.tables import durations
from globaltables.transfers import import_source
from globaltables.transfers.import_source import ImportSource, Place
from globaltables.transfers.importing import Importing
from globaltables.transfers.records import Import, find_import, save
from tests.support.regions import ACCOUNT, TestRegion, make_region, make_table
from tests.support.stores import run

CREATION: dict[str, Any] = {
    "TableName": "imported",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "g", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-g",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
GOOD = [f'{{"Item":{{"pk":{{"S":"{n}"}},"g":{{"S":"x"}}}}}}' for n in range(10)]


def _world(path: Path) -> TestRegion:
    (path / "data").mkdir()
    world = make_region()
    world.region.settings = Settings(buckets_dir=path)
    return world


async def _begin(world: TestRegion, **members: Any) -> Import:
    """Store an import as its operation does."""
    request = {
        "ClientToken": "t",
        "S3BucketSource": {"S3Bucket": "data"},
        "InputFormat": "DYNAMODB_JSON",
        "TableCreationParameters": CREATION,
        **members,
    }

    def decide(stage: Stage) -> Import:
        job = jobs.begin(stage, "IMPORT", ACCOUNT, "arn/import/1", "imported", unit="bytes")
        one = Import(
            id=f"{job.number:014d}-00000000",
            account=ACCOUNT,
            region="eu-west-1",
            table_arn="arn",
            table_name="imported",
            table_id="3e8d6d6c-0d6c-4a5e-9c5a-000000000000",
            request=orjson.dumps(request).decode(),
            asked="",
            job=job.number,
            started_ms=world.clock.now_ms(),
        )
        save(stage, one)
        return one

    return await world.region.store.submit(decide)


def _stored(world: TestRegion, one: Import) -> Import:
    found = find_import(world.region.store.reader(), ACCOUNT, one.id)
    assert found is not None
    return found


async def _run(world: TestRegion, **members: Any) -> Import:
    one = await _begin(world, **members)
    await Importing(world.region, one, key_of_item).run()
    return _stored(world, one)


def _counts(one: Import) -> tuple[str, str | None, int, int, int]:
    code = None if one.failure is None else one.failure.code
    return one.status, code, one.processed_count, one.imported_count, one.error_count


def _item_counts(world: TestRegion) -> tuple[int, int]:
    """Return the items of the table and of its index."""
    table = world.region.catalog.find(ACCOUNT, "imported")
    assert table is not None
    assert "ACTIVE" == table.status == table.indexes[0].status
    store = world.region.store
    return store.statistics(table)[0], store.index_statistics(table, 1)[0]


@pytest.mark.parametrize("compression", ["NONE", "GZIP", "ZSTD"])
def test_import_writes_items_and_index_entries(tmp_path: Path, compression: str) -> None:
    """Files that were put together are one file."""

    async def work() -> None:
        world = _world(tmp_path)
        parts = ["\n".join(GOOD[:5]).encode() + b"\n", "\n".join(GOOD[5:]).encode()]
        if compression == "GZIP":
            parts = list(map(gzip.compress, parts))
        elif compression == "ZSTD":
            parts = [zstandard.compress(part) for part in parts]
        content = b"".join(parts)
        (tmp_path / "data" / "items").write_bytes(content)
        done = await _run(world, InputCompressionType=compression)

        assert ("COMPLETED", None, 10, 10, 0) == _counts(done)
        assert len(content) == done.processed_bytes
        assert (10, 10) == _item_counts(world)
        job = jobs.find(world.region.store.reader(), done.job)
        assert job is not None
        assert ("COMPLETED", len(content)) == (job.status, job.done)

    run(work)


@pytest.mark.parametrize(
    ("bad", "processed", "imported"),
    [
        ('{"Item":{"other":{"S":"x"}}}', 10, 9),
        ('{"Item":{"pk":{"N":"5"}}}', 10, 9),
        ('{"Item":{"pk":{"S":"x"},"g":{"N":"5"}}}', 10, 9),
        ('{"Item":{"pk":{"S":"x"},"v":{"N":"no"}}}', 10, 9),
        ('{"Item":{"pk":{"S":5}}}', 10, 9),
        ('{"Item":{"pk":{"S":"x"},"v":{"S":"' + "y" * 410_000 + '"}}}', 10, 9),
        ("garbage", 6, 5),
    ],
    ids=["no key", "key type", "index key type", "number", "JSON type", "too large", "garbage"],
)
def test_import_with_a_bad_item_fails_and_keeps_the_others(
    tmp_path: Path, bad: str, processed: int, imported: int
) -> None:
    """As measured on AWS; a line that is no item ends its file."""

    async def work() -> None:
        world = _world(tmp_path)
        (tmp_path / "data" / "items").write_text("\n".join([*GOOD[:5], bad, *GOOD[6:]]))
        done = await _run(world)

        expected = ("FAILED", "ItemValidationError", processed, imported, 1)
        assert expected == _counts(done)
        assert imported == _item_counts(world)[0]

    run(work)


def test_import_prefix_is_no_folder(tmp_path: Path) -> None:
    """`data` means data2 too (measured)."""

    async def work() -> None:
        world = _world(tmp_path)
        for name, text in (("d/1.json", GOOD[0]), ("d2/x", "garbage"), ("d.bak", "garbage")):
            path = tmp_path / "data" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        done = await _run(world, S3BucketSource={"S3Bucket": "data", "S3KeyPrefix": "d"})

        assert ("FAILED", "ItemValidationError", 3, 1, 2) == _counts(done)

    run(work)


@pytest.mark.parametrize("compression", ["GZIP", "ZSTD"])
def test_import_of_a_file_that_is_not_compressed_so_is_one_error(
    tmp_path: Path, compression: str
) -> None:
    """The table is there, and empty."""

    async def work() -> None:
        world = _world(tmp_path)
        (tmp_path / "data" / "items").write_text("\n".join(GOOD))
        done = await _run(world, InputCompressionType=compression)

        assert ("FAILED", "ItemValidationError", 1, 0, 1) == _counts(done)
        assert (0, 0) == _item_counts(world)

    run(work)


def test_import_of_nothing_is_complete(tmp_path: Path) -> None:
    """An empty prefix makes an empty table (measured)."""

    async def work() -> None:
        world = _world(tmp_path)
        done = await _run(world, S3BucketSource={"S3Bucket": "data", "S3KeyPrefix": "nothing"})

        assert ("COMPLETED", None, 0, 0, 0) == _counts(done)
        assert (0, 0) == _item_counts(world)

    run(work)


def test_import_from_a_bucket_that_is_missing_makes_no_table(tmp_path: Path) -> None:
    """S3NoSuchBucket."""

    async def work() -> None:
        world = _world(tmp_path)
        done = await _run(world, S3BucketSource={"S3Bucket": "missing"})

        assert ("FAILED", "S3NoSuchBucket", 0, 0, 0) == _counts(done)
        assert world.region.catalog.find(ACCOUNT, "imported") is None

    run(work)


def test_import_into_a_name_that_was_taken_meanwhile_fails(tmp_path: Path) -> None:
    """The name is not reserved by the request (measured)."""

    async def work() -> None:
        world = _world(tmp_path)
        await world.save(make_table(name="imported"))
        done = await _run(world)

        assert ("FAILED", "TableAlreadyExists", 0, 0, 0) == _counts(done)

    run(work)


@pytest.mark.parametrize("stops", [1, 2, 5, 9])
def test_import_that_was_stopped_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stops: int
) -> None:
    """No item is counted twice, none is forgotten."""
    monkeypatch.setattr(import_source, "IMPORT_BATCH_ITEMS", 2)

    async def work() -> None:
        world = _world(tmp_path)
        for name in ("a", "b", "c"):
            lines = [line.replace('"S":"', f'"S":"{name}', 1) for line in GOOD[:5]]
            (tmp_path / "data" / name).write_text("\n".join([*lines, "garbage"]))
        one = await _begin(world)
        running = world.region.tasks.spawn("x", Importing(world.region, one, key_of_item).run())
        while not running.done() and _stored(world, one).processed_count < stops:
            await world.region.store.submit(lambda stage: stage.tick())
        running.cancel()
        await world.region.tasks.ended("x")
        await Importing(world.region, _stored(world, one), key_of_item).run()

        expected = ("FAILED", "ItemValidationError", 18, 15, 3)
        assert expected == _counts(_stored(world, one))
        assert (15, 15) == _item_counts(world)

    run(work)


class _Losing(FolderBuckets):
    """Buckets in which an object is gone as soon as it was listed."""

    def objects(
        self, bucket: str, prefix: str, *, after: str = "", owner: str | None = None
    ) -> Iterator[ListedObject]:
        """List one more than there is."""
        yield from super().objects(bucket, prefix, after=after, owner=owner)
        yield ListedObject("gone", 5)


def test_import_source_counts_an_object_that_went_away_as_an_error(tmp_path: Path) -> None:
    """It was listed, and is not there when it is to be read."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").write_text(GOOD[0])
    members = {"S3BucketSource": {"S3Bucket": "data"}, "InputFormat": "DYNAMODB_JSON"}
    source = ImportSource("import", _Losing(tmp_path), members, make_table(), key_of_item, Place())

    batches = [source.next_batch() for _ in range(3)]

    assert [(1, 0), (1, 1), None] == [
        None if one is None else (one.processed, one.errors) for one in batches
    ]


def test_import_with_realistic_takes_the_time_of_aws(tmp_path: Path) -> None:
    """Its table is not there at first, then CREATING, then ACTIVE."""

    async def work() -> None:
        world = _world(tmp_path)
        world.region.settings = Settings(buckets_dir=tmp_path, realistic=True)
        (tmp_path / "data" / "items").write_text("\n".join(GOOD))
        one = await _begin(world)
        world.region.tasks.spawn("x", Importing(world.region, one, key_of_item).run())

        def status() -> str | None:
            table = world.region.catalog.find(ACCOUNT, "imported")
            return None if table is None else table.status

        seen = [status()]
        while world.region.tasks.running("x"):
            world.clock.advance(100)
            await asyncio.sleep(0.001)
            if status() != seen[-1]:
                seen.append(status())
        done = _stored(world, one)

        assert [None, "CREATING", "ACTIVE"] == seen
        assert done.ended_ms is not None
        assert done.ended_ms - done.started_ms >= durations.IMPORT_MS
        assert ("COMPLETED", None, 10, 10, 0) == _counts(done)

    run(work)
