"""A node under writers is killed and its data folder destroyed; its archive has all but the last moment."""

import logging
import random
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection as OwnConnection
from tests.support.crash_checks import Story, check_indexes, stored_items
from tests.support.crash_workload import (
    DEFINITION,
    TABLE,
    Connection,
    Item,
    Key,
    SharedCounter,
    UnansweredError,
    Writer,
    key_of,
    run_all,
)
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

_log = logging.getLogger(__name__)
_REGION = "us-east-1"
_WRITERS = 4
_INTERVAL_S = 0.5
#: Reading, compressing and storing a segment on a loaded machine.
_SHIPPING_S_MAX = 2.0


@dataclass
class Sequence(SharedCounter):
    """Puts one new item after the other, and remembers when each was acknowledged.

    Attributes:
        acknowledged: seconds since 1970, by number.
    """

    acknowledged: list[float] = field(default_factory=list)

    def run(self, connection: Connection) -> None:
        """Write until the server goes away."""
        while True:
            item = {**key_of(_key_of(len(self.acknowledged))), "v": {"S": "x" * 100}}
            try:
                connection.call("PutItem", {"TableName": TABLE, "Item": item})
            except UnansweredError:
                return
            self.acknowledged.append(time.time())


def _key_of(number: int) -> Key:
    return "sequence", f"{number:08d}"


def _archive_of(path: Path) -> str:
    (path / "safe").mkdir()
    return f"file://{path}/safe"


def _shipping(server: Server) -> None:
    connection = OwnConnection(server.endpoint, _REGION)
    own = connection.own()
    assert eventually(lambda: connection.call(own.describe_archive)["Status"] == "SHIPPING")


def _read(data_dir: Path) -> tuple[dict[Key, Item], Story]:
    """Start a node on a folder, check that everything in it agrees, and return its items and its stream."""
    with Server("--data-dir", str(data_dir)) as server:
        connection, target = Connection(server.endpoint), Target(server.endpoint)
        items, story = stored_items(connection), Story()
        check_indexes(connection, items)
        story.read_on(target)
        target.close()
        connection.close()
    assert items == story.items
    for writer in range(_WRITERS):
        accounts = [items.get((f"w{writer}.account", which)) for which in "ab"]
        assert 0 == sum(int(item["n"]["N"]) for item in accounts if item is not None)
    return items, story


def _numbers(items: dict[Key, Item]) -> list[int]:
    return sorted(int(sort) for partition, sort in items if partition == "sequence")


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_archive_of_a_destroyed_node_has_all_but_the_last_moment(
    data_server: Callable[..., Server], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whole transactions, indexes and stream agree; to an earlier second it is what the stream says of that second."""
    url = _archive_of(tmp_path)
    server = data_server("--archive", url, "--archive-interval", str(_INTERVAL_S)).start()
    Target(server.endpoint).client().create_table(**DEFINITION)
    _shipping(server)
    sequence = Sequence()
    writers = [Writer(f"w{number}", random.Random(number)) for number in range(_WRITERS)]
    finish = run_all(server.endpoint, [*writers, sequence])
    time.sleep(2.5)
    server.kill()
    finish()
    server.start()  # the line goes on over a crash
    _shipping(server)
    sequence_again = Sequence(acknowledged=sequence.acknowledged[:])
    finish = run_all(server.endpoint, [sequence_again])
    time.sleep(3)
    killed = time.time()
    server.kill()
    finish()
    shutil.rmtree(tmp_path / "data")

    recovered = tmp_path / "recovered"
    assert 0 == main(["recover", url, "--data-dir", str(recovered)])
    assert 1 == len(list((tmp_path / "safe").glob("*/*/generations/*")))
    items, story = _read(recovered)
    for writer in writers:  # all of them ended with the first crash, which is long shipped
        for key, item in writer.acknowledged.items():
            assert writer.pending is not None
            assert key in writer.pending.changes or item == items.get(key)
    found = _numbers(items)
    assert list(range(len(found))) == found
    lost = sequence_again.acknowledged[len(found) :]
    _log.info("%d of %d lost, %.2f s", len(lost), len(found), killed - min(lost, default=killed))
    assert all(moment > killed - _INTERVAL_S - _SHIPPING_S_MAX for moment in lost), (killed, lost)

    middle = int(sequence_again.acknowledged[len(found) // 2])
    text = datetime.fromtimestamp(middle, UTC).isoformat().replace("+00:00", "Z")
    earlier = tmp_path / "earlier"
    assert 0 == main(["recover", url, "--data-dir", str(earlier), "--to", text])
    items_then, story_then = _read(earlier)
    assert story.order[: story_then.records] == story_then.order
    numbers = _numbers(items_then)
    assert list(range(len(numbers))) == numbers
    acknowledged = sum(moment < middle for moment in sequence_again.acknowledged)
    assert acknowledged <= len(numbers) < len(found)
    assert re.search(r"recovered, last change at", capsys.readouterr().out)


def test_recover_into_a_folder_with_data_is_refused(
    data_server: Callable[..., Server], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing in it is touched; neither when the archive has nothing."""
    url = _archive_of(tmp_path)
    with data_server("--archive", url, "--archive-interval", "0.1") as server:
        Target(server.endpoint).client().create_table(**DEFINITION)
        _shipping(server)

    assert 1 == main(["recover", url, "--data-dir", str(tmp_path / "data")])
    assert "choose an empty folder" in capsys.readouterr().err
    new = tmp_path / "new"
    assert 1 == main(["recover", url, "--data-dir", str(new), "--to", "2020-01-01T00:00:00"])
    assert "begins at" in capsys.readouterr().err
    assert 1 == main(["recover", url, "--data-dir", str(new), "--region", "eu-west-1"])
    assert "no complete generation of eu-west-1" in capsys.readouterr().err
    assert ["format", "lock"] == sorted(path.name for path in new.iterdir())
    assert 0 == main(["recover", url, "--data-dir", str(new), "--region", _REGION])
    assert (new / "regions" / _REGION / "CURRENT").exists()
