"""Moving the rows of a table into its first layer, while requests go on: sealing them, opening them, or both.

Every row is written as it is: the view puts it into the first layer and takes it out of the others in one commit. It
may be begun again at any time.
"""

import asyncio
import logging
from functools import partial

from globaltables.foundation.arns import table_arn
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import COPY_RETRY_MS, SEALED_ROWS_MOVED
from globaltables.itemstore import jobs
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.tables.definitions import Table
from globaltables.tables.encryption import resealed

_log = logging.getLogger(__name__)


def start_resealing(region: Region) -> None:
    """Move the rows of every table that has several layers and that nobody moves yet, in the background."""
    for table in region.catalog.tables():
        name = f"{region.name}/sealing/{table.number}"
        if len(table.layers) > 1 and not region.tasks.running(name):
            region.tasks.spawn(name, _insistently(region.store, table))


async def reseal(store: Store, table: Table) -> None:
    """Move every row of a table into its first layer, and let nothing of the others be left in files."""
    total, _ = store.statistics(table)
    job = await store.submit(partial(_begin, table=table, total=total))
    progress = jobs.ProgressLog()
    for space, layer in store.view.old_places(table.number):
        after = b""
        while store.catalog.by_number(table.number) is not None:
            keys, after = store.view.old_keys(layer, space, after, SEALED_ROWS_MOVED)
            if not keys:
                break
            items = len(keys) if space.startswith(b"i") else 0
            move = partial(_move, keys=keys, items=items, job=job.number)
            progress.tell(await store.submit(move))
            await asyncio.sleep(0)
    await store.forget_deleted(table.number)
    progress.tell(await store.submit(partial(_finish, table=table, job=job.number)))


async def _insistently(store: Store, table: Table) -> None:
    while True:
        try:
            await reseal(store, table)
        except OperationalError as error:
            _log.warning("sealing table %s waits: %s", table.name, error)
            await asyncio.sleep(COPY_RETRY_MS / 1000)
        else:
            return


def _begin(stage: Stage, table: Table, total: int) -> jobs.Job:
    """Return the job of a table: the one that a stop interrupted goes on, because what was moved stays moved."""
    resource = table_arn(table.region, table.account, table.name)
    for job in jobs.running(stage.applied, "SEALING"):
        if job.resource == resource:
            return jobs.resume(stage, job.number) or job
    return jobs.begin(stage, "SEALING", table.account, resource, table.name, total=total)


def _move(stage: Stage, keys: list[bytes], items: int, job: int) -> jobs.Job | None:
    for key in keys:
        value = stage.get(key)
        if value is not None:  # else a decision before this one has deleted it
            stage.put(key, value)
    return jobs.advance(stage, job, items)


def _finish(stage: Stage, table: Table, job: int) -> jobs.Job | None:
    current = stage.catalog.by_number(table.number)
    if current is None:
        return jobs.finish(stage, job, "CANCELLED")
    stage.save_table(resealed(current))
    return jobs.finish(stage, job)
