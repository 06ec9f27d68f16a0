"""Tests of change records, versions and tombstones."""

from dataclasses import replace

import pytest

from globaltables.changelog.record import ChangeRecord
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import ITEM_COLLECTION_BYTES_MAX
from globaltables.items.item_encoding import StoredItem
from globaltables.items.key_encoding import encode_key
from globaltables.items.values import Item
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.itemstore.store import Store
from globaltables.runtime.clock import DRIFT_MS_MAX, VirtualClock, stamp_at
from globaltables.tables.definitions import Table
from tests.support.stores import (
    deleting,
    failure_of,
    make_index,
    make_store,
    make_table,
    putting,
    run,
    saving,
    text_item,
)

_TABLE = make_table()
_KEY = encode_key(_TABLE.schema, text_item(pk="a"))


async def _opened(table: Table = _TABLE, clock: VirtualClock | None = None) -> Store:
    store = make_store(clock=clock)
    await store.submit(saving(table))
    return store


def _records(store: Store, after: int = 0) -> list[ChangeRecord]:
    return store.feed(1, after, records_max=1_000, bytes_max=1_000_000)


def _item(store: Store) -> StoredItem:
    found = store.get_item(_TABLE, _KEY)
    assert found is not None
    return found


async def _write(store: Store, item: Item | None) -> WriteOutcome:
    return await store.submit(lambda stage: stage.write(_TABLE, _KEY, item))


async def _replicate(store: Store, item: Item | None, stamp: int) -> WriteOutcome:
    """Write what another region wrote."""

    def decide(stage: Stage) -> WriteOutcome:
        return stage.write(_TABLE, _KEY, item, kind="replica", stamp=stamp, origin="us-east-1")

    return await store.submit(decide)


async def _tombstone(store: Store) -> tuple[int, str] | None:
    return await store.submit(lambda stage: stage.tombstone(_TABLE, _KEY))


def test_records_of_a_life_have_both_images_and_the_version_before() -> None:
    """INSERT, MODIFY and REMOVE each name the version that they replaced."""

    async def check() -> None:
        store = await _opened()
        for decision in (
            putting(_TABLE, pk="a", v="1"),
            putting(_TABLE, pk="a", v="22"),
            deleting(_TABLE, pk="a"),
        ):
            await store.submit(decision)
        first, second, third = _records(store)
        one, two = text_item(pk="a", v="1"), text_item(pk="a", v="22")
        assert [(None, one), (one, two), (two, None)] == [
            (record.old_item, record.new_item) for record in (first, second, third)
        ]
        assert ["INSERT", "MODIFY", "REMOVE"] == [
            record.event_name for record in (first, second, third)
        ]
        assert [(0, 5), (5, 6), (6, 0)] == [
            (record.old_size, record.new_size) for record in (first, second, third)
        ]
        assert [0, first.stamp, second.stamp] == [
            record.previous_stamp for record in (first, second, third)
        ]
        for record in (first, second, third):
            assert (record.position, "user", "eu-west-1") == (
                record.stamp,
                record.kind,
                record.origin,
            )
        assert first.position < second.position < third.position
        await store.close()

    run(check)


def test_records_of_one_group_each_have_a_position() -> None:
    """Positions are unique and in the order of the decisions, also within a millisecond."""

    async def check() -> None:
        store = await _opened()
        futures = [store.submit(putting(_TABLE, pk=str(n))) for n in range(50)]
        for future in futures:
            await future
        records = _records(store)
        keys = [record.new_item and record.new_item["pk"]["S"] for record in records]
        assert [str(number) for number in range(50)] == keys
        positions = [record.position for record in records]
        assert sorted(set(positions)) == positions
        await store.close()

    run(check)


@pytest.mark.parametrize(
    "again",
    [
        {"pk": {"S": "a"}, "s": {"SS": ["x", "y"]}, "v": {"S": "1"}},
        {"v": {"S": "1"}, "s": {"SS": ["y", "x"]}, "pk": {"S": "a"}},
    ],
)
def test_write_that_changes_nothing_leaves_no_record_and_no_new_version(again: Item) -> None:
    """The order of attributes and of sets does not make another item (AWS emits no stream record either)."""

    async def check() -> None:
        store = await _opened()
        await _write(store, {"pk": {"S": "a"}, "v": {"S": "1"}, "s": {"SS": ["x", "y"]}})
        before = _item(store).stamp
        outcome = await _write(store, again)
        assert (False, outcome.new_size) == (outcome.changed, outcome.old_size)
        assert (before, 1) == (_item(store).stamp, len(_records(store)))
        assert not (await store.submit(deleting(_TABLE, pk="none"))).changed
        assert 1 == len(_records(store))
        await store.close()

    run(check)


