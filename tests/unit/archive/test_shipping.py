"""Tests of the shipping: order, durability, failures, generations, what is kept."""

import asyncio
import shutil
from pathlib import Path

import pytest

from globaltables.archive.segments import decompress, read_batches, read_header
from globaltables.foundation.errors import OperationalError
from globaltables.runtime.clock import stamp_ms
from tests.support.archived import Archived, open_archived, run
from tests.support.s3 import S3Endpoint

_DAY_MS = 24 * 3600 * 1000


def _stamps(archived: Archived) -> list[int]:
    """Return the stamps of all shipped batches in order."""
    found = []
    for name in archived.segments():
        content = archived.place().get(name)
        assert content is not None
        raw = decompress(content)
        _, start = read_header(raw)
        found += [batch.stamp for batch, _ in read_batches(raw, start)]
    return found


def test_ship_brings_everything_to_the_archive(tmp_path: Path) -> None:
    """A generation begins with what was there before; segments follow; nothing is left behind."""

    async def work(archived: Archived) -> None:
        await archived.put("a")
        await archived.ship()
        archived.clock.advance(10)
        await archived.put("b")
        time_ms = await archived.put("c")
        assert "SHIPPING" == archived.shipper.state().status
        assert 0 < archived.shipper.state().lag_bytes
        archived.clock.advance(1_500)
        assert 1_501 == archived.shipper.state().lag_ms
        await archived.ship()

        state, (generation,) = archived.shipper.state(), archived.generations()
        assert (0, 0, time_ms) == (state.lag_ms, state.lag_bytes, state.shipped_ms)
        assert (generation.id, generation.begun_ms) == (state.generation, state.oldest_ms)
        assert ["a"] == [key.decode() for key in archived.recover("early", generation.begun_ms)[0]]
        state_now, done = archived.recover("late")
        assert {b"a": b"v", b"b": b"v", b"c": b"v"} == state_now
        assert (time_ms, 2) == (done.last_ms, done.batches)

    run(tmp_path, work)


def test_ship_after_a_restart_goes_on_in_the_line(tmp_path: Path) -> None:
    """No new generation, no gap, every batch once."""

    async def begin(archived: Archived) -> None:
        await archived.ship()
        await archived.put("a")
        await archived.ship()
        await archived.put("b")

    async def go_on(archived: Archived) -> None:
        archived.clock.advance(1_000)
        await archived.put("c")
        await archived.ship()
        stamps = _stamps(archived)
        assert (1, 3) == (len(archived.generations()), len(stamps))
        assert sorted(set(stamps)) == stamps
        assert {b"a", b"b", b"c"} == archived.recover("again")[0].keys()

    run(tmp_path, begin)
    run(tmp_path, go_on)


def test_ship_after_a_gap_begins_a_generation(tmp_path: Path) -> None:
    """What a power cut took from the journal is in the next checkpoint; why is told until that is complete."""

    async def begin(archived: Archived) -> None:
        await archived.ship()
        await archived.put("a")

    async def go_on(archived: Archived) -> None:
        archived.clock.advance(1_000)
        state = archived.shipper.state()
        assert ("BEGINNING", True) == (state.status, "not recorded" in (state.error or ""))
        assert (1_000, None) == (state.lag_ms, state.shipped_ms)
        await archived.ship()
        assert ("SHIPPING", None) == (
            archived.shipper.state().status,
            archived.shipper.state().error,
        )
        assert 2 == len(archived.generations())
        assert {b"a"} == archived.recover("again")[0].keys()

    run(tmp_path, begin)
    (segment,) = (tmp_path / "journal").glob("*.segment")
    segment.write_bytes(segment.read_bytes()[:-1])
    run(tmp_path, go_on)


def test_ship_to_an_archive_with_later_segments_begins_a_line(tmp_path: Path) -> None:
    """A data folder that was copied and went on elsewhere does not overwrite what that shipped."""

    async def begin(archived: Archived) -> None:
        await archived.ship()
        await archived.put("a")
        await archived.ship()

    async def elsewhere(archived: Archived) -> None:
        archived.clock.advance(1_000)
        await archived.put("b")
        await archived.ship()

    async def go_on(archived: Archived) -> None:
        archived.clock.advance(2_000)
        await archived.put("c")
        await archived.ship()
        assert {b"a", b"c"} == archived.recover("again")[0].keys()
        (first, second) = archived.generations()
        assert {b"a", b"b"} == archived.recover("before", second.begun_ms - 1)[0].keys()
        assert first.line != second.line

    run(tmp_path, begin)
    for name in ("data", "journal"):
        shutil.copytree(tmp_path / name, tmp_path / f"{name}-copy")
    run(tmp_path, elsewhere)
    for name in ("data", "journal"):
        shutil.rmtree(tmp_path / name)
        (tmp_path / f"{name}-copy").rename(tmp_path / name)
    run(tmp_path, go_on)


