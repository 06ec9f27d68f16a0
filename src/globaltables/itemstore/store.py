"""One region's items: decisions in, durable outcomes out, and the readers' view of items and log.

The commit loop, in seven lines:

    submit     queues a decision, and asks for a turn of the event loop unless a sync is under way (or it is urgent)
    _turn      runs what is queued, one decision after the other, on one stage,
               applies the stage to the engine as one batch,
               and starts a sync
    the sync   runs on its own thread while requests are read and further decisions are queued: to apply each as it
               comes would cost a batch each, a tenth to a quarter of the throughput of updates (measured)
    _synced    answers everybody whose batch was applied before that sync began, wakes readers of the log,
               and asks for the next turn

What was applied is visible at once, so whoever reads something that is not durable yet is answered after it is.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from globaltables.changelog.record import ChangeRecord, decode_record, is_replicated
from globaltables.engine.interface import Engine, Reader
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import COMMIT_GROUP_MAX, COMMIT_QUEUE_MAX
from globaltables.items.item_encoding import StoredItem, decode_item
from globaltables.itemstore.journal import Journal
from globaltables.itemstore.keyspaces import (
    CATALOG,
    LAST_STAMP_KEY,
    LAST_TABLE_NUMBER_KEY,
    POSITION_BYTES,
    item_prefix,
    log_range,
    whole,
)
from globaltables.itemstore.retained import retained_tables
from globaltables.itemstore.sealed_view import SealedView
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.statistics import Statistics
from globaltables.runtime.clock import Clock, HybridLogicalClock
from globaltables.security.sealing.data_keys import Unwrap
from globaltables.tables import codec
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Table

T = TypeVar("T")
Decide = Callable[[Stage], Any]
#: A future, and what it is to be answered with: (True, result) or (False, exception).
_Told = tuple["asyncio.Future[Any]", bool, Any]
#: Keys of an applied batch, and the numbers of the tables whose items it changed.
_Batch = tuple[dict[bytes, bytes | None], set[int]]


class Originated(NamedTuple):
    """A part of a table's log without what came from other regions.

    Attributes:
        records: in order.
        position: of the last record that was looked at; the one that was asked for when there was none.
        seen: how many records were looked at.
    """

    records: list[ChangeRecord]
    position: int
    seen: int


class Store:
    """The storage of one region.

    Args:
        region: the region's name.
        engine: where the bytes are.
        clock: wall time, for the region's hybrid clock.
        unwrap: opens the data keys of sealed tables; None where there are no keys.

    Attributes:
        view: the stored rows as they are, sealed or not.
        catalog: the tables, as of the last applied batch.
        hlc: the region's clock. What it says outside a decision is not stored: after a restart with a wall clock
            that was set back it may be said again, so nothing durable may depend on it.
        log_floors: named functions of a table that say from which log position on its records are still needed.
        durable_position: everything in the log up to this position is durable.
        journal: is handed every batch before the engine; None for nobody.
    """

    def __init__(
        self, region: str, engine: Engine, clock: Clock, unwrap: Unwrap | None = None
    ) -> None:
        self.region = region
        self._engine = engine
        stored = engine.get(LAST_STAMP_KEY)
        last_stamp = 0 if stored is None else int.from_bytes(stored, "big")
        stored = engine.get(LAST_TABLE_NUMBER_KEY)
        last_number = 0 if stored is None else int.from_bytes(stored, "big")
        definitions = engine.range(*whole(CATALOG))
        self.catalog = Catalog((codec.decode(raw) for _, raw in definitions), last_number)
        self.hlc = HybridLogicalClock(clock, last_stamp)
        self.log_floors: dict[str, Callable[[Table], int]] = {}
        self.durable_position = last_stamp
        self.journal: Journal | None = None
        self._statistics = Statistics(engine)
        self.view = SealedView(engine, unwrap)
        for table in (*self.catalog.tables(), *retained_tables(engine)):
            self.view.learn(table)
        self._stage = Stage(region, self.view, self.catalog, self.hlc, self._statistics)
        self._queue: deque[tuple[Decide, asyncio.Future[Any]]] = deque()
        self._turn_asked = False
        self._undurable: list[_Batch] = []
        self._waiting: list[_Told] = []
        self._syncing: list[_Told] | None = None
        self._watchers: dict[int, list[asyncio.Future[None]]] = {}
        self._failure: OperationalError | None = None
        self._stored_stamp = last_stamp
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"sync-{region}")

    # --- writing

    def submit(self, decide: Callable[[Stage], T], *, urgent: bool = False) -> "asyncio.Future[T]":
        """Queue a decision.

        Args:
            decide: a pure function of the stage; it runs once, after everything queued before it. What it raises
                discards what it staged and is set on the future.
            urgent: do not wait for a sync that is under way, for decisions that are worth a batch of their own; with
                it goes what was queued before.

        Returns:
            A future of what `decide` returned, resolved when everything that it saw and staged is durable.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._failure is not None or len(self._queue) >= COMMIT_QUEUE_MAX:
            future.set_exception(self._failure or OperationalError("too many writes are waiting"))
            return future
        self._queue.append((decide, future))
        if not self._turn_asked and (urgent or self._syncing is None):
            self._turn_asked = True
            loop.call_soon(self._turn)
        return future

    async def close(self) -> None:
        """Finish what is queued, make it durable, release the files.

        Raises:
            OperationalError: the disk failed now; when it failed before, everybody was told.
        """
        while self._failure is None and (self._queue or self._waiting or self._syncing is not None):
            await asyncio.sleep(0)
            if self._syncing is not None:
                await asyncio.wait([future for future, _, _ in self._syncing], timeout=1)
        self._thread.shutdown()
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.cancel()
        if self.journal is not None:
            self.journal.close()
        try:
            self._engine.close()
        except OperationalError:
            if self._failure is None:
                raise

    # --- reading

    def reader(self) -> Reader:
        """Return the view of everything that was applied; pass what is told of it through `when_durable`."""
        return self.view

    def get_item(self, table: Table, key: bytes) -> StoredItem | None:
        """Return the item under a key made by `encode_key`; see `when_durable`."""
        raw = self.view.get(item_prefix(table.number) + key)
        return None if raw is None else decode_item(raw)

    def when_durable(
        self, answer: T, table: Table, key: bytes | None = None
    ) -> "T | asyncio.Future[T]":
        """Return an answer that was read, or a future of it when it may show what a power cut could take back.

        Args:
            answer: what is to be told.
            table: the table that was read.
            key: the one stored key (with its prefix) that was read; None for a range.

        Returns:
            The answer, or a future of it; of an OperationalError after the disk failed.
        """
        if not self._undurable:
            return answer
        number = table.number
        for puts, tables in self._undurable:
            if number in tables and (key is None or key in puts):
                break
        else:
            return answer
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if self._failure is not None:
            future.set_exception(self._failure)
            return future
        told = (future, True, answer)
        if self._waiting or self._syncing is None:
            self._waiting.append(told)
        else:
            self._syncing.append(told)
        return future

    def statistics(self, table: Table) -> tuple[int, int]:
        """Return a table's item count and billed bytes."""
        return self._statistics.of(table.number)

    def index_statistics(self, table: Table, index_number: int) -> tuple[int, int]:
        """Return an index's entry count and billed bytes."""
        return self._statistics.of(table.number, index_number)

    @property
    def applied_position(self) -> int:
        """The stamp of the last applied batch, durable or not."""
        return self._stored_stamp

    def checkpoint(self, path: Path) -> int:
        """Write a copy of everything that was applied, as the engine does, and return the stamp of its last batch.

        Raises:
            OperationalError: the disk refused.
        """
        self._engine.checkpoint(path)
        return self._stored_stamp

    async def forget_deleted(self, table_number: int) -> None:
        """Let nothing be left in files of the rows that were moved out of a table's old layers.

        Raises:
            OperationalError: the disk refused.
        """
        ranges = self.view.old_ranges(table_number)
        await asyncio.to_thread(self._engine.forget, ranges)

    # --- reading the log

    def feed(
        self,
        table_number: int,
        after: int,
        *,
        until: int | None = None,
        records_max: int,
        bytes_max: int,
    ) -> list[ChangeRecord]:
        """Return durable change records of one table, in order.

        Args:
            table_number: the table.
            after: position of the last record known; -1 or 0 for the beginning.
            until: last position wanted.
            records_max: how many at the most.
            bytes_max: stops behind the record with which the stored bytes reach this.
        """
        last = self.durable_position if until is None else min(until, self.durable_position)
        if last <= after:
            return []
        records: list[ChangeRecord] = []
        total = 0
        for key, raw in self.view.range(*log_range(table_number, after, last)):
            records.append(decode_record(int.from_bytes(key[-POSITION_BYTES:], "big"), raw))
            total += len(raw)
            if len(records) >= records_max or total >= bytes_max:
                break
        return records

    def originated(
        self,
        table_number: int,
        after: int,
        *,
        until: int | None = None,
        records_max: int,
        bytes_max: int,
    ) -> Originated:
        """Return the durable change records of one table that did not come from other regions.

        Args:
            table_number: the table.
            after: position of the last record known; -1 or 0 for the beginning.
            until: last position wanted.
            records_max: how many to look at, whether they came from other regions or not.
            bytes_max: stops behind the record with which the bytes of what is returned reach this.
        """
        last = self.durable_position if until is None else min(until, self.durable_position)
        records: list[ChangeRecord] = []
        position, seen, total = after, 0, 0
        if last <= after:
            return Originated(records, position, seen)
        found = self.view.range(*log_range(table_number, after, last))
        for key, raw in islice(found, records_max):
            position = int.from_bytes(key[-POSITION_BYTES:], "big")
            seen += 1
            if is_replicated(raw):
                continue
            records.append(decode_record(position, raw))
            total += len(raw)
            if total >= bytes_max:
                break
        return Originated(records, position, seen)

    async def changed(self, table_number: int, after: int) -> None:
        """Return when the table has a durable change record behind a position."""
        while not self._has_record(table_number, after):
            await self._next_commit(table_number)

    async def changed_or_redefined(self, table_number: int, after: int) -> None:
        """Return when the table has a durable change record behind a position, or something else of it has changed.

        Its definition, or that it is gone; at times for no reason.
        """
        if not self._has_record(table_number, after):
            await self._next_commit(table_number)

    def _next_commit(self, table_number: int) -> "asyncio.Future[None]":
        """Return a future that is resolved with the next durable commit that touches a table."""
        watcher: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watchers.setdefault(table_number, []).append(watcher)
        return watcher

    def _has_record(self, table_number: int, after: int) -> bool:
        if self.durable_position <= after:
            return False
        found = self.view.range(*log_range(table_number, after, self.durable_position))
        return next(iter(found), None) is not None

    # --- the commit loop

    def _turn(self) -> None:
        self._turn_asked = False
        if self._failure is not None:
            return
        stage, queue, told = self._stage, self._queue, self._waiting
        for _ in range(min(len(queue), COMMIT_GROUP_MAX)):
            decide, future = queue.popleft()
            try:
                result = decide(stage)
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told
                stage.discard()
                told.append((future, False, error))
            else:
                stage.keep()
                told.append((future, True, result))
        if queue:
            self._turn_asked = True
            asyncio.get_running_loop().call_soon(self._turn)
        if self._apply() and self._syncing is None:
            self._start_sync()

    def _apply(self) -> bool:
        """Apply what the turn staged; a stamp that was only told is stored too, so that it is never given again.

        Returns:
            False when the engine refused: then everybody has been told.
        """
        puts, ranges, tables = self._stage.take()
        last = self.hlc.last
        if last == self._stored_stamp and not puts and not ranges:
            return True
        try:
            puts.update(self._statistics.take_changes())
            if self.journal is not None and last == self._stored_stamp:
                last = self.hlc.tick()  # its batches are known by their stamps
            puts[LAST_STAMP_KEY] = last.to_bytes(8, "big")
            view, stored, stored_ranges = self.view, puts, ranges
            defined = self._stage.defined
            if defined:
                self._stage.defined = False
                view.learn_from(puts)
            if view.active:
                stored, stored_ranges = view.seal(puts, ranges)
            if self.journal is not None:
                self.journal.add(last, stored, stored_ranges)
            self._engine.apply(stored, stored_ranges)
            if defined:
                view.forget_from(puts)
        except OperationalError as error:
            self._fail(error)
            return False
        except BaseException:
            # Our bug; going on would acknowledge what was never stored.
            self._fail(OperationalError("a batch could not be built"))
            raise
        self._stored_stamp = last
        self._undurable.append((puts, tables))
        return True

    def _start_sync(self) -> None:
        told, self._waiting = self._waiting, []
        batches = self._undurable[:]
        position = self._stored_stamp  # the clock may have been asked since, without a decision
        if not batches or not self._engine.needs_sync:
            self._tell(told, batches, position)
            return
        self._syncing = told
        future = asyncio.get_running_loop().run_in_executor(self._thread, self._engine.sync)
        future.add_done_callback(partial(self._synced, batches, position))

    def _synced(self, batches: list[_Batch], position: int, done: "asyncio.Future[None]") -> None:
        told, self._syncing = self._syncing, None
        assert told is not None
        error = done.exception()
        if error is not None:
            self._waiting = told + self._waiting
            self._fail(OperationalError(str(error)))
            return
        self._tell(told, batches, position)
        if self._queue:
            # One sync is for both: what is queued does not wait for that of an urgent batch.
            if not self._turn_asked:
                self._turn_asked = True
                # Behind the answers that were just told, so that their clients go on while the next group is decided.
                loop = asyncio.get_running_loop()
                loop.call_soon(loop.call_soon, self._turn)
        elif self._waiting or self._undurable:
            self._start_sync()

    def _tell(self, told: list[_Told], batches: list[_Batch], position: int) -> None:
        del self._undurable[: len(batches)]
        self.durable_position = position
        for future, succeeded, result in told:
            if future.done():
                continue  # the client has gone away
            if succeeded:
                future.set_result(result)
            else:
                future.set_exception(result)
        if self._watchers:
            for _, tables in batches:
                for number in tables:
                    for watcher in self._watchers.pop(number, ()):
                        if not watcher.done():
                            watcher.set_result(None)

    def _fail(self, error: OperationalError) -> None:
        """Refuse everything from now on: what was applied may not be durable, so going on could lose it silently."""
        self._failure = error
        waiting = [future for future, _, _ in self._waiting] + [future for _, future in self._queue]
        self._waiting.clear()
        self._queue.clear()
        for future in waiting:
            if not future.done():
                future.set_exception(error)
