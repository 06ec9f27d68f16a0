"""Processes with regions in them, as `server.assembly` builds them, over a simulated network, disk and clock."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.settings import Settings
from globaltables.itemstore.index_backfills import start_backfills
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.store import Store
from globaltables.replication import service
from globaltables.replication.remote.remote_peer import RemotePeer
from globaltables.replication.remote.serving import Serving
from globaltables.runtime.randomness import SeededRandomness
from globaltables.runtime.tasks import Tasks
from globaltables.ttl import expiry
from tests.support.simulation.losing_disk import LosingDisk
from tests.support.simulation.network import Network
from tests.support.simulation.virtual_time import RegionClock, VirtualTimeLoop

_SETTINGS = Settings()


class WatchedTasks(Tasks):
    """Background tasks whose failures end the history."""

    def __init__(self, failures: list[BaseException]) -> None:
        super().__init__()
        self._failures = failures

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start a task."""
        task = super().spawn(name, work)
        task.add_done_callback(self._note)
        return task

    def cancel_all(self) -> None:
        """Cancel every task, without waiting: the process is gone."""
        for task in list(self._running.values()):
            task.remove_done_callback(self._note)
            task.cancel()

    def _note(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failures.append(error)


@dataclass(eq=False)
class Process:
    """One process while it runs.

    Attributes:
        number: of its place in the world; the next process there has it too.
        serving: tasks that answer other processes.
        asked: tasks that answer administrators.
    """

    number: int
    regions: tuple[str, ...]
    tasks: WatchedTasks
    serving: dict["asyncio.Future[bytes]", None] = field(default_factory=dict)
    asked: dict["asyncio.Future[None]", None] = field(default_factory=dict)
    node: Node = field(init=False)
    service: Serving = field(init=False)


class World:
    """Regions in one or more processes.

    Args:
        loop: the history's.
        chance: of the history.
        groups: which regions share a process.
        network: between the processes.

    Attributes:
        disks: by region.
        clocks: by region.
        processes: by place; None while it is down.
    """

    def __init__(
        self,
        loop: VirtualTimeLoop,
        chance: Random,
        groups: list[tuple[str, ...]],
        network: Network,
    ) -> None:
        self.names = tuple(sorted(name for group in groups for name in group))
        self.disks = {name: LosingDisk() for name in self.names}
        self.clocks = {name: RegionClock(loop) for name in self.names}
        self.network = network
        self.processes: list[Process | None] = [None] * len(groups)
        self._loop = loop
        self._chance = chance
        self._groups = groups
        self._places = {name: place for place, group in enumerate(groups) for name in group}

    def start(self, place: int) -> None:
        """Start the process of a place, unless it runs."""
        if self.processes[place] is not None:
            return
        process = Process(place, self._groups[place], WatchedTasks(self._loop.failures))
        others = [name for name in self.names if self._places[name] != place]
        peers = {name: RemotePeer(name, partial(self._send, process, name)) for name in others}
        process.node = Node(partial(self._open, process), peers)
        process.service = Serving(process.node)
        self.processes[place] = process
        for name in process.regions:
            process.node.region(name)

    def kill(self, place: int) -> None:
        """Kill a process: what it has not synchronised may be lost, and it tells nobody anything any more."""
        process = self.processes[place]
        if process is None:
            return
        self.processes[place] = None
        for name in process.regions:
            self.disks[name] = self.disks[name].killed(self._chance)
        process.tasks.cancel_all()
        for serving in process.serving:
            serving.cancel()
        for asked in process.asked:
            asked.cancel()
        self.network.reset(place)

    def place(self, name: str) -> int:
        """Return the place of the process that hosts a region."""
        return self._places[name]

    def region(self, name: str) -> Region | None:
        """Return a region, None while its process is down."""
        process = self.processes[self._places[name]]
        return None if process is None else process.node.region(name)

    def running(self, name: str) -> Region:
        """Return a region of a process that runs."""
        region = self.region(name)
        assert region is not None, name
        return region

    def node(self, name: str) -> Node:
        """Return the node of a region whose process runs."""
        process = self.processes[self._places[name]]
        assert process is not None, name
        return process.node

    def _open(self, process: Process, name: str) -> Region:
        if name not in process.regions:
            raise OperationalError(f"{name} is in another process")
        clock = self.clocks[name]
        store = Store(name, self.disks[name], clock)
        region = Region(
            name=name,
            settings=_SETTINGS,
            store=store,
            catalog=store.catalog,
            hlc=store.hlc,
            clock=clock,
            randomness=SeededRandomness(self._chance.getrandbits(32)),
            tasks=process.tasks,
        )
        region.tasks.spawn(f"{name}/ttl", expiry.run(region))
        start_backfills(region)
        service.start(process.node, region)
        return region

    async def _send(self, sender: Process, region: str, verb: str, body: bytes) -> bytes:
        place = self._places[region]
        serve = partial(self._serve, place, region, verb, body)
        return await self.network.exchange(sender.number, place, serve)

    def _serve(self, place: int, region: str, verb: str, body: bytes) -> "asyncio.Future[bytes]":
        """Begin to answer a request.

        Raises:
            OperationalError: nobody is there.
        """
        process = self.processes[place]
        if process is None:
            raise OperationalError(f"{region} is down")
        answer = process.service.answer(region, verb, body)
        serving = self._loop.create_task(answer)
        process.serving[serving] = None
        serving.add_done_callback(process.serving.pop)
        return serving
