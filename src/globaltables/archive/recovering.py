"""Rebuilds a region from its archive in an empty folder. Blocks."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from globaltables.archive.generations import (
    Generation,
    file_name,
    generations,
    segment_name,
    segments_prefix,
)
from globaltables.archive.place import Place
from globaltables.archive.segments import (
    Batch,
    DamagedSegmentError,
    decompress,
    read_batches,
    read_header,
)
from globaltables.engine.interface import Engine
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import ARCHIVE_AHEAD_MAX
from globaltables.itemstore.keyspaces import LAST_STAMP_KEY
from globaltables.runtime.clock import stamp_ms
from globaltables.runtime.stopwatch import Stopwatch

_PROGRESS_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came of a recovery.

    Attributes:
        generation: that it began with.
        last_ms: when the last batch that is there was applied.
        batches: how many were applied to the checkpoint.
        bytes: of the checkpoint and of the batches.
        seconds: how long it took.
    """

    generation: str
    last_ms: int
    batches: int
    bytes: int
    seconds: float


class _BrokenLineError(OperationalError):
    """The line of segments cannot be followed any further."""


def archived_regions(place: Place) -> list[str]:
    """Return the regions that an archive has something of.

    Raises:
        OperationalError: it cannot be read.
    """
    return list(place.folders(""))


def recover(
    place: Place,
    region: str,
    folder: Path,
    open_engine: Callable[[Path], Engine],
    to_ms: int | None,
    progress: Callable[[str], None],
) -> Recovered:
    """Rebuild a region.

    Args:
        place: the archive.
        region: the region's name.
        folder: of its engine; it must not exist.
        open_engine: opens the engine of a folder.
        to_ms: milliseconds since 1970: what was applied later is left out; None is everything.
        progress: is told how far it is, in words.

    Raises:
        OperationalError: there is nothing for that time, or the archive is damaged; then the text says to which second
            it can recover.
    """
    watch = Stopwatch()
    generation = _chosen(generations(place, region), region, to_ms)
    _download(place, generation, folder, progress)
    engine = open_engine(folder)
    try:
        _check_checkpoint(engine, generation)
        last, batches, size = _replay(place, generation, engine, to_ms, progress)
        engine.sync()  # nobody is told anything before
    finally:
        engine.close()
    size += generation.size
    return Recovered(generation.id, stamp_ms(last), batches, size, watch.seconds())


def time_text(milliseconds: int) -> str:
    """Return a time as `--to` takes it."""
    text = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace(".000+", "+").replace("+00:00", "Z")


def _chosen(found: list[Generation], region: str, to_ms: int | None) -> Generation:
    if not found:
        raise OperationalError(f"the archive has no complete generation of {region}")
    if to_ms is None:
        return found[-1]
    usable = [one for one in found if one.begun_ms <= to_ms]
    if not usable:
        raise OperationalError(
            f"the archive of {region} begins at {time_text(found[0].begun_ms)}, "
            f"{time_text(to_ms)} is before that"
        )
    return usable[-1]


def _download(
    place: Place, generation: Generation, folder: Path, progress: Callable[[str], None]
) -> None:
    folder.mkdir(parents=True)
    watch, told = Stopwatch(), 0.0
    for number, file in enumerate(generation.files, 1):
        name = file_name(generation.region, generation.id, file.name)
        try:
            digest = place.get_file(name, folder / file.name)
        except OSError as error:
            raise OperationalError(f"cannot write {folder}: {error.strerror}") from error
        if digest != file.sha256:
            raise OperationalError(
                f"{name} is damaged; a time before {time_text(generation.begun_ms)} "
                "begins with another generation"
            )
        if watch.seconds() - told >= _PROGRESS_SECONDS or number == len(generation.files):
            told = watch.seconds()
            progress(f"{generation.region}: file {number} of {len(generation.files)}")


def _check_checkpoint(engine: Engine, generation: Generation) -> None:
    stored = engine.get(LAST_STAMP_KEY)
    found = 0 if stored is None else int.from_bytes(stored, "big")
    if found != generation.stamp:
        raise OperationalError(
            f"generation {generation.id} has another state than its manifest says"
        )


def _replay(
    place: Place,
    generation: Generation,
    engine: Engine,
    to_ms: int | None,
    progress: Callable[[str], None],
) -> tuple[int, int, int]:
    """Apply what follows the checkpoint; return the last stamp, how many batches and bytes."""
    last, batches, size = generation.stamp, 0, 0
    watch, told = Stopwatch(), 0.0
    try:
        for batch, end in _batches(place, generation):
            if to_ms is not None and stamp_ms(batch.stamp) > to_ms:
                break
            engine.apply(batch.puts, batch.ranges)
            last, batches, size = batch.stamp, batches + 1, size + end
            if watch.seconds() - told >= _PROGRESS_SECONDS:
                told = watch.seconds()
                progress(
                    f"{generation.region}: {batches} batches, {size >> 20} MiB, "
                    f"{int(batches / told)} a second, at {time_text(stamp_ms(last))}"
                )
    except _BrokenLineError as error:
        raise OperationalError(f"{error}; {_recoverable(generation, last)}") from error
    return last, batches, size


def _recoverable(generation: Generation, last: int) -> str:
    """Say what can be recovered when nothing behind a stamp can be read.

    The second has to be over at that stamp, because what is missing may have been applied just behind it.
    """
    second_ms = (stamp_ms(last) - 1) // 1000 * 1000
    if second_ms < generation.begun_ms:
        return f"only times before {time_text(generation.begun_ms)} can be recovered, with --to"
    return f"it can recover to {time_text(second_ms)}: add --to {time_text(second_ms)}"


def _batches(place: Place, generation: Generation) -> Iterator[tuple[Batch, int]]:
    """Iterate over what follows a checkpoint, and how many bytes each batch has.

    Raises:
        _BrokenLineError: a segment is damaged or missing.
    """
    last, number = generation.stamp, generation.first_segment
    for name, content in _segments(place, generation):
        expected = segment_name(generation.region, generation.line, number)
        if name != expected:
            raise _BrokenLineError(f"{expected} is missing")
        try:
            raw = decompress(content)
            header, start = read_header(raw)
            if (header.line, header.number) != (generation.line, number):
                raise DamagedSegmentError("it is another segment")
            if header.after != last:
                raise DamagedSegmentError("it does not follow the one before it")
            for batch, end in read_batches(raw, start):
                yield batch, end - start
                last, start = batch.stamp, end
        except DamagedSegmentError as error:
            raise _BrokenLineError(f"{name}: {error}") from error
        number += 1


def _segments(place: Place, generation: Generation) -> Iterator[tuple[str, bytes]]:
    """Iterate over the names and contents of the segments that follow a checkpoint; several are read ahead."""
    prefix = segments_prefix(generation.region, generation.line)
    after = segment_name(generation.region, generation.line, generation.first_segment - 1)
    ahead: deque[tuple[str, Future[bytes | None]]] = deque()
    with ThreadPoolExecutor(ARCHIVE_AHEAD_MAX, "archive") as threads:
        names = place.names(prefix, after)
        while True:
            while len(ahead) < ARCHIVE_AHEAD_MAX and (name := next(names, None)) is not None:
                ahead.append((name, threads.submit(place.get, name)))
            if not ahead:
                return
            name, read = ahead.popleft()
            content = read.result()
            if content is None:
                raise _BrokenLineError(f"{name} is missing")
            yield name, content
