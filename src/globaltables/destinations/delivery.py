"""The delivery of one table's changes to one Kinesis data stream, page after page of the log.

    read     a page of the log behind the cursor, within the capture; rendered outside the event loop
    send     requests of which none holds two changes of an item (requests.py), until the page is delivered
    move     the cursor, durably; what was delivered since is delivered again after a crash
    end      a capture that has ended and is delivered is forgotten with its cursor

A change that comes alone goes at once; while more are coming, pages are gathered for a moment, because a request costs
as much as a hundred records. A failed request is repeated with growing pauses, for hours; the page in memory is all
that waits.
"""

import logging
from functools import partial
from typing import Literal

from globaltables.changelog.record import ChangeRecord
from globaltables.destinations.kinesis import Kinesis
from globaltables.destinations.records import KinesisRecord, kinesis_record
from globaltables.destinations.requests import Page
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import (
    KINESIS_GATHER_MS,
    KINESIS_PAGE_BYTES_MAX,
    KINESIS_RECORD_BYTES_MAX,
    KINESIS_REQUEST_RECORDS_MAX,
    KINESIS_RETRY_MS_MAX,
    KINESIS_RETRY_MS_MIN,
    KINESIS_STALL_MS_MAX,
)
from globaltables.itemstore.keyspaces import kinesis_cursor_key
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import stamp_ms
from globaltables.runtime.threads import in_thread
from globaltables.tables.definitions import Capture, Precision, Table
from globaltables.tables.kinesis_destinations import changed, delivered, find, given_up

_log = logging.getLogger(__name__)
#: "partly": the stream took some records of a request and not the others.
Moved = Literal["on", "partly", "nothing"]
STALLED = "Kinesis streaming was disabled because the stream could not be written to for 168 hours"


