"""Tests of the journal: what it goes on with after a crash, and when it begins anew."""

import resource
from pathlib import Path

import pytest

from globaltables.archive.journal import Journal
from globaltables.archive.segments import read_batches, read_header

_URL = "file:///archive"
_LINE = "1700000000000-00000000"


def _journal(folder: Path, url: str = _URL, **limits: int) -> Journal:
    return Journal(folder / "journal", "eu-west-1", url, **limits)


def _recorded(folder: Path, *stamps: int) -> Journal:
    """Return a journal of a line that began after stamp 10 and has batches."""
    journal = _journal(folder)
    journal.begin(_LINE, 10)
    for stamp in stamps:
        journal.add(stamp, {b"k": b"v"}, ())
    return journal


def _open_segment(folder: Path) -> Path:
    return max((folder / "journal").glob("*.segment"))


def _stamps(path: Path) -> list[int]:
    content = path.read_bytes()
    _, start = read_header(content)
    return [batch.stamp for batch, _ in read_batches(content, start)]


def _resumed(folder: Path, last_stamp: int, url: str = _URL) -> Journal:
    journal = _journal(folder, url)
    journal.resume(last_stamp)
    return journal


def test_resume_where_the_engine_stands_goes_on(tmp_path: Path) -> None:
    """After a clean stop or a kill the line goes on in the same segment."""
    _recorded(tmp_path, 11, 12).close()

    journal = _resumed(tmp_path, 12)
    journal.add(13, {b"k": None}, [(b"a", b"b")])
    journal.close()

    assert (_LINE, 1, 11) == (journal.line, journal.number, journal.oldest_stamp)
    assert [11, 12, 13] == _stamps(_open_segment(tmp_path))


def test_resume_ahead_of_the_engine_cuts_off_what_it_does_not_have(tmp_path: Path) -> None:
    """The process was killed between journal and engine: nobody was told of that batch."""
    _recorded(tmp_path, 11, 12).close()

    journal = _resumed(tmp_path, 11)
    journal.add(14, {}, ())
    journal.close()

    assert [11, 14] == _stamps(_open_segment(tmp_path))


def test_resume_with_nothing_but_a_header_goes_on(tmp_path: Path) -> None:
    """The header says what the last batch before it was."""
    _recorded(tmp_path).close()

    journal = _resumed(tmp_path, 10)

    assert (_LINE, None, 0) == (journal.line, journal.oldest_stamp, journal.waiting_bytes)
    journal.close()


def test_resume_behind_the_engine_drops_the_line(tmp_path: Path) -> None:
    """A power cut took what the engine's own log has kept: a gap."""
    _recorded(tmp_path, 11, 12).close()

    journal = _resumed(tmp_path, 13)

    assert (None, []) == (journal.line, list((tmp_path / "journal").iterdir()))
    assert "was not recorded" in journal.interruption


def test_resume_of_a_torn_end_goes_on_when_the_engine_lacks_it_too(tmp_path: Path) -> None:
    """Half of a batch at the end is cut off."""
    _recorded(tmp_path, 11, 12).close()
    path = _open_segment(tmp_path)
    path.write_bytes(path.read_bytes()[:-3])

    lacking = _resumed(tmp_path, 11)
    lacking.close()

    assert (_LINE, [11]) == (lacking.line, _stamps(path))
    assert _resumed(tmp_path, 12).line is None


def test_resume_with_segments_that_wait_keeps_their_order(tmp_path: Path) -> None:
    """Closed segments and their stamps are found again."""
    first = _recorded(tmp_path, 11, 12)
    first.close_segment()
    first.add(13, {b"k": b"v" * 100_000}, ())
    first.close_segment()
    first.close()

    journal = _resumed(tmp_path, 13)
    journal.close()

    assert list(first.closed) == list(journal.closed)
    assert [(1, 11, 12), (2, 13, 13)] == [
        (one.number, one.first_stamp, one.last_stamp) for one in journal.closed
    ]
    assert first.waiting_bytes == journal.waiting_bytes


