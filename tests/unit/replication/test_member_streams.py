"""What a member's index and stream show of changes that were made in another one."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from globaltables.items.item_encoding import decode_item
from globaltables.items.key_encoding import encode_key
from globaltables.itemstore.keyspaces import index_prefix, item_prefix, whole
from globaltables.itemstore.stage import Stage
from globaltables.streams.records import stream_record
from tests.support.global_table import SCHEMA, World
from tests.support.stopping_world import StoppingWorld

A, B, C = "us-east-1", "eu-west-1", "ap-northeast-1"


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a test's story."""
    asyncio.run(story)


def records(world: World, name: str) -> list[dict[str, Any]]:
    """Return a region's stream records."""
    table = world.table(name)
    return [stream_record(record, table, "NEW_AND_OLD_IMAGES") for record in world.log(name)]


def test_expiry_in_one_region_is_a_deletion_without_identity_in_the_others() -> None:
    """Only where the item expired the stream says that the service deleted it, as on AWS."""

    async def story() -> None:
        world = World(A, B)
        await world.replicate()
        await world.put(A, "k", "1")
        await world.heal()
        table, key = world.table(A), encode_key(SCHEMA, {"pk": {"S": "k"}})

        def expire(stage: Stage) -> None:
            stage.write(table, key, None, kind="ttl")

        await world.region(A).store.submit(expire)
        await world.heal()
        removed = {name: records(world, name)[-1] for name in (A, B)}
        assert ["REMOVE", "REMOVE"] == [one["eventName"] for one in removed.values()]
        assert [True, False] == ["userIdentity" in one for one in removed.values()]
        assert [A, B] == [one["awsRegion"] for one in removed.values()]

    run(story())


def test_stream_of_every_member_tells_each_change_once_over_restarts() -> None:
    """A receiver that starts again in the middle neither repeats nor omits, and keeps the order of an item."""

    async def story() -> None:
        world = World(A, B, C)
        await world.replicate()
        for turn in range(30):
            await world.put((A, B, C)[turn % 3], f"k-{turn % 4}", str(turn))
            world.tick()
            await world.pull((B, C, A)[turn % 3], (A, B, C)[turn % 3])
            world.restart((A, B, C)[turn % 2])
        await world.heal()
        for name in (A, B, C):
            told = [(record.stamp, record.origin) for record in world.log(name)]
            assert len(told) == len(set(told))
            images: dict[str, bytes | None] = {}
            for record in world.log(name):
                item = record.new_item
                assert item is not None
                assert images.get(item["pk"]["S"]) == record.old
                images[item["pk"]["S"]] = record.new
            assert {version[2] for version in world.versions(name).values()} == set(images.values())

    run(story())


def test_new_index_of_a_table_in_use_holds_in_every_member_what_its_table_holds(
    tmp_path: Path,
) -> None:
    """Every member fills its own while items come, change and go everywhere."""

    async def story() -> None:
        world = StoppingWorld(tmp_path, A, B, C)
        await world.create()
        for number in range(350):
            await world.put(A, f"k-{number}", "old")
        await world.add(A, B)
        await world.add(A, C)
        adding = asyncio.ensure_future(world.index(B))
        for number in range(0, 350, 3):
            await world.put((A, B, C)[number % 3], f"k-{number}", f"new-{number}")
            await world.delete((C, A, B)[number % 3], f"k-{number + 1}")
            await world.put(B, f"more-{number}", "1")
        await adding
        await world.settle()
        for name in (A, B, C):
            table, reader = world.table(name), world.region(name).store.reader()
            (index,) = table.indexes
            assert ("ACTIVE", False) == (index.status, index.backfilling)
            items = {raw for _, raw in reader.range(*whole(item_prefix(table.number)))}
            indexed = {
                raw for _, raw in reader.range(*whole(index_prefix(table.number, index.number)))
            }
            shown = {decode_item(raw).json for raw in indexed}
            assert {decode_item(raw).json for raw in items} == shown
            assert len(items) == world.region(name).store.index_statistics(table, 1)[0]
        assert world.versions(A) == world.versions(B) == world.versions(C)
        await world.end()

    run(story())
