"""What becomes of another region's changes."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from globaltables.foundation.limits import REPLICATION_CONFLICT_RETENTION_MS
from globaltables.itemstore.keyspaces import whole
from globaltables.replication.conflicts import trim_conflicts
from globaltables.replication.joining import join
from globaltables.replication.keyspace import encode_stamp, unseen_prefix
from globaltables.replication.link import QuarantineError
from globaltables.replication.merge import merge_feed
from tests.support.global_table import KEY, World

A, B, C, D, E = "us-east-1", "eu-west-1", "ap-northeast-1", "sa-east-1", "af-south-1"


async def make_world(*names: str) -> World:
    """Return regions with one replicated table."""
    world = World(*names)
    await world.replicate()
    return world


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a test's story."""
    asyncio.run(story)


def test_merge_later_write_wins_in_both_regions() -> None:
    """The write with the later stamp is what both regions keep, whoever pulls first."""

    async def story() -> None:
        world = await make_world(A, B)
        await world.put(A, "k", "first")
        world.tick()
        later = await world.put(B, "k", "second")
        await world.heal()
        assert [later, later] == [world.version(A, "k"), world.version(B, "k")]

    run(story())


def test_merge_equal_stamps_are_decided_by_the_region_name() -> None:
    """Two writes of one stamp end the same everywhere: the greater name wins."""

    async def story() -> None:
        world = await make_world(A, B)
        for name in (A, B):
            world.region(name).hlc.last = 1 << 62
        first, second = await world.put(A, "k", "1"), await world.put(B, "k", "2")
        assert first[0] == second[0]
        for name in (A, B):
            world.clocks[name].advance((1 << 62 >> 16) - world.clocks[name].now_ms())
        await world.heal()
        assert [first, first] == [world.version(A, "k"), world.version(B, "k")]

    run(story())


def test_merge_older_write_does_not_bring_back_a_deleted_item() -> None:
    """The tombstone is later than the write that arrives after it."""

    async def story() -> None:
        world = await make_world(A, B, C)
        await world.put(A, "k", "1")
        await world.pull(B, A)
        await world.delete(B, "k")
        await world.pull(C, B)
        await world.pull(C, A)
        assert world.value(C, "k") is None

    run(story())


def test_merge_of_concurrent_writes_records_the_one_that_lost_in_both_regions() -> None:
    """Each region notes the conflict with both images when the other's write arrives."""

    async def story() -> None:
        world = await make_world(A, B)
        loser = await world.put(A, "k", "first")
        world.tick()
        winner = await world.put(B, "k", "second")
        await world.heal()
        for name in (A, B):
            (conflict,) = world.conflicts(name)
            found = [
                (side.stamp, side.region, side.image) for side in (conflict.loser, conflict.winner)
            ]
            assert [loser, winner] == found

    run(story())


def test_merge_of_writes_that_saw_each_other_records_no_conflict() -> None:
    """A later write that replaced the stored version is no conflict."""

    async def story() -> None:
        world = await make_world(A, B, C)
        for turn in range(9):
            await world.put((A, B, C)[turn % 3], "k", str(turn))
            await world.heal()
        await world.delete(A, "k")
        await world.heal()
        await world.put(B, "k", "again")
        await world.heal()
        assert [[], [], []] == [world.conflicts(name) for name in (A, B, C)]

    run(story())


def test_merge_of_a_seen_write_that_arrives_late_records_no_conflict() -> None:
    """C gets B's write before A's, which B's writer had seen; nothing was lost."""

    async def story() -> None:
        world = await make_world(A, B, C)
        await world.put(A, "k", "1")
        await world.pull(B, A)
        await world.put(B, "k", "2")
        await world.pull(C, B)
        await world.pull(C, A)
        assert ("2", []) == (world.value(C, "k"), world.conflicts(C))

    run(story())


def test_merge_of_a_chain_of_seen_writes_that_arrives_backwards_records_no_conflict() -> None:
    """D gets the writes of C, B and A, each of which had seen the next, in this order."""

    async def story() -> None:
        world = await make_world(A, B, C, D)
        await world.put(A, "k", "1")
        await world.pull(B, A)
        await world.put(B, "k", "2")
        await world.pull(C, B)
        await world.put(C, "k", "3")
        for source in (C, B, A):
            await world.pull(D, source)
        assert ("3", []) == (world.value(D, "k"), world.conflicts(D))

    run(story())


def test_merge_of_what_a_winner_had_seen_and_that_arrives_late_records_no_conflict() -> None:
    """C loses a write of its own against B's; A's, which B had seen and which comes later, is not lost."""

    async def story() -> None:
        world = await make_world(A, B, C)
        await world.put(A, "k", "1")
        await world.pull(B, A)
        world.tick()
        loser = await world.put(C, "k", "of C")
        world.tick()
        await world.put(B, "k", "2")
        await world.pull(C, B)
        await world.pull(C, A)
        assert [loser[0]] == [one.loser.stamp for one in world.conflicts(C)]

    run(story())


