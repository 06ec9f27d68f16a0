"""A lane of a mapping from a stream: reads the log, gathers batches, has them taken, moves its cursor.

    read      records behind the cursor; those of other lanes and those that the filters refuse are passed by
    gather    until the batch is full or its window is over; without a window, what is there is a batch
    take      the function is run; the cursor moves behind what it has taken, durably
    fail      again after a pause; with bisection in two halves; after the last try, or when it is too old, a batch is
              given up: its destination is told, and the cursor moves on

Records of one item are in one lane, and a lane has one batch at a time: so they are in order. What was taken after the
last durable cursor is taken again after a crash: so it is at least once.
"""

import asyncio
from dataclasses import dataclass, field
from zlib import crc32

import orjson

from globaltables.changelog.record import ChangeRecord
from globaltables.companions.functions.execution.invocation import Outcome
from globaltables.companions.functions.mappings.answers import failed_items
from globaltables.companions.functions.mappings.given_up import GivenUp, tell_of
from globaltables.companions.functions.mappings.source import Feeding
from globaltables.companions.functions.racing import first_of
from globaltables.companions.functions.stored import CURSORS, MAPPINGS
from globaltables.foundation.limits import (
    LAMBDA_BATCH_BYTES_MAX,
    LAMBDA_MAPPING_READ_BYTES,
    LAMBDA_MAPPING_READ_RECORDS,
)
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import stamp_ms
from globaltables.streams.records import stream_record
from globaltables.streams.sequence_numbers import sequence_number
from globaltables.tables.definitions import Stream, Table

_ENVELOPE = (b'{"Records":[', b"]}")


@dataclass(frozen=True, slots=True)
class Change:
    """A record of the stream as the function gets it.

    Attributes:
        position: in the log.
        raw: JSON.
    """

    position: int
    raw: bytes

    @property
    def number(self) -> str:
        """Its sequence number."""
        return sequence_number(self.position)


