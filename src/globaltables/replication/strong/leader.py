"""What the leader of a strongly consistent table does: it evaluates writes, sends entries, commits, confirms itself.

It is on demand: nothing is sent that no work has asked for. One exchange at a time with each of the other voters; what
comes up meanwhile (entries, what is committed, questions whether it still leads) goes with the next.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import (
    STRONG_BACKOFF_MS_MAX,
    STRONG_BACKOFF_MS_MIN,
    STRONG_UNFINISHED_MAX,
)
from globaltables.itemstore.region import Region
from globaltables.itemstore.scratch import Scratch
from globaltables.itemstore.stage import Stage
from globaltables.replication.strong.messages import Append, Entry
from globaltables.replication.strong.reaching import Reach
from globaltables.replication.strong.voter import Voter
from globaltables.tables.definitions import Table

_log = logging.getLogger(__name__)


class NotLeadingError(OperationalError):
    """This region does not lead (any more), and what was asked was surely not done."""


class Done(NamedTuple):
    """An operation whose outcome is committed.

    Attributes:
        through: the index of the log through which it is.
        answer: what its decision returned.
    """

    through: int
    answer: Any


class _Evaluated(NamedTuple):
    """A decision that was run: its answer or refusal, the log that it saw, and the proposal of what it wrote."""

    answer: Any
    refusal: ApiError | None
    seen: int
    proposal: "asyncio.Future[bool] | None"


class _Follower:
    """What the leader knows of another voter.

    Attributes:
        match: index through which its log is known to be equal.
        following: index of the next entry to send.
        told: the committed index that it was told.
        confirmed: the last question that it has answered whether this one leads.
        awake: resolved when there is something to send.
    """

    def __init__(self, name: str, following: int) -> None:
        self.name = name
        self.match = 0
        self.following = following
        self.told = 0
        self.confirmed = 0
        self.task = ""
        self.awake: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Let what waits go on."""
        if self.awake is not None and not self.awake.done():
            self.awake.set_result(None)


