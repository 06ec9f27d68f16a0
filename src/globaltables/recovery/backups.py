"""Backups: a table as of the moment of the request, under a number of its own, independent of what happens to it.

The moment is a position of the log, so a backup is complete and usable at once and whatever is written meanwhile; the
copy of the items follows in the background (copying.py), during which the table's log is kept. Whoever restores from a
backup before waits for its copy.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from globaltables.engine.interface import Reader
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import BACKUP_EXPIRY_INTERVAL_MS
from globaltables.items.item_encoding import encode_item
from globaltables.itemstore import jobs
from globaltables.itemstore.keyspaces import BACKUPS, backup_key, item_prefix, whole
from globaltables.itemstore.region import Region
from globaltables.itemstore.retained import hold, release, retain, retained
from globaltables.itemstore.stage import Stage
from globaltables.recovery.copying import Copy, Step, decode_copy, encode_copy, insistently, run
from globaltables.tables.backups import Backup, BackupArn, backup_id, decode_backup, encode_backup
from globaltables.tables.definitions import Hold, Table
from globaltables.tables.encryption import copied_layers


def key_of(backup: Backup) -> bytes:
    """Return the key of a backup."""
    return backup_key(backup.table.account, backup.id, backup.table.name)


def find(reader: Reader | Stage, arn: BackupArn) -> Backup | None:
    """Return the backup that an ARN names; AWS does not look at the region in it either."""
    raw = reader.get(backup_key(arn.account, arn.id, arn.table_name))
    return None if raw is None else decode_backup(raw)


def backups(reader: Reader, account: str, after: BackupArn | None = None) -> Iterator[Backup]:
    """Return the backups of an account, oldest first, behind one of them or where it would be."""
    start, end = whole(BACKUPS + f"{account}:".encode("ascii"))
    if after is not None:
        start = backup_key(account, after.id, after.table_name) + b"\0"
    for _, raw in reader.range(start, end):
        yield decode_backup(raw)


def create(stage: Stage, region: Region, table: Table, name: str) -> Backup:
    """Make a backup of a table as it is now; a decision. Its copy is begun by `resume`."""
    now_ms = region.clock.now_ms()
    made_id = backup_id(now_ms, region.randomness.uuid()[:8])
    item_count, size_bytes = region.store.statistics(table)
    number = stage.catalog.next_number()
    definition = replace(
        table, number=number, holds=(), restoring=None, layers=copied_layers(table)
    )
    position, holder = stage.tick(), f"backup/{made_id}"
    backup = Backup(made_id, name, "USER", now_ms, definition, size_bytes, item_count)
    copy = Copy(region.name, table.number, holder, number, position)
    job = jobs.begin(
        stage,
        "BACKUP",
        table.account,
        backup.arn,
        table.name,
        total=item_count,
        state=encode_copy(copy),
    )
    backup = replace(backup, copying=job.number)
    hold(stage, table.number, holder, position)  # also stores that the number is taken
    retain(stage, replace(definition, holds=(Hold(made_id, -1),)))
    stage.put(key_of(backup), encode_backup(backup))
    return backup


def delete(stage: Stage, backup: Backup) -> None:
    """Stage the end of a backup and of its copy; a decision."""
    if backup.copying:
        job = jobs.finish(stage, backup.copying, "CANCELLED")
        if job is not None:
            copy = decode_copy(job)
            release(stage, copy.source, copy.holder)
    release(stage, backup.table.number, backup.id)
    stage.delete(key_of(backup))


def resume(region: Region) -> None:
    """Go on with the copy of every backup that nobody carries out."""
    for job in jobs.running(region.store.reader(), "BACKUP"):
        name = _task_name(region, job.number)
        if not region.tasks.running(name):
            region.tasks.spawn(name, _copy(region, job.number))


def _task_name(region: Region, number: int) -> str:
    return f"{region.name}/backup/{number}"


async def _copy(region: Region, number: int) -> None:
    write = partial(_write_raw, region.name.encode("ascii"))
    copy = await run(region.store, region, number, write)
    if copy is None:
        return

    def finish(stage: Stage) -> jobs.Job | None:
        definition = retained(stage, copy.target)
        job = jobs.find(stage, number)
        if definition is None or job is None or job.status != "RUNNING":
            return None
        raw = stage.get(
            backup_key(definition.account, copy.holder.partition("/")[2], definition.name)
        )
        assert raw is not None, copy.holder
        backup = replace(decode_backup(raw), copying=0)
        stage.put(key_of(backup), encode_backup(backup))
        release(stage, copy.source, copy.holder)
        return jobs.finish(stage, number)

    jobs.ProgressLog().tell(await insistently(lambda: region.store.submit(finish)))


def _write_raw(origin: bytes, stage: Stage, step: Step) -> None:
    """Stage the rows of a step under the number of a backup: nothing but the items, as they are stored."""
    prefix = item_prefix(step.copy.target)
    for row in step.rows:
        stage.put(
            prefix + row.key,
            None if row.json is None else encode_item(row.stamp, origin, row.size, row.json),
        )


async def copied(region: Region, number: int) -> None:
    """Return when the bytes under a number are complete, if they are those of a backup."""
    for job in jobs.running(region.store.reader(), "BACKUP"):
        if decode_copy(job).target == number:
            await region.tasks.ended(_task_name(region, job.number))


# --- the end of those that have one


async def expire(region: Region) -> None:
    """Delete the backups whose time is over, until cancelled."""
    while True:
        await insistently(partial(expire_once, region))
        await asyncio.sleep(BACKUP_EXPIRY_INTERVAL_MS / 1000)


async def expire_once(region: Region) -> None:
    """Delete the backups whose time is over."""
    now_ms = region.clock.now_ms()
    for _, raw in list(region.store.reader().range(*whole(BACKUPS))):
        backup = decode_backup(raw)
        if backup.expires_ms is not None and backup.expires_ms <= now_ms:
            await region.store.submit(partial(delete, backup=backup))


def not_found(arn: str) -> ApiError:
    """Return AWS's refusal of a backup that does not exist."""
    return ApiError("BackupNotFoundException", f"Backup not found: {arn}")