def test_merge_of_what_the_second_of_two_winners_had_seen_records_no_conflict() -> None:
    """D waits for A's write, which C had seen, and for B's, which E had seen; A's comes first."""

    async def story() -> None:
        world = await make_world(A, B, C, D, E)
        await world.put(B, "k", "of B")
        world.tick()
        await world.put(A, "k", "of A")
        await world.pull(C, A)
        world.tick()
        loser = await world.put(C, "k", "of C")
        await world.pull(E, B)
        world.tick()
        await world.put(E, "k", "of E")
        for source in (C, E, A, B):
            await world.pull(D, source)
        assert [loser[0]] == [one.loser.stamp for one in world.conflicts(D)]

    run(story())


def test_trim_conflicts_deletes_marks_that_every_link_has_passed() -> None:
    """Nothing that was seen can arrive late any more."""

    async def story() -> None:
        world = await make_world(A, B, C)
        await world.put(A, "k", "1")
        await world.pull(B, A)
        await world.put(B, "k", "2")
        await world.pull(C, B)
        region, bounds = world.region(C), whole(unseen_prefix(world.table(C).number))
        assert len(list(region.store.reader().range(*bounds))) == 1
        await world.pull(C, A)
        await world.put(B, "other", "3")
        await world.put(A, "other", "3")
        await world.heal()
        await region.store.submit(lambda stage: trim_conflicts(region, stage))
        assert [] == list(region.store.reader().range(*bounds))

    run(story())


def test_trim_conflicts_keeps_a_mark_that_was_moved_by_the_decision_before() -> None:
    """Both decisions are applied in one batch: what was stored before it says nothing of the mark as it is."""

    async def story() -> None:
        world = await make_world(A, B, C)
        region, number = world.region(C), world.table(C).number
        mark = unseen_prefix(number) + b"key"
        await region.store.submit(lambda stage: stage.put(mark, encode_stamp(1)))
        moved = region.store.submit(lambda stage: stage.put(mark, encode_stamp(1 << 62)))
        await region.store.submit(lambda stage: trim_conflicts(region, stage))
        await moved
        assert encode_stamp(1 << 62) == region.store.reader().get(mark)

    run(story())


def test_merge_into_a_new_replica_of_what_its_copy_has_records_no_conflict() -> None:
    """The copy shows the second of two writes; the log brings both."""

    async def story() -> None:
        world = World(A, B)
        await world.create()
        await world.begin_add(A, B)
        await world.put(A, "k", "1")
        await world.put(A, "k", "2")
        await join(world.node, world.region(A), KEY, B)
        await world.heal()
        assert ("2", []) == (world.value(B, "k"), world.conflicts(B))

    run(story())


def test_merge_of_the_same_batch_again_changes_nothing() -> None:
    """A batch that does not continue at the cursor is refused as a whole."""

    async def story() -> None:
        world = await make_world(A, B)
        await world.put(A, "k", "1")
        link = world.link(B, A)
        feed = await link._source.feed(link._key, 0, B, 0)
        assert await link.step() is not None
        before = world.log(B)
        region = world.region(B)
        number = world.table(B).number
        again = await region.store.submit(
            lambda stage: merge_feed(stage, region.admission, number, A, feed, 0)
        )
        assert again is None
        assert len(before) == len(world.log(B))

    run(story())


def test_merge_is_logged_once_with_the_origin_kept() -> None:
    """The receiver's log has the change with the source's stamp and name, and does not send it back."""

    async def story() -> None:
        world = await make_world(A, B)
        stamp, origin, _ = await world.put(A, "k", "1")
        await world.heal()
        (record,) = world.log(B)
        assert (stamp, origin, "replica") == (record.stamp, record.origin, record.kind)
        assert not await world.pull(A, B)

    run(story())


def test_step_with_a_stamp_too_far_ahead_is_quarantined_and_goes_on_later() -> None:
    """Nothing of it is applied until the clock has come near; what was before it is."""

    async def story() -> None:
        world = await make_world(A, B)
        await world.put(A, "before", "1")
        world.clocks[A].advance(3_600_000)
        await world.put(A, "ahead", "1")
        await world.pull(B, A)
        assert ("1", None) == (world.value(B, "before"), world.value(B, "ahead"))
        with pytest.raises(QuarantineError, match="ms ahead of ours"):
            await world.pull(B, A)
        world.clocks[B].advance(3_600_000)
        await world.pull(B, A)
        assert world.value(B, "ahead") == "1"

    run(story())


def test_write_after_a_replicated_one_is_later_also_on_a_slow_clock() -> None:
    """The clock follows what was seen, so that a reader's own write is not lost."""

    async def story() -> None:
        world = await make_world(A, B)
        world.clocks[B].advance(-30_000)
        seen = await world.put(A, "k", "1")
        await world.heal()
        own = await world.put(B, "k", "2")
        assert own[0] > seen[0]

    run(story())


def test_trim_conflicts_deletes_what_is_older_than_the_retention() -> None:
    """A conflict is kept for its time and no longer."""

    async def story() -> None:
        world = await make_world(A, B)
        await world.put(A, "k", "1")
        await world.put(B, "k", "2")
        await world.heal()
        region = world.region(A)
        await region.store.submit(lambda stage: trim_conflicts(region, stage))
        assert len(world.conflicts(A)) == 1
        world.tick(REPLICATION_CONFLICT_RETENTION_MS + 1)
        await region.store.submit(lambda stage: trim_conflicts(region, stage))
        assert world.conflicts(A) == []

    run(story())
