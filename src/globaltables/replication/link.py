"""One link: a receiving region that pulls one table's changes from one source region, in order, each once."""

import asyncio
import logging
from functools import partial

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import (
    REPLICATION_BACKOFF_MS_MAX,
    REPLICATION_BACKOFF_MS_MIN,
    REPLICATION_BATCH_RECORDS_MAX,
    REPLICATION_QUARANTINE_RETRY_MS,
    REPLICATION_RETRY_MS,
)
from globaltables.itemstore.link_state import LinkState
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.replication.departure import without_member
from globaltables.replication.disturbance import Disturbance
from globaltables.replication.keyspace import cursor_key, decode_cursor
from globaltables.replication.merge import Merged, merge_feed, parts_of
from globaltables.replication.peer import NOT_A_MEMBER, Feed, Peer, key_of
from globaltables.runtime.clock import DRIFT_MS_MAX, stamp_at, stamp_ms
from globaltables.runtime.series import Statistics
from globaltables.tables.definitions import Table

_log = logging.getLogger(__name__)


class QuarantineError(OperationalError):
    """The next change of a source is stamped too far ahead of this region's clock to be followed."""


class Link:
    """Pulls one table from one source.

    Args:
        receiver: where the changes go.
        source: where they come from.
        table: the receiver's definition.
    """

    def __init__(self, receiver: Region, source: Peer, table: Table) -> None:
        self._receiver = receiver
        self._source = source
        self._number = table.number
        self._key = key_of(table)
        self._cursor = cursor_key(table.number, source.region)
        self._name = f"{table.name}: {source.region} -> {receiver.name}"
        self._state = LinkState()
        self._disturbance = Disturbance(receiver, source, self._key, self._state)

    async def run(self) -> None:
        """Follow the source until cancelled; what fails in the world is tried again."""
        state = self._receiver.links[self._number, self._source.region] = self._state
        backoff_ms = REPLICATION_BACKOFF_MS_MIN
        try:
            while True:
                try:
                    if state.status == "WAITING":
                        # A feed may be held open for long before it tells that the source is back.
                        await self._source.table(self._key)
                        self._goes_on()
                    if await self.step(ahead=True) is None:  # the table or the source is leaving
                        self._disturbance.forget_ahead()
                        await asyncio.sleep(REPLICATION_RETRY_MS / 1000)
                except ApiError as error:
                    if error.code != NOT_A_MEMBER:
                        raise
                    await self._forget_source()
                    return
                except QuarantineError as error:
                    self._disturbance.forget_ahead()
                    _log.error("%s is quarantined: %s; trying again", self._name, error)
                    state.status, state.reason = "QUARANTINED", str(error)
                    await asyncio.sleep(REPLICATION_QUARANTINE_RETRY_MS / 1000)
                except OperationalError as error:
                    self._disturbance.forget_ahead()
                    if state.status != "WAITING":
                        _log.warning("%s waits: %s", self._name, error)
                    state.status, state.reason = "WAITING", str(error)
                    share = 0.5 + self._receiver.randomness.share() / 2
                    await asyncio.sleep(backoff_ms * share / 1000)
                    backoff_ms = min(2 * backoff_ms, REPLICATION_BACKOFF_MS_MAX)
                else:
                    self._goes_on()
                    backoff_ms = REPLICATION_BACKOFF_MS_MIN
        finally:
            self._disturbance.forget_ahead()
            if self._receiver.links.get((self._number, self._source.region)) is state:
                del self._receiver.links[self._number, self._source.region]

    def _goes_on(self) -> None:
        if self._state.status != "RUNNING":
            _log.info("%s goes on", self._name)
            self._state.status, self._state.reason = "RUNNING", ""

    async def step(self, *, ahead: bool = False) -> Merged | None:
        """Pull one batch, apply it, and wait until that is durable.

        Args:
            ahead: ask for the next one meanwhile.

        Returns:
            What became of it; None when it did not continue what is here, or nothing more is to come.

        Raises:
            QuarantineError: the next change is too far ahead.
            OperationalError: the source cannot be reached or this region cannot write.
        """
        store = self._receiver.store
        after = decode_cursor(store.reader().get(self._cursor)).position
        if after != self._disturbance.confirmed:
            # Somebody else has written it, perhaps a moment ago.
            raw = await store.submit(lambda stage: stage.get(self._cursor))
            after = self._disturbance.confirmed = decode_cursor(raw).position
        merged = None
        for delivered in await self._disturbance.pull(after):
            feed = self._admissible(delivered)
            if ahead and feed.after == after and self._gains(feed):
                self._disturbance.ask_ahead(feed.position)
            outcome = await self._apply(feed)
            if outcome is not None:
                merged = outcome
                self._disturbance.confirmed = feed.position
                if feed.records:
                    self._measure(feed)
        return merged

    def _gains(self, feed: Feed) -> bool:
        """Tell whether to ask ahead: what comes at once misses what is written while it waits for its turn."""
        return self._source.distant or len(feed.records) >= REPLICATION_BATCH_RECORDS_MAX

    async def _apply(self, feed: Feed) -> Merged | None:
        """Apply a batch in parts, each while the one before it is on its way to the disk."""
        confirmed = self._disturbance.confirmed
        applying: list[asyncio.Future[Merged | None]] = []
        for part in parts_of(feed):
            if applying:
                await asyncio.sleep(0)  # the part before is decided now, and clients had their turn
            merge = partial(self._merge, part, confirmed)
            applying.append(self._receiver.store.submit(merge, urgent=True))
        won = dropped = 0
        for outcome in await asyncio.gather(*applying):
            if outcome is None:
                return None
            won += outcome.won
            dropped += outcome.dropped
        return Merged(won, dropped)

    async def _forget_source(self) -> None:
        """Go on without a source that has given this member up."""

        def decide(stage: Stage) -> None:
            table = stage.catalog.by_number(self._number)
            if table is not None and table.status != "DELETING":
                stage.save_table(without_member(stage, table, self._source.region))

        _log.error("%s ends: this member was given up there", self._name)
        await self._receiver.store.submit(decide)

    def _merge(self, feed: Feed, confirmed: int, stage: Stage) -> Merged | None:
        admission, source = self._receiver.admission, self._source.region
        return merge_feed(stage, admission, self._number, source, feed, confirmed)

    def _measure(self, feed: Feed) -> None:
        """Note how long the changes of a batch took from their commit in the source to their commit here."""
        now_ms = self._receiver.clock.now_ms()
        latencies = [max(0, now_ms - stamp_ms(record.position)) for record in feed.records]
        statistics = Statistics(
            len(latencies), float(sum(latencies)), float(min(latencies)), float(max(latencies))
        )
        self._state.latency_ms.add(now_ms, statistics)
        self._state.last_latency_ms = float(latencies[-1])

    def _admissible(self, feed: Feed) -> Feed:
        """Return the part of a batch before the first stamp that is too far ahead.

        Raises:
            QuarantineError: that part is empty.
        """
        limit = stamp_at(self._receiver.clock.now_ms() + DRIFT_MS_MAX + 1)
        for index, record in enumerate(feed.records):
            if record.stamp >= limit and record.stamp > self._receiver.hlc.last:
                if index == 0:
                    ahead_ms = stamp_ms(record.stamp) - self._receiver.clock.now_ms()
                    raise QuarantineError(f"its clock is {ahead_ms} ms ahead of ours")
                position = feed.records[index - 1].position
                return Feed(feed.after, position, feed.records[:index])
        return feed
