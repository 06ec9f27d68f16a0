"""Items and logs of version 2017.11.29 global tables: the version that is in the item, and what is sent of it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from globaltables.changelog.record import ChangeRecord
from globaltables.items.key_encoding import encode_key
from globaltables.items.values import Item
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.visible_versions import (
    DELETING,
    UPDATE_REGION,
    UPDATE_TIME,
    update_time,
)
from globaltables.operations.metering import charge_write
from globaltables.replication.local_peer import LocalPeer
from globaltables.replication.peer import TableKey
from tests.support.global_table import ACCOUNT, NAME, SCHEMA, World
from tests.support.legacy_world import make_legacy_world

A, B = "us-east-1", "eu-west-1"
C = "ap-northeast-1"
SHOWN = {DELETING, UPDATE_REGION, UPDATE_TIME}


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a test's story."""
    asyncio.run(story)


def images(records: list[ChangeRecord]) -> list[tuple[str, set[str], set[str]]]:
    """Return of every record its event and which of the attributes the images before and after have."""
    return [
        (
            record.event_name,
            SHOWN & (record.old_item or {}).keys(),
            SHOWN & (record.new_item or {}).keys(),
        )
        for record in records
    ]


def test_update_time_of_a_stamp_has_six_decimals_of_which_three_count() -> None:
    """The first stamp of a millisecond ends in 001, as on AWS; zeros at the end are none of a number's."""
    stamp = 1_627_476_226_835 << 16
    assert "1627476226.835001" == update_time(stamp)
    assert "1627476226.83501" == update_time(stamp + 9)
    assert "1627476226.835999" == update_time(stamp + 4_000)


def test_put_shows_its_version_in_a_second_record_and_is_sent_once() -> None:
    """The first record is the client's item; the one version of both is what the other region gets."""

    async def story() -> None:
        world = await make_legacy_world(A, B)
        stamp, origin, json = await world.put(A, "k", "1")
        assert json is not None
        item = orjson.loads(json)
        assert {"S": A} == item[UPDATE_REGION]
        assert {"N": update_time(stamp)} == item[UPDATE_TIME]
        assert {"BOOL": False} == item[DELETING]
        assert [("INSERT", set(), set()), ("MODIFY", set(), SHOWN)] == images(world.log(A))
        assert {stamp} == {record.stamp for record in world.log(A)}
        backlog = await LocalPeer(world.node, A).backlog(TableKey(ACCOUNT, NAME), 0)
        assert 1 == backlog.records
        await world.heal()
        assert (stamp, origin, json) == world.version(B, "k")
        assert [("INSERT", set(), SHOWN)] == images(world.log(B))

    run(story())


def test_update_has_the_earlier_version_in_its_first_record() -> None:
    """An update leaves what it does not name, the attributes of the version before it too."""

    async def story() -> None:
        world = await make_legacy_world(A, B)
        _, _, json = await world.put(A, "k", "1")
        assert json is not None
        world.tick()
        before = orjson.loads(json)
        await world.write(A, "k", {**before, "v": {"S": "2"}})
        first, second = world.log(A)[2:]
        assert first.new_item is not None
        assert second.new_item is not None
        assert before[UPDATE_TIME] == first.new_item[UPDATE_TIME] != second.new_item[UPDATE_TIME]

    run(story())


def test_write_that_changes_nothing_has_no_record_and_keeps_the_version() -> None:
    """Neither the item nor what it shows of its version changes."""

    async def story() -> None:
        world = await make_legacy_world(A, B)
        version = await world.put(A, "k", "1")
        assert version[2] is not None
        world.tick()
        assert version == await world.write(A, "k", orjson.loads(version[2]))
        assert 2 == len(world.log(A))

    run(story())


def test_what_a_client_writes_under_the_names_is_replaced() -> None:
    """The attributes are the image of the version, not its source: a forged time wins nothing."""

    async def story() -> None:
        world = await make_legacy_world(A, B)
        forged = {UPDATE_TIME: {"N": "9999999999.999999"}, UPDATE_REGION: {"S": "nowhere"}}
        await world.write(A, "k", {"pk": {"S": "k"}, "v": {"S": "forged"}, **forged})
        world.tick()
        later = await world.put(B, "k", "later")
        await world.heal()
        assert [later, later] == [world.version(A, "k"), world.version(B, "k")]
        assert later[2] is not None
        assert {"S": B} == orjson.loads(later[2])[UPDATE_REGION]

    run(story())


