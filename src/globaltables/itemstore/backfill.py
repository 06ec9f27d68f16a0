"""Filling a new index from the items that are there, while writes go on.

New writes make their own entries from the moment the index is in the definition; the backfill walks the table in
key order and adds the entries that are missing. It may be begun again at any time: entries are added once.
"""

import asyncio
from dataclasses import replace
from functools import partial
from itertools import islice

from globaltables.foundation.arns import index_arn
from globaltables.itemstore import jobs
from globaltables.itemstore.keyspaces import PREFIX_BYTES, item_prefix, whole
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.tables.definitions import Index, Table

#: Items of one decision: enough to be quick, few enough not to hold up the writes queued behind it.
_SLICE_ITEMS = 100


async def backfill(store: Store, table: Table, index: Index) -> None:
    """Add the missing entries of an index, then make it ACTIVE; ends early when the table or the index is dropped.

    An index whose creation takes AWS's time becomes ACTIVE when that is over too (`--realistic`).
    """
    start, end = whole(item_prefix(table.number))
    total, _ = store.statistics(table)
    progress = jobs.ProgressLog()
    begin = partial(_begin, table=table, index=index, total=total)
    job: jobs.Job | None = await store.submit(begin)
    assert job is not None
    number = job.number
    while _present(store, table, index):
        progress.tell(job)
        found = [key for key, _ in islice(store.reader().range(start, end), _SLICE_ITEMS)]
        if not found:
            progress.tell(
                await store.submit(partial(_finish, table=table, index=index, job=number))
            )
            return
        fill = partial(_fill, table=table, index=index, keys=found, job=number)
        job = await store.submit(fill)
        start = found[-1] + b"\0"
        await asyncio.sleep(0)
    await store.submit(lambda stage: jobs.finish(stage, number, "CANCELLED"))


async def cancel_stopped(store: Store) -> None:
    """End the jobs of backfills that a stop interrupted and whose index is gone since."""
    wanted = {_resource(table, index) for table, index in unfinished(store)}
    for job in jobs.running(store.reader(), "BACKFILL"):
        if job.resource not in wanted:
            await store.submit(partial(jobs.finish, number=job.number, status="CANCELLED"))


def unfinished(store: Store) -> list[tuple[Table, Index]]:
    """Return the indexes whose backfill a stop of the process interrupted."""
    return [
        (table, index)
        for table in store.catalog.tables()
        for index in table.indexes
        if index.backfilling
    ]


def _present(store: Store, table: Table, index: Index) -> bool:
    current = store.catalog.by_number(table.number)
    return current is not None and any(part.number == index.number for part in current.indexes)


def _resource(table: Table, index: Index) -> str:
    return index_arn(table.region, table.account, table.name, index.name)


def _begin(stage: Stage, table: Table, index: Index, total: int) -> jobs.Job:
    """Return the job of a backfill: the one that a stop interrupted is begun anew."""
    resource = _resource(table, index)
    for job in jobs.running(stage.applied, "BACKFILL"):
        if job.resource == resource:
            return jobs.resume(stage, job.number, done=0) or job
    return jobs.begin(stage, "BACKFILL", table.account, resource, table.name, total=total)


def _fill(stage: Stage, table: Table, index: Index, keys: list[bytes], job: int) -> jobs.Job | None:
    if stage.catalog.by_number(table.number) is None:
        return None
    for key in keys:
        stage.write_index_entry(table, index, key[PREFIX_BYTES:])
    return jobs.advance(stage, job, len(keys))


def _finish(stage: Stage, table: Table, index: Index, job: int) -> jobs.Job | None:
    current = stage.catalog.by_number(table.number)
    if current is None:
        return jobs.finish(stage, job, "CANCELLED")
    indexes = tuple(
        replace(part, status="ACTIVE" if part.settling is None else part.status, backfilling=False)
        if part.number == index.number and part.status == "CREATING"
        else part
        for part in current.indexes
    )
    stage.save_table(replace(current, indexes=indexes))
    return jobs.finish(stage, job)
