"""The background task that deletes a region's expired items."""

import asyncio
import logging

from globaltables.capacity.traffic import Event
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import TTL_DELETIONS_PER_COMMIT_MAX, TTL_SLICE_REST_MS
from globaltables.itemstore.keyspaces import PREFIX_BYTES
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.tables.definitions import Table
from globaltables.tables.encryption import keyless
from globaltables.ttl.expiration import is_expired
from globaltables.ttl.sweeps import Sweep

_log = logging.getLogger(__name__)


async def run(region: Region) -> None:
    """Delete expired items until cancelled."""
    expiry = Expiry(region)
    while True:
        rest_ms = await expiry.turn()
        await asyncio.sleep(rest_ms / 1000)


class Expiry:
    """Walks the tables with expiry in turn, a slice of each at a time."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._sweeps: dict[int, Sweep] = {}

    async def turn(self) -> int:
        """Give every table one slice and return for how many milliseconds to rest.

        The rest grows with what was looked at, about twenty times as long as that took: expiry uses a
        twentieth of the processor at most, however large the tables are.
        """
        region = self._region
        interval_ms = region.settings.ttl_scan_interval_ms
        share = 0.0
        for table, sweep in self._current():
            position, now_ms = region.store.durable_position, region.clock.now_ms()
            if not sweep.due(position, now_ms):
                continue
            found = sweep.advance(region.store.reader(), position, now_ms, interval_ms)
            await self._delete(table, sweep.attribute, found.expired, now_ms / 1000)
            share += found.share
            if share >= 1:
                await asyncio.sleep(share * TTL_SLICE_REST_MS / 1000)
                share = 0.0
        if any(sweep.under_way for sweep in self._sweeps.values()):
            return TTL_SLICE_REST_MS
        return interval_ms

    def _current(self) -> list[tuple[Table, Sweep]]:
        """Return the tables whose items expire, with their sweeps; forget those that no longer do."""
        found: list[tuple[Table, Sweep]] = []
        for table in self._region.catalog.tables():
            ttl = table.ttl
            if ttl is None or not ttl.enabled or table.restricted or table.status == "DELETING":
                continue
            if keyless(table):
                continue
            sweep = self._sweeps.get(table.number)
            if sweep is None or sweep.attribute != ttl.attribute:
                sweep = Sweep(table.number, ttl.attribute)
            found.append((table, sweep))
        self._sweeps = {table.number: sweep for table, sweep in found}
        return found

    async def _delete(self, table: Table, attribute: str, keys: list[bytes], now: float) -> None:
        """Delete what is still expired when its turn in the commit loop comes."""
        for begin in range(0, len(keys), TTL_DELETIONS_PER_COMMIT_MAX):
            chunk = keys[begin : begin + TTL_DELETIONS_PER_COMMIT_MAX]

            def decide(stage: Stage, chunk: list[bytes] = chunk) -> int:
                current = stage.catalog.by_number(table.number)
                deleted = 0
                if current is None or not _expires_by(current, attribute):
                    return deleted
                for key in chunk:
                    item_key = key[PREFIX_BYTES:]
                    stored = stage.item(current, item_key)
                    if stored is not None and is_expired(stored.item, attribute, now):
                        stage.write(current, item_key, None, kind="ttl", current=stored)
                        deleted += 1
                return deleted

            try:
                deleted = await self._region.store.submit(decide)
            except OperationalError as error:
                # Too many writes are waiting, or the disk failed: the next pass finds the items again.
                _log.warning("expiry in table %s is put off: %s", table.name, error)
                return
            if deleted:
                event = Event(
                    table.account, "TimeToLiveDeletedItemCount", (("TableName", table.name),)
                )
                self._region.traffic.happened(event, float(deleted))


def _expires_by(table: Table, attribute: str) -> bool:
    ttl = table.ttl
    return ttl is not None and ttl.enabled and ttl.attribute == attribute
