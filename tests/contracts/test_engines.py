"""The contract that every engine keeps."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from globaltables.engine.embedded import EmbeddedEngine
from globaltables.engine.interface import Engine
from globaltables.engine.memory import MemoryEngine
from globaltables.foundation.errors import OperationalError

Open = Callable[[Path], Engine]


def _memory(path: Path) -> Engine:
    return MemoryEngine.open_checkpoint(path) if path.exists() else MemoryEngine()


@pytest.fixture(params=[_memory, EmbeddedEngine], ids=["memory", "embedded"])
def open_engine(request: pytest.FixtureRequest) -> Open:
    """How one kind of engine is opened."""
    opener: Open = request.param
    return opener


@pytest.fixture
def engine(open_engine: Open, tmp_path: Path) -> Iterator[Engine]:
    """An empty engine."""
    made = open_engine(tmp_path / "engine")
    yield made
    made.close()


def test_get_after_apply_sees_it(engine: Engine) -> None:
    """An applied batch is visible at once."""
    engine.apply({b"a": b"1", b"b": b"2"})
    assert (b"1", b"2", None) == (engine.get(b"a"), engine.get(b"b"), engine.get(b"c"))


def test_apply_none_deletes(engine: Engine) -> None:
    """None deletes a key, also one that is not there."""
    engine.apply({b"a": b"1"})
    engine.apply({b"a": None, b"b": None})
    assert engine.get(b"a") is None


def test_apply_deletes_ranges_before_it_puts(engine: Engine) -> None:
    """A batch may empty a range and fill it again."""
    engine.apply({b"a1": b"1", b"a2": b"2", b"b": b"3"})
    engine.apply({b"a2": b"new"}, [(b"a", b"b")])
    assert [(b"a2", b"new"), (b"b", b"3")] == list(engine.range(b"", b"z"))


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 1000])
def test_range_either_way_is_ordered_and_half_open(engine: Engine, count: int) -> None:
    """A range holds its start, not its end, in order or backwards."""
    keys = [b"k%05d" % number for number in range(count)]
    engine.apply(dict.fromkeys(keys, b"v") | {b"j": b"v", b"l": b"v"})
    assert keys == [key for key, _ in engine.range(b"k", b"l")]
    assert keys[::-1] == [key for key, _ in engine.range(b"k", b"l", reverse=True)]
    assert keys[1:] == [key for key, _ in engine.range(b"k00001", b"l")]
    last = keys[-1] if keys else b"k"
    assert keys[:-1][::-1] == [key for key, _ in engine.range(b"k", last, reverse=True)]


def test_range_long_after_its_call_still_ends_at_its_end(engine: Engine) -> None:
    """What else happens in the process while somebody iterates does not move the end of the range."""
    keys = [b"log" + number.to_bytes(8, "big") for number in range(2_000)]
    engine.apply(dict.fromkeys(keys, b"v" * 700))
    for first in range(0, 1_000, 50):
        kept = []
        for key, value in engine.range(keys[first], keys[1_900]):
            kept.append((int.from_bytes(key[3:], "big"), value[1:], value[100:500]))
        assert 1_900 - first == len(kept)


def test_checkpoint_opened_holds_the_state_of_its_time(
    engine: Engine, open_engine: Open, tmp_path: Path
) -> None:
    """A checkpoint is a copy that later batches do not reach."""
    engine.apply({b"a": b"1"})
    engine.sync()
    engine.checkpoint(tmp_path / "copy")
    engine.apply({b"a": b"2"})
    copy = open_engine(tmp_path / "copy")
    try:
        assert b"1" == copy.get(b"a")
    finally:
        copy.close()


def test_embedded_opened_again_holds_what_was_synced(tmp_path: Path) -> None:
    """What was applied before a sync is there after the engine was opened again."""
    first = EmbeddedEngine(tmp_path / "engine")
    first.apply({b"a": b"1"})
    first.sync()
    first.close()
    second = EmbeddedEngine(tmp_path / "engine")
    assert b"1" == second.get(b"a")
    second.close()


def test_embedded_opened_twice_is_refused(tmp_path: Path) -> None:
    """Two processes, or two engines, never share a folder."""
    first = EmbeddedEngine(tmp_path / "engine")
    with pytest.raises(OperationalError):
        EmbeddedEngine(tmp_path / "engine")
    first.close()


def test_embedded_with_a_torn_log_keeps_what_is_whole(tmp_path: Path) -> None:
    """A log that ends in the middle of a record loses that record and nothing before it."""
    path = tmp_path / "engine"
    first = EmbeddedEngine(path)
    first.apply({b"a": b"1"})
    first.apply({b"b": b"2" * 1000})
    first.sync()
    (tmp_path / "torn").mkdir()
    for file in path.iterdir():
        content = file.read_bytes()
        if file.suffix == ".log" and content:
            content = content[:-100]
        (tmp_path / "torn" / file.name).write_bytes(content)
    first.close()
    (tmp_path / "torn" / "LOCK").unlink(missing_ok=True)
    torn = EmbeddedEngine(tmp_path / "torn")
    assert (b"1", None) == (torn.get(b"a"), torn.get(b"b"))
    torn.close()
