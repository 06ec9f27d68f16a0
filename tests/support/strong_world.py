"""A strongly consistent table in three regions, on virtual time and an unreliable network, with disks that forget."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import orjson

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import OperationalError, conditional_check_failed
from globaltables.foundation.settings import Settings
from globaltables.items.item_encoding import decode_item
from globaltables.items.key_encoding import encode_key
from globaltables.items.values import Item
from globaltables.itemstore.keyspaces import PREFIX_BYTES, item_prefix, whole
from globaltables.itemstore.node import Node
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.peer import UnreachableError
from globaltables.replication.strong.messages import Forwarded, ForwardedWrite
from globaltables.replication.strong.registry import StrongTables
from globaltables.replication.strong.strong_table import StrongTable
from globaltables.runtime.randomness import SeededRandomness
from globaltables.runtime.tasks import Tasks
from globaltables.tables.definitions import (
    KeyAttribute,
    KeySchema,
    Replica,
    Stream,
    StrongGroup,
    Table,
)
from tests.support.virtual_time import VirtualLoop

T = TypeVar("T")
REGIONS = ("us-east-1", "us-east-2", "us-west-2")
GROUP = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
ACCOUNT = "000000000000"
NAME = "orders"
SCHEMA = KeySchema((KeyAttribute("pk", "S"),))
_REPEATABLE = ("strong_append", "strong_vote", "strong_log", "strong_read_index")
_START_MS = 1_700_000_000_000


class ForgetfulEngine(MemoryEngine):
    """A memory engine that loses in a crash what was not synchronised.

    Args:
        disk: what is durable.
    """

    needs_sync = True

    def __init__(self, disk: dict[bytes, bytes] | None = None) -> None:
        super().__init__()
        self.disk = dict(disk or {})
        self._state.update(self.disk)
        self._batches: list[tuple[Mapping[bytes, bytes | None], Sequence[tuple[bytes, bytes]]]] = []

    def apply(
        self,
        puts: Mapping[bytes, bytes | None],
        deleted_ranges: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        """Apply a batch, which a crash may take back."""
        super().apply(puts, deleted_ranges)
        self._batches.append((dict(puts), tuple(deleted_ranges)))

    def synchronise(self, count: int) -> None:
        """Make the first batches durable that are not yet."""
        for puts, ranges in self._batches[:count]:
            for start, end in ranges:
                for key in [key for key in self.disk if start <= key < end]:
                    del self.disk[key]
            for key, value in puts.items():
                if value is None:
                    self.disk.pop(key, None)
                else:
                    self.disk[key] = value
        del self._batches[:count]

    @property
    def unsynchronised(self) -> int:
        """How many batches a crash may take back."""
        return len(self._batches)


class _LoopClock:
    """The wall clock of one region: the loop's time, and how far the region's is off."""

    def __init__(self, loop: VirtualLoop, offset_ms: int) -> None:
        self._loop = loop
        self._offset_ms = offset_ms

    @property
    def offset_ms(self) -> int:
        """How far it is off."""
        return self._offset_ms

    def shift(self, offset_ms: int) -> None:
        """Set how far it is off."""
        self._offset_ms = offset_ms

    def now_ms(self) -> int:
        """Return the time."""
        return _START_MS + self._offset_ms + int(self._loop.now * 1000)

    async def until(self, time_ms: int) -> None:
        """Return at a time."""
        await asyncio.sleep(max(0, time_ms - self.now_ms()) / 1000)


class Process:
    """One life of one region's process; a crash ends it."""

    def __init__(self, world: "StrongWorld", name: str, engine: ForgetfulEngine) -> None:
        self.world = world
        self.name = name
        self.engine = engine
        self.alive = True
        self.tasks = Tasks()
        self._work: list[asyncio.Future[Any]] = []
        peers = {other: UnreliablePeer(self, other) for other in REGIONS if other != name}
        self.node = Node(self._open, peers)
        self.region = self.node.region(name)

    def run(self, work: Coroutine[Any, Any, T]) -> "asyncio.Future[T]":
        """Run something that ends with the process."""
        task = asyncio.ensure_future(work)
        self._work.append(task)
        if len(self._work) > 64:
            self._work = [one for one in self._work if not one.done()]
        return task

    def end(self) -> None:
        """Crash."""
        self.alive = False
        for name in self.tasks.names():
            self.tasks.cancel(name)
        for work in self._work:
            work.cancel()

    def table(self) -> Table | None:
        """Return the region's definition of the table; None in the witness."""
        return self.region.catalog.find(ACCOUNT, NAME)

    def strong(self) -> StrongTable:
        """Return the region's replica."""
        table = self.table()
        assert table is not None
        tables: StrongTables = self.region.strong
        return tables.table(table)

    def _open(self, name: str) -> Region:
        world = self.world
        clock = _LoopClock(world.loop, world.offsets_ms[name])
        store = Store(name, self.engine, clock)
        region = Region(
            name=name,
            settings=Settings(),
            store=store,
            catalog=store.catalog,
            hlc=store.hlc,
            clock=clock,
            randomness=SeededRandomness(world.chance.randrange(1 << 30)),
            tasks=self.tasks,
        )
        region.strong = StrongTables(self.node, region, self._perform)
        return region

    async def _perform(self, region: Region, write: ForwardedWrite) -> Forwarded:
        table = self.table()
        assert table is not None
        decide = decision(table, orjson.loads(write.request))
        done = await self.strong().write_here(table, decide, write.origin)
        return Forwarded(done=True, through=done.through, body=orjson.dumps(done.answer))


