"""Tests of index entries: written with the item, sparse, projected, moved with their key."""

import asyncio
from typing import Any

import pytest

from globaltables.items.item_encoding import decode_item
from globaltables.items.key_encoding import encode_key
from globaltables.items.values import Item
from globaltables.itemstore.keyspaces import index_prefix, whole
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.itemstore.store import Store
from globaltables.tables.definitions import Index, KeyAttribute, KeySchema, Table
from tests.support.stores import (
    deleting,
    entries,
    make_index,
    make_store,
    make_table,
    putting,
    run,
    saving,
)

_ALL = make_index(1, "g")
_KEYS_ONLY = make_index(2, "g", "h", projection="KEYS_ONLY")
_INCLUDE = make_index(3, "g", projection="INCLUDE", include=("v",))
_LOCAL = make_index(4, "pk", "l", kind="LOCAL", projection="KEYS_ONLY")
_TABLE = make_table(_ALL, _KEYS_ONLY, _INCLUDE, _LOCAL, keys=("pk", "sk"))


async def _opened(table: Table = _TABLE) -> Store:
    store = make_store()
    await store.submit(saving(table))
    return store


async def _put(store: Store, **attributes: str) -> WriteOutcome:
    return await store.submit(putting(_TABLE, **attributes))


def test_put_writes_an_entry_in_every_index_whose_key_the_item_has() -> None:
    """Each entry holds what its index projects; an index whose key is not complete has none."""

    async def check() -> None:
        store = await _opened()
        await _put(store, pk="a", sk="1", g="x", v="value", w="other")
        whole_item = {"pk": "a", "sk": "1", "g": "x", "v": "value", "w": "other"}
        assert [whole_item] == entries(store, _TABLE, _ALL)
        assert [] == entries(store, _TABLE, _KEYS_ONLY)
        assert [{"pk": "a", "sk": "1", "g": "x", "v": "value"}] == entries(store, _TABLE, _INCLUDE)
        assert [] == entries(store, _TABLE, _LOCAL)
        await _put(store, pk="a", sk="2", g="x", h="y", l="z", v="value")
        keys = {"pk": "a", "sk": "2", "g": "x", "h": "y"}
        assert [keys] == entries(store, _TABLE, _KEYS_ONLY)
        assert [{"pk": "a", "sk": "2", "l": "z"}] == entries(store, _TABLE, _LOCAL)
        await store.close()

    run(check)


def test_put_with_a_new_index_key_moves_the_entry() -> None:
    """The old entry goes away in the same batch; the outcome tells that it moved."""

    async def check() -> None:
        store = await _opened()
        await _put(store, pk="a", sk="1", g="x", h="1")
        outcome = await _put(store, pk="a", sk="1", g="x", h="2")
        assert [{"pk": "a", "sk": "1", "g": "x", "h": "2"}] == entries(store, _TABLE, _KEYS_ONLY)
        moved = {change.secondary.name: change.moved for change in outcome.indexes}
        assert {"i1": False, "i2": True} == moved
        await store.close()

    run(check)


def test_put_without_the_index_key_removes_the_entry() -> None:
    """An item that loses a key attribute leaves the index."""

    async def check() -> None:
        store = await _opened()
        await _put(store, pk="a", sk="1", g="x", h="1", l="z")
        outcome = await _put(store, pk="a", sk="1", h="1")
        for index in _TABLE.indexes:
            assert [] == entries(store, _TABLE, index)
            assert (0, 0) == store.index_statistics(_TABLE, index.number)
        assert [None] * 4 == [change.new_size for change in outcome.indexes]
        await store.close()

    run(check)


def test_put_that_changes_nothing_projected_leaves_the_entry_alone() -> None:
    """AWS charges no write of an index that does not change (developer guide, GSI, write capacity units)."""

    async def check() -> None:
        store = await _opened()
        await _put(store, pk="a", sk="1", g="x", h="1", v="value", w="1")
        outcome = await _put(store, pk="a", sk="1", g="x", h="1", v="value", w="2")
        assert ["i1"] == [change.secondary.name for change in outcome.indexes]
        outcome = await _put(store, pk="a", sk="1", g="x", h="1", v="VALUE", w="2")
        assert ["i1", "i3"] == [change.secondary.name for change in outcome.indexes]
        assert "VALUE" == entries(store, _TABLE, _INCLUDE)[0]["v"]
        await store.close()

    run(check)


def test_delete_removes_every_entry() -> None:
    """No entry outlives its item."""

    async def check() -> None:
        store = await _opened()
        await _put(store, pk="a", sk="1", g="x", h="1", l="z", v="value")
        await store.submit(deleting(_TABLE, pk="a", sk="1"))
        assert [] == [entry for index in _TABLE.indexes for entry in entries(store, _TABLE, index)]
        await store.close()

    run(check)


