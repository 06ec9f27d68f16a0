"""Clients in every region of a strongly consistent table while messages, links and processes fail: nobody can tell."""

import asyncio
import os
import random
from collections.abc import Iterable
from typing import Any

import pytest

from globaltables.foundation.errors import ApiError, OperationalError
from tests.support.linearizability import NEVER, Operation, is_linearizable
from tests.support.strong_world import REGIONS, StrongWorld, read, write

KEYS = ("a", "b")
CLIENTS = 5
STEPS = 14
SEEDS_PER_TEST = 25
BATCHES = 8
_TRIES = 8


class Story:
    """One run: a world, its chance, and what clients saw."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        witness = self.chance.choice((None, *REGIONS))
        self.world = StrongWorld(self.chance, witness)
        self.history: dict[str, list[Operation]] = {key: [] for key in KEYS}
        self.seen: dict[str, int | None] = dict.fromkeys(KEYS)
        self.count = 0

    def run(self) -> None:
        """Run it to its end, and check."""
        loop = self.world.loop
        asyncio.set_event_loop(loop)
        loop.set_exception_handler(self._note)
        try:
            loop.run_until_complete(self._run())
            self._check()
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            asyncio.set_event_loop(None)
            loop.close()

    def _note(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Keep what must not happen; that nobody waits any more for a refusal is no fault."""
        error = context.get("exception")
        if not isinstance(error, ApiError | OperationalError):
            self.world.bugs.append(error or AssertionError(context["message"]))

    async def _run(self) -> None:
        await self.world.create()
        clients = [asyncio.ensure_future(self._client()) for _ in range(CLIENTS)]
        faults = asyncio.ensure_future(self._fail())
        for client in clients:
            await client
        faults.cancel()
        self.world.cuts.clear()
        self.world.loss = 0.0
        for name in REGIONS:
            self.world.start(name)
        lost = self.chance.choice(REGIONS)
        self.world.crash(lost)
        for name in self.world.replicas:
            if name != lost:
                await self._writable(name)
        self.world.start(lost)
        for name in self.world.replicas:
            for key in KEYS:
                await self._settled(name, key)
        # Every replica follows the last write without another one.
        await asyncio.sleep(5)

    async def _fail(self) -> None:
        """Cut and mend links, end and start processes."""
        world, chance = self.world, self.chance
        while True:
            await asyncio.sleep(chance.random() * 3)
            draw = chance.random()
            name = chance.choice(REGIONS)
            if draw < 0.25:
                world.cuts.add(frozenset(chance.sample(REGIONS, 2)))
            elif draw < 0.35:
                world.cuts |= {frozenset((name, one)) for one in REGIONS if one != name}
            elif draw < 0.65:
                world.cuts.clear()
            elif draw < 0.85:
                world.crash(name)
            for one in REGIONS:
                if chance.random() < 0.7:
                    world.start(one)

    async def _client(self) -> None:
        chance = self.chance
        for _ in range(STEPS):
            await asyncio.sleep(chance.random() * 1.5)
            name, key = chance.choice(self.world.replicas), chance.choice(KEYS)
            draw = chance.random()
            self.count += 1
            if draw < 0.35:
                await self._read(name, key)
            elif draw < 0.55:
                await self._write(name, key, "write", self.count)
            elif draw < 0.6:
                await self._write(name, key, "write", None)
            elif draw < 0.8:
                await self._write(name, key, "swap", (self.seen[key], self.count))
            else:
                await self._write(name, key, "add", 1000)

    async def _read(self, name: str, key: str) -> None:
        process = self.world.processes[name]
        if not process.alive:
            return
        began = self.world.loop.now

        async def work() -> int | None:
            await process.strong().read_barrier()
            return read(process, key)

        try:
            value = await process.run(work())
        except (ApiError, asyncio.CancelledError):
            return
        self.seen[key] = value
        self.history[key].append(Operation("read", began, self.world.loop.now, None, value))

    async def _write(self, name: str, key: str, kind: str, argument: object) -> None:
        process = self.world.processes[name]
        if not process.alive:
            return
        began, ended, result = self.world.loop.now, NEVER, None
        try:
            result = await process.run(write(process, kind, key, argument))
            ended = self.world.loop.now
        except ApiError as error:
            if error.code == "ReplicatedWriteConflictException":
                return
            if error.code == "ConditionalCheckFailedException":
                result, ended = False, self.world.loop.now
        except asyncio.CancelledError:
            pass  # the process crashed
        assert kind in ("write", "swap", "add")
        self.history[key].append(Operation(kind, began, ended, argument, result))  # type: ignore[arg-type]

    async def _writable(self, name: str) -> None:
        """Write although one region is lost: the others find a leader."""
        for _ in range(_TRIES):
            before = len(self.history["a"])
            self.count += 1
            await self._write(name, "a", "write", self.count)
            if len(self.history["a"]) > before and self.history["a"][-1].ended != NEVER:
                return
        raise AssertionError(f"{name} does not take writes although only one region is lost")

    async def _settled(self, name: str, key: str) -> None:
        """Read once more, now that everything works."""
        for _ in range(_TRIES):
            before = len(self.history[key])
            await self._read(name, key)
            if len(self.history[key]) > before:
                return
        raise AssertionError(f"{name} does not serve although nothing fails")

    def _check(self) -> None:
        assert not self.world.bugs
        for key, history in self.history.items():
            assert is_linearizable(history), f"{key}: {history}"
        first, *others = self.world.replicas
        for name in others:
            assert self.world.items(first) == self.world.items(name)
            assert self.world.stream(first) == self.world.stream(name)


def seeds(batch: int) -> Iterable[int]:
    """Return the seeds of one test; GLOBALTABLES_SEED names one, or a range such as 1000-2000, for all of them."""
    chosen = os.environ.get("GLOBALTABLES_SEED")
    if chosen is None:
        return range(batch * SEEDS_PER_TEST, (batch + 1) * SEEDS_PER_TEST)
    first, _, last = chosen.partition("-")
    return range(int(first) + batch, int(last or first) + 1, BATCHES)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_clients_see_one_item_at_a_time_whatever_fails(batch: int) -> None:
    """Linearizable per item, nothing acknowledged is lost, replicas and their streams are the same."""
    for seed in seeds(batch):
        try:
            Story(seed).run()
        except BaseException as error:
            error.add_note(f"GLOBALTABLES_SEED={seed}")
            raise
