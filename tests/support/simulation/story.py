"""One history: what clients, networks, disks, clocks and administrators do to a global table, drawn from a seed."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.itemstore.keyspaces import log_range
from globaltables.itemstore.link_faults import Fault, FaultKind
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Call
from globaltables.operations.registry import HANDLERS
from globaltables.replication.keyspace import cursor_key, decode_cursor
from globaltables.replication.links import match_links
from globaltables.replication.local_peer import peer_of
from globaltables.replication.members import CURRENT, in_flight
from globaltables.replication.service import log_floor
from globaltables.tables.definitions import Replica, Table
from globaltables.tables.stream_setting import with_stream
from tests.support.global_table import ACCOUNT, INDEX, KEY, NAME, SCHEMA
from tests.support.simulation.clients import Clients
from tests.support.simulation.network import Network, Weather
from tests.support.simulation.processes import World
from tests.support.simulation.virtual_time import VirtualTimeLoop

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1", "sa-east-1", "af-south-1", "me-south-1")
#: Steps of a history, the fewest and the most that are drawn.
STEPS = (4, 32)
_HEAL_SECONDS_MAX = 900
#: Longer than the life of an item that expires.
_EXPIRY_SECONDS = 4
_FAULTS: tuple[FaultKind, ...] = ("PAUSE", "CUT", "DELAY", "DROP", "DUPLICATE", "REORDER")
_COUNTS: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "n", "AttributeType": "N"}],
    "GlobalSecondaryIndexUpdates": [
        {
            "Create": {
                "IndexName": "by-count",
                "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        }
    ],
}
_NO_COUNTS = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-count"}}]}


@dataclass
class Story:
    """One history.

    Args:
        seed: everything follows from it.
        steps: how many steps it takes before everything heals; 0 draws their number.

    Attributes:
        first_members: the regions that had the empty table at the beginning.
    """

    seed: int
    steps: int = 0
    first_members: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.chance = chance = Random(self.seed)
        # From a source of its own: a history with fewer steps is the beginning of one with more.
        self.steps = self.steps or Random(self.seed).randint(*STEPS)
        self.loop = VirtualTimeLoop(chance)
        count = chance.choice((2, 3, 3, 3, 4, 4, 5, 6))
        names = REGIONS[:count]
        weather = Weather(
            delay_ms=chance.choice((0.2, 3, 20)),
            loss=chance.choice((0, 0, 0.02, 0.2)),
            repetition=chance.choice((0, 0.1)),
        )
        self.network = Network(chance, weather)
        self.world = World(self.loop, chance, _grouped(chance, names), self.network)
        newcomers = chance.choice((0, 0, 0, 1, 1, 2))
        self.first_members = list(names[: max(1, count - newcomers)])
        self.clients = Clients(self.world, chance)
        self._wild_clocks = chance.random() < 0.05
        self._actions = [
            (0.50, self._write),
            (0.18, self._wait),
            (0.10, self._read),
            (0.05, self._kill),
            (0.05, self._cut),
            (0.04, self._disturb),
            (0.02, self._step_clock),
            (0.04, self._trim),
            (0.02, self._change_settings),
            (0.02, self._change_members),
        ]
        self._asked: list[asyncio.Task[None]] = []

    def run(self) -> None:
        """Let it happen, and heal; what is wrong at the end is for `evidence` to find."""
        with _quiet():
            try:
                self.loop.run_until_complete(self._run())
            finally:
                for task in asyncio.all_tasks(self.loop):
                    task.cancel()
                self.loop.run_until_complete(_turns(20))
                self.loop.close()
        for failure in self.loop.failures:
            raise failure

    def members(self) -> list[str]:
        """Return the regions that have the table."""
        return [name for name in self.world.names if self._table(name) is not None]

    async def _run(self) -> None:
        world, chance = self.world, self.chance
        for place in range(len(world.processes)):
            world.start(place)
        await self._create()
        kinds = [action for _, action in self._actions]
        weights = [weight for weight, _ in self._actions]
        for _ in range(self.steps):
            chance.choices(kinds, weights)[0]()
            await asyncio.sleep(chance.expovariate(1000 / 2))
        await self._heal()

    # --- the beginning and the end

    async def _create(self) -> None:
        """Make the table in its first members, as it is when all of them have been added."""
        for name in self.first_members:
            region = self.world.running(name)
            others = tuple(Replica(one, "ACTIVE") for one in self.first_members if one != name)
            table = Table(
                name=NAME,
                account=ACCOUNT,
                region=name,
                number=1,
                table_id=f"3e8d6d6c-0d6c-4a5e-9c5a-{len(name):012}",
                created_ms=region.clock.now_ms(),
                schema=SCHEMA,
                attributes=(*SCHEMA.hash, *INDEX.schema.hash),
                billing_mode="PAY_PER_REQUEST",
                indexes=(INDEX,),
                next_index_number=2,
                replicas=others,
                global_table_version=CURRENT if others else None,
            )

            def save(stage: Stage, table: Table = table) -> Table:
                streaming = with_stream(table, "NEW_AND_OLD_IMAGES", stage.tick())
                stage.save_table(streaming)
                return streaming

            saved = await region.store.submit(save)
            match_links(region, saved, partial(peer_of, self.world.node(name)))

    async def _heal(self) -> None:
        """End every fault and return when nothing is left to be done."""
        world = self.world
        self.network.calm = True
        self.network.mend()
        for place in range(len(world.processes)):
            world.start(place)
        for name in world.names:
            world.clocks[name].shift(0)
            for fault in world.running(name).faults.all(ACCOUNT, 0):
                world.running(name).faults.remove(fault.fault_id)
        await asyncio.sleep(_EXPIRY_SECONDS)
        pause = 0.5
        while not self._settled():
            assert self.loop.time() < _HEAL_SECONDS_MAX, self._state()
            await asyncio.sleep(pause)
            pause = min(2 * pause, 10)

    def _settled(self) -> bool:
        for process in self.world.processes:
            assert process is not None
            for task in process.tasks.names():
                if task.startswith("replication/") or "-resuming/" in task or "/backfill/" in task:
                    return False
        members = self.members()
        tables = {name: self._table(name) for name in members}
        if any(table is None or in_flight(table) for table in tables.values()):
            return False
        return all(
            self._caught_up(receiver, source)
            for receiver in members
            for source in members
            if source != receiver
        )

    def _caught_up(self, receiver: str, source: str) -> bool:
        table, theirs = self._table(receiver), self._table(source)
        assert table is not None
        assert theirs is not None
        raw = self.world.running(receiver).store.reader().get(cursor_key(table.number, source))
        after = decode_cursor(raw).position
        store = self.world.running(source).store
        found = store.originated(theirs.number, after, records_max=1_000, bytes_max=1 << 30)
        return not found.records

    def _state(self) -> str:
        """Return what to say when nothing settles."""
        lines = []
        for name in self.world.names:
            region, table = self.world.running(name), self._table(name)
            links = {source: state.reason for (_, source), state in region.links.items()}
            known = None if table is None else (table.status, table.replicas)
            lines.append(f"{name}: {known} {links} {region.tasks.names()}")
        return "nothing settles\n" + "\n".join(lines)

    def _table(self, name: str) -> Table | None:
        region = self.world.region(name)
        return None if region is None else region.catalog.find(*KEY)

    # --- steps

    def _write(self) -> None:
        name = self.chance.choice(self.world.names)
        for _ in range(self.chance.randint(1, 4)):
            self.clients.write(name)

    def _read(self) -> None:
        self.clients.read(self.chance.choice(self.world.names))

    def _wait(self) -> None:
        """Let more time pass: time in which links catch up."""
        self._later(self.chance.expovariate(1000 / 30), lambda: None)

    def _kill(self) -> None:
        """Kill a process and start it again later."""
        place = self.chance.randrange(len(self.world.processes))
        self.world.kill(place)
        self._later(self.chance.expovariate(1000 / 50), partial(self.world.start, place))

    def _cut(self) -> None:
        """Cut two processes off from each other, or mend everything."""
        if len(self.world.processes) < 2 or self.chance.random() < 0.4:
            self.network.mend()
        else:
            self.network.cut(*self.chance.sample(range(len(self.world.processes)), 2))

    def _disturb(self) -> None:
        """Put a fault on the links into a region."""
        name = self.chance.choice(self.world.names)
        region = self.world.region(name)
        if region is not None:
            fault = Fault(
                f"f{self.loop.time()}",
                self.chance.choice(_FAULTS),
                ACCOUNT,
                source=self.chance.choice((None, *self.world.names)),
                delay_ms=50,
                probability=0.5,
                until_ms=region.clock.now_ms() + self.chance.randint(1, 300),
            )
            region.faults.put(fault)

    def _step_clock(self) -> None:
        reach = 120_000 if self._wild_clocks else 300
        name = self.chance.choice(self.world.names)
        self.world.clocks[name].shift(self.chance.randint(-reach, reach))

    def _trim(self) -> None:
        """Delete what nobody needs of a log, as if it were a day old."""
        name = self.chance.choice(self.world.names)
        region, table = self.world.region(name), self._table(name)
        if region is not None and table is not None:
            floor = min(
                log_floor(self.world.node(name), name, table), region.store.durable_position
            )
            start, end = log_range(table.number, until=max(0, floor - 1))
            region.store.submit(lambda stage: stage.delete_range(start, end))

    def _change_settings(self) -> None:
        choice = self.chance.randrange(3)
        if choice == 2:
            enabled = self.chance.random() < 0.8
            ttl = {"AttributeName": "expires", "Enabled": enabled}
            self._ask("UpdateTimeToLive", {"TimeToLiveSpecification": ttl})
        else:
            self._ask("UpdateTable", dict((_COUNTS, _NO_COUNTS)[choice]))

    def _change_members(self) -> None:
        if self._wild_clocks:
            # Links are quarantined then: a member may leave with its last writes, and a copy that is made meanwhile
            # does not know which of its versions are new (replication/merge.py).
            return
        name = self.chance.choice(self.world.names)
        kind = "Create" if self.chance.random() < 0.6 else "Delete"
        self._ask("UpdateTable", {"ReplicaUpdates": [{kind: {"RegionName": name}}]})

    def _ask(self, operation: str, request: dict[str, Any]) -> None:
        """Ask a member for a change; it may refuse.

        Not two processes at a time: each would find the other idle (replication/membership.py).
        """
        members = self.members()
        apart = len(self.world.processes) > 1
        if not members or (apart and self._changing(members)):
            return
        name = self.chance.choice(members)
        region = self.world.running(name)
        node = self.world.node(name)
        body = {"TableName": NAME, **request}
        call = Call(operation, body, region, node, ACCOUNT, "key", 100)
        process = self.world.processes[self.world.place(name)]
        assert process is not None
        asking = asyncio.ensure_future(_answer(call))
        process.asked[asking] = None
        asking.add_done_callback(process.asked.pop)

    def _changing(self, members: list[str]) -> bool:
        """Tell whether a change that was asked for is not complete, or may not be in a process that is down."""
        for process in self.world.processes:
            if process is None or process.asked:
                return True
            if any(task.startswith("replication/") for task in process.tasks.names()):
                return True
        tables = [self._table(name) for name in members]
        return any(table is None or in_flight(table) for table in tables)

    def _later(self, seconds: float, work: Callable[[], None]) -> None:
        self.loop.call_later(seconds, work)


async def _answer(call: Call) -> None:
    try:
        outcome = HANDLERS[f"DynamoDB_20120810.{call.operation}"](call)
        if not isinstance(outcome, dict | bytes):
            await outcome
    except (ApiError, OperationalError):
        pass  # it may refuse


def _grouped(chance: Random, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return which regions share a process."""
    kind = chance.random()
    if kind < 0.2:
        return [names]
    if kind < 0.75:
        return [(name,) for name in names]
    places = [chance.randrange(2) for _ in names]
    groups = [
        tuple(name for name, at in zip(names, places, strict=True) if at == place)
        for place in range(2)
    ]
    return [group for group in groups if group]


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@contextmanager
def _quiet() -> Iterator[None]:
    """Log nothing: links complain of every fault."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
