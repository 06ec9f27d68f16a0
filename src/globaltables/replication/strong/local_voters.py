"""The verbs of strongly consistent tables in a region of this process: each is one of the region's registry."""

from globaltables.itemstore.region import Region
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


class LocalVoters:
    """The part of a local peer that votes."""

    @property
    def _region(self) -> Region:
        raise NotImplementedError

    async def strong_admit(self, group: bytes) -> None:
        """Begin to vote on a strongly consistent table as its witness."""
        await self._region.strong.admit_witness(group)

    async def strong_forget(self, group: bytes) -> None:
        """Delete what the region's voter of a strongly consistent table has kept."""
        await self._region.strong.forget(group)

    async def strong_append(self, group: bytes, append: Append) -> Appended:
        """Take entries of a leader's log."""
        answer: Appended = await self._region.strong.voter(group).append(append)
        return answer

    async def strong_vote(self, group: bytes, ballot: Ballot) -> Vote:
        """Vote for a candidate, or not."""
        answer: Vote = await self._region.strong.voter(group).vote(ballot)
        return answer

    async def strong_log(self, group: bytes, question: LogQuestion) -> LogPage:
        """Return who leads, and what the voter's log has that the asker's does not."""
        answer: LogPage = await self._region.strong.voter(group).page(question)
        return answer

    async def strong_write(self, group: bytes, write: ForwardedWrite) -> Forwarded:
        """Do an operation for the client of another region, if this one leads."""
        answer: Forwarded = await self._region.strong.write(group, write)
        return answer

    async def strong_read_index(self, group: bytes, asker: str) -> int:
        """Return the index behind everything that was acknowledged; -1 when the region does not lead."""
        index: int = await self._region.strong.read_index(group, asker)
        return index