class UnreliablePeer(LocalPeer):
    """How one process reaches another one: late, twice, or not at all."""

    def __init__(self, source: Process, target: str) -> None:
        self._source = source
        self._target = target
        for verb in (*_REPEATABLE, "strong_write"):
            setattr(self, verb, partial(self._send, verb))

    @property
    def region(self) -> str:
        """The region that is reached."""
        return self._target

    async def _send(self, verb: str, *arguments: Any) -> Any:
        world, source = self._source.world, self._source
        target = world.processes[self._target]
        if not source.alive or not target.alive or world.is_cut(source.name, self._target):
            await asyncio.sleep(0.001)
            kind = UnreachableError if world.refuses else OperationalError
            raise kind(f"{self._target} is not there")
        await world.travel()
        if verb in _REPEATABLE and world.chance.random() < world.duplication:
            target.run(self._again(verb, *arguments))
        answer = await self._deliver(verb, *arguments)
        await world.travel()
        if world.is_cut(source.name, self._target):
            raise OperationalError(f"{self._target} was cut off before it answered")
        return answer

    async def _deliver(self, verb: str, *arguments: Any) -> Any:
        world = self._source.world
        target = world.processes[self._target]
        if not target.alive:
            raise OperationalError(f"{self._target} is not there any more")
        handled = target.run(getattr(LocalPeer(target.node, self._target), verb)(*arguments))
        try:
            return await asyncio.shield(handled)
        except asyncio.CancelledError:
            if handled.cancelled():
                raise OperationalError(f"{self._target} has crashed") from None
            raise
        except AssertionError as error:
            world.bugs.append(error)
            raise OperationalError(f"{self._target} has failed") from error

    async def _again(self, verb: str, *arguments: Any) -> None:
        """Deliver a message once more, later."""
        world = self._source.world
        await asyncio.sleep(world.chance.random() * 0.2)
        try:
            await self._deliver(verb, *arguments)
        except OperationalError:
            return


