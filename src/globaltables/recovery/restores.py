"""Restores: a new table from a point in time or from a backup, of this region or of another one of this node.

    begin     the source is held at the position, then the new table is there, closed to clients, and its job
    copy      see copying.py
    open      the table is open and the job complete in one decision; then the source is let go

When the source is in another region its hold comes first and goes last, each in a commit of its own; what a stop leaves
between is found when that region opens (`release_forgotten`).
"""

from asyncio import Future, shield
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import orjson

from globaltables.foundation.arns import table_arn
from globaltables.foundation.errors import limit_exceeded
from globaltables.foundation.limits import RESTORES_MAX
from globaltables.itemstore import jobs
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.retained import hold, release, retained_tables
from globaltables.itemstore.stage import UNREAD, Stage
from globaltables.recovery.backups import copied
from globaltables.recovery.copying import Copy, Step, decode_copy, encode_copy, insistently, run
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Restoring, Table
from globaltables.tables.restoring import opened

_HOLDER = "restore/"


class Source(NamedTuple):
    """What is to be restored: a definition, whose number has the bytes, as of a position of its log (-1: as it is)."""

    table: Table
    position: int
    restoring: Restoring
    item_count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A restore as its operation describes it.

    Attributes:
        find: a decision in the source's region that returns the source, or raises why there is none.
        make: a decision in the target's region that returns the new table's definition, or raises why not.
        table_id: of the new table.
    """

    find: Callable[[Stage], Source]
    make: Callable[[Stage, Source], Table]
    table_id: str


async def begin(node: Node, source: Region, region: Region, plan: Plan) -> Table:
    """Begin a restore, which goes on by itself.

    Args:
        node: both regions are its.
        source: where the bytes are.
        region: where the new table is to be.
        plan: what is restored, and to what.

    Returns:
        The new table.

    Raises:
        ApiError: what the plan raised, or too many restores are under way.
    """
    holder = f"{_HOLDER}{region.name}/{plan.table_id}"

    def take(stage: Stage) -> Source:
        found = plan.find(stage)
        hold(stage, found.table.number, holder, found.position)
        return found

    def create(stage: Stage, found: Source) -> Table:
        table = plan.make(stage, found)
        _check_count(stage.catalog, table.account)
        stage.save_table(table)
        copy = Copy(source.name, found.table.number, holder, table.number, found.position)
        jobs.begin(
            stage,
            "RESTORE",
            table.account,
            table_arn(table.region, table.account, table.name),
            table.name,
            total=found.item_count,
            state=encode_copy(copy),
        )
        return table

    if source is region:
        decided = region.store.submit(lambda stage: create(stage, take(stage)))
        decided.add_done_callback(lambda _: resume(node, region))
        return await shield(decided)
    found = await source.store.submit(take)

    def then(created: "Future[Table]") -> None:
        if created.exception() is None:
            resume(node, region)
        else:
            source.store.submit(partial(release, number=found.table.number, name=holder))

    decided = region.store.submit(partial(create, found=found))
    decided.add_done_callback(then)
    return await shield(decided)  # it goes on, whether or not the caller waits for the answer


def _check_count(catalog: Catalog, account: str) -> None:
    under_way = sum(table.restoring is not None for table in catalog.list(account))
    if under_way >= RESTORES_MAX:
        raise limit_exceeded(
            f"Subscriber limit exceeded: Only {RESTORES_MAX} restore operations can be done "
            "simultaneously"
        )


def resume(node: Node, region: Region) -> None:
    """Go on with every restore of a region that nobody carries out."""
    for job in jobs.running(region.store.reader(), "RESTORE"):
        name = f"{region.name}/restore/{job.number}"
        if not region.tasks.running(name):
            region.tasks.spawn(name, _restore(node, region, job))


async def _restore(node: Node, region: Region, job: jobs.Job) -> None:
    begun = decode_copy(job)
    source = node.region(begun.region)
    await copied(source, begun.source)
    copy = await run(source.store, region, job.number, write_items)
    if copy is None:
        return
    table = region.catalog.by_number(copy.target)
    if table is not None and table.restoring is not None:
        await region.clock.until(table.restoring.due_ms)

    def finish(stage: Stage) -> jobs.Job | None:
        current = stage.catalog.by_number(copy.target)
        if current is not None:
            stage.save_table(opened(current))
        if source is region:
            release(stage, copy.source, copy.holder)
        return jobs.finish(stage, job.number)

    jobs.ProgressLog().tell(await insistently(lambda: region.store.submit(finish)))
    if source is not region:
        let_go = partial(release, number=copy.source, name=copy.holder)
        await insistently(lambda: source.store.submit(let_go))


def write_items(stage: Stage, step: Step) -> None:
    """Stage the rows of a step as items of a table, with their index entries.

    They were accepted once, so nothing about them is refused: they are written as replication writes.
    """
    table = stage.catalog.by_number(step.copy.target)
    assert table is not None, step.copy.target
    for row in step.rows:
        item = None if row.json is None else orjson.loads(row.json)
        stage.write(
            table,
            row.key,
            item,
            size=-1 if item is None else row.size,
            kind="replica",
            current=None if step.present else UNREAD,
        )


def is_restored_from(table: Table) -> bool:
    """Tell whether a restore from some bytes is under way."""
    return any(one.name.startswith(_HOLDER) for one in table.holds)


async def release_forgotten(node: Node, region: Region) -> None:
    """Let go what restores to other regions hold here that are over, or never began because of a stop."""
    held = [*region.catalog.tables(), *retained_tables(region.store.reader())]
    for table in held:
        for one in table.holds:
            if not one.name.startswith(_HOLDER):
                continue
            _, target, table_id = one.name.split("/")
            if target != region.name and not _under_way(node.region(target), table_id):
                await region.store.submit(partial(release, number=table.number, name=one.name))


def _under_way(region: Region, table_id: str) -> bool:
    return any(
        table.table_id == table_id and table.restoring is not None
        for table in region.catalog.tables()
    )
