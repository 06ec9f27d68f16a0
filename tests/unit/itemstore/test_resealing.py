"""Tests of moving the rows of a table into another layer."""

import asyncio
from dataclasses import replace

import pytest

from globaltables.engine.interface import Reader
from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import OperationalError
from globaltables.items.key_encoding import encode_key
from globaltables.itemstore import jobs
from globaltables.itemstore.keyspaces import SEALED, item_prefix, log_range, whole
from globaltables.itemstore.resealing import reseal
from globaltables.itemstore.store import Store
from globaltables.runtime.clock import VirtualClock
from globaltables.tables.definitions import Encryption, Layer, Table
from globaltables.tables.encryption import resealed, resealing
from tests.support.stores import make_index, make_table

_KEY = Encryption("KMS", "arn:aws:kms:eu-west-1:123456789012:key/1")
_ITEMS = 500


def _unwrap(_reader: Reader, _account: str, _name: str, wrapped: str) -> bytes:
    if wrapped == "gone":
        raise OperationalError("the key is gone")
    return wrapped.encode()[:1] * 32


def _store(engine: MemoryEngine) -> Store:
    return Store("eu-west-1", engine, VirtualClock(), _unwrap)


async def _filled(store: Store) -> Table:
    table = make_table(make_index(1, "colour"), keys=("pk", "sk"))
    await store.submit(lambda stage: stage.save_table(table))
    for number in range(_ITEMS):
        await _put(store, table, number, "a")
    return table


async def _put(store: Store, table: Table, number: int, value: str) -> None:
    item = {"pk": {"S": str(number % 7)}, "sk": {"S": f"{number:04}"}, "colour": {"S": value}}
    key = encode_key(table.schema, item)
    await store.submit(lambda stage: stage.write(table, key, item))


async def _save(store: Store, table: Table) -> Table:
    await store.submit(lambda stage: stage.save_table(table))
    return table


def _rows(store: Store) -> dict[bytes, bytes]:
    """Return everything that the table has, as readers see it."""
    reader = store.reader()
    ranges = [whole(b"i" + b"\0\0\0\1"), whole(b"x\0\0\0\1\0\1"), log_range(1), whole(b"g\0\0\0\1")]
    return {key: value for bounds in ranges for key, value in reader.range(*bounds)}


def test_rows_move_from_layer_to_layer_and_are_the_same() -> None:
    """Sealed, under another key, opened: what readers see stays; in the engine rows are in one place only."""

    async def work() -> None:
        engine = MemoryEngine()
        store = _store(engine)
        table = await _filled(store)
        before = _rows(store)
        for encryption, data_key in ((_KEY, "one"), (_KEY, "two"), (None, "")):
            table = await _save(store, resealing(table, encryption, data_key))
            assert before == _rows(store)
            await reseal(store, table)
            assert before == _rows(store)
            current = store.catalog.by_number(1)
            assert current == resealed(table)
            table = current
            places = {key[:7] for key, _ in engine.range(*whole(SEALED))}
            expected = {
                b"z\0\0\0\1" + layer.generation.to_bytes(2, "big") for layer in table.layers
            }
            assert expected == places
            plain = list(engine.range(*whole(item_prefix(1))))
            assert bool(table.layers) != bool(plain)
        finished = [job.status for job in jobs.jobs(store.reader())]
        assert ["COMPLETED"] * 3 == finished
        await store.close()

    asyncio.run(work())


@pytest.mark.parametrize("turns", [0, 1, 3, 6, 12])
def test_moving_goes_on_after_a_stop_among_writes(turns: int) -> None:
    """Wherever it was stopped every row is there once, also what was written and deleted meanwhile."""

    async def work() -> None:
        engine = MemoryEngine()
        store = _store(engine)
        table = await _save(store, resealing(await _filled(store), _KEY, "one"))
        moving = asyncio.ensure_future(reseal(store, table))
        for number in range(turns):
            await _put(store, table, number * 40, "b")
            await asyncio.sleep(0)
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)
        again = _store(engine)
        assert _ITEMS == sum(1 for _ in again.reader().range(*whole(item_prefix(1))))
        stored = again.catalog.by_number(1)
        assert stored is not None
        key = encode_key(table.schema, {"pk": {"S": "3"}, "sk": {"S": "0003"}})
        await again.submit(lambda stage: stage.write(table, key, None))
        await reseal(again, stored)
        assert _ITEMS - 1 == sum(1 for _ in again.reader().range(*whole(item_prefix(1))))
        assert [] == list(engine.range(*whole(item_prefix(1))))
        assert (_ITEMS - 1) == again.statistics(stored)[0]
        await again.close()

    asyncio.run(work())


def test_a_table_whose_key_is_gone_is_not_read_and_the_others_are() -> None:
    """Its rows are neither there nor absent: reading fails until the table is deleted."""

    async def work() -> None:
        engine = MemoryEngine()
        store = _store(engine)
        lost = replace(
            make_table(number=2), encryption=_KEY, layers=(Layer(1, "gone", "t2"),), name="lost"
        )
        table = await _filled(store)
        await _save(store, lost)
        assert _ITEMS == sum(1 for _ in store.reader().range(*whole(item_prefix(1))))
        with pytest.raises(OperationalError, match="the key of table lost is gone"):
            store.reader().get(item_prefix(2) + b"key")
        with pytest.raises(OperationalError, match="the key of table lost is gone"):
            list(store.reader().range(*whole(item_prefix(2))))
        await store.submit(lambda stage: stage.drop_table(lost))
        assert [table] == list(store.catalog.tables())
        assert store.reader().get(item_prefix(2) + b"key") is None
        await store.close()

    asyncio.run(work())


def test_a_table_whose_key_cannot_be_used_is_not_written_to() -> None:
    """Whoever writes by itself (links, expiry) is refused as by a disk that is away."""

    async def work() -> None:
        store = _store(MemoryEngine())
        table = await _filled(store)
        closed = replace(table, encryption=replace(_KEY, inaccessible_ms=1))
        await _save(store, closed)
        with pytest.raises(OperationalError, match="cannot be used"):
            await _put(store, closed, 1, "b")
        await _save(store, table)
        await _put(store, table, 1, "b")
        await store.close()

    asyncio.run(work())