class StrongWorld:
    """Three processes and what is between them.

    Args:
        chance: decides everything.
        witness: the region that only votes; None for three replicas.

    Attributes:
        processes: the living ones, by region.
        cuts: pairs of regions between which nothing passes.
        refuses: whether who asks a lost process learns that it has surely not got the question.
        bugs: assertions that did not hold.
    """

    def __init__(self, chance: random.Random, witness: str | None) -> None:
        self.chance = chance
        self.witness = witness
        self.loop = VirtualLoop(self._synchronise)
        self.loss = chance.choice((0.0, 0.0, 0.02, 0.1))
        self.duplication = chance.choice((0.0, 0.1))
        self.refuses = chance.choice((True, False))
        self.delay_s = chance.choice((0.001, 0.01, 0.05))
        self.offsets_ms = {name: chance.randint(-2000, 2000) for name in REGIONS}
        self.cuts: set[frozenset[str]] = set()
        self.processes: dict[str, Process] = {}
        self.bugs: list[BaseException] = []

    @property
    def replicas(self) -> list[str]:
        """The regions that have the table."""
        return [name for name in REGIONS if name != self.witness]

    async def create(self) -> None:
        """Make the table in every region."""
        for number, name in enumerate(REGIONS):
            process = self.processes[name] = Process(self, name, ForgetfulEngine())
            if name == self.witness:
                await process.region.strong.admit_witness(UUID(GROUP).bytes)
            else:
                table = _table(name, number + 1, self.witness)
                await process.region.store.submit(partial(_save, table))

    def crash(self, name: str) -> None:
        """End a process: of what was not synchronised, a part is lost."""
        process = self.processes[name]
        if process.alive:
            process.end()
            process.engine.synchronise(self.chance.randint(0, process.engine.unsynchronised))

    def start(self, name: str) -> None:
        """Start a process that has crashed."""
        process = self.processes[name]
        if not process.alive:
            self.processes[name] = Process(self, name, ForgetfulEngine(process.engine.disk))

    def is_cut(self, one: str, other: str) -> bool:
        """Tell whether nothing passes between two regions."""
        return frozenset((one, other)) in self.cuts

    async def travel(self) -> None:
        """Take a message's time; a lost one never arrives."""
        await asyncio.sleep(self.delay_s * self.chance.random())
        if self.chance.random() < self.loss:
            await asyncio.sleep(3600)

    def items(self, name: str) -> dict[bytes, tuple[int, str, bytes]]:
        """Return what a replica has: versions and contents by stored key."""
        process = self.processes[name]
        table = process.table()
        assert table is not None
        found: dict[bytes, tuple[int, str, bytes]] = {}
        for key, raw in process.region.store.reader().range(*whole(item_prefix(table.number))):
            item = decode_item(raw)
            found[key[PREFIX_BYTES:]] = (item.stamp, item.origin, item.json)
        return found

    def stream(self, name: str) -> list[tuple[int, str, bytes | None, bytes | None]]:
        """Return a replica's changes in their order: version, origin, and both images."""
        process = self.processes[name]
        table = process.table()
        assert table is not None
        records = process.region.store.feed(table.number, 0, records_max=1 << 30, bytes_max=1 << 40)
        return [(one.stamp, one.origin, one.old, one.new) for one in records]

    def _synchronise(self, work: Callable[..., Any], ended: Callable[[], None]) -> None:
        engine = getattr(work, "__self__", None)
        assert isinstance(engine, ForgetfulEngine), work
        count = engine.unsynchronised
        process = next(one for one in self.processes.values() if one.engine is engine)

        def synchronised() -> None:
            if process.alive:
                engine.synchronise(count)
                ended()

        self.loop.call_later(self.chance.random() * 0.01, synchronised)


def key_of(name: str) -> Item:
    """Return the key of an item."""
    return {"pk": {"S": name}}


def read(process: Process, name: str) -> int | None:
    """Return the value that a replica has now."""
    table = process.table()
    assert table is not None
    stored = process.region.store.get_item(table, encode_key(SCHEMA, key_of(name)))
    return None if stored is None else int(stored.item["v"]["N"])


def decision(table: Table, request: dict[str, Any]) -> Callable[[Stage], Any]:
    """Return the decision of a request: `kind`, `key` and `argument` as in `linearizability.Operation`."""
    item_key = key_of(request["key"])
    key = encode_key(SCHEMA, item_key)
    argument = request["argument"]

    def decide(stage: Stage) -> Any:
        current = stage.item(table, key)
        value = None if current is None else int(current.item["v"]["N"])
        new: int | None
        result: Any
        match request["kind"]:
            case "swap":
                if value != argument[0]:
                    raise conditional_check_failed()
                new, result = argument[1], True
            case "add":
                new = (value or 0) + argument
                result = new
            case _:
                new, result = argument, None
        item = None if new is None else {**item_key, "v": {"N": str(new)}}
        stage.write(table, key, item, current=current)
        return result

    return decide


async def write(process: Process, kind: str, name: str, argument: Any) -> Any:
    """Do a write for a client of a region; returns its result."""
    table = process.table()
    assert table is not None
    request = {"kind": kind, "key": name, "argument": argument}
    forwarded = ForwardedWrite(process.name, ACCOUNT, kind, orjson.dumps(request))
    answer = await process.strong().write(table, decision(table, request), lambda: forwarded)
    return orjson.loads(answer) if isinstance(answer, bytes) else answer


def _save(table: Table, stage: Stage) -> None:
    stage.save_table(table)


def _table(region: str, number: int, witness: str | None) -> Table:
    others = [name for name in REGIONS if name not in (region, witness)]
    return Table(
        name=NAME,
        account=ACCOUNT,
        region=region,
        number=number,
        table_id=GROUP,
        created_ms=0,
        schema=SCHEMA,
        attributes=SCHEMA.hash,
        billing_mode="PAY_PER_REQUEST",
        streams=(Stream("2026-01-01T00:00:00.000", "NEW_AND_OLD_IMAGES", 0, 0),),
        global_table_version="2019.11.21",
        replicas=tuple(Replica(name, "ACTIVE") for name in others),
        strong=StrongGroup(GROUP, REGIONS, witness),
    )
