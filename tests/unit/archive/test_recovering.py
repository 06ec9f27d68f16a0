"""Tests of recovery from archives that are damaged, and to every moment of a recorded history."""

import random
import re
from pathlib import Path

import pytest

from globaltables.archive.place import open_place
from globaltables.archive.recovering import archived_regions, recover, time_text
from globaltables.archive.segments import compress, decompress
from globaltables.engine.embedded.engine import EmbeddedEngine
from globaltables.foundation.errors import OperationalError
from tests.support.archived import REGION, Archived, State, run


async def _history(archived: Archived, count: int) -> list[tuple[int, State]]:
    """Write at random, ship now and then, and return the state of every millisecond in which something changed."""
    chance, state, told = random.Random(5), dict[bytes, bytes](), []
    await archived.ship()
    archived.clock.advance(10)
    for number in range(count):
        archived.clock.advance(chance.randrange(900))
        key, value = f"k{chance.randrange(8)}", str(number)
        time_ms = await archived.put(key, value)
        state = {**state, key.encode(): value.encode()}
        told.append((time_ms, state))
        if chance.random() < 0.3:
            await archived.ship()
        if number == count // 2:
            archived.clock.advance(8 * 24 * 3600 * 1000)
            await archived.ship()
    await archived.ship()
    return told


def _segment_files(path: Path) -> list[Path]:
    return sorted((path / "archive").glob("*/*/segments/*/*"))


def test_recover_to_any_time_equals_the_recorded_history(tmp_path: Path) -> None:
    """Over two generations: at every change, and just before some."""

    async def work(archived: Archived) -> None:
        told = await _history(archived, 20)
        assert 2 == len(archived.generations())
        before: State = {}
        for number, (time_ms, state) in enumerate(told):
            assert state == archived.recover(f"at{number}", time_ms)[0]
            if number % 5 == 0:
                assert before == archived.recover(f"before{number}", time_ms - 1)[0]
            before = state
        assert before == archived.recover("all")[0]

    run(tmp_path, work)


def test_recover_to_before_the_first_generation_says_where_it_begins(tmp_path: Path) -> None:
    """The error names the first time that can be had."""

    async def work(archived: Archived) -> None:
        await archived.ship()
        begun_ms = archived.generations()[0].begun_ms
        with pytest.raises(OperationalError, match=re.escape(time_text(begun_ms))):
            archived.recover("early", begun_ms - 1)

    run(tmp_path, work)


@pytest.mark.parametrize("damage", ["changed", "cut", "missing", "exchanged", "empty"])
def test_recover_over_a_damaged_segment_says_to_which_second_it_can(
    tmp_path: Path, damage: str
) -> None:
    """Nothing is recovered over a hole; to the second that the error names it works."""

    async def work(archived: Archived) -> None:
        await archived.ship()
        told, state = [], dict[bytes, bytes]()
        for number in range(8):
            archived.clock.advance(700)
            state = {**state, b"k%d" % number: b"v"}
            told.append((await archived.put(f"k{number}"), state))
            await archived.ship()
        files = _segment_files(tmp_path)
        damaged = files[5]
        content = damaged.read_bytes()
        if damage == "changed":
            raw = bytearray(decompress(content))
            raw[-1] ^= 1
            damaged.write_bytes(compress(bytes(raw)))
        elif damage == "cut":
            damaged.write_bytes(content[:-5])
        elif damage == "missing":
            damaged.unlink()
        elif damage == "exchanged":
            damaged.write_bytes(files[6].read_bytes())
        else:
            damaged.write_bytes(b"")

        with pytest.raises(OperationalError, match=damaged.name) as refused:
            archived.recover("all")
        second = re.search(r"--to (\S+Z)$", str(refused.value))
        assert second is not None
        to_ms = told[4][0] // 1000 * 1000
        assert time_text(to_ms) == second.group(1)
        expected = [{}, *(one for time_ms, one in told if time_ms <= to_ms)][-1]
        assert expected == archived.recover("part", to_ms)[0]

    run(tmp_path, work)


def test_recover_of_a_damaged_checkpoint_names_the_file(tmp_path: Path) -> None:
    """A file that is not what the manifest says is not opened."""

    async def work(archived: Archived) -> None:
        await archived.put("a")
        await archived.ship()
        (table,) = (tmp_path / "archive").glob("*/*/checkpoints/*/*.sst")
        table.write_bytes(table.read_bytes()[::-1])
        with pytest.raises(OperationalError, match=table.name):
            archived.recover("all")

    run(tmp_path, work)


def test_recover_of_a_region_that_is_not_there_says_so(tmp_path: Path) -> None:
    """An empty archive has no regions."""
    place = open_place(f"file://{tmp_path}", None)

    assert [] == archived_regions(place)
    with pytest.raises(OperationalError, match=f"no complete generation of {REGION}"):
        recover(place, REGION, tmp_path / "new", EmbeddedEngine, None, lambda _: None)


@pytest.mark.parametrize("url", ["", "/a", "file://host/a", "s3:///a", "http://a/b", "s3://a?b"])
def test_place_of_another_form_is_refused(url: str) -> None:
    """The error says which forms there are."""
    with pytest.raises(OperationalError, match="s3://bucket/prefix"):
        open_place(url, None)


def test_place_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """It is not made: a disk may not be mounted."""
    with pytest.raises(OperationalError, match="make it"):
        open_place(f"file://{tmp_path}/missing", None)
    assert not (tmp_path / "missing").exists()
