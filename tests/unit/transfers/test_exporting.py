"""Exports of a region on a virtual clock, compared with a recorded history."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from globaltables.foundation.settings import Settings
from globaltables.items.values import Item
from globaltables.itemstore import jobs
from globaltables.itemstore.keyspaces import spool_prefix, whole
from globaltables.itemstore.retained import hold
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import stamp_at
from globaltables.tables.definitions import Recovery, Table
from globaltables.transfers import past_items
from globaltables.transfers.exporting import Exporting, hold_name
from globaltables.transfers.records import Export, find_export, save
from tests.support.exported import Exported
from tests.support.regions import ACCOUNT, TestRegion, make_region, make_table
from tests.support.stores import run

BUCKET = "exports"
KEYS = [f"key-{number}" for number in range(60)]


async def _world(path: Path) -> tuple[TestRegion, Table]:
    """Return a region with a bucket and an empty table whose changes are kept."""
    (path / BUCKET).mkdir()
    world = make_region()
    world.region.settings = Settings(buckets_dir=path)
    table = replace(make_table(), recovery=Recovery(0))
    return world, await world.save(table)


async def _begin(
    world: TestRegion,
    table: Table,
    position: int,
    after: int | None = None,
    **members: Any,
) -> Export:
    """Store an export as its operation does."""

    def decide(stage: Stage) -> Export:
        job = jobs.begin(stage, "EXPORT", ACCOUNT, "arn/export/1", table.name)
        export = Export(
            id=f"{job.number:014d}-00000000",
            account=ACCOUNT,
            region="eu-west-1",
            table_arn="arn",
            table_name=table.name,
            table_id=table.table_id,
            request=orjson.dumps({"ClientToken": "t", "S3Bucket": BUCKET, **members}).decode(),
            asked="",
            job=job.number,
            started_ms=world.clock.now_ms(),
            table_number=table.number,
            schema=table.schema,
            position=position,
            after=after,
        )
        save(stage, export)
        hold(stage, table.number, hold_name(export), position if after is None else after)
        return export

    return await world.region.store.submit(decide)


async def _run(world: TestRegion, export: Export) -> Export:
    await Exporting(world.region, export).run()
    done = find_export(world.region.store.reader(), ACCOUNT, export.id)
    assert done is not None
    return done


class History:
    """Random writes, with the items of every moment.

    Attributes:
        states: by position, the items behind it.
    """

    def __init__(self, world: TestRegion, table: Table, seed: int) -> None:
        self._world = world
        self._table = table
        self._random = random.Random(seed)
        self.items: dict[str, Item] = {}
        self.states: dict[int, dict[str, Item]] = {}

    async def write(self, count: int) -> None:
        """Put and delete random items."""
        for number in range(count):
            key = self._random.choice(KEYS)
            self._world.clock.advance(self._random.choice([0, 1, 7]))
            if self._random.random() < 0.3:
                self.items.pop(key, None)
                await self._world.delete(self._table, {"pk": {"S": key}})
            else:
                item = {"pk": {"S": key}, "n": {"N": str(number)}}
                self.items[key] = item
                await self._world.put(self._table, item)
            self.states[self._world.region.hlc.last] = dict(self.items)

    def at(self, position: int) -> dict[str, Item]:
        """Return the items behind a position."""
        known = [one for one in self.states if one <= position]
        return self.states[max(known)] if known else {}


def _by_key(items: list[Item]) -> dict[str, Item]:
    by_key = {item["pk"]["S"]: item for item in items}
    assert len(by_key) == len(items)
    return by_key


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("page", [1, 7, 500])
def test_full_export_shows_the_table_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, page: int
) -> None:
    """Whatever was written since, also while it runs, and however small a page is."""
    monkeypatch.setattr(past_items, "EXPORT_PAGE_ITEMS", page)
    monkeypatch.setattr(past_items, "EXPORT_RECORDS_MAX", 2 * page)

    async def work() -> None:
        world, table = await _world(tmp_path)
        history = History(world, table, seed)
        await history.write(150)
        position = random.Random(seed).choice([*history.states, world.region.hlc.last])
        export = await _begin(world, table, position)
        running = world.region.tasks.spawn("export", Exporting(world.region, export).run())
        while not running.done():
            await history.write(3)
        done = find_export(world.region.store.reader(), ACCOUNT, export.id)

        assert done is not None
        assert "COMPLETED" == done.status
        found = Exported(tmp_path / BUCKET, done.manifest)
        assert history.at(position) == _by_key(found.items)
        assert len(found.items) == done.item_count == found.summary["itemCount"]
        store = world.region.store
        assert [] == list(
            store.reader().range(*whole(spool_prefix(export.table_number, export.job)))
        )
        current = store.catalog.by_number(table.number)
        assert current is not None
        assert () == current.holds

    run(work)


def test_full_export_of_an_empty_table_has_an_empty_file_for_each_part(tmp_path: Path) -> None:
    """As AWS writes one for each partition."""

    async def work() -> None:
        world, table = await _world(tmp_path)
        done = await _run(world, await _begin(world, table, world.region.hlc.last))
        found = Exported(tmp_path / BUCKET, done.manifest)

        assert [0, 0, 0, 0] == [file["itemCount"] for file in found.files]
        assert [] == found.items

    run(work)


@pytest.mark.parametrize("form", ["DYNAMODB_JSON", "ION"])
@pytest.mark.parametrize("seed", range(4))
def test_incremental_export_shows_first_and_last_image_of_a_window(
    tmp_path: Path, seed: int, form: str
) -> None:
    """Both images are those of the window's ends; what came and went within it is not there."""

    async def work() -> None:
        world, table = await _world(tmp_path)
        history = History(world, table, seed)
        await history.write(80)
        after = world.region.hlc.last
        await history.write(60)
        position = world.region.hlc.last
        await history.write(60)
        specification = {
            "ExportFromTime": 1.0,
            "ExportToTime": 2.0,
            "ExportViewType": "NEW_AND_OLD_IMAGES",
        }
        export = await _begin(
            world,
            table,
            position,
            after,
            ExportFormat=form,
            IncrementalExportSpecification=specification,
        )
        done = await _run(world, export)
        found = Exported(tmp_path / BUCKET, done.manifest)
        records = found.lines if form == "DYNAMODB_JSON" else [x["Record"] for x in found.lines]
        old, new = history.at(after), history.at(position)
        changed = {record["Keys"]["pk"]["S"]: record for record in records}

        assert {k for k in KEYS if old.get(k) != new.get(k)} <= changed.keys()
        for key, record in changed.items():
            assert old.get(key) == record.get("OldImage")
            assert new.get(key) == record.get("NewImage")
            assert "OldImage" in record or "NewImage" in record
            micros = int(record["Metadata"]["WriteTimestampMicros"]["N"])
            assert stamp_at(micros // 1000) <= position
        assert 10_000_000 == done.billed_bytes

    run(work)


def test_export_to_a_bucket_that_is_missing_fails(tmp_path: Path) -> None:
    """S3NoSuchBucket, and the job says why."""

    async def work() -> None:
        world, table = await _world(tmp_path)
        export = await _begin(world, table, world.region.hlc.last, S3Bucket="missing")
        done = await _run(world, export)
        job = jobs.find(world.region.store.reader(), export.job)

        assert "FAILED" == done.status
        assert done.failure is not None
        assert "S3NoSuchBucket" == done.failure.code
        assert done.failure.text.startswith(
            "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; "
            "Error Code: NoSuchBucket; Request ID: "
        )
        assert job is not None
        assert "FAILED" == job.status

    run(work)


@pytest.mark.parametrize("after", [None, 0])
def test_export_deletes_files_that_its_job_does_not_know(tmp_path: Path, after: int | None) -> None:
    """A stop between the end of a file and the job's note of it leaves one; those of others stay."""

    async def work() -> None:
        world, table = await _world(tmp_path)
        await world.put(table, {"pk": {"S": "a"}})
        specification = {"ExportFromTime": 0, "ExportToTime": 1, "ExportViewType": "NEW_IMAGE"}
        position = world.region.hlc.last
        export = await _begin(
            world, table, position, after, IncrementalExportSpecification=specification
        )
        done = await _run(world, export)
        known = Exported(tmp_path / BUCKET, done.manifest).files
        folder = (tmp_path / BUCKET / known[0]["dataFileS3Key"]).parent
        others = folder / "somebody-else.json.gz"
        for stray in (folder / "00000000stray.json.gz", others):
            stray.write_bytes(b"x")
        again = await _begin(
            world, table, position, after, IncrementalExportSpecification=specification
        )
        again = replace(again, id=export.id)
        await world.region.store.submit(lambda stage: save(stage, again))
        done = await _run(world, again)
        known = Exported(tmp_path / BUCKET, done.manifest).files

        files = {tmp_path / BUCKET / file["dataFileS3Key"] for file in known}
        assert {*files, others} == set(folder.iterdir())

    run(work)


def test_export_goes_on_when_the_table_is_deleted(tmp_path: Path) -> None:
    """What it needs is kept until it is done."""

    async def work() -> None:
        world, table = await _world(tmp_path)
        history = History(world, table, 1)
        await history.write(100)
        export = await _begin(world, table, world.region.hlc.last)
        await history.write(20)
        await world.region.store.submit(lambda stage: stage.drop_table(table))
        done = await _run(world, export)

        assert history.at(export.position) == _by_key(
            Exported(tmp_path / BUCKET, done.manifest).items
        )

    run(work)
