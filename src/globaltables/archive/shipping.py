"""Ships a region's segments in their order, and begins generations."""

import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from globaltables.archive.generations import (
    Generation,
    StoredFile,
    encode_manifest,
    file_name,
    generations,
    manifest_name,
    new_id,
    segment_name,
    segments_prefix,
)
from globaltables.archive.journal import ClosedSegment, Journal
from globaltables.archive.place import Place
from globaltables.archive.retention import drop_old
from globaltables.archive.segments import compress, read_batches, read_header
from globaltables.archive.state import ArchiveState, ArchiveStatus
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import (
    ARCHIVE_BACKOFF_MS_MAX,
    ARCHIVE_BACKOFF_MS_MIN,
    ARCHIVE_GENERATION_MS_MAX,
    ARCHIVE_GENERATION_MS_MIN,
    ARCHIVE_STOP_MS_MAX,
    ARCHIVE_TRIM_INTERVAL_MS,
)
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import stamp_ms
from globaltables.runtime.threads import in_thread

_log = logging.getLogger(__name__)
T = TypeVar("T")
_THREAD = "archive"


class Shipper:
    """The archive of one region.

    Args:
        region: whose store hands its batches to the journal.
        open_place: opens the archive; blocks.
        journal: what waits.
        scratch: a folder for checkpoints, on the engine's own file system.
    """

    def __init__(
        self, region: Region, open_place: Callable[[], Place], journal: Journal, scratch: Path
    ) -> None:
        assert region.settings.archive is not None
        self._url = region.settings.archive
        self._interval_ms = region.settings.archive_interval_ms
        self._retention_ms = region.settings.archive_retention_days * 24 * 3600 * 1000
        self._region = region
        self._open_place = open_place
        self._journal = journal
        self._scratch = scratch
        self._made: Place | None = None
        self._generations: list[Generation] = []
        self._shipped_stamp = 0  # of the last segment that this process has shipped
        self._safe_stamp: int | None = None  # what the archive gives back ends here, or later
        self._shipped_bytes = 0  # since the newest generation began, or the process
        self._trimmed_ms: int | None = None
        self._begun_ms = region.clock.now_ms()
        self._generation_failures = 0
        self._generation_not_before_ms = 0
        self._failure: tuple[str, int] | None = None
        self._generation_failure: tuple[str, int] | None = None

    async def run(self) -> None:
        """Ship until it is cancelled, then what is left, if that is quick."""
        failures = 0
        clock = self._region.clock
        try:
            while True:
                try:
                    await self.ship()
                except (OperationalError, OSError) as error:
                    failures += 1
                    self._failure = self._failed("cannot ship", error)
                    wait_ms = _backoff_ms(failures)
                else:
                    failures, self._failure = 0, None
                    wait_ms = self._interval_ms
                await clock.until(clock.now_ms() + wait_ms)
        except asyncio.CancelledError:
            await self._ship_rest()
            raise

    def state(self) -> ArchiveState:
        """Return how far the archive is."""
        journal, now_ms = self._journal, self._region.clock.now_ms()
        newest = self._generations[-1] if self._generations else None
        oldest, safe = journal.oldest_stamp, self._safe_stamp
        complete = self._complete()
        if complete and oldest is None:
            safe = self._region.store.applied_position
        if complete:
            since_ms = now_ms if oldest is None else stamp_ms(oldest)
        else:
            # What is shipped now is of no use yet, and some of it may not even be recorded.
            since_ms = self._begun_ms if safe is None else stamp_ms(safe)
        failure = self._failure or self._generation_failure
        status: ArchiveStatus = "SHIPPING" if complete else "BEGINNING"
        error, error_ms = failure or (None, None)
        if failure is None and not complete and journal.interruption:
            error = journal.interruption
        return ArchiveState(
            url=self._url,
            status=status if failure is None else "WAITING",
            generation=None if newest is None else newest.id,
            begun_ms=None if newest is None else newest.begun_ms,
            oldest_ms=self._generations[0].begun_ms if self._generations else None,
            shipped_ms=None if safe is None else stamp_ms(safe),
            lag_ms=max(0, now_ms - since_ms),
            lag_bytes=journal.waiting_bytes,
            error=error,
            error_ms=error_ms,
        )

    async def ship(self) -> None:
        """Ship what was applied, and begin a generation when one is due.

        Raises:
            OperationalError: the archive, or this machine's disk, refuses.
            OSError: so does the disk.
        """
        region, journal = self._region, self._journal
        place = await self._place()
        if journal.line is None:
            if journal.interruption:
                _log.warning(
                    "%s: the archive was interrupted: %s", region.name, journal.interruption
                )
            line = new_id(region.clock.now_ms(), region.randomness.uuid()[:8])
            await in_thread(place.check, _THREAD)
            journal.begin(line, region.store.applied_position)
        await self._ship_closed(place)
        now_ms = region.clock.now_ms()
        name = f"{region.name}/archive-generation"
        if self._generation_due(now_ms) and not region.tasks.running(name):
            region.tasks.spawn(name, self._try_generation(place))
        if self._trimmed_ms is None or now_ms - self._trimmed_ms >= ARCHIVE_TRIM_INTERVAL_MS:
            self._trimmed_ms = now_ms
            await self._drop_old(place, now_ms - self._retention_ms)

    async def _place(self) -> Place:
        """Return the archive; the first time after looking at what is in it."""
        if self._made is not None:
            return self._made
        place, journal, region = (
            await in_thread(self._open_place, _THREAD),
            self._journal,
            self._region,
        )
        self._generations = await in_thread(lambda: generations(place, region.name), _THREAD)
        if journal.line is not None:
            # Segments of this number or later come from somewhere else that went on with the same data.
            line, number = journal.line, journal.number
            prefix = segments_prefix(region.name, line)
            last = segment_name(region.name, line, number - 1)
            if await in_thread(lambda: next(place.names(prefix, last), None), _THREAD) is not None:
                journal.drop("the archive has later segments of this line than this machine")
        if self._generations:
            self._safe_stamp = self._generations[-1].stamp
        self._made = place
        return place

    async def _ship_closed(self, place: Place) -> None:
        journal, region = self._journal, self._region
        journal.close_segment()
        if journal.closed and journal.closed[-1].last_stamp > region.store.durable_position:
            await region.store.submit(_nothing)
        while journal.closed:
            segment, line = journal.closed[0], journal.line
            if line is None or segment.last_stamp > region.store.durable_position:
                return
            name = segment_name(region.name, line, segment.number)
            try:
                await in_thread(lambda: _ship(place, name, segment), _THREAD)  # noqa: B023 - awaited here
            except OperationalError as error:
                if not journal.closed or journal.closed[0] is not segment:
                    continue  # dropped meanwhile
                if isinstance(error, _DamagedHereError):
                    journal.drop(str(error))
                raise
            journal.shipped(segment)
            self._shipped_stamp = segment.last_stamp
            if self._complete():
                self._safe_stamp = segment.last_stamp
            self._shipped_bytes += segment.size

    def _complete(self) -> bool:
        """Tell whether a complete generation leads to what is recorded now."""
        line = self._journal.line
        return line is not None and bool(self._generations) and self._generations[-1].line == line

    async def _drop_old(self, place: Place, before_ms: int) -> None:
        known, name = self._generations[:], self._region.name
        dropped = await in_thread(lambda: drop_old(place, name, known, before_ms), _THREAD)
        self._generations = [one for one in self._generations if one.id not in dropped]

    async def _ship_rest(self) -> None:
        if self._made is None or self._failure is not None:
            return
        try:
            await asyncio.wait_for(self._ship_closed(self._made), ARCHIVE_STOP_MS_MAX / 1000)
        except (OperationalError, OSError, TimeoutError) as error:
            _log.warning("%s: the last writes were not shipped: %s", self._region.name, error)

    # --- generations

    def _generation_due(self, now_ms: int) -> bool:
        journal = self._journal
        if journal.line is None or now_ms < self._generation_not_before_ms:
            return False
        newest = self._generations[-1] if self._generations else None
        if newest is None or newest.line != journal.line:
            return True
        age_ms = now_ms - newest.begun_ms
        if age_ms >= ARCHIVE_GENERATION_MS_MAX:
            return journal.number > newest.first_segment
        return age_ms >= ARCHIVE_GENERATION_MS_MIN and self._shipped_bytes >= newest.size

    async def _try_generation(self, place: Place) -> None:
        clock = self._region.clock
        try:
            await self._begin_generation(place)
        except (OperationalError, OSError) as error:
            self._generation_failures += 1
            self._generation_failure = self._failed("cannot begin a generation", error)
            wait_ms = _backoff_ms(self._generation_failures)
            self._generation_not_before_ms = clock.now_ms() + wait_ms
        else:
            self._generation_failures, self._generation_failure = 0, None

    async def _begin_generation(self, place: Place) -> None:
        region, journal = self._region, self._journal
        journal.close_segment()
        line, first, shipped = journal.line, journal.number, self._shipped_bytes
        if line is None:
            return
        shutil.rmtree(self._scratch, ignore_errors=True)
        try:
            stamp = region.store.checkpoint(self._scratch)
            begun_ms = max(region.clock.now_ms(), stamp_ms(stamp) + 1)
            generation = new_id(begun_ms, region.randomness.uuid()[:8])
            # What a power cut can take back must not be in the archive.
            await region.store.submit(_nothing)
            _log.info("%s: generation %s begins", region.name, generation)
            scratch = self._scratch
            files = await in_thread(
                lambda: _upload(place, region.name, generation, scratch), _THREAD
            )
            made = Generation(generation, region.name, line, begun_ms, stamp, first, files)
            name, manifest = manifest_name(region.name, generation), encode_manifest(made)
            await in_thread(lambda: place.put(name, manifest), _THREAD)
        finally:
            shutil.rmtree(self._scratch, ignore_errors=True)
        _log.info("%s: generation %s is complete", region.name, generation)
        self._generations.append(made)
        self._safe_stamp = max(made.stamp, self._shipped_stamp if journal.line == line else 0)
        self._shipped_bytes -= shipped
        if journal.line == line:
            journal.interruption = ""

    def _failed(self, what: str, error: Exception) -> tuple[str, int]:
        text = f"{what}: {error}"
        _log.warning("%s: archive: %s", self._region.name, text)
        return text, self._region.clock.now_ms()