def test_deletion_has_one_record_at_its_source_and_two_where_it_arrives() -> None:
    """There the item is flagged first."""

    async def story() -> None:
        world = await make_legacy_world(A, B)
        await world.put(A, "k", "1")
        await world.heal()
        await world.delete(A, "k")
        await world.heal()
        assert [("REMOVE", SHOWN, set())] == images(world.log(A))[2:]
        flagged, removed = world.log(B)[1:]
        assert [("MODIFY", SHOWN, SHOWN), ("REMOVE", SHOWN, set())] == images([flagged, removed])
        assert flagged.new_item is not None
        assert {"BOOL": True} == flagged.new_item[DELETING]
        assert flagged.new == removed.old
        assert world.version(A, "k") == world.version(B, "k")

    run(story())


def test_no_conflict_is_seen_where_each_writer_had_seen_the_other() -> None:
    """The second record names the version that the client's write replaced, also that of a deletion."""

    async def story() -> None:
        world = await make_legacy_world(A, B, C)
        for turn, name in enumerate((A, B, C, A)):
            await world.put(name, "k", str(turn))
            await world.heal()
            world.tick()
        await world.delete(B, "k")
        await world.pull(A, B)
        await world.put(A, "k", "again")
        await world.pull(C, A)
        await world.heal()
        assert [[], [], []] == [world.conflicts(name) for name in world.names]
        assert 1 == len({world.version(name, "k") for name in world.names})

    run(story())


def test_writes_cost_what_the_version_costs() -> None:
    """Of an item of one unit in two regions: a new one 4, an update 3, a deletion 3."""

    async def story() -> None:
        world = await make_legacy_world(A, B)
        costs = []
        spent = 0.0
        for text in ("1", "2", ""):
            item: Item = {"pk": {"S": "k"}, "v": {"S": text}}
            await _written_and_charged(world, item, item if text else None)
            await world.heal()
            total = _consumed(world)
            costs.append(total - spent)
            spent = total
        assert [4, 3, 3] == costs

    run(story())


async def _written_and_charged(world: World, key: Item, item: Item | None) -> None:
    """Write an item in the first region as an operation does."""
    region, table = world.region(A), world.table(A)

    def decide(stage: Stage) -> None:
        outcome = stage.write(table, encode_key(SCHEMA, key), item)
        charge_write(region, table, outcome, key)

    await region.store.submit(decide)


def _consumed(world: World) -> float:
    """Return the write units that the table has consumed in all regions."""
    until_ms = world.clocks[A].now_ms() + 1
    return sum(
        region.admission.usage.consumed(world.table(region.name).number, None, "write", 0, until_ms)
        for region in map(world.region, world.names)
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "delete", "pull", "restart"]),
            st.sampled_from([A, B, C]),
            st.sampled_from([A, B, C]),
            st.sampled_from("kl"),
        ),
        max_size=25,
    )
)
def test_any_history_ends_alike_and_every_item_shows_its_version(
    steps: list[tuple[str, str, str, str]],
) -> None:
    """Writes, deletions, pulls and stops in any order; what an item shows is the stamp that decided."""

    async def story() -> None:
        world = await make_legacy_world(A, B, C)
        for number, (kind, name, other, key) in enumerate(steps):
            world.tick(number % 2)
            if kind == "put":
                await world.put(name, key, str(number))
            elif kind == "delete":
                await world.delete(name, key)
            elif kind == "restart":
                world.restart(name)
            elif name != other:
                await world.pull(name, other)
        await world.heal()
        found = [world.versions(name) for name in world.names]
        assert found[0] == found[1] == found[2]
        for stamp, origin, json in found[0].values():
            if json is not None:
                item = orjson.loads(json)
                assert {"N": update_time(stamp)} == item[UPDATE_TIME]
                assert ({"S": origin}, {"BOOL": False}) == (item[UPDATE_REGION], item[DELETING])
        for name in world.names:
            records = world.log(name)
            assert sorted({one.position for one in records}) == [one.position for one in records]
            drafts = [one for one in records if one.kind == "draft"]
            shown = [one for one in records if one.kind == "user" and one.new is not None]
            assert [one.stamp for one in drafts] == [one.stamp for one in shown]

    run(story())
