"""How one voter asks the others: over the peers, with a limit of time, and not where a person has cut the link."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import STRONG_ANSWER_MS_MAX, STRONG_FORWARDED_MS_MAX
from globaltables.itemstore.region import Region
from globaltables.replication.peer import Peer, TableKey, UnreachableError
from globaltables.replication.strong.messages import (
    Append,
    Appended,
    Ballot,
    Forwarded,
    ForwardedWrite,
    LogPage,
    LogQuestion,
    Vote,
)

T = TypeVar("T")


class Reach:
    """The other voters of one table, as one region reaches them.

    Args:
        region: the one that asks; its faults count.
        key: the table.
        group: names the voters.
        others: their regions.
        peer_of: gives the way to a region.

    Attributes:
        others: see there.
    """

    def __init__(
        self,
        region: Region,
        key: TableKey,
        group: bytes,
        others: tuple[str, ...],
        peer_of: Callable[[str], Peer],
    ) -> None:
        self._region = region
        self._key = key
        self._group = group
        self._peer_of = peer_of
        self.others = others

    async def append(self, name: str, append: Append) -> Appended:
        """Send entries.

        Raises:
            OperationalError: it cannot be reached, or does not answer in time.
        """
        peer = self._peer(name)
        return await _in_time(name, peer.strong_append(self._group, append), STRONG_ANSWER_MS_MAX)

    async def vote(self, name: str, ballot: Ballot) -> Vote:
        """Ask for a vote.

        Raises:
            OperationalError: it cannot be reached, or does not answer in time.
        """
        peer = self._peer(name)
        return await _in_time(name, peer.strong_vote(self._group, ballot), STRONG_ANSWER_MS_MAX)

    async def page(self, name: str, question: LogQuestion) -> LogPage:
        """Ask who leads, and for a log that is further.

        Raises:
            OperationalError: it cannot be reached, or does not answer in time.
        """
        peer = self._peer(name)
        return await _in_time(name, peer.strong_log(self._group, question), STRONG_ANSWER_MS_MAX)

    async def write(self, name: str, write: ForwardedWrite) -> Forwarded:
        """Let the leader do an operation.

        Raises:
            UnreachableError: it was surely not done.
            OperationalError: nobody knows whether it was.
            ApiError: it is refused.
        """
        peer = self._peer(name)
        return await _in_time(name, peer.strong_write(self._group, write), STRONG_FORWARDED_MS_MAX)

    async def read_index(self, name: str) -> int:
        """Ask the leader for the index behind everything that was acknowledged; -1 when it does not lead.

        Raises:
            OperationalError: it cannot be reached, or does not answer in time.
        """
        peer = self._peer(name)
        asked = peer.strong_read_index(self._group, self._region.name)
        return await _in_time(name, asked, STRONG_ANSWER_MS_MAX)

    def _peer(self, name: str) -> Peer:
        faults = self._region.faults.of(name, *self._key, self._region.clock.now_ms())
        cut = next((fault for fault in faults if fault.kind == "CUT"), None)
        if cut is not None:
            raise UnreachableError(f"the link is cut by fault {cut.fault_id}")
        return self._peer_of(name)


async def _in_time(name: str, asked: Awaitable[T], milliseconds: int) -> T:
    try:
        async with asyncio.timeout(milliseconds / 1000):
            return await asked
    except TimeoutError as error:
        raise OperationalError(f"{name} does not answer") from error
