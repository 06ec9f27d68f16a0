"""The expiry reader deletes what has expired, and rests when there is nothing to do."""

import asyncio
from dataclasses import replace

from globaltables.foundation.limits import TTL_SLICE_ITEMS_MAX, TTL_SLICE_REST_MS
from globaltables.items.values import Item
from globaltables.tables.definitions import Stream, Table, TimeToLive
from globaltables.ttl.expiry import Expiry
from tests.support.regions import TestRegion, make_region, make_table

NOW_S = 1_700_000_000
INTERVAL_MS = 1_000


def expiring(table: Table) -> Table:
    """Return the table with expiry by `ttl` enabled."""
    return replace(table, ttl=TimeToLive("ttl", enabled=True, changed_ms=0))


def item(key: str, seconds_from_now: int) -> Item:
    """Return an item that expires then."""
    return {"pk": {"S": key}, "ttl": {"N": str(NOW_S + seconds_from_now)}}


async def prepared(*items: Item, table: Table | None = None) -> tuple[TestRegion, Table]:
    """Return a region with one expiring table that holds the items."""
    region = make_region()
    saved = await region.save(table or expiring(make_table()))
    for one in items:
        await region.put(saved, one)
    return region, saved


def test_turn_expired_item_is_deleted_and_others_stay() -> None:
    """Only the item whose time has come is deleted."""

    async def scenario() -> list[bool]:
        items = [item("past", -1), item("now", 0), item("future", 1), {"pk": {"S": "never"}}]
        region, table = await prepared(*items)
        await Expiry(region.region).turn()
        return await region.keys(table, *items)

    assert [False, False, True, True] == asyncio.run(scenario())


def test_turn_item_whose_time_comes_later_is_deleted_then() -> None:
    """A table at rest is looked at again when its earliest expiry comes."""

    async def scenario() -> list[bool]:
        region, table = await prepared(item("a", 30))
        expiry = Expiry(region.region)
        seen = []
        for milliseconds in (0, 29_000, 1_000):
            region.clock.advance(milliseconds)
            await expiry.turn()
            seen += await region.keys(table, item("a", 0))
        return seen

    assert [True, True, False] == asyncio.run(scenario())


def test_turn_expired_item_leaves_a_change_record_of_kind_ttl() -> None:
    """The stream and the replicas learn of the deletion, and that expiry made it."""

    async def scenario() -> list[tuple[str, str]]:
        table = make_table(stream=Stream("label", "KEYS_ONLY", 0, 1))
        region, table = await prepared(item("a", -1), table=expiring(table))
        await Expiry(region.region).turn()
        records = region.region.store.feed(table.number, 0, records_max=9, bytes_max=9999)
        return [(record.event_name, record.kind) for record in records]

    assert [("INSERT", "user"), ("REMOVE", "ttl")] == asyncio.run(scenario())


def test_turn_item_renewed_before_the_decision_stays() -> None:
    """Expiry is decided again on the current item."""

    async def scenario() -> list[bool]:
        region, table = await prepared(item("a", -1))
        renewal = asyncio.ensure_future(region.put(table, item("a", 60)))
        await asyncio.sleep(0)  # the renewal is queued before the reader's decision
        await Expiry(region.region).turn()
        await renewal
        return await region.keys(table, item("a", 0))

    assert [True] == asyncio.run(scenario())


def test_turn_disabled_expiry_deletes_nothing() -> None:
    """A table whose expiry is disabled keeps its items."""

    async def scenario() -> list[bool]:
        table = replace(make_table(), ttl=TimeToLive("ttl", enabled=False, changed_ms=0))
        region, table = await prepared(item("a", -1), table=table)
        await Expiry(region.region).turn()
        return await region.keys(table, item("a", 0))

    assert [True] == asyncio.run(scenario())


def test_turn_large_table_is_walked_in_slices() -> None:
    """A turn looks at a bounded number of items and asks for a short rest while more are to come."""

    async def scenario() -> tuple[int, int, bool]:
        count = TTL_SLICE_ITEMS_MAX + 1
        region, table = await prepared(*(item(str(n), -1) for n in range(count)))
        expiry = Expiry(region.region)
        first = await expiry.turn()
        left, _ = region.region.store.statistics(table)
        await expiry.turn()
        gone, _ = region.region.store.statistics(table)
        return first, left, gone == 0

    assert (TTL_SLICE_REST_MS, 1, True) == asyncio.run(scenario())


def test_turn_table_at_rest_is_not_read_again() -> None:
    """Without a write and before the earliest expiry, a turn reads nothing."""

    async def scenario() -> bool:
        region, table = await prepared(item("a", 3_600))
        expiry = Expiry(region.region)
        await expiry.turn()
        region.clock.advance(INTERVAL_MS)
        sweep = expiry._sweeps[table.number]
        return sweep.due(region.region.store.durable_position, region.clock.now_ms())

    assert asyncio.run(scenario()) is False


def test_turn_after_a_write_reads_again() -> None:
    """An item written after a pass is found by the next one."""

    async def scenario() -> list[bool]:
        region, table = await prepared(item("a", 3_600))
        expiry = Expiry(region.region)
        await expiry.turn()
        await region.put(table, item("b", -5))
        region.clock.advance(INTERVAL_MS)
        await expiry.turn()
        return await region.keys(table, item("a", 0), item("b", 0))

    assert [True, False] == asyncio.run(scenario())


def test_turn_attribute_changed_uses_the_new_one() -> None:
    """After expiry moved to another attribute, the old one means nothing."""

    async def scenario() -> list[bool]:
        region, table = await prepared(
            item("a", -5), {"pk": {"S": "b"}, "until": {"N": str(NOW_S)}}
        )
        expiry = Expiry(region.region)
        moved = replace(table, ttl=TimeToLive("until", enabled=True, changed_ms=1))
        await region.save(moved)
        await expiry.turn()
        return await region.keys(table, item("a", 0), item("b", 0))

    assert [True, False] == asyncio.run(scenario())


def test_turn_without_expiring_tables_rests_for_the_interval() -> None:
    """A region without expiring tables costs one look at the catalog per interval."""

    async def scenario() -> int:
        region, _ = await prepared(table=make_table())
        return await Expiry(region.region).turn()

    assert INTERVAL_MS == asyncio.run(scenario())