class _DamagedHereError(OperationalError):
    """A segment is damaged on this machine's disk."""


def _nothing(_stage: Stage) -> None:
    """Decide nothing: the answer comes when everything before is durable."""


def _ship(place: Place, name: str, segment: ClosedSegment) -> None:
    """Check a segment and store it.

    Raises:
        _DamagedHereError: it is not what was written.
        BucketError: it could not be stored.
    """
    try:
        content = segment.path.read_bytes()
        last = 0
        _, start = read_header(content)
        for batch, _ in read_batches(content, start):
            last = batch.stamp
    except (OSError, OperationalError) as error:
        raise _DamagedHereError(f"segment {segment.number} on this machine: {error}") from error
    if last != segment.last_stamp:
        raise _DamagedHereError(f"segment {segment.number} on this machine has lost its end")
    place.put(name, compress(content))


def _upload(place: Place, region: str, generation: str, folder: Path) -> tuple[StoredFile, ...]:
    files = []
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        size = entry.stat().st_size
        name = file_name(region, generation, entry.name)
        files.append(StoredFile(entry.name, size, place.put_file(name, Path(entry.path))))
    return tuple(files)


def _backoff_ms(failures: int) -> int:
    doubled: int = ARCHIVE_BACKOFF_MS_MIN << min(failures - 1, 16)
    return min(doubled, ARCHIVE_BACKOFF_MS_MAX)
