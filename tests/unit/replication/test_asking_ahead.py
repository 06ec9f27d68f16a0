"""A link that asks for the next batch while it applies one: it confirms what is durable, and loses nothing."""

import asyncio
from collections.abc import Awaitable

import pytest

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import REPLICATION_BATCH_RECORDS_MAX
from globaltables.replication.keyspace import Cursor, cursor_key, decode_cursor
from globaltables.replication.link import Link
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.merge import parts_of
from globaltables.replication.peer import Feed, TableKey
from tests.support.global_table import World
from tests.support.stores import HeldEngine, turns

HERE, THERE = "eu-west-1", "us-east-1"


class _NotedPeer(LocalPeer):
    """A source that notes what it is asked, and fails where the test says so."""

    def __init__(self, world: World) -> None:
        super().__init__(world.node, HERE)
        self.asked: list[tuple[int, int]] = []
        self.far = True
        self.failing = 0  # the number of the question

    @property
    def distant(self) -> bool:
        """Whether it is asked ahead of every batch."""
        return self.far

    async def feed(self, key: TableKey, after: int, receiver: str, confirmed: int) -> Feed:
        """Answer like the region itself."""
        self.asked.append((after, confirmed))
        if len(self.asked) == self.failing:
            raise OperationalError("the source is away")
        return await super().feed(key, after, receiver, confirmed)


async def _joined(disk: MemoryEngine | None = None) -> tuple[World, _NotedPeer, Link]:
    world = World(HERE, THERE)
    if disk is not None:
        world._engines[THERE] = disk
    await world.replicate()
    world.tick()
    peer = _NotedPeer(world)
    return world, peer, world.link(THERE, HERE, peer)


def _cursor(world: World) -> Cursor:
    stored = world.region(THERE).store.reader().get(cursor_key(world.table(THERE).number, HERE))
    return decode_cursor(stored)


async def _write(world: World, count: int) -> None:
    for number in range(count):
        await world.put(HERE, f"k{number}", f"{number}")


async def _soon(work: Awaitable[object]) -> None:
    await asyncio.wait_for(work, 10)


def test_step_asks_for_the_next_batch_and_confirms_only_what_is_durable() -> None:
    """The question goes out before the batch is applied, so it confirms the position before that."""

    async def check() -> None:
        world, peer, link = await _joined()
        begun = _cursor(world).position
        await world.put(HERE, "a", "1")
        await _soon(link.step(ahead=True))
        first = _cursor(world).position
        assert [(begun, begun), (first, begun)] == peer.asked

        await world.put(HERE, "a", "2")
        await _soon(link.step(ahead=True))

        second = _cursor(world).position
        assert [(second, first)] == peer.asked[2:]
        assert "2" == world.value(THERE, "a")

    asyncio.run(check())


def test_region_of_the_same_process_is_asked_ahead_only_behind_a_long_batch() -> None:
    """Answers come at once there, so what is asked for later has more in it."""

    async def check() -> None:
        world, peer, link = await _joined()
        peer.far = False
        await world.put(HERE, "a", "1")
        await _soon(link.step(ahead=True))
        assert 1 == len(peer.asked)

        await _write(world, REPLICATION_BATCH_RECORDS_MAX)
        await _soon(link.step(ahead=True))

        await turns()
        assert 3 == len(peer.asked)

    asyncio.run(check())


def test_question_that_was_asked_ahead_and_failed_fails_the_next_step_only() -> None:
    """The link asks again from its cursor."""

    async def check() -> None:
        world, peer, link = await _joined()
        peer.failing = 2
        await world.put(HERE, "a", "1")
        await _soon(link.step(ahead=True))
        await world.put(HERE, "a", "2")
        with pytest.raises(OperationalError, match="away"):
            await _soon(link.step(ahead=True))
        await _soon(link.step())

        assert "2" == world.value(THERE, "a")

    asyncio.run(check())


def test_what_was_asked_ahead_of_another_position_is_not_delivered() -> None:
    """When somebody else has moved the cursor, the link asks for what is behind it."""

    async def check() -> None:
        world, peer, link = await _joined()
        await world.put(HERE, "a", "1")
        await _soon(link.step(ahead=True))
        await world.put(HERE, "a", "2")
        assert await world.pull(THERE, HERE)  # another link of the same table
        moved = _cursor(world)
        await world.put(HERE, "a", "3")

        await _soon(link.step(ahead=True))

        assert (moved.position, moved.position) == peer.asked[2]
        assert "3" == world.value(THERE, "a")
        assert ["1", "2", "3"] == [
            record.new_item["v"]["S"] for record in world.log(THERE) if record.new_item is not None
        ]

    asyncio.run(check())


def test_new_link_asks_nothing_before_the_cursor_that_it_finds_is_durable() -> None:
    """What another link has just applied may still be lost."""

    async def check() -> None:
        disk = HeldEngine()
        disk.let_sync(1_000)
        world, peer, link = await _joined(disk)
        await world.put(HERE, "a", "1")
        while disk._permits.acquire(blocking=False):
            pass
        other = asyncio.ensure_future(world.link(THERE, HERE).step())
        await turns(50)
        assert "1" == world.value(THERE, "a")
        step = asyncio.ensure_future(link.step())
        await turns(50)
        assert [] == peer.asked

        disk.let_sync(1_000)
        await _soon(other)
        await world.put(HERE, "a", "2")
        await _soon(step)

        assert "2" == world.value(THERE, "a")
        assert peer.asked[0] == (_cursor(world).confirmed, _cursor(world).confirmed)

    asyncio.run(check())


def test_long_batch_is_applied_in_several_decisions_that_confirm_what_was_before_it() -> None:
    """The batch as a whole is asked for once; every part moves the cursor, none of them confirms another."""

    async def check() -> None:
        world, peer, link = await _joined()
        begun = _cursor(world).position
        count = 2 * REPLICATION_BATCH_RECORDS_MAX + 1
        await _write(world, count)

        merged = await link.step()

        assert merged == (count, 0)
        assert 1 == len(peer.asked)
        assert Cursor(world.log(HERE)[-1].position, begun) == _cursor(world)
        assert world.versions(HERE) == world.versions(THERE)

    asyncio.run(check())


def test_parts_of_a_batch_follow_each_other_to_its_end() -> None:
    """The last one ends where the batch does, which may be behind its last record."""

    async def check() -> None:
        world, _, _ = await _joined()
        await _write(world, REPLICATION_BATCH_RECORDS_MAX + 2)
        records = world.log(HERE)
        feed = Feed(3, records[-1].position + 9, records)

        first, second = parts_of(feed)

        middle = records[REPLICATION_BATCH_RECORDS_MAX - 1].position
        assert (3, middle) == (first.after, first.position)
        assert (middle, feed.position) == (second.after, second.position)
        assert records == first.records + second.records
        assert [first] == parts_of(first)

    asyncio.run(check())


def test_link_that_is_stopped_asks_no_more() -> None:
    """Nothing is left running that waits for the source."""

    async def check() -> None:
        world, peer, link = await _joined()
        await world.put(HERE, "a", "1")
        running = asyncio.ensure_future(link.run())
        await turns(50)
        assert (2, "1") == (len(peer.asked), world.value(THERE, "a"))
        running.cancel()
        await asyncio.wait({running})
        await turns()

        assert {asyncio.current_task()} == asyncio.all_tasks()

    asyncio.run(check())
