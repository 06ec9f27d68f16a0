"""Pages of a shard's records."""

import asyncio
from dataclasses import replace

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import (
    STREAM_ITERATOR_LIFETIME_MS,
    STREAM_RETENTION_MS,
    STREAM_SHARD_DURATION_MS,
)
from globaltables.itemstore.store import Store
from globaltables.runtime.clock import stamp_at
from globaltables.streams.reading import Page, read_page
from globaltables.streams.trimming import trim_once
from globaltables.tables.definitions import Stream, Table
from tests.support.regions import TestRegion, make_region, make_table

HOUR_MS = 3_600_000


async def streaming(name: str = "orders", number: int = 1) -> tuple[TestRegion, Table]:
    """Return a region with one table whose stream begins now."""
    region = make_region()
    started = region.region.hlc.tick()
    stream = Stream("label", "NEW_AND_OLD_IMAGES", region.clock.now_ms(), started)
    return region, await region.save(make_table(number, name, stream))


async def page(
    region: TestRegion, table: Table, *, shard: int = 0, after: int = 0, limit: int = 1000
) -> Page:
    """Read a page of a shard now."""
    present = region.region.hlc.tick()
    (stream,) = table.streams
    return await read_page(region.region.store, table, stream, shard, after, limit, present)


def shown(found: Page) -> list[str]:
    """Return the partition keys of the records' new images."""
    items = [record.new_item or record.old_item or {} for record in found.records]
    return [item["pk"]["S"] for item in items]


def test_read_page_open_shard_gives_records_in_order_and_goes_on_after_them() -> None:
    """The next position is behind the last record."""

    async def scenario() -> tuple[list[str], list[str], bool]:
        region, table = await streaming()
        for key in ("a", "b", "c"):
            await region.put(table, {"pk": {"S": key}})
        first = await page(region, table, limit=2)
        assert first.next_after is not None
        second = await page(region, table, after=first.next_after)
        return shown(first), shown(second), second.next_after is not None

    assert (["a", "b"], ["c"], True) == asyncio.run(scenario())


def test_read_page_open_shard_without_news_keeps_the_position() -> None:
    """An empty page of an open shard leads to the same position."""

    async def scenario() -> bool:
        region, table = await streaming()
        after = table.streams[0].started_stamp
        return (await page(region, table, after=after)) == Page([], after)

    assert asyncio.run(scenario())


def test_read_page_no_op_write_has_no_record() -> None:
    """Writing an item as it is, or deleting a missing one, changes nothing and is not in the stream."""

    async def scenario() -> list[str]:
        region, table = await streaming()
        await region.put(table, {"pk": {"S": "a"}, "m": {"M": {"x": {"N": "1"}, "y": {"N": "2"}}}})
        await region.put(table, {"m": {"M": {"y": {"N": "2"}, "x": {"N": "1"}}}, "pk": {"S": "a"}})
        await region.delete(table, {"pk": {"S": "missing"}})
        return [record.event_name for record in (await page(region, table)).records]

    assert ["INSERT"] == asyncio.run(scenario())


def test_read_page_closed_shard_ends_with_its_last_record() -> None:
    """A closed shard read to its end has no next position; later changes are in the child."""

    async def scenario() -> tuple[list[str], int | None, list[str]]:
        region, table = await streaming()
        await region.put(table, {"pk": {"S": "parent"}})
        region.clock.advance(STREAM_SHARD_DURATION_MS)
        await region.put(table, {"pk": {"S": "child"}})
        start = table.streams[0].started_stamp
        parent = await page(region, table, after=start)
        child_start = start + (STREAM_SHARD_DURATION_MS << 16)
        child = await page(region, table, shard=1, after=child_start - 1)
        return shown(parent), parent.next_after, shown(child)

    assert (["parent"], None, ["child"]) == asyncio.run(scenario())


def test_read_page_closed_shard_with_more_records_goes_on() -> None:
    """A closed shard keeps giving positions until its last record was read."""

    async def scenario() -> list[bool]:
        region, table = await streaming()
        for key in ("a", "b"):
            await region.put(table, {"pk": {"S": key}})
        region.clock.advance(STREAM_SHARD_DURATION_MS)
        first = await page(region, table, limit=1)
        assert first.next_after is not None
        second = await page(region, table, after=first.next_after, limit=1)
        return [first.next_after is None, second.next_after is None]

    assert [False, True] == asyncio.run(scenario())


