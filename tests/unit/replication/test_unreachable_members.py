"""Changes of membership while members in other processes cannot be reached, or take their time to answer."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.itemstore.node import Node
from globaltables.replication import leaving, membership
from globaltables.replication.leaving import leave
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.membership import override_replica, remove_member, remove_replica
from globaltables.replication.peer import TableKey
from globaltables.runtime.tasks import Tasks
from globaltables.tables.definitions import Replica, Table
from tests.support.global_table import ACCOUNT, KEY, NAME, World

A, B, C = "us-east-1", "eu-west-1", "ap-northeast-1"


class FarPeer(LocalPeer):
    """A region of another process: every answer takes a turn, and some requests fail."""

    def __init__(self, node: Node, region: str) -> None:
        super().__init__(node, region)
        self.failing: set[str] = set()

    async def table(self, key: TableKey) -> Table | None:
        """Return the definition."""
        await self._travel("table")
        return await super().table(key)

    async def pulled(self, key: TableKey, source: str) -> int:
        """Return a cursor."""
        await self._travel("pulled")
        return await super().pulled(key, source)

    async def spreads(self, key: TableKey) -> bool:
        """Tell whether a change is being spread."""
        await self._travel("spreads")
        return await super().spreads(key)

    async def forget_replica(self, key: TableKey, region: str) -> None:
        """Forget a member."""
        await self._travel("forget_replica")
        await super().forget_replica(key, region)

    async def _travel(self, verb: str) -> None:
        await asyncio.sleep(0)
        if verb in self.failing:
            self.failing.discard(verb)
            raise OperationalError("lost")


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a test's story."""
    asyncio.run(story)


async def _far_apart(*names: str) -> tuple[World, dict[str, FarPeer]]:
    """Return regions with the table, the first of which reaches the others over a network."""
    world = World(*names)
    await world.replicate()
    await world.heal()
    peers = {name: FarPeer(world.node, name) for name in names[1:]}
    world.node.remote_peers = peers
    return world, peers


@pytest.mark.parametrize("verb", ["table", "pulled", "forget_replica"])
def test_leave_goes_on_after_a_request_was_lost(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to ask again: the member is gone everywhere in the end, and its last write is not lost."""
    monkeypatch.setattr(leaving, "REPLICATION_RETRY_MS", 1)

    async def story() -> None:
        world, peers = await _far_apart(A, B, C)
        await world.put(C, "k", "last")
        peers[B].failing.add(verb)

        working = asyncio.ensure_future(leave(world.node, KEY, C))
        while not working.done():
            with suppress(OperationalError):  # its table is gone before the others forget it
                await world.heal()
            await asyncio.sleep(0.001)
        await working

        assert [[B], [A]] == [[one.region for one in world.table(name).replicas] for name in (A, B)]
        assert ["last", "last"] == [world.value(name, "k") for name in (A, B)]

    run(story())


def test_delete_table_is_answered_while_another_member_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The copy refuses clients at once; the rest follows when the others can be reached."""
    monkeypatch.setattr(leaving, "REPLICATION_RETRY_MS", 1)
    monkeypatch.setattr(membership, "REPLICATION_LAST_STEP_MS_MAX", 20)

    class AwayPeer(FarPeer):
        away = True

        async def _travel(self, verb: str) -> None:
            await asyncio.sleep(0)
            if self.away and verb == "forget_replica":
                raise OperationalError("away")

    async def story() -> None:
        world, _ = await _far_apart(A, B)
        peer = AwayPeer(world.node, A)
        world.node.remote_peers = {A: peer}
        region = world.region(B)
        region.tasks = Tasks()

        await remove_member(world.node, ACCOUNT, NAME, B)

        assert region.tasks.names()
        peer.away = False
        await asyncio.gather(*region.tasks._running.values())
        assert [] == list(world.table(A).replicas)

    run(story())


def test_two_changes_at_a_time_come_one_after_the_other_or_one_is_refused() -> None:
    """Both ask the members whether they are idle, and only one goes on from there."""

    async def story() -> None:
        world, _ = await _far_apart(A, B, C)
        region = world.region(A)
        region.tasks = Tasks()
        table = world.table(A)

        asked = [
            override_replica(world.node, region, table, entry, entry)
            for entry in (Replica(B, "ACTIVE", read_units=3), Replica(C, "ACTIVE", read_units=4))
        ]
        answers = await asyncio.gather(*asked, return_exceptions=True)

        await region.tasks.stop()
        assert [] == [one for one in answers if not isinstance(one, Table | ApiError)]

    run(story())


def test_change_is_refused_while_another_node_adds_a_member(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its own table is not in flight, but the other member's shows a replica that is being created."""
    monkeypatch.setattr(membership, "REPLICATION_LAST_STEP_MS_MAX", 20)

    async def story() -> None:
        world, _ = await _far_apart(A, B, C)
        others = replace(world.table(B), replicas=(Replica(A, "ACTIVE"), Replica(C, "CREATING")))
        await world.region(B).store.submit(lambda stage: stage.save_table(others))
        region = world.region(A)
        region.tasks = Tasks()

        with pytest.raises(ApiError, match="in use"):
            await remove_replica(world.node, region, world.table(A), C)

    run(story())
