"""Members come and go, also when the process stops in between."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.itemstore.stage import Stage
from globaltables.replication.joining import begin_join, join
from globaltables.replication.leaving import check_not_source, leave
from globaltables.replication.legacy import connect, find_global_table, resume_connecting
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.service import log_floor
from globaltables.tables.definitions import Replica
from tests.support.global_table import KEY, World

A, B, C = "us-east-1", "eu-west-1", "ap-northeast-1"


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a test's story."""
    asyncio.run(story)


def test_join_with_writes_in_between_misses_none() -> None:
    """What is written after the position was fixed comes over the log."""

    async def story() -> None:
        world = World(A, B)
        await world.create()
        for number in range(450):
            await world.put(A, f"old-{number}", "1")
        await world.begin_add(A, B)
        await world.put(A, "between", "1")
        await world.delete(A, "old-7")
        await join(world.node, world.region(A), KEY, B)
        await world.put(A, "after", "1")
        await world.heal()
        assert world.versions(A) == world.versions(B)
        assert (450 + 1, False) == (len(world.versions(B)) - 1, world.table(B).restricted)

    run(story())


def test_join_interrupted_and_resumed_in_a_new_process_ends_the_same() -> None:
    """The decision is durable; the copy begins again and writes nothing twice."""

    async def story() -> None:
        world = World(A, B)
        await world.create()
        for number in range(1_100):
            await world.put(A, f"k-{number}", "1")
        await world.begin_add(A, B)
        working = asyncio.ensure_future(join(world.node, world.region(A), KEY, B))
        for _ in range(6):
            await asyncio.sleep(0)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        assert world.table(B).restricted
        world.restart(A)
        world.restart(B)
        await world.delete(A, "k-0")
        await join(world.node, world.region(A), KEY, B)
        await world.heal()
        assert world.versions(A) == world.versions(B)
        assert [one.status for one in world.table(A).replicas] == ["ACTIVE"]

    run(story())


def test_table_that_is_regional_again_forgets_deletions() -> None:
    """It would not clear them when an item comes back, and every new member would get both."""

    async def story() -> None:
        world = World(A, B)
        await world.replicate()
        await world.delete(A, "other")
        await world.put(A, "k", "1")
        await world.delete(A, "k")
        await world.heal()
        await leave(world.node, KEY, B)
        await world.put(A, "k", "2")
        await world.add(A, B)
        await world.heal()
        assert ("2", 1) == (world.value(B, "k"), len(world.versions(A)))

    run(story())


def test_join_of_a_third_member_continues_where_the_source_stood() -> None:
    """The new member pulls from every other behind what the copy holds, and nothing twice."""

    async def story() -> None:
        world = World(A, B, C)
        await world.create()
        await world.add(A, B)
        await world.put(B, "seen", "1")
        await world.heal()
        await world.put(B, "unseen", "1")
        await world.begin_add(A, C)
        await join(world.node, world.region(A), KEY, C)
        assert (world.value(C, "seen"), world.value(C, "unseen")) == ("1", None)
        await world.pull(C, B)
        assert world.value(C, "unseen") == "1"
        assert [record.origin for record in world.log(C)] == [B]
        listed = {name: [one.region for one in world.table(name).replicas] for name in (A, B, C)}
        assert {A: [B, C], B: [A, C], C: [A, B]} == listed

    run(story())


def test_join_copies_deletions_so_that_late_writes_stay_dead() -> None:
    """A write older than a deletion that the source knows does not come back in the new member."""

    async def story() -> None:
        world = World(A, B, C)
        await world.create()
        await world.add(A, B)
        await world.put(B, "k", "late")
        world.tick()
        await world.put(A, "k", "1")
        await world.delete(A, "k")
        await world.add(A, C)
        await world.pull(C, B)
        assert world.value(C, "k") is None

    run(story())


def test_join_into_a_taken_name_leaves_no_trace() -> None:
    """A table that was created there meanwhile stays; the source is regional again."""

    async def story() -> None:
        world = World(A, B)
        await world.create()
        await world.begin_add(A, B)
        mine = replace(world.table(A), region=B, replicas=(), global_table_version=None)
        mine = replace(mine, status="ACTIVE")
        await world.region(B).store.submit(lambda stage: stage.save_table(mine))
        await join(world.node, world.region(A), KEY, B)
        left = world.table(A)
        assert ((), None, "ACTIVE") == (left.replicas, left.global_table_version, left.status)
        assert world.table(B) == mine

    run(story())


