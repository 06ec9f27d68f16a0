"""PendingReplicationCount of version 2017.11.29 global tables."""

import asyncio

from globaltables.itemstore.link_state import LinkState
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.pending import PendingCount
from tests.support.global_table import World
from tests.support.legacy_world import make_legacy_world

HERE, THERE = "eu-west-1", "us-east-1"


def _minutes(world: World) -> list[tuple[int, float]]:
    """Return how often the receiver counted in each minute, and what it counted at most."""
    state = world.region(HERE).links[world.table(HERE).number, THERE]
    found = state.pending.between(0, world.clocks[HERE].now_ms() + 1)
    return [(one.samples, one.greatest) for _, one in found]


def test_pending_count_is_kept_by_the_minute() -> None:
    """Each client's write counts once, although it has two records; what has arrived does not."""

    async def check() -> None:
        world = await make_legacy_world(HERE, THERE)
        table = world.table(HERE)
        world.region(HERE).links[table.number, THERE] = LinkState()
        count = PendingCount(world.region(HERE), LocalPeer(world.node, THERE), table)
        for key in ("a", "b", "c"):
            await world.put(THERE, key, "1")
        await count.step()
        world.tick(60_000)
        await world.heal()
        await count.step()
        assert [(1, 3.0), (1, 0.0)] == _minutes(world)

    asyncio.run(check())


def test_pending_count_is_taken_again_when_a_minute_has_passed() -> None:
    """The task looks once, and again a minute later."""

    async def check() -> None:
        world = await make_legacy_world(HERE, THERE)
        table = world.table(HERE)
        world.region(HERE).links[table.number, THERE] = LinkState()
        count = PendingCount(world.region(HERE), LocalPeer(world.node, THERE), table)
        counting = asyncio.create_task(count.run())
        await asyncio.sleep(0.01)
        world.tick(59_000)
        await asyncio.sleep(0.01)
        assert [(1, 0.0)] == _minutes(world)
        world.tick(1_000)
        await asyncio.sleep(0.01)
        assert 2 == sum(samples for samples, _ in _minutes(world))
        counting.cancel()

    asyncio.run(check())