def test_read_page_disabled_stream_shows_nothing_written_after_it() -> None:
    """Changes after the end of the stream's life are not its records."""

    async def scenario() -> tuple[list[str], int | None]:
        region, table = await streaming()
        await region.put(table, {"pk": {"S": "before"}})
        (stream,) = table.streams
        ended = replace(stream, ended_stamp=region.region.hlc.tick())
        still_logged = replace(table, streams=(ended,), global_table_version="2019.11.21")
        await region.save(still_logged)
        await region.put(still_logged, {"pk": {"S": "after"}})
        found = await page(region, still_logged)
        return shown(found), found.next_after

    assert (["before"], None) == asyncio.run(scenario())


def test_read_page_position_behind_the_horizon_with_trimmed_records_is_refused() -> None:
    """An iterator that was overtaken by the horizon missed records: TrimmedDataAccessException."""

    async def scenario() -> str:
        region, table = await streaming()
        after = table.streams[0].started_stamp
        region.clock.advance(1_000)
        await region.put(table, {"pk": {"S": "a"}})
        region.clock.advance(STREAM_RETENTION_MS + STREAM_ITERATOR_LIFETIME_MS - 1)
        await trim_once(region.region)
        with pytest.raises(ApiError) as caught:
            await page(region, table, after=after)
        return caught.value.code

    assert asyncio.run(scenario()) == "TrimmedDataAccessException"


def test_read_page_position_behind_the_horizon_without_records_goes_on() -> None:
    """An idle stream never refuses a reader that polls: nothing was trimmed."""

    async def scenario() -> list[str]:
        region, table = await streaming()
        after = table.streams[0].started_stamp
        region.clock.advance(25 * HOUR_MS)
        await region.put(table, {"pk": {"S": "a"}})
        return shown(await page(region, table, shard=6, after=after))

    assert ["a"] == asyncio.run(scenario())


def test_trim_once_old_records_are_deleted_and_young_ones_stay() -> None:
    """The log shrinks to 24 hours and an iterator's life."""

    async def scenario() -> list[str]:
        region, table = await streaming()
        await region.put(table, {"pk": {"S": "old"}})
        region.clock.advance(STREAM_RETENTION_MS + STREAM_ITERATOR_LIFETIME_MS + 1)
        await region.put(table, {"pk": {"S": "young"}})
        await trim_once(region.region)
        records = region.region.store.feed(table.number, 0, records_max=9, bytes_max=9_999)
        return [(record.new_item or {})["pk"]["S"] for record in records]

    assert ["young"] == asyncio.run(scenario())


def test_trim_once_records_that_another_reader_needs_stay() -> None:
    """A replica that is behind keeps the log until it has read it."""

    async def scenario() -> int:
        region, table = await streaming()
        region.region.store.log_floors["replication"] = lambda _: table.streams[0].started_stamp
        await region.put(table, {"pk": {"S": "old"}})
        region.clock.advance(10 * STREAM_RETENTION_MS)
        await trim_once(region.region)
        return len(region.region.store.feed(table.number, 0, records_max=9, bytes_max=9_999))

    assert 1 == asyncio.run(scenario())


def test_read_page_told_the_end_of_a_shard_gets_no_later_record_after_a_restart() -> None:
    """A shard that time alone has closed stays closed when the process starts again with a clock set back."""

    async def scenario() -> bool:
        region, table = await streaming()
        region.clock.advance(STREAM_SHARD_DURATION_MS + 1)
        assert (await page(region, table)).next_after is None
        engine = region.region.store._engine
        region.clock.advance(-HOUR_MS)
        again = Store("eu-west-1", engine, region.clock)
        position = await again.submit(lambda stage: stage.tick())
        (stream,) = table.streams
        return position >= stream.started_stamp + stamp_at(STREAM_SHARD_DURATION_MS)

    assert asyncio.run(scenario())
