"""The work of an export: a job that writes a table as it was at a time, or what changed in a window, to a bucket.

1. the mark that it has begun; 2. for a window: the changes by key; 3. data files, part by part of the hashed keys;
4. the manifests. A file is done when the job knows it: after a stop the export goes on behind the last one, and a
file that was not done is deleted and written anew.
"""

from dataclasses import dataclass, replace
from functools import partial

import orjson

from globaltables.buckets.interface import BucketError
from globaltables.buckets.opening import open_buckets
from globaltables.foundation.limits import (
    EXPORT_INCREMENT_BYTES_MIN,
    EXPORT_PARTS,
    TRANSFER_PROGRESS_MS,
)
from globaltables.items.key_encoding import HASH_BYTES, segment_bounds
from globaltables.itemstore import jobs
from globaltables.itemstore.keyspaces import spool_prefix, whole
from globaltables.itemstore.region import Region
from globaltables.itemstore.retained import release
from globaltables.itemstore.stage import Stage
from globaltables.runtime.threads import in_thread
from globaltables.tables import durations
from globaltables.tables.codec import from_stored
from globaltables.transfers.data_files import CONTENT_TYPE, DataFile, DataFileWriter
from globaltables.transfers.export_contents import Contents, contents_of
from globaltables.transfers.failures import failure_of
from globaltables.transfers.file_task import FileTask
from globaltables.transfers.manifests import (
    data_key,
    data_prefix,
    object_options,
    write_manifests,
    write_started,
)
from globaltables.transfers.records import Export, find_export, save

_NAME_CHARACTERS = 20
#: Greater than every stored key: behind its hash a key has the length of its partition, which is small.
_LAST_KEY = b"\xff" * (HASH_BYTES + 1)


def hold_name(export: Export) -> str:
    """Return the name under which an export holds the bytes of its table."""
    return f"export/{export.id}"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an export goes on.

    Attributes:
        spooled: changes up to this position are in the spool.
        part: of the hashed keys, which is being written.
        key: hexadecimal; where the next file begins.
        done: items in the files.
        billed_bytes: of what is in the files.
    """

    spooled: int
    part: int = 0
    key: str = ""
    done: int = 0
    billed_bytes: int = 0
    files: tuple[DataFile, ...] = ()


class Exporting:
    """One export at work.

    Args:
        region: where the table is.
        export: what is to be done.
    """

    def __init__(self, region: Region, export: Export) -> None:
        self._region = region
        self._export = export
        self._bucket: str = export.members["S3Bucket"]
        self._buckets = open_buckets(region.settings, region.name, export.account)
        self._progress = Progress(export.position if export.after is None else export.after)
        self._log = jobs.ProgressLog()
        self._told_ms = region.clock.now_ms()

    async def run(self) -> None:
        """Do what is left, and store how it ended; a bucket that cannot be used fails the export."""
        region, export = self._region, self._export
        job = jobs.find(region.store.reader(), export.job)
        if job is None or job.status != "RUNNING":
            return
        if job.state:
            self._progress = from_stored(Progress, orjson.loads(job.state))
        done = self._progress.done
        job = await region.store.submit(lambda stage: jobs.resume(stage, export.job, done=done))
        self._log.tell(job)
        contents = contents_of(region.store, export, self._progress.spooled, self._keep_spooled)
        try:
            await in_thread(self._start, "export")
            await contents.prepare()
            await self._write_parts(contents)
            if region.settings.realistic:
                await region.clock.until(export.started_ms + durations.EXPORT_MS)
            ended = await self._write_manifests()
        except BucketError as error:
            failure = failure_of(error, region.randomness)
            ended = replace(
                export, status="FAILED", failure=failure, ended_ms=region.clock.now_ms()
            )
        await region.store.submit(partial(self._end, ended))

    def _start(self) -> None:
        """Write the mark, and delete files of which a stop came between their end and the job's note of it.

        Whoever reads the folder and not the manifest would see their items twice.
        """
        write_started(self._buckets, self._export)
        known = {file.key for file in self._progress.files}
        for one in list(self._buckets.objects(self._bucket, data_prefix(self._export))):
            if one.key not in known:
                self._buckets.delete(self._bucket, one.key)

    async def _write_parts(self, contents: Contents) -> None:
        """Write every part of the hashed keys, each to at least one file."""
        while (part := self._progress.part) < EXPORT_PARTS:
            first, last = segment_bounds(part, EXPORT_PARTS)
            start: bytes | None = bytes.fromhex(self._progress.key) or first
            end = _LAST_KEY if last is None else last
            file, done = FileTask(self._new_file), 0
            try:
                while start is not None and not file.full:
                    count, start = await contents.fill(file, start, end)
                    done += count
                    await self._show(self._progress.done + done)
                stored = await file.commit()
            finally:
                file.discard()
            self._progress = replace(
                self._progress,
                part=part + 1 if start is None else part,
                key="" if start is None else start.hex(),
                done=self._progress.done + done,
                billed_bytes=self._progress.billed_bytes + file.billed_bytes,
                files=(*self._progress.files, stored),
            )
            await self._region.store.submit(self._keep)

    async def _write_manifests(self) -> Export:
        """Write what tells of the files, and return the export as it is then."""
        progress, ended_ms = self._progress, self._region.clock.now_ms()
        billed = progress.billed_bytes
        if self._export.after is not None:
            billed = max(billed, EXPORT_INCREMENT_BYTES_MIN)
        export = replace(
            self._export,
            status="COMPLETED",
            item_count=sum(file.item_count for file in progress.files),
            billed_bytes=billed,
            ended_ms=ended_ms,
        )
        write = partial(write_manifests, self._buckets, export, progress.files, ended_ms)
        return replace(export, manifest=await in_thread(write, "export"))

    async def _show(self, done: int) -> None:
        """Let the job show how far it is, from time to time."""
        now_ms = self._region.clock.now_ms()
        if now_ms - self._told_ms >= TRANSFER_PROGRESS_MS:
            self._told_ms = now_ms
            await self._region.store.submit(partial(self._advance, done))

    def _advance(self, done: int, stage: Stage) -> None:
        """Stage what is done in all and where the export goes on."""
        job = jobs.find(stage, self._export.job)
        before = 0 if job is None else job.done
        state = orjson.dumps(self._progress).decode()
        self._log.tell(jobs.advance(stage, self._export.job, done - before, state=state))

    def _keep(self, stage: Stage) -> None:
        self._advance(self._progress.done, stage)

    def _keep_spooled(self, stage: Stage, position: int) -> None:
        self._progress = replace(self._progress, spooled=position)
        self._keep(stage)

    def _end(self, ended: Export, stage: Stage) -> None:
        """Store how the export ended, and forget what only its work needed."""
        if find_export(stage, ended.account, ended.id) is not None:
            save(stage, ended)
        stage.delete_range(*whole(spool_prefix(ended.table_number, ended.job)))
        release(stage, ended.table_number, hold_name(ended))
        failure = ended.failure
        error = None if failure is None else f"{failure.code}: {failure.text}"
        status: jobs.JobStatus = "COMPLETED" if failure is None else "FAILED"
        self._log.tell(jobs.finish(stage, ended.job, status, error))

    def _new_file(self) -> DataFileWriter:
        """Open a file of a name that no other has."""
        name = self._region.randomness.uuid().replace("-", "")[:_NAME_CHARACTERS]
        options = object_options(self._export, CONTENT_TYPE)
        key = data_key(self._export, name)
        return DataFileWriter(self._buckets, self._bucket, key, options)
