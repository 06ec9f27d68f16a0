"""Regions on disk whose process ends after a chosen number of decisions, and which open again as after a start."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from globaltables.engine.embedded.engine import EmbeddedEngine
from globaltables.foundation.settings import Settings
from globaltables.itemstore.index_backfills import start_backfills
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.replication import service
from globaltables.replication.keyspace import joining_key, settings_key
from globaltables.runtime.randomness import SeededRandomness
from globaltables.runtime.tasks import Tasks
from tests.support.global_table import KEY, World

T = TypeVar("T")
_TURNS_MAX = 4_000


class StoppingWorld(World):
    """A world whose regions run as in a process: with their background tasks, on disk.

    Args:
        folder: where the regions are stored.
        names: the regions.

    Attributes:
        decisions_left: how many decisions are still carried out before everything stands still; None is no end.
        stopped: whether a decision was asked for after the last one.
    """

    def __init__(self, folder: Path, *names: str) -> None:
        super().__init__(*names)
        self.decisions_left: int | None = None
        self.stopped = False
        self._folder = folder
        self._open_engines: list[EmbeddedEngine] = []
        self._tasks = Tasks()

    async def run_until_stopped(self, work: Coroutine[Any, Any, object], decisions: int) -> None:
        """Begin something and end the process after so many decisions, or when nothing is left to do."""
        self.decisions_left = decisions
        asked = asyncio.ensure_future(work)
        await self._wait(lambda: self.stopped or (asked.done() and not self._busy()))
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        await self.end()

    async def end(self) -> None:
        """End the process: nothing is finished, what was applied is stored."""
        await self._tasks.stop()
        for region in self.node.open_regions:
            region.store._thread.shutdown()
        for engine in self._open_engines:
            engine.close()
        self._open_engines.clear()
        self.node._regions.clear()
        self._tasks = Tasks()
        self.decisions_left = None

    async def start(self, name: str) -> None:
        """Open a region after the end, and return when nothing is under way anywhere."""
        for one in (name, *self.names):
            self.region(one)
            await self._rest()
        await self._wait(self._agree)

    async def settle(self) -> None:
        """Return when no change is under way and every member has what the others have."""
        await self._rest()
        await self._wait(self._agree)

    async def _rest(self) -> None:
        """Return when no change is under way in the regions that are open."""
        await asyncio.sleep(0.01)
        await self._wait(lambda: not self._busy())

    def _agree(self) -> bool:
        """Tell whether every member has the same items; the links run by themselves here."""
        members = [name for name in self.names if self.region(name).catalog.find(*KEY)]
        versions = [self.versions(name) for name in members]
        return all(one == versions[0] for one in versions)

    def leftovers(self) -> list[tuple[str, bytes]]:
        """Return what is stored of changes that are not complete."""
        found = []
        for region in self.node.open_regions:
            table = region.catalog.find(*KEY)
            if table is not None:
                keys = [settings_key(table.number)]
                keys += [joining_key(table.number, name) for name in self.names]
                found += [
                    (region.name, key) for key in keys if region.store.reader().get(key) is not None
                ]
        return found

    def _busy(self) -> bool:
        return any(
            name.startswith("replication/") or "-resuming/" in name or "/backfill/" in name
            for name in self._tasks.names()
        )

    async def _wait(self, done: Callable[[], bool]) -> None:
        for _ in range(_TURNS_MAX):
            if done():
                return
            await asyncio.sleep(0.001)
        raise AssertionError(self._tasks.names())

    def _open(self, name: str) -> Region:
        engine = EmbeddedEngine(self._folder / name, "os")
        self._open_engines.append(engine)
        store = _StoppingStore(self, name, engine, self.clocks[name])
        region = Region(
            name=name,
            settings=Settings(),
            store=store,
            catalog=store.catalog,
            hlc=store.hlc,
            clock=self.clocks[name],
            randomness=SeededRandomness(len(name)),
            tasks=self._tasks,
        )
        start_backfills(region)
        service.start(self.node, region)
        return region


class _StoppingStore(Store):
    """A store that takes no decision after the world's last one."""

    def __init__(self, world: StoppingWorld, *args: Any) -> None:
        super().__init__(*args)
        self._world = world

    def submit(self, decide: Callable[[Stage], T], *, urgent: bool = False) -> "asyncio.Future[T]":
        """Queue a decision, or let it wait for ever."""
        world = self._world
        if world.decisions_left is not None:
            if world.decisions_left == 0:
                world.stopped = True
                return asyncio.get_running_loop().create_future()
            world.decisions_left -= 1
        return super().submit(decide, urgent=urgent)