def test_number_of_another_value_is_a_change() -> None:
    """JSON of equal length with another content is another item."""

    async def check() -> None:
        store = await _opened()
        await _write(store, {"pk": {"S": "a"}, "v": {"N": "1"}})
        assert (await _write(store, {"pk": {"S": "a"}, "v": {"N": "2"}})).changed
        assert (await _write(store, {"pk": {"S": "a"}, "v": {"S": "2"}})).changed
        await store.close()

    run(check)


def test_table_without_reader_keeps_no_log() -> None:
    """Without stream and replicas nobody would ever read the records."""

    async def check() -> None:
        table = make_table(stream=None)
        store = await _opened(table)
        await store.submit(putting(table, pk="a"))
        assert [] == _records(store)
        await store.close()

    run(check)


def test_tombstones_are_only_in_replicated_tables() -> None:
    """A region alone need not remember what it deleted."""

    async def check() -> None:
        for replicated in (False, True):
            table = make_table(replicated=replicated)
            store = await _opened(table)
            await store.submit(putting(table, pk="a"))
            await store.submit(deleting(table, pk="a"))
            stamp = _records(store)[-1].stamp
            assert ((stamp, "eu-west-1") if replicated else None) == await _tombstone(store)
            await store.close()

    run(check)


def test_put_over_a_tombstone_replaces_it_and_names_its_version() -> None:
    """The record of an item that comes back names the deletion as the version before."""

    async def check() -> None:
        table = make_table(replicated=True)
        store = await _opened(table)
        for decision in (putting(table, pk="a"), deleting(table, pk="a"), putting(table, pk="a")):
            await store.submit(decision)
        deletion, back = _records(store)[1:]
        assert deletion.stamp == back.previous_stamp
        assert "INSERT" == back.event_name
        assert await _tombstone(store) is None
        await store.close()

    run(check)


def test_write_of_another_region_keeps_its_version_and_gets_a_position_of_ours() -> None:
    """Stamp and origin are the writer's, the position is that of the commit here."""

    async def check() -> None:
        clock = VirtualClock()
        store = await _opened(make_table(replicated=True), clock)
        stamp = stamp_at(clock.now_ms() - 5_000)
        await _replicate(store, text_item(pk="a", v="1"), stamp)
        (record,) = _records(store)
        assert (stamp, "us-east-1", "replica") == (record.stamp, record.origin, record.kind)
        assert record.position > stamp
        assert (stamp, "us-east-1") == (_item(store).stamp, _item(store).origin)
        await _replicate(store, None, stamp + 9)
        assert (stamp + 9, "us-east-1") == await _tombstone(store)
        assert stamp == _records(store)[-1].previous_stamp
        await store.close()

    run(check)


def test_equal_write_of_another_region_takes_over_the_version_without_a_record() -> None:
    """Regions must agree on the version, but a stream shows only changes."""

    async def check() -> None:
        store = await _opened(make_table(replicated=True))
        await store.submit(putting(_TABLE, pk="a", v="1"))
        stamp = _item(store).stamp + 7
        outcome = await _replicate(store, text_item(pk="a", v="1"), stamp)
        assert (False, stamp, 1) == (outcome.changed, _item(store).stamp, len(_records(store)))
        assert (1, 5) == store.statistics(_TABLE)
        await store.close()

    run(check)


def test_deletion_by_another_region_of_nothing_is_remembered() -> None:
    """Later news of an older version must lose against it."""

    async def check() -> None:
        store = await _opened(make_table(replicated=True))
        await _replicate(store, None, 77)
        assert (77, "us-east-1") == await _tombstone(store)
        assert ([], (0, 0)) == (_records(store), store.statistics(_TABLE))
        await store.close()

    run(check)


def test_observe_of_a_peer_far_ahead_refuses_the_decision() -> None:
    """The clock is not dragged along by a broken one, and what the decision staged is gone."""

    async def check() -> None:
        clock = VirtualClock()
        store = await _opened(clock=clock)

        def decide(stage: Stage) -> None:
            stage.write(_TABLE, _KEY, text_item(pk="a"))
            stage.observe(stamp_at(clock.now_ms() + DRIFT_MS_MAX + 1_000))

        assert isinstance(await failure_of(store.submit(decide)), OperationalError)
        assert store.get_item(_TABLE, _KEY) is None
        assert store.hlc.last < stamp_at(clock.now_ms() + DRIFT_MS_MAX)
        await store.close()

    run(check)