class Leader:
    """One term of leading.

    Args:
        region: this replica's.
        voter: its vote and its log.
        term: the term that it was elected for.
        reach: how the other voters are asked.
    """

    def __init__(self, region: Region, voter: Voter, term: int, reach: Reach) -> None:
        self._region = region
        self._voter = voter
        self._reach = reach
        self.term = term
        self._durable = 0
        self._question = 0
        self._askers: list[tuple[int, asyncio.Future[None]]] = []
        following = voter.log.last_index + 1
        self._followers = [_Follower(name, following) for name in reach.others]
        voter.leads = term
        voter.leader = region.name
        voter.deposed = self._deposed

    @property
    def leads(self) -> bool:
        """Whether the term is not over, as far as is known here."""
        return self._voter.leads == self.term

    async def begin(self) -> None:
        """Write the first entry of the term: with it everything before it is committed too.

        Raises:
            NotLeadingError: the term is over.
        """

        def decide(stage: Stage) -> asyncio.Future[bool]:
            if not self.leads:
                raise NotLeadingError("another region leads")
            return self._propose(stage, (), "", 0)

        await self._committed(await self._submit(decide))

    async def dissolve(self, survivor: str) -> None:
        """Write the entry behind which one replica goes on alone; nothing is written behind it.

        Raises:
            NotLeadingError: the term is over.
        """

        def decide(stage: Stage) -> asyncio.Future[bool] | None:
            if not self.leads:
                raise NotLeadingError("another region leads")
            if self._voter.dissolving:
                return None
            return self._propose(stage, (), survivor, 0)

        proposal = await self._submit(decide)
        if proposal is None:
            await self._voter.applied_through(self._voter.log.last_index)
        else:
            await self._committed(proposal)

    async def write(self, table: Table, decide: Callable[[Stage], Any], origin: str) -> Done:
        """Run the decision of an operation on the latest state, and commit what it writes.

        Args:
            table: what it is about.
            decide: see `Store.submit`; it runs on a stage of which only the items are kept.
            origin: the region that was asked.

        Raises:
            ApiError: what the decision raised, once the state that it saw is committed;
                ReplicatedWriteConflictException when another region's write of an item is not finished.
            NotLeadingError: the term was over before, so that nothing was done.
        """
        evaluated = await self._submit(lambda stage: self._evaluate(stage, table, decide, origin))
        if evaluated.proposal is not None:
            await self._committed(evaluated.proposal)
            return Done(evaluated.seen + 1, evaluated.answer)
        # What was answered may rest on entries that are not committed yet.
        await self._voter.applied_through(evaluated.seen)
        await self._confirm()
        if evaluated.refusal is not None:
            raise evaluated.refusal
        return Done(evaluated.seen, evaluated.answer)

    async def read_index(self) -> int:
        """Return an index of the log behind everything that was acknowledged before the question.

        Raises:
            NotLeadingError: the term is over.
        """
        index = self._voter.commit
        await self._confirm()
        return index

    def heard_of(self, name: str) -> None:
        """Try a voter again at once that could not be reached."""
        for follower in self._followers:
            if follower.name == name:
                follower.wake()

    # --- evaluating

    def _evaluate(
        self, stage: Stage, table: Table, decide: Callable[[Stage], Any], origin: str
    ) -> _Evaluated:
        voter = self._voter
        if not self.leads:
            raise NotLeadingError("another region leads")
        if voter.dissolving:
            raise OperationalError("the table becomes regional")
        if len(voter.log.tail) >= STRONG_UNFINISHED_MAX:
            raise OperationalError("too many writes of a strongly consistent table are waiting")
        scratch = Scratch(stage, self._region, origin, voter.unapplied)
        seen = voter.log.last_index
        try:
            answer = decide(scratch)
        except ApiError as error:
            return _Evaluated(None, error, seen, None)
        writes = scratch.written(table)
        if not writes:
            return _Evaluated(answer, None, seen, None)
        proposal = self._propose(stage, writes, "", stage.tick(), origin)
        return _Evaluated(answer, None, seen, proposal)

    def _propose(
        self,
        stage: Stage,
        writes: tuple[tuple[bytes, bytes | None], ...],
        survivor: str,
        stamp: int,
        origin: str = "",
    ) -> "asyncio.Future[bool]":
        index = self._voter.log.last_index + 1
        origin = origin or self._region.name
        entry = Entry(index, self.term, origin, stamp, writes, survivor)
        proposal = self._voter.propose(stage, entry)
        self._voter.drop(stage, self._held())
        self._wake()
        return proposal

    async def _submit(self, decide: Callable[[Stage], Any]) -> Any:
        """Run a decision; when it is durable, so is everything that the log had after it."""
        ends: list[int] = []

        def noted(stage: Stage) -> Any:
            result = decide(stage)
            ends.append(self._voter.log.last_index)
            return result

        result = await self._region.store.submit(noted)
        if self.leads:
            self._durable = max(self._durable, *ends)
            self._commit()
        return result

    async def _committed(self, proposal: "asyncio.Future[bool]") -> None:
        if not await proposal:
            raise NotLeadingError("another leader has written something else in its place")

    # --- sending

    def _wake(self) -> None:
        """Let every follower be sent what it lacks."""
        for follower in self._followers:
            name = (
                f"{self._region.name}/strong/{self._voter.group.hex()}/{self.term}/{follower.name}"
            )
            if self._region.tasks.running(name):
                follower.wake()
            else:
                self._region.tasks.spawn(name, self._serve(follower))

    def _lacks(self, follower: _Follower) -> bool:
        voter = self._voter
        return (
            follower.following <= voter.log.last_index
            or follower.told < voter.commit
            or (bool(self._askers) and follower.confirmed < self._question)
        )

    async def _serve(self, follower: _Follower) -> None:
        """Send a follower what it lacks, until it lacks nothing or the term is over."""
        backoff_ms = STRONG_BACKOFF_MS_MIN
        while self.leads and self._lacks(follower):
            try:
                await self._exchange(follower)
            except OperationalError as error:
                _log.info("%s waits for %s: %s", self._region.name, follower.name, error)
                await self._pause(follower, backoff_ms)
                backoff_ms = min(2 * backoff_ms, STRONG_BACKOFF_MS_MAX)
            else:
                backoff_ms = STRONG_BACKOFF_MS_MIN

    async def _pause(self, follower: _Follower, milliseconds: int) -> None:
        """Wait before a follower is tried again, or until there is news of it."""
        share = 0.5 + self._region.randomness.share() / 2
        loop = asyncio.get_running_loop()
        follower.awake = loop.create_future()
        timer = loop.call_later(milliseconds * share / 1000, follower.wake)
        try:
            await follower.awake
        finally:
            timer.cancel()
            follower.awake = None

    async def _exchange(self, follower: _Follower) -> None:
        voter, question = self._voter, self._question
        follower.following = max(follower.following, voter.log.base_index + 1)
        previous = follower.following - 1
        previous_term = voter.log.term_at(previous)
        assert previous_term is not None, previous
        entries = voter.log.page(previous)
        name = self._region.name
        append = Append(
            self.term, name, previous, previous_term, entries, voter.commit, self._held()
        )
        answer = await self._reach.append(follower.name, append)
        if answer.term > self.term:
            await voter.learn_term(answer.term)
            return
        if not self.leads:
            return
        follower.confirmed = max(follower.confirmed, question)
        if answer.taken:
            follower.match = max(follower.match, answer.through)
            follower.following = max(follower.following, answer.through + 1)
            follower.told = max(follower.told, append.commit)
            self._commit()
        else:
            follower.following = max(1, min(answer.through, previous - 1) + 1)
        self._answer_askers()

    def _held(self) -> int:
        """Return the index through which every voter has the log."""
        return min(self._durable, *(one.match for one in self._followers))

    def _commit(self) -> None:
        """Commit what is durable here and in one more region; entries of earlier terms only with one of this term."""
        voter = self._voter
        index = min(self._durable, max(one.match for one in self._followers))
        if index > voter.commit and voter.log.term_at(index) == self.term:
            voter.committed(index)
            self._wake()

    # --- confirming

    async def _confirm(self) -> None:
        """Return when one more region has said, after the question, that this one still leads.

        Raises:
            NotLeadingError: it does not.
        """
        if not self.leads:
            raise NotLeadingError("another region leads")
        self._question += 1
        asked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asker = (self._question, asked)
        self._askers.append(asker)
        self._wake()
        try:
            await asked
        finally:
            if asker in self._askers:  # whoever asked has given up
                self._askers.remove(asker)

    def _answer_askers(self) -> None:
        confirmed = max(one.confirmed for one in self._followers)
        waiting, self._askers = self._askers, []
        for question, asked in waiting:
            if question > confirmed:
                self._askers.append((question, asked))
            elif not asked.done():
                asked.set_result(None)

    def _deposed(self) -> None:
        """Tell whoever waits for a confirmation that it will not come."""
        waiting, self._askers = self._askers, []
        for _, asked in waiting:
            if not asked.done():
                asked.set_exception(NotLeadingError("another region leads"))
        for follower in self._followers:
            follower.wake()