@dataclass(slots=True)
class StreamLane:
    """One lane.

    Attributes:
        feeding: the mapping.
        table: any definition of the stream's table.
        stream: its life.
        index: of the lane.
        lanes: how many there are.
    """

    feeding: Feeding
    table: Table
    stream: Stream
    index: int
    lanes: int
    _read_to: int = 0
    _gathered: list[Change] = field(default_factory=list)
    _gathered_bytes: int = 0
    _gathered_ms: int = 0
    _passed: int = 0
    _ended: bool = False

    async def run(self) -> None:
        """Work until the mapping is changed, or the stream has ended and all of it is taken."""
        self._read_to = self._stored_cursor()
        while not self.feeding.changed.is_set():
            batch = await self._batch()
            if batch:
                await self._have_taken(batch)
            elif self._ended:
                return

    # --- reading

    async def _batch(self) -> list[Change]:
        """Return the next batch; none when the mapping was changed or the stream is over."""
        mapping = self.feeding.mapping
        size, window_ms = mapping["BatchSize"], mapping["MaximumBatchingWindowInSeconds"] * 1000
        clock, store = self.feeding.region.clock, self.feeding.region.store
        while not self.feeding.changed.is_set():
            # Asked before the log is read: what is durable by now will be found.
            is_over = self._is_over()
            while len(self._gathered) < size and self._gathered_bytes < LAMBDA_BATCH_BYTES_MAX:
                if not self._read(size):
                    break
                await asyncio.sleep(0)  # there may be much that nobody wants
            full = len(self._gathered) >= size or self._gathered_bytes >= LAMBDA_BATCH_BYTES_MAX
            end_ms = self._gathered_ms + window_ms
            if self._gathered and (full or clock.now_ms() >= end_ms):
                return self._take_gathered(size)
            if is_over:
                self._ended = not self._gathered
                return self._take_gathered(size)
            if not self._gathered and self._passed >= LAMBDA_MAPPING_READ_RECORDS:
                # Else all of it would be looked at again after a restart.
                await self._move(self._read_to)
            coming = store.changed_or_redefined(self.table.number, self._read_to)
            if self._gathered:
                await self.feeding.unless_changed(first_of(coming, clock.until(end_ms)))
            else:
                await self.feeding.unless_changed(coming)
        return []

    def _read(self, size: int) -> bool:
        """Look at some more of the log; False when there is no more of it now."""
        region = self.feeding.region
        end = self._life().ended_stamp
        several = self.lanes > 1 or self.feeding.filters.patterns
        wanted = LAMBDA_MAPPING_READ_RECORDS
        if not several:
            wanted = min(wanted, size - len(self._gathered))
        found = region.store.feed(
            self.table.number,
            self._read_to,
            until=None if end is None else end - 1,
            records_max=wanted,
            bytes_max=LAMBDA_MAPPING_READ_BYTES,
        )
        for record in found:
            change = self._rendered(record)
            self._read_to = record.position
            if change is None:
                self._passed += 1
                continue
            if not self._gathered:
                self._gathered_ms = region.clock.now_ms()
            self._gathered.append(change)
            self._gathered_bytes += len(change.raw)
        return bool(found)

    def _rendered(self, record: ChangeRecord) -> Change | None:
        """Return what the function gets of a change; None when it is not for this lane, or not wanted."""
        shown = stream_record(record, self.table, self.stream.view_type)
        if self.lanes > 1:
            keys = orjson.dumps(shown["dynamodb"]["Keys"], option=orjson.OPT_SORT_KEYS)
            if crc32(keys) % self.lanes != self.index:
                return None
        shown["eventSourceARN"] = self.feeding.mapping["EventSourceArn"]
        raw = orjson.dumps(shown)
        if self.feeding.filters.patterns and not self.feeding.filters.want(orjson.loads(raw)):
            return None
        return Change(record.position, raw)

    def _take_gathered(self, size: int) -> list[Change]:
        """Return a batch of what was gathered, within the limits of a payload."""
        total = len(_ENVELOPE[0]) + len(_ENVELOPE[1])
        count = 0
        for change in self._gathered[:size]:
            total += len(change.raw) + 1
            if count and total > LAMBDA_BATCH_BYTES_MAX:
                break
            count += 1
        batch, self._gathered = self._gathered[:count], self._gathered[count:]
        self._gathered_bytes = sum(len(change.raw) for change in self._gathered)
        return batch

    # --- having batches taken

    async def _have_taken(self, batch: list[Change]) -> None:
        """Have a batch taken, or its parts; return when that is so, or the mapping was changed."""
        mapping = self.feeding.mapping
        left = [batch]
        failures = 0
        while left and not self.feeding.changed.is_set():
            current = left[0]
            if self._is_too_old(current[0]):
                old = [change for change in current if self._is_too_old(change)]
                await self._give_up(old, "RecordAgeExceeded", "", None, failures)
                left[:1] = [rest] if (rest := current[len(old) :]) else []
                continue
            payload = b",".join(change.raw for change in current).join(_ENVELOPE)
            self.feeding.measure_age(stamp_ms(current[-1].position))
            request_id, outcome = await self.feeding.invoke(payload)
            taken = self._taken(current, outcome)
            if taken:
                await self._move(current[taken - 1].position)
                failures = 0
                left[:1] = [rest] if (rest := current[taken:]) else []
            if not left or (taken and not current[taken:]):
                continue
            rest = left[0]
            if outcome is not None and mapping["BisectBatchOnFunctionError"] and len(rest) > 1:
                if not taken:
                    middle = len(rest) // 2
                    left[:1] = [rest[:middle], rest[middle:]]
                continue
            failures += 1
            if outcome is not None and 0 <= mapping["MaximumRetryAttempts"] < failures:
                await self._give_up(rest, "RetryAttemptsExhausted", request_id, outcome, failures)
                left.pop(0)
                failures = 0
                continue
            await self.feeding.pause(failures)

    def _taken(self, batch: list[Change], outcome: Outcome | None) -> int:
        """Return how many of a batch's first records the function has taken."""
        if outcome is None or outcome.error_type:
            return 0
        if "ReportBatchItemFailures" not in self.feeding.mapping["FunctionResponseTypes"]:
            return len(batch)
        numbers = [change.number for change in batch]
        failed = failed_items(outcome.payload, numbers)
        if failed is None:
            return 0
        return min((numbers.index(one) for one in failed), default=len(batch))

    async def _give_up(
        self,
        batch: list[Change],
        condition: str,
        request_id: str,
        outcome: Outcome | None,
        tries: int,
    ) -> None:
        positions = [change.position for change in batch]
        payload = b",".join(change.raw for change in batch).join(_ENVELOPE)
        lost = GivenUp(positions, payload, condition, request_id, tries, outcome)
        await tell_of(self.feeding, self.table, self.stream, lost)
        await self._move(positions[-1])

    def _is_too_old(self, change: Change) -> bool:
        age_s: int = self.feeding.mapping["MaximumRecordAgeInSeconds"]
        now_ms = self.feeding.region.clock.now_ms()
        return age_s >= 0 and now_ms - stamp_ms(change.position) > age_s * 1000

    # --- the cursor

    def _stored_cursor(self) -> int:
        """Return the position behind which this lane goes on."""
        name = f"{self.feeding.uuid}:{self.index}"
        reader = self.feeding.region.store.reader()
        stored = CURSORS.get(reader, self.feeding.account, name)
        start: int = self.feeding.record["position"] if stored is None else stored["position"]
        return start

    async def _move(self, position: int) -> None:
        feeding = self.feeding
        name = f"{feeding.uuid}:{self.index}"
        self._passed = 0

        def decide(stage: Stage) -> None:
            if MAPPINGS.get(stage, feeding.account, feeding.uuid) is not None:
                CURSORS.put(stage, feeding.account, name, {"position": position})

        await feeding.region.store.submit(decide)

    def _life(self) -> Stream:
        """Return the stream as it is now."""
        table = self.feeding.region.catalog.by_number(self.table.number)
        for stream in table.streams if table else ():
            if stream.started_stamp == self.stream.started_stamp:
                return stream
        return self.stream

    def _is_over(self) -> bool:
        table = self.feeding.region.catalog.by_number(self.table.number)
        if table is None:
            return True
        end = self._life().ended_stamp
        return end is not None and self.feeding.region.store.durable_position >= end - 1