def test_feed_gives_the_records_of_one_table_between_two_positions() -> None:
    """Behind `after`, up to `until`, at most so many records or bytes; other tables' records are not among them."""

    async def check() -> None:
        store = await _opened()
        other = make_table(number=2)
        await store.submit(saving(other))
        for number in range(6):
            await store.submit(putting(_TABLE, pk=str(number)))
            await store.submit(putting(other, pk=str(number)))
        everything = _records(store)
        positions = [record.position for record in everything]
        assert 6 == len(positions)

        def fed(
            after: int, until: int | None = None, records: int = 99, size: int = 99_999
        ) -> list[int]:
            found = store.feed(1, after, until=until, records_max=records, bytes_max=size)
            return [record.position for record in found]

        assert positions == fed(-1) == fed(0)
        assert positions[2:] == fed(positions[1])
        assert positions[2:4] == fed(positions[1], positions[3])
        assert positions[2:4] == fed(positions[1], positions[4] - 1)
        assert positions[:2] == fed(0, records=2)
        assert positions[:1] == fed(0, size=1)
        assert [] == fed(positions[-1])
        assert [] == fed(positions[1], positions[1])
        assert [] == store.feed(3, 0, records_max=9, bytes_max=999)
        assert store.durable_position >= positions[-1]
        await store.close()

    run(check)


def test_log_of_a_table_whose_stream_ends_stops() -> None:
    """A definition without reader stops the log with the next write."""

    async def check() -> None:
        store = await _opened()
        await store.submit(putting(_TABLE, pk="a"))
        await store.submit(saving(replace(_TABLE, streams=())))
        await store.submit(putting(_TABLE, pk="b"))
        assert 1 == len(_records(store))
        await store.close()

    run(check)


def test_replicated_write_into_a_full_item_collection_is_not_refused() -> None:
    """What another region has accepted is taken over; a client's own write is refused."""

    async def check() -> None:
        table = make_table(make_index(1, "pk", "v", kind="LOCAL"), keys=("pk", "sk"))
        store = await _opened(table)
        item = text_item(pk="a", sk="b", v="c")
        key = encode_key(table.schema, item)

        def fill(stage: Stage) -> None:
            full = ITEM_COLLECTION_BYTES_MAX.to_bytes(8, "big")
            stage.put(stage.layout(table).collection_key(key), full)

        await store.submit(fill)
        refused = await failure_of(store.submit(lambda stage: stage.write(table, key, item)))
        outcome = await store.submit(
            lambda stage: stage.write(table, key, item, kind="replica", stamp=5, origin="us-east-1")
        )
        assert "ItemCollectionSizeLimitExceededException" == getattr(refused, "code", None)
        assert outcome.changed

    run(check)


def test_originated_skips_what_came_from_other_regions_and_tells_how_far_it_read() -> None:
    """A reader that wants only what was made here moves over the rest."""

    async def check() -> None:
        store = await _opened(make_table(replicated=True))
        await store.submit(putting(_TABLE, pk="a", v="1"))
        await _replicate(store, text_item(pk="a", v="2"), store.hlc.last + 5)
        mine, theirs = _records(store)
        whole = store.originated(1, 0, records_max=9, bytes_max=999)
        rest = store.originated(1, mine.position, records_max=9, bytes_max=999)
        first = store.originated(1, 0, records_max=1, bytes_max=999)
        assert [mine.position] == [record.position for record in whole.records]
        assert (theirs.position, 2) == (whole.position, whole.seen)
        assert ([], theirs.position, 1) == rest
        assert (mine.position, 1) == (first.position, first.seen)
        assert ([], theirs.position, 0) == store.originated(
            1, theirs.position, records_max=9, bytes_max=999
        )

    run(check)


def test_durable_position_is_never_ahead_of_what_a_restart_knows() -> None:
    """A stamp that was made outside a decision is not stored, so nobody may take it for a position of the log."""

    async def check() -> None:
        store = await _opened()
        durable = store.durable_position
        told = store.submit(lambda stage: stage.applied.get(b"nothing"))
        store.hlc.tick()
        store._start_sync()
        assert durable == store.durable_position
        await told

    run(check)
