"""Tests of counts and sizes: exact after any history, gone with what they count."""

import asyncio
import contextlib
import random
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.items.item_encoding import decode_item
from globaltables.itemstore.keyspaces import index_prefix, item_prefix, whole
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.statistics import Statistics
from globaltables.itemstore.store import Store
from tests.support.stores import (
    delete,
    dropping,
    make_index,
    make_store,
    make_table,
    put,
    putting,
    run,
    saving,
    steps,
)

_TABLE = make_table(
    make_index(1, "g"),
    make_index(2, "g", "h", projection="KEYS_ONLY"),
    make_index(3, "g", projection="INCLUDE", include=("v",)),
    make_index(4, "pk", "l", kind="LOCAL", projection="INCLUDE", include=("v",)),
    keys=("pk", "sk"),
    replicated=True,
)
_NAMES = st.sampled_from(["g", "h", "l", "v", "w"])
_WRITES = st.one_of(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from("12"),
        st.dictionaries(_NAMES, st.text("xyzü", min_size=1, max_size=3)),
    ),
    st.tuples(st.sampled_from("abc"), st.sampled_from("12"), st.none()),
)
_DECISIONS = st.lists(st.tuples(st.lists(_WRITES, min_size=1, max_size=4), st.booleans()))
#: Some writes (None deletes), and whether the decision fails after them.
_Decision = tuple[list[tuple[str, str, dict[str, str] | None]], bool]


def counted(store: Store, prefix: bytes) -> tuple[int, int]:
    """Return how many values there are below a prefix, and their billed bytes."""
    sizes = [decode_item(raw).size for _, raw in store.reader().range(*whole(prefix))]
    return len(sizes), sum(sizes)


class _MistakeError(Exception):
    """What some decisions end with."""


@settings(max_examples=60, deadline=None)
@given(groups=st.lists(_DECISIONS, max_size=5))
def test_statistics_after_any_history_equal_a_recount(
    groups: list[list[_Decision]],
) -> None:
    """Table, indexes and item collections, also when decisions fail in the middle of a group."""

    async def check() -> None:
        engine = MemoryEngine()
        store = make_store(engine)
        await store.submit(saving(_TABLE))

        def decide(stage: Stage, decision: _Decision) -> None:
            writes, fails = decision
            for pk, sk, attributes in writes:
                if attributes is None:
                    delete(stage, _TABLE, pk=pk, sk=sk)
                else:
                    put(stage, _TABLE, **{"pk": pk, "sk": sk, **attributes})
            if fails:
                raise _MistakeError

        for group in groups:
            futures = [store.submit(partial(decide, decision=decision)) for decision in group]
            for future in futures:
                with contextlib.suppress(_MistakeError):
                    await future
        for opened in (store, make_store(engine)):
            assert counted(store, item_prefix(1)) == opened.statistics(_TABLE)
            for number in range(1, 5):
                wanted = counted(store, index_prefix(1, number))
                assert wanted == opened.index_statistics(_TABLE, number)
        collections = sum(int.from_bytes(raw, "big") for _, raw in engine.range(b"g", b"h"))
        local = counted(store, index_prefix(1, 4))[1]
        assert store.statistics(_TABLE)[1] + local == collections
        await store.close()

    run(check)


@pytest.mark.parametrize("together", [False, True])
def test_drop_table_leaves_nothing_that_has_its_number(together: bool) -> None:  # noqa: FBT001
    """Items, entries, tombstones, records, collections, counts and the definition go, also within one group."""

    async def check() -> None:
        engine = MemoryEngine()
        store = make_store(engine)
        other = make_table(number=2)
        await store.submit(saving(_TABLE, other))
        chance = random.Random(1)
        for number in range(60):
            attributes = {name: str(chance.randrange(9)) for name in "ghlv"}
            await store.submit(putting(_TABLE, pk=str(number % 7), sk=str(number), **attributes))
        await store.submit(lambda stage: delete(stage, _TABLE, pk="0", sk="0"))
        await store.submit(putting(other, pk="a"))
        kept = {key: raw for key, raw in engine.range(b"", b"\xff") if key[1:5] == b"\0\0\0\2"}
        prefixes = {key[:1] for key, _ in engine.range(b"", b"\xff") if key[1:5] == b"\0\0\0\1"}
        assert {b"i", b"x", b"d", b"g", b"l", b"s", b"c"} == prefixes
        if together:
            await store.submit(steps(putting(_TABLE, pk="new", sk="1", g="x"), dropping(_TABLE)))
        else:
            await store.submit(dropping(_TABLE))
        assert kept == {
            key: raw for key, raw in engine.range(b"", b"\xff") if not key.startswith(b"m")
        }
        assert (0, 0) == store.statistics(_TABLE)
        await store.close()

    run(check)


def test_drop_index_leaves_nothing_of_it_and_all_else() -> None:
    """Entries and counts of the index go; the table and its other indexes stay."""

    async def check() -> None:
        engine = MemoryEngine()
        store = make_store(engine)
        await store.submit(saving(_TABLE))
        for number in range(20):
            await store.submit(putting(_TABLE, pk=str(number), sk="1", g="x", h="y", v="z"))
        index, left = _TABLE.indexes[0], replace(_TABLE, indexes=_TABLE.indexes[1:])
        await asyncio.gather(
            store.submit(putting(_TABLE, pk="new", sk="1", g="x", h="y")),
            store.submit(steps(lambda stage: stage.drop_index(_TABLE, index), saving(left))),
            store.submit(putting(_TABLE, pk="newer", sk="1", g="x", h="y")),
        )
        assert [] == list(engine.range(*whole(index_prefix(1, 1))))
        for opened in (store, make_store(engine)):
            assert [(0, 0), (22, 22)] == [
                opened.index_statistics(left, 1),
                (opened.statistics(left)[0], opened.index_statistics(left, 2)[0]),
            ]
        assert {2, 3} <= Statistics(engine)._pairs[1].keys()
        assert 1 not in Statistics(engine)._pairs[1]
        await store.close()

    run(check)
