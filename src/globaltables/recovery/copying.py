"""Copying a table as it was: from a region's bytes to a new table or to a backup, in steps that survive a stop.

Where the copy is stands in its job and moves with the rows of each step in one commit; `itemstore/history.py` says why
the result is what the table held at the position.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import orjson

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import COPY_RETRY_MS
from globaltables.itemstore import jobs
from globaltables.itemstore.history import ItemsPage, Row, items_page, undo_page
from globaltables.itemstore.region import Region
from globaltables.itemstore.retained import retained
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Copy:
    """Where a copy is; the state of its job.

    Attributes:
        region: whose bytes are copied.
        source: the number that has them.
        holder: as what they are held there.
        target: the number under which they are put in the job's region.
        position: of the source's log, as of which they are copied; -1 for as they are.
        after: the last key that was copied, in hexadecimal digits.
        until: where the log behind the position is yet to be taken back from; 0 while items are copied.
    """

    region: str
    source: int
    holder: str
    target: int
    position: int
    after: str | None = None
    until: int = 0


def encode_copy(copy: Copy) -> str:
    """Return the state of a job."""
    return orjson.dumps(copy).decode("ascii")


def decode_copy(job: jobs.Job) -> Copy:
    """Return where the copy of a job is."""
    return Copy(**orjson.loads(job.state))


@dataclass(frozen=True, slots=True)
class Step:
    """Some of the work of a copy.

    Attributes:
        rows: what is to be put under the target.
        copy: where the copy is with them.
        present: they are the present items, of which nothing was put yet; otherwise images from before changes.
        finished: they are the last.
    """

    rows: list[Row]
    copy: Copy
    present: bool
    finished: bool = False


#: Stages the rows of a step.
Write = Callable[[Stage, Step], None]


async def run(source: Store, region: Region, number: int, write: Write) -> Copy | None:
    """Carry out a copy from wherever it was left, up to its last rows.

    Args:
        source: the store of the region whose bytes are copied.
        region: the one that has the job.
        number: of the job.
        write: see there.

    Returns:
        Where the copy is at its end; None when the job was ended meanwhile.
    """
    return await insistently(partial(_run, source, region, number, write))


async def insistently(work: Callable[[], Awaitable[T]]) -> T:
    """Return what some work returns; it is begun again as often as the world fails."""
    while True:
        try:
            return await work()
        except OperationalError as error:
            _log.warning("a copy waits: %s", error)
            await asyncio.sleep(COPY_RETRY_MS / 1000)


async def _run(source: Store, region: Region, number: int, write: Write) -> Copy | None:
    """Read the next step while the last one is being stored."""
    progress = jobs.ProgressLog()
    job = await region.store.submit(partial(jobs.resume, number=number))
    if job is None:
        return None
    copy, storing = decode_copy(job), None
    while True:
        step = await _next(source, copy)
        store = partial(_store, number=number, before=encode_copy(copy), step=step, write=write)
        decided = region.store.submit(store)
        if storing is not None and await storing is None:
            return None
        storing, copy = decided, step.copy
        if step.finished:
            progress.tell(await storing)
            return copy if await storing is not None else None
        if storing.done():
            progress.tell(storing.result())
        await asyncio.sleep(0)


async def _next(source: Store, copy: Copy) -> Step:
    """Return the next step; what it shows cannot be taken back by a power cut."""
    table = source.catalog.by_number(copy.source) or retained(source.reader(), copy.source)
    if table is None:
        raise OperationalError(f"the bytes of table number {copy.source} are gone")
    if not copy.until:
        after = None if copy.after is None else bytes.fromhex(copy.after)
        page = items_page(source.reader(), copy.source, after)
        durable = source.when_durable(page, table)
        page = durable if isinstance(durable, ItemsPage) else await durable
        if page.rows:
            copy = replace(copy, after=page.rows[-1].key.hex())
        if page.last and copy.position >= 0:
            until = await source.submit(lambda stage: stage.tick())
            return Step(page.rows, replace(copy, until=until), True)
        return Step(page.rows, copy, True, page.last)
    undone = undo_page(source.reader(), table, copy.position, copy.until)
    if undone.until is None:
        return Step(undone.rows, replace(copy, until=copy.position), False, True)
    return Step(undone.rows, replace(copy, until=undone.until), False)


def _store(stage: Stage, number: int, before: str, step: Step, write: Write) -> jobs.Job | None:
    """Stage a step and its progress; a decision.

    Raises:
        OperationalError: the step before it could not be stored.
    """
    job = jobs.find(stage, number)
    if job is not None and job.state != before:
        raise OperationalError("a step of a copy was not stored")
    items = len(step.rows) if step.present else 0
    job = jobs.advance(stage, number, items, state=encode_copy(step.copy))
    if job is not None:
        write(stage, step)
    return job
