"""What happens to keys by itself when its time has come: they are deleted, rotated, and tables notice their state."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from globaltables.companions.kms.aliases import drop_aliases
from globaltables.companions.kms.finding import managed_rotation
from globaltables.companions.kms.grants import drop_grants
from globaltables.companions.kms.keys import Key, Rotation, all_keys, drop_key, load_key, save_key
from globaltables.companions.kms.materials import rotated
from globaltables.companions.kms.tables import settle_tables, settled_at
from globaltables.companions.kms.vault import vault
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import KMS_RETRY_MS
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

_DAY_MS = 24 * 3600 * 1000


def watch(region: Region) -> None:
    """Do what is due in a region from now on, in the background; once."""
    found = vault(region)
    if found.changed is None:
        found.changed = asyncio.Event()
        region.tasks.spawn(f"{region.name}/kms", _run(region, found.changed))


async def _run(region: Region, event: asyncio.Event) -> None:
    while True:
        event.clear()
        try:
            due_ms = await perform(region)
        except OperationalError:
            due_ms = region.clock.now_ms() + KMS_RETRY_MS
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(event.wait())]
        if due_ms is not None:
            waits.append(asyncio.ensure_future(region.clock.until(due_ms)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            for wait in waits:
                with suppress(asyncio.CancelledError):
                    await wait


async def perform(region: Region) -> int | None:
    """Do what is due now, and return when something is due next."""
    next_ms: int | None = None
    for key in all_keys(region.store.reader()):
        while (due_ms := _due(region, key)) is not None and due_ms <= region.clock.now_ms():
            changed = await region.store.submit(partial(_advance, region=region, key=key))
            if changed is None or _due(region, changed) == due_ms:
                due_ms = None
                break
            key = changed
        if due_ms is not None and (next_ms is None or due_ms < next_ms):
            next_ms = due_ms
    return next_ms


def _due(region: Region, key: Key) -> int | None:
    """Return when something happens to a key next."""
    times = []
    if key.deletion_ms is not None:
        times.append(key.deletion_ms)
    elif key.manager == "AWS":
        times.append(managed_rotation(key, key.current.since_ms))
    elif key.rotation is not None and key.enabled:
        times.append(key.rotation.next_ms)
    settled_ms = settled_at(key, realistic=region.settings.realistic)
    if not key.usable and settled_ms > key.changed_ms and not _noticed(region, key):
        times.append(settled_ms)
    return min(times, default=None)


def _noticed(region: Region, key: Key) -> bool:
    return all(
        table.encryption.inaccessible_ms is not None
        for table in region.catalog.tables()
        if table.encryption is not None and table.encryption.kms_key_arn == key.arn
    )


def _advance(stage: Stage, region: Region, key: Key) -> Key | None:
    """Do what is due with a key; a decision. Returns the key as it is then, None when it is gone."""
    now_ms = region.clock.now_ms()
    current = load_key(stage, key.account, key.id, -1)
    if current is None:
        return None
    if current.deletion_ms is not None and current.deletion_ms <= now_ms:
        drop_aliases(stage, current)
        drop_grants(stage, current)
        drop_key(stage, current)
        settle_tables(stage, current, now_ms, gone=True)
        return None
    if settled_at(current, realistic=region.settings.realistic) <= now_ms:
        settle_tables(stage, current, now_ms)
    if current.manager == "AWS" and managed_rotation(current, current.current.since_ms) <= now_ms:
        current = rotated(
            region, current, managed_rotation(current, current.current.since_ms), "AUTOMATIC"
        )
        save_key(stage, current)
    rotation = current.rotation
    if rotation is not None and current.usable and rotation.next_ms <= now_ms:
        moved = Rotation(rotation.period_days, rotation.next_ms + rotation.period_days * _DAY_MS)
        current = replace(rotated(region, current, rotation.next_ms, "AUTOMATIC"), rotation=moved)
        save_key(stage, current)
    return current
