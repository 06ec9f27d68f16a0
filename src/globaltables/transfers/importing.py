"""The work of an import: a job that makes a table and writes what a bucket's objects hold.

The table is made when the bucket was found, stays CREATING until everything is written, and is then ACTIVE, also when
items were left out: the import is FAILED then, with everything else in the table (as measured on AWS).
"""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Literal

import orjson

from globaltables.buckets.interface import BucketError
from globaltables.buckets.opening import open_buckets
from globaltables.foundation.limits import IMPORT_OBJECTS_MAX
from globaltables.itemstore import jobs
from globaltables.itemstore.data_keys import with_data_key
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.runtime.threads import in_thread
from globaltables.tables import durations
from globaltables.tables.codec import from_stored
from globaltables.tables.creation import Identity, created
from globaltables.tables.definitions import Encryption, Table
from globaltables.tables.encryption import wanted_encryption
from globaltables.transfers.failures import bad_items, failure_of
from globaltables.transfers.import_source import Batch, ImportSource, KeyOf, Place, list_sizes
from globaltables.transfers.records import Failure, Import, find_import, save


class Importing:
    """One import at work.

    Args:
        region: where the table is made.
        import_: what is to be done.
        key_of: see `KeyOf`.
    """

    def __init__(self, region: Region, import_: Import, key_of: KeyOf) -> None:
        self._region = region
        self._import = import_
        self._key_of = key_of
        self._buckets = open_buckets(region.settings, region.name, import_.account)
        self._log = jobs.ProgressLog()

    async def run(self) -> None:
        """Do what is left, and store how it ended."""
        region, started_ms = self._region, self._import.started_ms
        number = self._import.job
        job = await region.store.submit(lambda stage: jobs.resume(stage, number))
        if job is None:
            return
        self._log.tell(job)
        place = from_stored(Place, orjson.loads(job.state)) if job.state else Place()
        failure: Failure | None = None
        try:
            if not self._import.table_number:
                failure = await self._make_table()
            if failure is None:
                await self._write(place)
                failure = bad_items() if self._import.error_count else None
                if region.settings.realistic:
                    await region.clock.until(started_ms + durations.IMPORT_MS)
        except BucketError as error:
            failure = failure_of(error, region.randomness)
        await region.store.submit(partial(self._end, failure))

    async def _make_table(self) -> Failure | None:
        """Look at the bucket and make the table; return why that cannot be."""
        region = self._region
        source = self._import.members["S3BucketSource"]
        bucket, owner = source["S3Bucket"], source.get("S3BucketOwner")
        prefix = source.get("S3KeyPrefix", "")
        check = partial(list_sizes, self._buckets, bucket, prefix, owner)
        count, total = await in_thread(check, "import")
        if count > IMPORT_OBJECTS_MAX:
            text = f"There are more than {IMPORT_OBJECTS_MAX} objects with the prefix"
            return Failure("S3ObjectLimitExceeded", text)
        if region.settings.realistic:
            await region.clock.until(self._import.started_ms + durations.IMPORT_VISIBLE_MS)
        made = await region.store.submit(partial(self._create, total))
        if made is None:
            name = self._import.table_name
            return Failure("TableAlreadyExists", f"Table already exists: {name}")
        self._import = made
        return None

    def _create(self, total: int, stage: Stage) -> Import | None:
        """Stage the table, None when its name is taken."""
        one = self._import
        if stage.catalog.find(one.account, one.table_name) is not None:
            return None
        made_table = new_table(one, stage.catalog.next_number(), stage.tick())
        table = with_data_key(self._region, made_table)
        stage.save_table(table)
        jobs.advance(stage, one.job, total=total)
        made = replace(one, table_number=table.number)
        save(stage, made)
        return made

    async def _write(self, place: Place) -> None:
        """Write every item; the next batch is read while one is written."""
        table = self._region.catalog.by_number(self._import.table_number)
        assert table is not None, self._import.id
        source = ImportSource(
            f"import of {table.name} in {self._region.name}",
            self._buckets,
            self._import.members,
            table,
            self._key_of,
            place,
        )
        batch = await in_thread(source.next_batch, "import")
        while batch is not None:
            following = asyncio.ensure_future(in_thread(source.next_batch, "import"))
            try:
                self._import = await self._region.store.submit(partial(self._put, table, batch))
                batch = await following
            finally:
                following.cancel()
        source.close()

    def _put(self, table: Table, batch: Batch, stage: Stage) -> Import:
        """Stage a batch with what the import and its job say of it."""
        for key, item, size in batch.items:
            stage.write(table, key, item, size=size)
        one = replace(
            self._import,
            processed_bytes=batch.bytes_read,
            processed_count=self._import.processed_count + batch.processed,
            imported_count=self._import.imported_count + len(batch.items),
            error_count=self._import.error_count + batch.errors,
        )
        save(stage, one)
        done = batch.bytes_read - self._import.processed_bytes
        state = orjson.dumps(batch.place).decode()
        self._log.tell(jobs.advance(stage, one.job, done, state=state))
        return one

    def _end(self, failure: Failure | None, stage: Stage) -> None:
        """Stage how the import ended, and let the table be used."""
        one = self._import
        status: Literal["COMPLETED", "FAILED"] = "COMPLETED" if failure is None else "FAILED"
        table = stage.catalog.by_number(one.table_number)
        if table is not None and table.status == "CREATING":
            indexes = tuple(replace(index, status="ACTIVE") for index in table.indexes)
            stage.save_table(replace(table, status="ACTIVE", indexes=indexes))
        if find_import(stage, one.account, one.id) is not None:
            ended_ms = self._region.clock.now_ms()
            save(stage, replace(one, status=status, failure=failure, ended_ms=ended_ms))
        error = None if failure is None else f"{failure.code}: {failure.text}"
        self._log.tell(jobs.finish(stage, one.job, status, error))


def new_table(one: Import, number: int, stamp: int) -> Table:
    """Return the table that an import fills, as it is until then.

    Raises:
        ApiError: CreateTable would refuse it.
    """
    identity = Identity(one.table_name, one.account, one.region, number, one.table_id, stamp)
    table = created(one.members["TableCreationParameters"], identity)
    indexes = tuple(replace(index, status="CREATING") for index in table.indexes)
    wanted = wanted_encryption(one.members["TableCreationParameters"].get("SSESpecification"))
    encryption = None if wanted is None else Encryption("KMS", wanted.key or "")
    return replace(table, status="CREATING", indexes=indexes, encryption=encryption)
