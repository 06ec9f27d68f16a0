"""Stores for tests of the store itself: tables with indexes, and an engine whose disk the test holds in its hand."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from globaltables.engine.interface import Engine
from globaltables.engine.memory.engine import MemoryEngine
from globaltables.items.item_encoding import decode_item
from globaltables.items.key_encoding import encode_key
from globaltables.items.values import Item
from globaltables.itemstore.keyspaces import index_prefix, item_prefix, whole
from globaltables.itemstore.stage import Stage, WriteOutcome
from globaltables.itemstore.store import Store
from globaltables.runtime.clock import VirtualClock
from globaltables.tables.definitions import (
    Index,
    IndexKind,
    KeyAttribute,
    KeySchema,
    ProjectionType,
    Stream,
    Table,
)

T = TypeVar("T")
REGION = "eu-west-1"
STREAM = Stream("2026-01-01T00:00:00.000", "NEW_AND_OLD_IMAGES", 0, 0)
_SYNC_SECONDS_MAX = 10


class HeldEngine(MemoryEngine):
    """A memory engine whose `sync` waits until the test lets it, and fails when the test says so."""

    needs_sync = True

    def __init__(self) -> None:
        super().__init__()
        self.failure: Exception | None = None
        self.refusal: Exception | None = None
        self.syncs = 0
        self._permits = threading.Semaphore(0)

    def sync(self) -> None:
        """Wait for `let_sync`."""
        assert self._permits.acquire(timeout=_SYNC_SECONDS_MAX), "no test let this sync end"
        self.syncs += 1
        if self.failure is not None:
            raise self.failure

    def apply(
        self,
        puts: Mapping[bytes, bytes | None],
        deleted_ranges: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        """Apply a batch unless the test refuses it."""
        if self.refusal is not None:
            raise self.refusal
        super().apply(puts, deleted_ranges)

    def close(self) -> None:
        """Close unless the disk fails."""
        if self.refusal is not None:
            raise self.refusal
        super().close()

    def let_sync(self, times: int = 1) -> None:
        """Let so many syncs end."""
        self._permits.release(times)


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run one asynchronous test to its end."""
    return asyncio.run(work())


def make_store(engine: Engine | None = None, clock: VirtualClock | None = None) -> Store:
    """Return a store, of an empty memory engine unless told otherwise."""
    return Store(REGION, engine or MemoryEngine(), clock or VirtualClock())


def key_schema(*names: str) -> KeySchema:
    """Return the schema of a hash attribute and perhaps a range attribute, both strings."""
    hash_name, *range_names = names
    ranges = tuple(KeyAttribute(name, "S") for name in range_names)
    return KeySchema((KeyAttribute(hash_name, "S"),), ranges)


def make_index(
    number: int,
    *keys: str,
    kind: IndexKind = "GLOBAL",
    projection: ProjectionType = "ALL",
    include: tuple[str, ...] = (),
) -> Index:
    """Return an index; its name is `i` and its number."""
    return Index(f"i{number}", number, kind, key_schema(*keys), projection, include)


def make_table(
    *indexes: Index,
    number: int = 1,
    keys: tuple[str, ...] = ("pk",),
    stream: Stream | None = STREAM,
    replicated: bool = False,
) -> Table:
    """Return a table of strings; its name is `t` and its number."""
    schema = key_schema(*keys)
    table = Table(
        name=f"t{number}",
        account="000000000000",
        region=REGION,
        number=number,
        table_id=f"3e8d6d6c-0d6c-4a5e-9c5a-{number:012}",
        created_ms=0,
        schema=schema,
        attributes=schema.attributes,
        indexes=indexes,
        next_index_number=len(indexes) + 1,
        streams=() if stream is None else (stream,),
    )
    return replace(table, global_table_version="2019.11.21") if replicated else table


def text_item(**attributes: str) -> Item:
    """Return an item of string attributes."""
    return {name: {"S": text} for name, text in attributes.items()}


def put(stage: Stage, table: Table, **attributes: str) -> WriteOutcome:
    """Stage an item of string attributes."""
    item = text_item(**attributes)
    return stage.write(table, encode_key(table.schema, item), item)


def delete(stage: Stage, table: Table, **key: str) -> WriteOutcome:
    """Stage the deletion of an item."""
    return stage.write(table, encode_key(table.schema, text_item(**key)), None)


def putting(table: Table, **attributes: str) -> Callable[[Stage], WriteOutcome]:
    """Return the decision to put an item of string attributes."""
    return lambda stage: put(stage, table, **attributes)


def deleting(table: Table, **key: str) -> Callable[[Stage], WriteOutcome]:
    """Return the decision to delete an item."""
    return lambda stage: delete(stage, table, **key)


def saving(*tables: Table) -> Callable[[Stage], None]:
    """Return the decision to save tables."""

    def decide(stage: Stage) -> None:
        for table in tables:
            stage.save_table(table)

    return decide


def dropping(table: Table) -> Callable[[Stage], None]:
    """Return the decision to drop a table."""
    return lambda stage: stage.drop_table(table)


def steps(*decisions: Callable[[Stage], object]) -> Callable[[Stage], None]:
    """Return one decision of several."""

    def decide(stage: Stage) -> None:
        for decision in decisions:
            decision(stage)

    return decide


def read(store: Store, table: Table, **key: str) -> dict[str, str] | None:
    """Return the texts of a stored item, None when there is none."""
    stored = store.get_item(table, encode_key(table.schema, text_item(**key)))
    return None if stored is None else texts(stored.item)


def texts(item: Item) -> dict[str, str]:
    """Return the contents of string attributes."""
    return {name: value["S"] for name, value in item.items()}


def entries(store: Store, table: Table, index: Index) -> list[dict[str, str]]:
    """Return what an index holds, in its order."""
    found = store.reader().range(*whole(index_prefix(table.number, index.number)))
    return [texts(decode_item(raw).item) for _, raw in found]


def items(store: Store, table: Table) -> list[dict[str, str]]:
    """Return what a table holds, in its order."""
    return [
        texts(decode_item(raw).item)
        for _, raw in store.reader().range(*whole(item_prefix(table.number)))
    ]


async def failure_of(future: Awaitable[object]) -> BaseException:
    """Return the exception that an awaitable ends with."""
    try:
        answer = await future
    except Exception as error:  # noqa: BLE001 - which one it is, the test asks
        return error
    raise AssertionError(answer)


async def turns(count: int = 5) -> None:
    """Let the event loop do what is ready."""
    for _ in range(count):
        await asyncio.sleep(0)