class Delivery:
    """Delivers until nothing is left to be delivered.

    Args:
        region: where the table is.
        table: any definition of it.
        stream_arn: names the destination.
        kinesis: the stream.
    """

    def __init__(self, region: Region, table: Table, stream_arn: str, kinesis: Kinesis) -> None:
        self._region = region
        self._number = table.number
        self._arn = stream_arn
        self._kinesis = kinesis
        self._name = f"delivery of {table.name} in {region.name} to {stream_arn}"
        self._page = Page(())
        self._read_to = 0  # the last position of the page
        self._read_ms = 0
        self._is_full = False  # whether the log had at least as many records as a request may have
        self._failures = 0  # since the last request of which something was taken

    async def run(self) -> None:
        """Deliver until the destination has no capture left; what fails in the world is tried again."""
        while (found := self.current()) is not None:
            table, capture = found
            try:
                moved = await self.step(table, capture)
            except OperationalError as error:
                if not self._failures:
                    _log.warning("%s waits: %s", self._name, error)
                self._failures += 1
                await self._pause()
                continue
            if self._failures:
                _log.info("%s goes on", self._name)
                self._failures = 0
            if moved == "nothing":
                await self._region.store.changed_or_redefined(self._number, self._position(capture))
            elif moved == "partly":
                await self._pause()
            elif self._page.oldest is None and not self._is_full:
                await self._region.clock.until(self._read_ms + KINESIS_GATHER_MS)

    async def step(self, table: Table, capture: Capture) -> Moved:
        """Send one request, or read the next page, or end the capture, and tell how far that went.

        Raises:
            OperationalError: the stream took none of the request's records, or this region cannot write.
        """
        if (oldest := self._page.oldest) is None:
            return "on" if await self._read(table, capture) else "nothing"
        if self._failures and self._is_stalled(oldest):
            await self._give_up()
            return "on"
        request = self._page.next_request()
        taken = await self._kinesis.put(request)
        self._page.acknowledge(request, taken)
        if self._page.oldest is None:
            await self._move_cursor(capture)
        if not any(taken):
            raise OperationalError("the stream takes no records now")
        return "on" if all(taken) else "partly"

    def current(self) -> tuple[Table, Capture] | None:
        """Return the capture to be delivered now, None when there is none (any more)."""
        table = self._region.catalog.by_number(self._number)
        destination = None if table is None else find(table, self._arn)
        if table is None or destination is None or destination.status == "ENABLING":
            return None
        return (table, destination.captures[0]) if destination.captures else None

    async def _read(self, table: Table, capture: Capture) -> bool:
        """Fill the page."""
        store, ended = self._region.store, capture.ended_stamp
        position = self._position(capture)
        # Before the log is read: what is durable by now will be found.
        complete = ended is not None and store.durable_position >= ended - 1
        found = store.feed(
            self._number,
            position,
            until=None if ended is None else ended - 1,
            records_max=KINESIS_REQUEST_RECORDS_MAX,
            bytes_max=KINESIS_PAGE_BYTES_MAX,
        )
        self._read_ms = self._region.clock.now_ms()
        self._is_full = len(found) == KINESIS_REQUEST_RECORDS_MAX
        if found:
            self._read_to = found[-1].position
            render = partial(_rendered, found, table, capture.precision)
            rendered = await in_thread(render, "kinesis")
            small = [one for one in rendered if one.size <= KINESIS_RECORD_BYTES_MAX]
            for one in rendered:
                if one.size > KINESIS_RECORD_BYTES_MAX:
                    _log.warning("%s leaves out a record of %d bytes", self._name, one.size)
            self._page = Page(small)
            if not small:
                await self._move_cursor(capture)
            return True
        if complete:
            await store.submit(partial(self._end, capture))
            return True
        if ended is not None:
            await store.submit(lambda stage: stage.tick())  # makes the end durable
            return True
        return False

    def _position(self, capture: Capture) -> int:
        """Return the position of the last change of a capture that is known to be delivered."""
        key = kinesis_cursor_key(self._number, capture.started_stamp)
        raw = self._region.store.reader().get(key)
        return capture.started_stamp - 1 if raw is None else int.from_bytes(raw, "big")

    async def _move_cursor(self, capture: Capture) -> None:
        key = kinesis_cursor_key(self._number, capture.started_stamp)
        value = self._read_to.to_bytes(8, "big")

        def decide(stage: Stage) -> None:
            if stage.catalog.by_number(self._number) is not None:
                stage.put(key, value)

        await self._region.store.submit(decide)

    def _end(self, capture: Capture, stage: Stage) -> None:
        """Forget a capture that is delivered."""
        stage.delete(kinesis_cursor_key(self._number, capture.started_stamp))
        table = stage.catalog.by_number(self._number)
        destination = None if table is None else find(table, self._arn)
        if table is not None and destination is not None:
            stage.save_table(changed(table, delivered(destination, capture.started_stamp)))

    def _is_stalled(self, oldest: KinesisRecord) -> bool:
        waited_ms = self._region.clock.now_ms() - stamp_ms(oldest.position)
        return waited_ms > KINESIS_STALL_MS_MAX

    async def _give_up(self) -> None:
        """Disable the destination, as AWS does when a stream cannot be written to for a week."""
        _log.error("%s is given up: %s", self._name, STALLED)
        now_ms = self._region.clock.now_ms()

        def decide(stage: Stage) -> None:
            table = stage.catalog.by_number(self._number)
            destination = None if table is None else find(table, self._arn)
            if table is None or destination is None:
                return
            for capture in destination.captures:
                stage.delete(kinesis_cursor_key(self._number, capture.started_stamp))
            stage.save_table(changed(table, given_up(destination, STALLED, now_ms)))

        await self._region.store.submit(decide)
        self._page = Page(())

    async def _pause(self) -> None:
        """Wait longer with every failure, and not as long as everybody else who waits for the same stream."""
        most_ms = min(KINESIS_RETRY_MS_MAX, KINESIS_RETRY_MS_MIN * 2 ** min(self._failures, 20))
        pause_ms = most_ms * (1 + self._region.randomness.share()) / 2
        await self._region.clock.until(self._region.clock.now_ms() + round(pause_ms))


def _rendered(
    records: list[ChangeRecord], table: Table, precision: Precision
) -> list[KinesisRecord]:
    return [kinesis_record(record, table, precision) for record in records]