def test_writes_of_one_group_leave_one_entry() -> None:
    """Entries follow an item that is written several times before the batch is applied."""

    async def check() -> None:
        store = await _opened()
        await asyncio.gather(*(_put(store, pk="a", sk="1", g=name) for name in ("x", "y", "z")))
        assert [{"pk": "a", "sk": "1", "g": "z"}] == entries(store, _TABLE, _ALL)
        assert (1, 8) == store.index_statistics(_TABLE, 1)
        await store.close()

    run(check)


def test_entries_with_equal_keys_of_different_items_stay_apart() -> None:
    """An index key need not be unique."""

    async def check() -> None:
        store = await _opened()
        await asyncio.gather(*(_put(store, pk="a", sk=str(n), g="x") for n in range(5)))
        found = [entry["sk"] for entry in entries(store, _TABLE, _ALL)]
        assert ["0", "1", "2", "3", "4"] == sorted(found)
        await store.close()

    run(check)


def test_collection_size_is_that_of_items_and_local_entries() -> None:
    """Only tables with local indexes keep it; it is gone with its last item."""

    async def check() -> None:
        store = await _opened()
        key = encode_key(_TABLE.schema, {"pk": {"S": "a"}, "sk": {"S": "1"}})

        def size(stage: Stage) -> int | None:
            return stage.collection_size(_TABLE, key)

        outcomes = [
            await _put(store, pk="a", sk="1", l="z", v="value"),
            await _put(store, pk="a", sk="2", g="x"),
        ]
        await _put(store, pk="b", sk="2", g="x")
        local_entry = len("pkask1lz")
        wanted = sum(outcome.new_size for outcome in outcomes) + local_entry
        assert wanted == await store.submit(size)
        for sort in "12":
            await store.submit(deleting(_TABLE, pk="a", sk=sort))
        assert 0 == await store.submit(size)
        kept = [found for found, _ in store.reader().range(b"g", b"h")]
        assert 1 == len(kept)
        await store.close()

    run(check)


def test_collection_size_without_local_indexes_is_none() -> None:
    """There is nothing to keep for a table without local indexes."""

    async def check() -> None:
        table = make_table(_ALL)
        store = await _opened(table)
        await store.submit(putting(table, pk="a"))
        key = encode_key(table.schema, {"pk": {"S": "a"}})
        assert await store.submit(lambda stage: stage.collection_size(table, key)) is None
        await store.close()

    run(check)


def _typed_index(kind: Any) -> Index:
    schema = KeySchema((KeyAttribute("g", kind),), (KeyAttribute("h", kind),))
    return Index("typed", 1, "GLOBAL", schema, "KEYS_ONLY")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("S", {"N": "1"}),
        ("S", {"S": ""}),
        ("S", {"S": "x" * 2_049}),
        ("S", {"S": "x" * 70_000}),
        ("S", {"S": "ü" * 1_025}),
        ("B", {"B": ""}),
        ("B", {"B": "AAAA" * 700}),
        ("N", {"S": "1"}),
        ("N", {"NULL": True}),
        ("S", {"M": {}}),
    ],
)
def test_item_whose_attribute_cannot_be_an_index_key_has_no_entry(
    kind: Any, value: dict[str, Any]
) -> None:
    """Items that were there before the index may hold anything under its key's name."""

    async def check() -> None:
        table = make_table(_typed_index(kind))
        store = await _opened(table)
        good = {"S": "x"} if kind == "S" else {"N": "1"} if kind == "N" else {"B": "AA=="}
        key = encode_key(table.schema, {"pk": {"S": "a"}})
        item: Item = {"pk": {"S": "a"}, "g": value, "h": good}
        outcome = await store.submit(lambda stage: stage.write(table, key, item))
        assert ((), (0, 0)) == (outcome.indexes, store.index_statistics(table, 1))
        await store.submit(lambda stage: stage.write(table, key, None))
        await store.close()

    run(check)


@pytest.mark.parametrize(("size", "count"), [(1_024, 1), (1_025, 0)])
def test_item_whose_attribute_is_at_the_limit_of_a_range_key(size: int, count: int) -> None:
    """A range key has at most 1,024 bytes, a hash key 2,048."""

    async def check() -> None:
        table = make_table(_typed_index("S"))
        store = await _opened(table)
        await store.submit(putting(table, pk="a", g="x" * 2_048, h="y" * size))
        assert count == store.index_statistics(table, 1)[0]
        await store.close()

    run(check)


def test_entry_carries_the_version_of_its_item() -> None:
    """Stamp and origin of an entry are those of the item version that it shows."""

    async def check() -> None:
        store = await _opened()
        await _put(store, pk="a", sk="1", g="x", h="y")
        key = encode_key(_TABLE.schema, {"pk": {"S": "a"}, "sk": {"S": "1"}})
        item = store.get_item(_TABLE, key)
        assert item is not None
        for index in (_ALL, _KEYS_ONLY):
            ((_, raw),) = store.reader().range(*whole(index_prefix(1, index.number)))
            entry = decode_item(raw)
            assert (item.stamp, item.origin) == (entry.stamp, entry.origin)
        await store.close()

    run(check)