def test_begin_join_during_another_change_is_refused() -> None:
    """One change at a time."""

    async def story() -> None:
        world = World(A, B, C)
        await world.create()
        await world.begin_add(A, B)
        region = world.region(A)

        def decide(stage: Stage) -> None:
            begin_join(stage, region, world.table(A).number, Replica(C, "CREATING"))

        with pytest.raises(ApiError, match="The resource which you are attempting to change"):
            await region.store.submit(decide)

    run(story())


def test_leave_waits_until_the_others_have_the_last_writes() -> None:
    """The table is dropped only when its changes were pulled."""

    async def story() -> None:
        world = World(A, B, C)
        await world.replicate()
        await world.put(C, "last", "1")
        leaving = asyncio.ensure_future(leave(world.node, KEY, C))
        await asyncio.sleep(0.02)
        assert world.region(C).catalog.find(*KEY) is not None
        await world.pull(A, C)
        await world.pull(B, C)
        await leaving
        assert world.region(C).catalog.find(*KEY) is None
        assert ("1", "1") == (world.value(A, "last"), world.value(B, "last"))
        assert [[B], [A]] == [[one.region for one in world.table(n).replicas] for n in (A, B)]

    run(story())


def test_leave_again_after_a_crash_finishes() -> None:
    """A copy that is gone while others still list it is forgotten by them."""

    async def story() -> None:
        world = World(A, B)
        await world.replicate()
        peer = LocalPeer(world.node, B)
        await peer.begin_leaving(KEY)
        await peer.drop(KEY)
        await leave(world.node, KEY, B)
        left = world.table(A)
        assert ((), None) == (left.replicas, left.global_table_version)
        assert left.stream is not None

    run(story())


def test_check_not_source_within_a_day_refuses_until_the_replica_is_gone() -> None:
    """The rule ends with the day or with the replica."""

    async def story() -> None:
        world = World(A, B)
        await world.replicate()
        now_ms = world.region(A).clock.now_ms()
        with pytest.raises(ApiError, match="acted as a source region"):
            check_not_source(world.table(A), now_ms)
        check_not_source(world.table(A), now_ms + 24 * 3600 * 1000)
        await leave(world.node, KEY, B)
        check_not_source(world.table(A), now_ms)

    run(story())


def test_log_floor_is_behind_the_slowest_member() -> None:
    """Records that some member has not confirmed stay; a member that has nothing yet keeps all."""

    async def story() -> None:
        world = World(A, B, C)
        await world.replicate()
        floor = partial(log_floor, world.node, A, world.table(A))
        for turn in range(3):
            await world.put(A, "k", str(turn))
            await world.pull(B, A)
        first, second, _ = (record.position for record in world.log(A))
        assert floor() <= first, "the other member has nothing yet"
        for _ in range(2):
            await world.pull(C, A)
            await world.put(A, "k", "more")
        assert floor() == second + 1

    run(story())


def test_log_floor_of_a_table_without_members_keeps_nothing() -> None:
    """A regional table's log is not held by replication."""

    async def story() -> None:
        world = World(A)
        await world.create()
        assert log_floor(world.node, A, world.table(A)) > world.region(A).hlc.last

    run(story())


def test_connect_interrupted_is_resumed_from_its_record() -> None:
    """A version 2017.11.29 global table of which only one region knew is complete after the start."""

    async def story() -> None:
        world = World(A, B)
        await world.create()
        table = replace(world.table(A), region=B)
        await world.region(B).store.submit(lambda stage: stage.save_table(table))
        working = asyncio.ensure_future(connect(world.node, KEY, 5, [A, B]))
        for _ in range(100):
            if world.table(B).global_table_version is None:
                await asyncio.sleep(0)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await resume_connecting(world.node, world.region(A), world.table(A))
        found = await find_global_table(world.node, KEY)
        assert found is not None
        assert (5, (A, B)) == (found.created_ms, found.members)
        await world.put(A, "k", "1")
        await world.heal()
        assert world.value(B, "k") == "1"

    run(story())