@pytest.mark.parametrize("damage", ["missing", "header", "line", "empty", "all"])
def test_resume_with_damaged_files_drops_the_line(tmp_path: Path, damage: str) -> None:
    """Whatever is wrong, nothing is guessed."""
    first = _recorded(tmp_path, 11)
    for stamp in (12, 13):
        first.close_segment()
        first.add(stamp, {}, ())
    first.close()
    folder = tmp_path / "journal"
    segment = folder / "000000000002.segment"
    if damage == "missing":
        segment.unlink()
    elif damage == "header":
        segment.write_bytes(b"GTA1" + bytes(60))
    elif damage == "line":
        (folder / "line.json").write_bytes(b"{")
    elif damage == "empty":
        content = segment.read_bytes()
        segment.write_bytes(content[: read_header(content)[1]])
    else:
        for path in folder.glob("*.segment"):
            path.unlink()

    journal = _resumed(tmp_path, 13)

    assert (None, []) == (journal.line, list(folder.iterdir()))
    assert journal.interruption


def test_resume_for_another_archive_drops_the_line(tmp_path: Path) -> None:
    """What waited for one archive does not continue another."""
    _recorded(tmp_path, 11).close()

    assert _resumed(tmp_path, 11, "s3://elsewhere").line is None


def test_add_closes_segments_that_are_full(tmp_path: Path) -> None:
    """Nothing grows between two looks of the shipper but the number of files."""
    journal = _journal(tmp_path, segment_bytes_max=1_000)
    journal.begin(_LINE, 10)
    for stamp in range(11, 21):
        journal.add(stamp, {b"k": b"v" * 400}, ())
    journal.close()

    assert [3, 3, 3] == [len(_stamps(one.path)) for one in journal.closed]
    assert 11 == journal.oldest_stamp


def test_waiting_beyond_the_limit_drops_everything_and_records_nothing(tmp_path: Path) -> None:
    """While the archive is away the disk does not fill up."""
    journal = _journal(tmp_path, segment_bytes_max=1_000, waiting_bytes_max=3_000)
    journal.begin(_LINE, 10)
    for stamp in range(11, 31):
        journal.add(stamp, {b"k": b"v" * 400}, ())

    assert (None, None, 0) == (journal.line, journal.oldest_stamp, journal.waiting_bytes)
    assert [] == list((tmp_path / "journal").iterdir())
    assert "3000 bytes" in journal.interruption


def test_shipped_forgets_the_oldest_only(tmp_path: Path) -> None:
    """A segment that was dropped meanwhile changes nothing."""
    journal = _recorded(tmp_path, 11)
    journal.close_segment()
    journal.add(12, {}, ())
    journal.close_segment()
    first, second = journal.closed

    journal.shipped(second)
    journal.shipped(first)
    journal.close()

    assert [second] == list(journal.closed)
    assert (False, True, 12) == (first.path.exists(), second.path.exists(), journal.oldest_stamp)


def test_next_segment_on_a_full_disk_drops_the_line(tmp_path: Path) -> None:
    """The region goes on without its archive, which says why; nothing is half recorded."""
    journal = _recorded(tmp_path, 11)
    (tmp_path / "journal" / "000000000002.segment").symlink_to("/dev/full")

    journal.close_segment()
    journal.add(12, {}, ())

    assert (None, None) == (journal.line, journal.oldest_stamp)
    assert "No space left" in journal.interruption
    journal.begin("1700000000001-00000000", 12)
    assert "1700000000001-00000000" == journal.line
    journal.close()


def test_begin_where_no_folder_can_be_records_nothing(tmp_path: Path) -> None:
    """The disk's error is the caller's, and a later attempt succeeds."""
    (tmp_path / "journal").write_bytes(b"")
    journal = _journal(tmp_path)

    with pytest.raises(OSError, match="exists"):
        journal.begin(_LINE, 10)
    journal.add(11, {}, ())

    assert (None, None) == (journal.line, journal.oldest_stamp)
    (tmp_path / "journal").unlink()
    journal.begin(_LINE, 11)
    assert _LINE == journal.line
    journal.close()


def test_add_that_is_not_written_whole_drops_the_line(tmp_path: Path) -> None:
    """A disk that takes a part of a batch only: nobody is told of an error, and half a batch is not kept."""
    journal = _recorded(tmp_path, 11)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))
    try:
        journal.add(12, {b"k": b"v" * 4_000}, ())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    journal.add(13, {}, ())

    assert (None, None, 0) == (journal.line, journal.oldest_stamp, journal.waiting_bytes)
    assert "disk is full" in journal.interruption
    assert [] == list((tmp_path / "journal").iterdir())