def test_ship_while_the_archive_is_away_keeps_everything_and_says_so(tmp_path: Path) -> None:
    """The task tries again, later and later, and catches up when the archive is back."""

    async def work(archived: Archived) -> None:
        await archived.ship()
        (tmp_path / "archive").rename(tmp_path / "away")
        archived.region.tasks.spawn("shipping", archived.shipper.run())
        await archived.put("a")
        while archived.shipper.state().status != "WAITING":
            archived.clock.advance(1_000)
            await asyncio.sleep(0.01)
        state = archived.shipper.state()
        assert "NoSuchBucket" in (state.error or "")
        assert 0 < state.lag_bytes
        (tmp_path / "away").rename(tmp_path / "archive")
        while archived.shipper.state().lag_bytes:
            archived.clock.advance(1_000)
            await asyncio.sleep(0.01)
        assert {b"a"} == archived.recover("again")[0].keys()

    run(tmp_path, work)


def test_run_that_is_stopped_ships_what_is_left(tmp_path: Path) -> None:
    """After a clean stop nothing is missing in the archive."""

    async def work(archived: Archived) -> None:
        await archived.ship()
        archived.region.tasks.spawn("shipping", archived.shipper.run())
        await asyncio.sleep(0)
        await archived.put("a")
        await archived.region.tasks.stop()
        assert {b"a"} == archived.recover("again")[0].keys()

    run(tmp_path, work)


def test_ship_finds_a_segment_that_was_damaged_while_it_waited(tmp_path: Path) -> None:
    """It is not shipped; a new line and generation begin."""

    async def work(archived: Archived) -> None:
        await archived.ship()
        await archived.put("a")
        archived.journal.close_segment()
        (waiting,) = archived.journal.closed
        waiting.path.write_bytes(waiting.path.read_bytes()[:-1])
        with pytest.raises(OperationalError, match="on this machine"):
            await archived.ship()
        archived.clock.advance(1_000)
        await archived.ship()
        assert 2 == len(archived.generations())
        assert {b"a"} == archived.recover("again")[0].keys()

    run(tmp_path, work)


def test_generations_are_renewed_and_dropped_with_their_segments(tmp_path: Path) -> None:
    """After a day with writes, seven at the most; what no time of the last 35 days needs goes, one always stays."""

    async def work(archived: Archived) -> None:
        await archived.ship()
        await archived.put("a")
        archived.clock.advance(_DAY_MS)
        await archived.ship()
        assert 1 == len(archived.generations())  # little was shipped since the first one
        archived.clock.advance(6 * _DAY_MS)
        await archived.ship()
        (first, second) = archived.generations()
        assert (first.line, first.first_segment, second.first_segment) == (second.line, 1, 2)
        archived.clock.advance(7 * _DAY_MS)
        await archived.ship()
        assert 2 == len(archived.generations())  # nothing was written since
        await archived.put("b")
        archived.clock.advance(28 * _DAY_MS)
        await archived.ship()
        assert [second.id, archived.generations()[-1].id] == [g.id for g in archived.generations()]
        assert ["000000000002"] == [name.rpartition("/")[2] for name in archived.segments()]
        assert [] == list(archived.place().names(f"eu-west-1/checkpoints/{first.id}/"))
        assert {b"a"} == archived.recover("old", second.begun_ms)[0].keys()
        assert {b"a", b"b"} == archived.recover("new")[0].keys()

    run(tmp_path, work)


def test_ship_to_s3_recovers_from_it(tmp_path: Path) -> None:
    """The same objects in a bucket, below a prefix; an answer of 503 is tried again by the client."""

    async def whole(endpoint: S3Endpoint) -> None:
        archived = open_archived(tmp_path, url="s3://safe/db/one", s3_endpoint=endpoint.url)
        await archived.put("a")
        await archived.ship()
        endpoint.failures.append(503)
        time_ms = await archived.put("b")
        await archived.ship()
        assert {b"a", b"b"} == archived.recover("again")[0].keys()
        assert time_ms == stamp_ms(archived.region.store.applied_position)
        assert ["eu-west-1"] == list(archived.place().folders(""))
        await archived.close()

    with S3Endpoint() as endpoint:
        bucket = endpoint.create("safe")
        asyncio.run(whole(endpoint))
        assert all(key.startswith("db/one/eu-west-1/") for key in bucket.objects)
