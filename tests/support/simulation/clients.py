"""Clients of every region: they write, delete, update conditionally and read, and note what they were told."""

import asyncio
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.items.item_encoding import to_json
from globaltables.items.key_encoding import encode_key
from globaltables.items.values import Item
from globaltables.itemstore.keyspaces import item_prefix
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.tables.definitions import Table
from tests.support.global_table import KEY, SCHEMA
from tests.support.simulation.losing_disk import LosingDisk
from tests.support.simulation.processes import World

#: Stamp and origin.
Version = tuple[int, str]

KEYS = tuple(f"k{number}" for number in range(5))
ENCODED = {key: encode_key(SCHEMA, {"pk": {"S": key}}) for key in KEYS}
_LIFE_SECONDS_MAX = 2


@dataclass(slots=True)
class Attempt:
    """A write, from its client's point of view.

    Attributes:
        region: where.
        table_id: of the copy that was asked.
        key: of the item.
        stamp: what it got; 0 while it was not decided or when it changed nothing.
        image: JSON of the item that it left; None for a deletion.
        acknowledged: whether the client was told.
    """

    region: str
    table_id: str
    key: str
    stamp: int = 0
    image: bytes | None = None
    acknowledged: bool = False


class Clients:
    """Everybody who reads and writes the table.

    Attributes:
        attempts: every write that was sent.
        violations: what a client was told that cannot be.
    """

    def __init__(self, world: World, chance: Random) -> None:
        self.attempts: list[Attempt] = []
        self.violations: list[str] = []
        self._world = world
        self._chance = chance
        self._number = 0
        #: The latest version that any client of a copy was told of.
        self._told: dict[tuple[str, str, str], Version] = {}

    def write(self, name: str) -> None:
        """Send a write to a region, if it serves the table."""
        region, table = self._served(name)
        if region is None or table is None:
            return
        key = self._chance.choice(KEYS)
        attempt = Attempt(name, table.table_id, key)
        self.attempts.append(attempt)
        decide = partial(self._decide, region, table, attempt, self._chance.random())
        asked = region.store.submit(decide)
        asked.add_done_callback(partial(self._answered, attempt, self._world.disks[name]))

    def read(self, name: str) -> None:
        """Read an item in a region, if it serves the table."""
        region, table = self._served(name)
        if region is None or table is None:
            return
        key = self._chance.choice(KEYS)
        spot = (name, table.table_id, key)
        known = self._told.get(spot, (0, ""))
        stored_key = item_prefix(table.number) + ENCODED[key]
        stored = region.store.get_item(table, ENCODED[key])
        version = (0, "") if stored is None else (stored.stamp, stored.origin)
        answer = region.store.when_durable(version, table, stored_key)
        if isinstance(answer, asyncio.Future):
            disk = self._world.disks[name]
            answer.add_done_callback(lambda done: self._read(done, spot, known, disk))
        else:
            self._compare(spot, known, version)

    def _served(self, name: str) -> tuple[Region | None, Table | None]:
        region = self._world.region(name)
        table = None if region is None else region.catalog.find(*KEY)
        if table is None or table.restricted or table.status in ("CREATING", "DELETING"):
            return None, None
        return region, table

    def _decide(
        self, region: Region, table: Table, attempt: Attempt, kind: float, stage: Stage
    ) -> None:
        key = ENCODED[attempt.key]
        current = stage.item(table, key)
        new: Item | None
        if kind < 0.25:
            new = None
        elif kind < 0.5 and current is not None:
            new = self._counted(current.item)
        elif kind < 0.55 and current is not None:
            new = current.item  # changes nothing
        else:
            new = self._item(attempt.key, region.clock.now_ms())
        outcome = stage.write(table, key, new)
        if outcome.changed:
            attempt.stamp = region.hlc.last
            attempt.image = None if new is None else to_json(new)

    def _item(self, key: str, now_ms: int) -> Item:
        self._number += 1
        item: dict[str, Any] = {"pk": {"S": key}, "w": {"N": str(self._number)}}
        if self._number % 3:
            item["v"] = {"S": self._chance.choice("xyz")}
        if self._number % 7 == 0:
            life = self._chance.randint(0, _LIFE_SECONDS_MAX)
            item["expires"] = {"N": str(now_ms // 1000 + life)}
        return item

    def _counted(self, item: Item) -> Item:
        """Return the item with one more: a conditional update, decided on the local state."""
        count = int(item.get("n", {"N": "0"})["N"]) + 1
        return {**item, "n": {"N": str(count)}}

    def _answered(self, attempt: Attempt, disk: LosingDisk, done: "asyncio.Future[None]") -> None:
        if done.cancelled() or disk.gone:
            return
        error = done.exception()
        if error is None:
            attempt.acknowledged = True
            if attempt.stamp:
                self._tell((attempt.region, attempt.table_id, attempt.key), attempt)
        elif isinstance(error, ApiError | OperationalError):
            attempt.stamp = 0  # refused: it has left nothing
        else:
            raise error

    def _tell(self, spot: tuple[str, str, str], attempt: Attempt) -> None:
        if attempt.image is not None:
            self._told[spot] = max(self._told.get(spot, (0, "")), (attempt.stamp, attempt.region))

    def _read(
        self,
        done: "asyncio.Future[Version]",
        spot: tuple[str, str, str],
        known: Version,
        disk: LosingDisk,
    ) -> None:
        if not disk.gone and not done.cancelled() and done.exception() is None:
            self._compare(spot, known, done.result())

    def _compare(self, spot: tuple[str, str, str], known: Version, version: Version) -> None:
        """Note when an item is older than one that somebody was told of before; a deleted one has no version."""
        if version != (0, "") and version < known:
            self.violations.append(f"{spot}: read {version} after {known}")
        self._told[spot] = max(self._told.get(spot, (0, "")), version)
