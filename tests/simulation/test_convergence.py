"""Random writes in many regions over links that stall, cut, repeat and restart: all regions end up the same."""

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from globaltables.items.key_encoding import encode_key
from globaltables.replication.leaving import leave
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.peer import Feed, TableKey
from tests.support.global_table import KEY, SCHEMA, StoredVersion, World

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1", "sa-east-1", "af-south-1")
KEYS = [f"k{number}" for number in range(6)]
STEPS = 120
SEEDS_PER_TEST = 50


class UnreliablePeer(LocalPeer):
    """A peer whose batches are cut short and begin with changes that were delivered before."""

    def __init__(self, world: World, region: str, chance: random.Random) -> None:
        super().__init__(world.node, region)
        self._chance = chance

    async def feed(self, key: TableKey, after: int, receiver: str) -> Feed:
        """Return a random beginning of what is there, and some of it twice."""
        whole = await super().feed(key, after, receiver)
        if not whole.records:
            return whole
        count = self._chance.randint(1, len(whole.records))
        records = whole.records[:count]
        position = whole.position if count == len(whole.records) else records[-1].position
        if after and self._chance.random() < 0.3:
            again = await super().feed(key, 0, receiver)
            records = [one for one in again.records if one.position <= after][-3:] + records
        return Feed(after, position, records)


@dataclass
class Story:
    """One run: a world, its chance, and what was written.

    Attributes:
        newest: the latest version of every key, by last writer wins.
        written: every version that a client wrote.
    """

    seed: int
    newest: dict[bytes, StoredVersion] = field(default_factory=dict)
    written: set[StoredVersion] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        names = REGIONS[: self.chance.randint(2, len(REGIONS))]
        self.world = World(*names)
        for clock in self.world.clocks.values():
            clock.advance(self.chance.randint(-20_000, 20_000))

    async def run(self) -> None:
        """Write while links move as chance has it; members come and go; then heal."""
        world, chance = self.world, self.chance
        await world.create()
        members = [world.names[0]]
        waiting = list(world.names[1:])
        for _ in range(STEPS):
            world.tick(chance.randint(0, 3))
            draw = chance.random()
            if draw < 0.55:
                await self._write(chance.choice(members))
            elif draw < 0.90:
                await self._pull()
            elif draw < 0.93:
                world.restart(chance.choice(world.names))
            elif waiting:
                await self._add(members, waiting)
            elif draw > 0.99 and len(members) > 2:
                await self._remove(members, waiting)
        await world.heal()

    async def _write(self, name: str) -> None:
        key = self.chance.choice(KEYS)
        before = self.world.version(name, key)
        kind = self.chance.random()
        if kind < 0.3:
            after = await self.world.delete(name, key)
        elif kind < 0.5:
            await self._count(name, key)
            after = self.world.version(name, key)
        else:
            after = await self.world.put(name, key, str(self.chance.randint(0, 9)))
        encoded = encode_key(SCHEMA, {"pk": {"S": key}})
        if after == before:
            return
        if after == (
            0,
            "",
            None,
        ):  # deleted where no other region can have it: nothing is remembered
            self.newest.pop(encoded, None)
        else:
            assert after[:2] > before[:2], "a write is later than what it replaces"
            self.written.add(after)
            self.newest[encoded] = max(self.newest.get(encoded, after), after, key=lambda v: v[:2])

    async def _count(self, name: str, key: str) -> None:
        """Add one to an item that exists: a conditional update, decided on the local state."""
        value = self.world.value(name, key)
        if value is not None:
            await self.world.put(name, key, str(int(value) + 1))

    async def _pull(self) -> None:
        links = self.world.links()
        if links:
            receiver, source = self.chance.choice(links)
            await self.world.pull(receiver, source, UnreliablePeer(self.world, source, self.chance))

    async def _add(self, members: list[str], waiting: list[str]) -> None:
        """Create a replica while clients write in the members."""
        source = self.chance.choice(members)
        target = waiting.pop()
        adding = asyncio.ensure_future(self.world.add(source, target))
        while not adding.done():
            if self.chance.random() < 0.5:
                await self._write(self.chance.choice(members))
            await asyncio.sleep(0)
        await adding
        members.append(target)

    async def _remove(self, members: list[str], waiting: list[str]) -> None:
        """Remove a member after everybody has its last writes."""
        name = self.chance.choice(members)
        await self.world.heal()
        await leave(self.world.node, KEY, name)
        members.remove(name)
        waiting.append(name)

    def check(self) -> None:
        """Compare every member with the oracle, and every log with itself."""
        members = {receiver for receiver, _ in self.world.links()} or {self.world.names[0]}
        for name in members:
            stored = self.world.versions(name)
            if len(members) > 1:
                live = {key: version for key, version in stored.items() if version[2] is not None}
                wanted = {k: v for k, v in self.newest.items() if v[2] is not None}
                assert wanted == live, f"{name} differs from the oracle"
                self._check_tombstones(stored)
            self._check_log(name, stored)
            for conflict in self.world.conflicts(name):
                loser = conflict.loser
                assert (loser.stamp, loser.region) < (conflict.winner.stamp, conflict.winner.region)

    def _check_tombstones(self, stored: dict[bytes, StoredVersion]) -> None:
        for key, version in stored.items():
            assert self.newest[key] == version, "a tombstone is the newest version of its key"

    def _check_log(self, name: str, stored: dict[bytes, StoredVersion]) -> None:
        """Every change is in the log once, in the order of versions, and the last one is what is stored."""
        last: dict[bytes, tuple[int, str]] = {}
        image: dict[bytes, bytes | None] = {}
        for record in self.world.log(name):
            item = record.new_item or record.old_item
            assert item is not None
            key = encode_key(SCHEMA, item)
            assert (record.stamp, record.origin) > last.get(key, (0, "")), "told twice or backwards"
            if key in image:
                assert image[key] == record.old, "the old image is the last new one"
            last[key] = (record.stamp, record.origin)
            image[key] = record.new
        for key, new in image.items():
            assert stored.get(key, (0, "", None))[2] == new


@pytest.mark.parametrize("batch", range(8))
def test_convergence_after_faults_equals_last_writer_wins(batch: int) -> None:
    """Whatever the links did, every region ends with the latest write of every item."""
    for seed in range(batch * SEEDS_PER_TEST, (batch + 1) * SEEDS_PER_TEST):
        story = Story(seed)
        try:
            asyncio.run(story.run())
            story.check()
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
