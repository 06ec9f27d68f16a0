"""A write-ahead log that lost its end, or that is damaged inside, after a crash."""

import random
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.crash_checks import Story, check_indexes, stored_items
from tests.support.crash_workload import DEFINITION, Connection, Item, Key, Writer, run_all
from tests.support.server import Server
from tests.support.target import Target

_CUTS = 6
_WRITERS = 4


@pytest.fixture
def crashed(data_server: Callable[..., Server], tmp_path: Path) -> Path:
    """The data folder of a server that was killed under writers."""
    server = data_server().start()
    Target(server.endpoint).client().create_table(**DEFINITION)
    writers = [Writer(f"w{number}", random.Random(number)) for number in range(_WRITERS)]
    finish = run_all(server.endpoint, [*writers])
    time.sleep(0.7)
    server.kill()
    finish()
    return tmp_path / "data"


def newest_log(data: Path) -> Path:
    """Return the write-ahead log that was written last."""
    return max((data / "regions" / "us-east-1").glob("*.log"))


def copy_of(data: Path, name: str) -> Path:
    """Return a copy of a data folder."""
    return Path(shutil.copytree(data, data.with_name(name)))


def told(data: Path) -> tuple[dict[Key, Item], Story]:
    """Start a server on a folder, check it and return its items and its stream."""
    with Server("--data-dir", str(data)) as server:
        connection = Connection(server.endpoint)
        items = stored_items(connection)
        check_indexes(connection, items)
        story = Story()
        target = Target(server.endpoint)
        story.read_on(target)
        target.close()
        connection.close()
    return items, story


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_torn_log_leaves_the_state_of_some_earlier_moment(crashed: Path) -> None:
    """Whatever is cut off the end, the server starts, and shows exactly what was true at some moment before."""
    chance = random.Random(1)
    size = newest_log(crashed).stat().st_size
    _, whole = told(copy_of(crashed, "whole"))
    seen = set()
    for number in range(_CUTS):
        copy = copy_of(crashed, f"cut{number}")
        kept = chance.randrange(size // 4, size)
        with newest_log(copy).open("r+b") as log:
            log.truncate(kept)
        items, story = told(copy)
        assert whole.order[: story.records] == story.order
        assert items == story.items
        seen.add(story.records)
        for writer in range(_WRITERS):
            accounts = [items.get((f"w{writer}.account", which)) for which in "ab"]
            assert 0 == sum(int(item["n"]["N"]) for item in accounts if item is not None)
    assert len(seen) > 1


@pytest.mark.slow
def test_log_damaged_inside_refuses_to_start(crashed: Path) -> None:
    """Damage before the end is no torn write: going on would lose acknowledged writes without a word."""
    with newest_log(crashed).open("r+b") as log:
        log.seek(newest_log(crashed).stat().st_size // 2)
        log.write(b"\xff" * 64)
    done = subprocess.run(
        Server("--data-dir", str(crashed)).command,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 0
    assert "cannot open the storage in" in done.stderr
    assert "Traceback" not in done.stderr
