"""Pulling over a link on which a person has put faults (`itemstore.link_faults`), or that a policy forbids.

Whatever a fault does, the receiver applies each change once and in order: a batch that is lost is asked for again, one
that comes twice or too early does not continue at the cursor and is refused as a whole.

A resource-based policy of either member that denies what replication does there holds the link, in both directions,
until it changes or its time is over.
"""

import asyncio

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import REPLICATION_DENIED_RETRY_MS
from globaltables.itemstore.link_faults import Fault, FaultKind
from globaltables.itemstore.link_state import LinkState
from globaltables.itemstore.region import Region
from globaltables.replication.members import replica_in
from globaltables.replication.peer import NOT_AUTHORIZED, Feed, Peer, TableKey
from globaltables.runtime.clock import stamp_ms
from globaltables.security.replication_access import replication_denied
from globaltables.tables.definitions import Table

_HOLDING: tuple[FaultKind, ...] = ("PAUSE", "CUT")


class Disturbance:
    """The faults of one link.

    Args:
        receiver: the region whose faults count.
        source: what is pulled from.
        key: the table.
        state: shows when the link is paused.

    Attributes:
        confirmed: the receiver has durably applied the source's log through this position; -1 before that is known.
    """

    def __init__(self, receiver: Region, source: Peer, key: TableKey, state: LinkState) -> None:
        self._receiver = receiver
        self._source = source
        self._key = key
        self._state = state
        self.confirmed = -1
        #: What is asked for while the batch before it is applied, and the position behind which that is.
        self._ahead: tuple[int, asyncio.Task[Feed]] | None = None

    async def pull(self, after: int) -> list[Feed]:
        """Return what is to be delivered, in this order.

        Raises:
            OperationalError: the source cannot be reached, or a fault says so.
        """
        while True:
            await self._pass()
            try:
                feed = await self._asked(after)
            except ApiError as error:
                if error.code != NOT_AUTHORIZED:
                    raise
                await self._wait_for_source()
                continue
            if self._denied(self._own_table()):
                continue  # since the source was asked
            faults = self._faults()
            if not faults:
                return [feed]
            if any(fault.kind in _HOLDING for fault in faults):
                continue  # put while the source was waited for
            await self._delay(feed)
            return self._delivered(feed)

    def ask_ahead(self, after: int) -> None:
        """Ask the source for what is behind a position, for a `pull` that comes later; it may come never."""
        self.forget_ahead()
        self._ahead = after, asyncio.ensure_future(self._ask(after))

    def forget_ahead(self) -> None:
        """Let go of what was asked for ahead."""
        if self._ahead is not None:
            _, asking = self._ahead
            self._ahead = None
            asking.cancel()
            asking.add_done_callback(_let_go)

    async def _asked(self, after: int) -> Feed:
        """Return the source's answer, which may have come before the question."""
        if self._ahead is not None and self._ahead[0] == after:
            _, asking = self._ahead
            self._ahead = None
            return await asking
        self.forget_ahead()
        return await self._ask(after)

    async def _ask(self, after: int) -> Feed:
        """Ask until there is something."""
        while True:
            name = self._receiver.name
            feed = await self._source.feed(self._key, after, name, self.confirmed)
            if feed.position > after:
                return feed

    def _faults(self) -> tuple[Fault, ...]:
        table = self._own_table()
        account = self._key.account if table is None else table.account
        now_ms = self._receiver.clock.now_ms()
        return self._receiver.faults.of(self._source.region, account, self._key.name, now_ms)

    async def _pass(self) -> None:
        """Return when nothing holds the link.

        Raises:
            OperationalError: it is cut.
        """
        while self._denied(self._own_table()):
            await self._hold_denied(self._receiver.name)
        while held := [fault for fault in self._faults() if fault.kind in _HOLDING]:
            cut = next((fault for fault in held if fault.kind == "CUT"), None)
            if cut is not None:
                raise OperationalError(f"the link is cut by fault {cut.fault_id}")
            self._state.status = "PAUSED"
            self._state.reason = f"paused by fault {held[0].fault_id}"
            await self._receiver.faults.wait(self._receiver.clock, _first_end(held))
        self._go_on()

    async def _wait_for_source(self) -> None:
        """Return when the policies of the source allow that it is read."""
        while (table := await self._source.table(self._key)) is not None:
            if not self._denied(table) or replica_in(table, self._receiver.name) is None:
                break
            await self._hold_denied(self._source.region)
        self._go_on()

    async def _hold_denied(self, region: str) -> None:
        """Return after a while in which the link is shown as paused by the policies of a member."""
        self._state.status, self._state.denied_by = "PAUSED", region
        self._state.reason = paused_by_policies(region)
        clock = self._receiver.clock
        await self._receiver.faults.wait(clock, clock.now_ms() + REPLICATION_DENIED_RETRY_MS)

    def _go_on(self) -> None:
        if self._state.status == "PAUSED":
            self._state.status, self._state.reason = "RUNNING", ""
            self._state.denied_by = ""

    def _own_table(self) -> Table | None:
        return self._receiver.catalog.find(*self._key)

    def _denied(self, table: Table | None) -> bool:
        return table is not None and replication_denied(table, self._receiver.clock.now_ms())

    async def _delay(self, feed: Feed) -> None:
        """Return when the last change of a batch is as old as the delays want it, or when they were removed."""
        if not feed.records:
            return
        clock = self._receiver.clock
        drawn: dict[str, float] = {}
        while True:
            delays = [fault for fault in self._faults() if fault.kind == "DELAY"]
            for fault in delays:
                if fault.fault_id not in drawn:
                    drawn[fault.fault_id] = fault.drawn_delay_ms(self._receiver.randomness)
            delay_ms = sum(drawn[fault.fault_id] for fault in delays)
            due_ms = stamp_ms(feed.records[-1].position) + round(delay_ms)
            if clock.now_ms() >= due_ms:
                return
            await self._receiver.faults.wait(clock, due_ms)

    def _delivered(self, feed: Feed) -> list[Feed]:
        """Return a batch as it arrives.

        Raises:
            OperationalError: it is lost.
        """
        kinds = {
            fault.kind
            for fault in self._faults()
            if self._receiver.randomness.share() < fault.probability
        }
        if "DROP" in kinds:
            raise OperationalError("a batch was lost by a fault")
        middle = len(feed.records) // 2
        feeds = [feed]
        if "REORDER" in kinds and middle:
            position = feed.records[middle - 1].position
            first = Feed(feed.after, position, feed.records[:middle])
            feeds = [Feed(position, feed.position, feed.records[middle:]), first]
        return feeds + feeds if "DUPLICATE" in kinds else feeds


def _let_go(asking: "asyncio.Task[Feed]") -> None:
    """Take note of how asking ahead ended, so that nobody is told that nobody did."""
    if not asking.cancelled():
        asking.exception()


def paused_by_policies(region: str) -> str:
    """Return why a link is paused when the policies of a member do it."""
    return f"the policies of the table in {region} deny replication"


def _first_end(faults: list[Fault]) -> int | None:
    """Return when the first of some faults ends by itself."""
    return min((fault.until_ms for fault in faults if fault.until_ms is not None), default=None)
