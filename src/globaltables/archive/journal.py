"""A region's segments on this machine's disk, until they are shipped: what the store applies goes in at the end.

A batch is written here before the engine applies it, without waiting for the disk. So after the process was killed the
journal has at least what the engine has, and what it has beyond that, which nobody was told of, is cut off. After a
power cut it may have less; then a new line of segments begins (docs/decisions/0010-archive.md). Everything here runs
on the event loop.
"""

import os
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from errno import ENOSPC
from itertools import pairwise
from pathlib import Path

import msgpack  # type: ignore[import-untyped]
import orjson

from globaltables.archive.segments import (
    DamagedSegmentError,
    Header,
    encode_header,
    framed,
    read_batches,
    read_header,
)
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import (
    ARCHIVE_SEGMENT_BYTES_MAX,
    ARCHIVE_WAITING_BYTES_MAX,
    KIB,
)

_LINE_FILE = "line.json"
_SUFFIX = ".segment"
#: Usually enough for the header and the first batch of a segment.
_START_BYTES = 64 * KIB
_WRITE = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class ClosedSegment:
    """A segment that nothing is added to any more.

    Attributes:
        number: its place in the line.
        path: its file.
        size: bytes.
        first_stamp: of its first batch.
        last_stamp: of its last batch.
    """

    number: int
    path: Path
    size: int
    first_stamp: int
    last_stamp: int


class _UnusableJournalError(OperationalError):
    """What was found on the disk does not lead to the state of the engine."""


