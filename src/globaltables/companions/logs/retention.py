"""The background task that deletes events whose retention is over."""

import logging

from globaltables.companions.logs.stored import (
    all_groups,
    drop_events,
    oldest_kept,
    put_stream,
    stream_named,
    streams_of,
)
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import LOG_TRIM_INTERVAL_MS
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

_log = logging.getLogger(__name__)


def keep_time(region: Region) -> None:
    """Have what is too old in the groups of a region deleted from now on."""
    name = f"{region.name}/logs-retention"
    if not region.tasks.running(name):
        region.tasks.spawn(name, _run(region))


async def trim(region: Region) -> int:
    """Delete what is too old, and return how many groups have a retention.

    Raises:
        OperationalError: the region's storage failed.
    """
    now_ms = region.clock.now_ms()
    reader = region.store.reader()
    kept = [one for one in all_groups(reader) if "retention" in one[2]]
    for account, name, group in kept:
        before_ms = oldest_kept(group, now_ms)
        for stream_name, stream in streams_of(reader, account, name):
            if stream.get("first", before_ms) >= before_ms:
                continue

            def decide(
                stage: Stage, account: str = account, name: str = name, one: str = stream_name
            ) -> None:
                found = stream_named(stage, account, name, one)
                if found is not None:
                    drop_events(stage, found, before_ms)  # noqa: B023 - decided within this step
                    found["first"] = before_ms  # noqa: B023
                    put_stream(stage, account, name, one, found)

            await region.store.submit(decide)
    return len(kept)


async def _run(region: Region) -> None:
    while True:
        try:
            if not await trim(region):
                return
        except OperationalError as error:
            # The disk failed or too many writes are waiting: they are tried again in an hour.
            _log.warning("old events of %s are deleted later: %s", region.name, error)
        await region.clock.until(region.clock.now_ms() + LOG_TRIM_INTERVAL_MS)
