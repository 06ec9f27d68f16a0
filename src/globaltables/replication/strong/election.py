"""How a region with work finds the leader of a strongly consistent table, or becomes it.

Nobody stands without work, so an idle table costs nothing, and nobody stands before it has asked whether there is a
leader within reach. A log that is further than the region's own is taken over first: that may be the witness's, which
never leads.
"""

import asyncio

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import STRONG_CANDIDACY_MS, STRONG_OPERATION_MS_MAX
from globaltables.itemstore.region import Region
from globaltables.replication.peer import UnreachableError
from globaltables.replication.strong.leader import Leader, NotLeadingError
from globaltables.replication.strong.messages import Ballot, LogPage, LogQuestion, Vote
from globaltables.replication.strong.reaching import Reach
from globaltables.replication.strong.voter import Voter

_DOUBLINGS_MAX = 4


class Election:
    """The search of one region for a leader.

    Args:
        region: a replica's.
        voter: its vote and its log.
        reach: how the other voters are asked.
    """

    def __init__(self, region: Region, voter: Voter, reach: Reach) -> None:
        self._region = region
        self._voter = voter
        self._reach = reach
        self._lost = 0

    async def run(self, suspects: set[str]) -> Leader | None:
        """Return the leadership when this region leads now; None when another one is said to, or nobody won.

        Args:
            suspects: regions that were asked and do not lead, or could not be asked.

        Raises:
            UnreachableError: no other voter can be reached, or none that could make this region the leader.
        """
        try:
            async with asyncio.timeout(STRONG_OPERATION_MS_MAX / 1000):
                return await self._run(suspects)
        except TimeoutError as error:
            raise UnreachableError("no leader was found in time") from error

    async def _run(self, suspects: set[str]) -> Leader | None:
        pages = await self._ask_all()
        if not pages:
            raise UnreachableError("no other region can be reached")
        latest = max(page.term for _, page in pages)
        if latest > self._voter.term:
            await self._voter.learn_term(latest)
        for _, page in pages:
            said = page.leader
            if page.term == latest and said not in ("", self._region.name, *suspects):
                self._voter.follow(said)
                return None
        for name, page in pages:
            await self._take_over(name, page)
        leader = await self._stand([name for name, _ in pages])
        if leader is None:
            self._lost = min(self._lost + 1, _DOUBLINGS_MAX)
            share = 0.5 + self._region.randomness.share()
            await asyncio.sleep(STRONG_CANDIDACY_MS * share * 2**self._lost / 1000)
            return None
        self._lost = 0
        return leader

    async def _ask_all(self) -> list[tuple[str, LogPage]]:
        """Return what the others within reach say; a log behind what is committed here, if it is further."""
        found = await asyncio.gather(*(self._ask(name) for name in self._reach.others))
        return [one for one in found if one is not None]

    async def _ask(self, name: str) -> tuple[str, LogPage] | None:
        try:
            return name, await self._reach.page(name, self._question())
        except OperationalError:
            return None

    def _question(self) -> LogQuestion:
        log = self._voter.log
        return LogQuestion(self._region.name, self._voter.commit, log.last_index, log.last_term)

    async def _take_over(self, name: str, page: LogPage) -> None:
        """Take over another voter's log, page by page, while it is further than this one."""
        while await self._voter.adopt(page) and self._voter.log.end < (
            page.last_term,
            page.last_index,
        ):
            last = page.entries[-1].place
            question = self._question()._replace(after=last)
            try:
                page = await self._reach.page(name, question)
            except OperationalError:
                return

    async def _stand(self, names: list[str]) -> Leader | None:
        """Ask for votes; return the leadership when one other voter gives its own."""
        voter = self._voter
        term = await voter.stand()
        ballot = Ballot(term, self._region.name, voter.log.last_index, voter.log.last_term)
        asked = [asyncio.ensure_future(self._ask_vote(name, ballot)) for name in names]
        try:
            for answer in asyncio.as_completed(asked):
                vote = await answer
                if vote is None:
                    continue
                if vote.term > term:
                    await voter.learn_term(vote.term)
                    return None
                if vote.granted and voter.term == term:
                    return await self._begin(term)
        finally:
            for one in asked:
                one.cancel()
        return None

    async def _ask_vote(self, name: str, ballot: Ballot) -> Vote | None:
        try:
            return await self._reach.vote(name, ballot)
        except OperationalError:
            return None

    async def _begin(self, term: int) -> Leader | None:
        leader = Leader(self._region, self._voter, term, self._reach)
        try:
            await leader.begin()
        except NotLeadingError:
            return None
        return leader
