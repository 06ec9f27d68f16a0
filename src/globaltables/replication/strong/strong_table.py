"""What clients of one replica of a strongly consistent table get: writes that are agreed on, and the latest state."""

import asyncio
from collections.abc import Callable
from typing import Any

from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.foundation.limits import (
    STRONG_AWAY_MS,
    STRONG_LEARNT_MS_MAX,
    STRONG_OPERATION_MS_MAX,
)
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage
from globaltables.replication.peer import UnreachableError
from globaltables.replication.strong.election import Election
from globaltables.replication.strong.leader import Done, Leader, NotLeadingError
from globaltables.replication.strong.messages import Forwarded, ForwardedWrite
from globaltables.replication.strong.reaching import Reach
from globaltables.replication.strong.voter import Voter
from globaltables.tables.definitions import Table


def unavailable() -> ApiError:
    """Return AWS's answer of a region that reaches no other one, or does not know what became of a write."""
    return ApiError("InternalServerError", "Internal server error", status=500)


class StrongTable:
    """One replica.

    Args:
        region: where it is.
        voter: its vote and its log.
        reach: how the other voters are asked.
    """

    def __init__(self, region: Region, voter: Voter, reach: Reach) -> None:
        self._region = region
        self._voter = voter
        self._reach = reach
        self._election = Election(region, voter, reach)
        self._leader: Leader | None = None
        self._away: dict[str, float] = {}
        self._electing: asyncio.Lock = asyncio.Lock()

    async def write(
        self,
        table: Table,
        decide: Callable[[Stage], Any],
        forwarded: Callable[[], ForwardedWrite],
    ) -> Any:
        """Do a write for a client of this region; returns its answer when this region has applied it.

        Args:
            table: what is written to.
            decide: does it, when this region leads.
            forwarded: makes what asks another region that leads.

        Raises:
            ApiError: it is refused; InternalServerError when it was not done, or nobody knows whether it was.
        """
        try:
            async with asyncio.timeout(STRONG_OPERATION_MS_MAX / 1000):
                return await self._write(table, decide, forwarded)
        except (TimeoutError, OperationalError) as error:
            raise unavailable() from error

    async def read_barrier(self) -> None:
        """Return when this replica has everything that was acknowledged anywhere before the call.

        Raises:
            ApiError: InternalServerError when that cannot be found out.
        """
        try:
            async with asyncio.timeout(STRONG_OPERATION_MS_MAX / 1000):
                await self._voter.applied_through(await self._read_index())
        except (TimeoutError, OperationalError) as error:
            raise unavailable() from error

    async def dissolve(self) -> None:
        """Let this replica go on alone, with everything that was acknowledged anywhere.

        Raises:
            OperationalError: it has to be tried again.
        """
        everybody = set(self._reach.others)
        try:
            async with asyncio.timeout(STRONG_OPERATION_MS_MAX / 1000):
                leader = self._leading() or await self._elect(everybody)
                if leader is None:
                    raise NotLeadingError("another region leads")
                await leader.dissolve(self._region.name)
        except TimeoutError as error:
            raise OperationalError("no other region agrees in time") from error

    # --- what other regions ask the leader

    async def write_here(self, table: Table, decide: Callable[[Stage], Any], origin: str) -> Done:
        """Do a write that another region has forwarded.

        Raises:
            ApiError: it is refused.
            NotLeadingError: this region does not lead, and the write was surely not done.
            OperationalError: nobody knows whether it was done.
        """
        leader = self._leading()
        if leader is None:
            raise NotLeadingError("another region leads")
        leader.heard_of(origin)
        return await leader.write(table, decide, origin)

    async def read_index_here(self, asker: str) -> int:
        """Return the index behind everything that was acknowledged; -1 when this region does not lead."""
        leader = self._leading()
        if leader is None:
            return -1
        leader.heard_of(asker)
        try:
            return await leader.read_index()
        except NotLeadingError:
            return -1

    # --- parts

    async def _write(
        self,
        table: Table,
        decide: Callable[[Stage], Any],
        forwarded: Callable[[], ForwardedWrite],
    ) -> Any:
        suspects = self._away_now()
        while True:
            leader = self._leading()
            if leader is not None:
                try:
                    return (await leader.write(table, decide, self._region.name)).answer
                except NotLeadingError:
                    continue
            name = self._known_leader(suspects)
            if name is None:
                await self._elect(suspects)
                continue
            answer = await self._forward(name, forwarded())
            if answer is not None:
                await self._learn(answer.through)
                return answer.body
            suspects.add(name)

    async def _forward(self, name: str, forwarded: ForwardedWrite) -> Forwarded | None:
        """Let the leader do a write; None when it was surely not done.

        Raises:
            OperationalError: nobody knows whether it was.
        """
        try:
            answer = await self._reach.write(name, forwarded)
        except UnreachableError:
            self._lose(name)
            return None
        except OperationalError:
            self._lose(name)
            raise
        if answer.done:
            return answer
        self._forget(name)
        return None

    async def _learn(self, index: int) -> None:
        """Wait a little until this replica has the outcome too, so that whoever wrote reads it here."""
        try:
            async with asyncio.timeout(STRONG_LEARNT_MS_MAX / 1000):
                await self._voter.applied_through(index)
        except TimeoutError:
            return

    async def _read_index(self) -> int:
        suspects = self._away_now()
        while True:
            leader = self._leading()
            if leader is not None:
                try:
                    return await leader.read_index()
                except NotLeadingError:
                    continue
            name = self._known_leader(suspects)
            if name is None:
                await self._elect(suspects)
                continue
            try:
                index = await self._reach.read_index(name)
            except OperationalError:
                self._lose(name)
                index = -1
            if index >= 0:
                return index
            self._forget(name)
            suspects.add(name)

    def _leading(self) -> Leader | None:
        leader = self._leader
        if leader is not None and not leader.leads:
            leader = self._leader = None
        return leader

    def _known_leader(self, suspects: set[str]) -> str | None:
        name = self._voter.leader
        return None if name in ("", self._region.name) or name in suspects else name

    def _forget(self, name: str) -> None:
        if self._voter.leader == name:
            self._voter.leader = ""

    def _lose(self, name: str) -> None:
        """Note that a leader cannot be reached: for a while nobody's word makes this region ask it again."""
        self._forget(name)
        now = asyncio.get_running_loop().time()
        self._away[name] = now + STRONG_AWAY_MS / 1000

    def _away_now(self) -> set[str]:
        """Return the regions that could not be reached a moment ago."""
        if self._away:
            now = asyncio.get_running_loop().time()
            self._away = {name: until for name, until in self._away.items() if until > now}
        return set(self._away)

    async def _elect(self, suspects: set[str]) -> Leader | None:
        """Find a leader, one search at a time; whoever waited for the search of another looks first what it found.

        Raises:
            UnreachableError: no other region can be reached.
        """
        async with self._electing:
            leader = self._leading()
            if leader is None and self._known_leader(suspects) is None:
                leader = self._leader = await self._election.run(suspects)
            return leader