class Journal:
    """The segments of one region that are not shipped yet.

    Args:
        folder: theirs alone.
        region: the region's name.
        url: of the archive; segments that waited for another one are dropped.
        segment_bytes_max: a segment that has reached this is closed.
        waiting_bytes_max: with more than this waiting, everything is dropped.

    Attributes:
        line: the run of segments that is being written; None when nothing is recorded.
        number: of the segment that batches go to.
        closed: what waits to be shipped, in order.
        waiting_bytes: of all that is not shipped.
        interruption: why nothing is recorded, or why what was recorded before was dropped; empty when neither.
    """

    def __init__(
        self,
        folder: Path,
        region: str,
        url: str,
        segment_bytes_max: int = ARCHIVE_SEGMENT_BYTES_MAX,
        waiting_bytes_max: int = ARCHIVE_WAITING_BYTES_MAX,
    ) -> None:
        self.line: str | None = None
        self.number = 0
        self.closed: deque[ClosedSegment] = deque()
        self.interruption = ""
        self._folder = folder
        self._region = region
        self._url = url
        self._segment_bytes_max = segment_bytes_max
        self._waiting_bytes_max = waiting_bytes_max
        self._closed_bytes = 0
        self._open: int | None = None
        self._open_bytes = 0
        self._first_stamp = 0
        self._last_stamp = 0
        self._pack = msgpack.Packer().pack

    @property
    def waiting_bytes(self) -> int:
        """The bytes of all batches that are not shipped."""
        return self._closed_bytes + (self._open_bytes if self._first_stamp else 0)

    @property
    def oldest_stamp(self) -> int | None:
        """The stamp of the first batch that is not shipped; None when everything is."""
        if self.closed:
            return self.closed[0].first_stamp
        return self._first_stamp or None

    def add(
        self,
        stamp: int,
        puts: Mapping[bytes, bytes | None],
        ranges: Sequence[tuple[bytes, bytes]],
    ) -> None:
        """Write a batch that is about to be applied; when that fails, nothing is recorded from then on."""
        if self._open is None:
            return
        record = framed(self._pack((stamp, ranges, puts)))
        try:
            written = os.write(self._open, record)
        except OSError as error:
            self.drop(f"a segment could not be written: {error.strerror}")
            return
        if written < len(record):
            self.drop("a segment could not be written: the disk is full")
            return
        if not self._first_stamp:
            self._first_stamp = stamp
        self._last_stamp = stamp
        self._open_bytes += written
        if self._open_bytes >= self._segment_bytes_max:
            self.close_segment()

    def close_segment(self) -> None:
        """Let the next batch go to a new segment, unless the current one has none."""
        if self._open is None or not self._first_stamp:
            return
        os.close(self._open)
        self._open = None
        self.closed.append(
            ClosedSegment(
                self.number,
                self._path(self.number),
                self._open_bytes,
                self._first_stamp,
                self._last_stamp,
            )
        )
        self._closed_bytes += self._open_bytes
        if self._closed_bytes > self._waiting_bytes_max:
            self.drop(f"more than {self._waiting_bytes_max} bytes waited to be shipped")
            return
        try:
            self._start_segment(self.number + 1)
        except OSError as error:
            self.drop(f"a segment could not be written: {error.strerror}")

    def shipped(self, segment: ClosedSegment) -> None:
        """Forget the oldest segment, which is in the archive now; not when all were dropped meanwhile."""
        if self.closed and self.closed[0] is segment:
            self.closed.popleft()
            self._closed_bytes -= segment.size
            segment.path.unlink(missing_ok=True)

    def begin(self, line: str, after: int) -> None:
        """Record from now on, in a new line.

        Args:
            line: its id.
            after: the stamp of the last applied batch.

        Raises:
            OSError: the disk refuses.
        """
        self._clear()
        self._folder.mkdir(parents=True, exist_ok=True)
        content = orjson.dumps({"format": 1, "line": line, "url": self._url})
        (self._folder / _LINE_FILE).write_bytes(content)
        self.line = line
        self._last_stamp = after
        try:
            self._start_segment(1)
        except OSError:
            self._clear()
            raise

    def resume(self, last_stamp: int) -> None:
        """Go on with what a former process left, when it leads to what the engine has; otherwise drop it.

        Args:
            last_stamp: of the last batch that the engine has.
        """
        if not (self._folder / _LINE_FILE).exists():
            return
        try:
            self._resume(last_stamp)
        except (OperationalError, OSError) as error:
            self.drop(str(error))

    def drop(self, reason: str) -> None:
        """Record nothing from now on, and forget what was not shipped."""
        self._clear()
        self.interruption = reason

    def close(self) -> None:
        """Release the file; what was added stays for the next process."""
        if self._open is not None:
            os.close(self._open)
            self._open = None

    def _resume(self, last_stamp: int) -> None:
        line = self._stored_line()
        paths = sorted(self._folder.glob(f"*{_SUFFIX}"))
        if not paths:
            raise _UnusableJournalError("the segments that waited are missing")
        starts = [_start_of(path) for path in paths]
        for (before, _), (header, _) in pairwise(starts):
            if header.number != before.number + 1:
                raise _UnusableJournalError("a segment that waited is missing")
        if any((header.line, header.region) != (line, self._region) for header, _ in starts):
            raise _UnusableJournalError("the segments that waited belong to another line")
        for number, (header, first) in enumerate(starts[:-1]):
            if first is None:
                raise _UnusableJournalError("a segment that waited is empty")
            path, last = paths[number], starts[number + 1][0].after
            size = path.stat().st_size
            self.closed.append(ClosedSegment(header.number, path, size, first, last))
            self._closed_bytes += size
        self._resume_open(paths[-1], starts[-1][0], last_stamp)
        self.line = line

    def _resume_open(self, path: Path, header: Header, last_stamp: int) -> None:
        content = path.read_bytes()
        _, end = read_header(content)
        stamp, first = header.after, 0
        try:
            for batch, batch_end in read_batches(content, end):
                if batch.stamp > last_stamp:
                    break
                first = first or batch.stamp
                stamp, end = batch.stamp, batch_end
        except DamagedSegmentError:
            pass  # torn by a crash; whether something is missing is what comes next
        if stamp != last_stamp:
            raise _UnusableJournalError("what was applied last before a crash was not recorded")
        self._open = os.open(path, _WRITE)
        os.ftruncate(self._open, end)
        self.number = header.number
        self._open_bytes, self._first_stamp, self._last_stamp = end, first, stamp

    def _stored_line(self) -> str:
        try:
            found = orjson.loads((self._folder / _LINE_FILE).read_bytes())
            line, url = str(found["line"]), found["url"]
        except (ValueError, KeyError, TypeError) as error:
            raise _UnusableJournalError("the line that was recorded is unreadable") from error
        if url != self._url:
            raise _UnusableJournalError("the archive is another one than before")
        return line

    def _start_segment(self, number: int) -> None:
        assert self.line is not None
        header = encode_header(Header(self.line, self._region, number, self._last_stamp))
        self._open = os.open(self._path(number), _WRITE | os.O_CREAT | os.O_TRUNC, 0o644)
        if os.write(self._open, header) < len(header):
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        self.number = number
        self._open_bytes, self._first_stamp = len(header), 0

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:012d}{_SUFFIX}"

    def _clear(self) -> None:
        self.close()
        self.line = None
        self.closed.clear()
        self._closed_bytes = self._first_stamp = 0
        # What a broken disk does not let go is dropped at the next start: it does not lead to what the engine has then.
        with suppress(OSError):
            (self._folder / _LINE_FILE).unlink(missing_ok=True)
            for path in self._folder.glob(f"*{_SUFFIX}"):
                path.unlink(missing_ok=True)


def _start_of(path: Path) -> tuple[Header, int | None]:
    """Return a segment's header and the stamp of its first batch, if there is one that is whole.

    Raises:
        DamagedSegmentError: it has no header.
    """
    with path.open("rb") as file:
        content = file.read(_START_BYTES)
        header, end = read_header(content)
        first = _first_stamp(content, end)
        if first is None and (more := file.read()):
            first = _first_stamp(content + more, end)
    return header, first


def _first_stamp(content: bytes, start: int) -> int | None:
    try:
        found = next(read_batches(content, start), None)
    except DamagedSegmentError:
        return None
    return None if found is None else found[0].stamp
