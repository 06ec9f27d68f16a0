"""A region in another process as a peer: every verb is one request."""

from collections.abc import Awaitable, Callable
from typing import Any

from globaltables.foundation.errors import OperationalError
from globaltables.itemstore.link_state import LinkState
from globaltables.replication.peer import (
    Backlog,
    BucketHash,
    Feed,
    GlobalTable,
    SnapshotPage,
    TableKey,
    Version,
)
from globaltables.replication.remote.wire import VERBS
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
from globaltables.tables.definitions import Replica, StreamViewType, Table

#: Sends a verb's name and body to the peer's node and returns the body of the answer.
Send = Callable[[str, bytes], Awaitable[bytes]]


class RemotePeer:
    """Implements `Peer` for a region that another node hosts.

    Args:
        region: its name.
        send: how it is reached; raises OperationalError when it is not, and ApiError when it refuses.
    """

    def __init__(self, region: str, send: Send) -> None:
        self._name = region
        self._send = send
        self._confirmed: dict[tuple[TableKey, str], int] = {}

    @property
    def region(self) -> str:
        """The region's name."""
        return self._name

    @property
    def distant(self) -> bool:
        """Yes: it is in another process."""
        return True

    def confirm(self, key: TableKey, source: str, position: int) -> None:
        """Note that the peer has durably applied the log of a source, which this node hosts, through a position."""
        known = self._confirmed.get((key, source), 0)
        self._confirmed[key, source] = max(known, position)

    def forget(self, key: TableKey) -> None:
        """Forget what the peer has confirmed of a table that is gone."""
        for known in [one for one in self._confirmed if one[0] == key]:
            del self._confirmed[known]

    def acknowledged(self, key: TableKey, source: str) -> int:
        """Return what the peer has confirmed since this node started; nothing before its first question."""
        return self._confirmed.get((key, source), 0)

    async def table(self, key: TableKey) -> Table | None:
        """Return the peer's definition of a table."""
        table: Table | None = await self._call("table", key)
        return table

    async def spreads(self, key: TableKey) -> bool:
        """Tell whether a change of shared settings made in the peer has not reached every member yet."""
        return bool(await self._call("spreads", key))

    async def legacy_tables(self, account: str) -> list[GlobalTable]:
        """Return the version 2017.11.29 global tables of an account that the peer is a member of."""
        tables: list[GlobalTable] = await self._call("legacy_tables", account)
        return tables

    async def feed(self, key: TableKey, after: int, receiver: str, confirmed: int) -> Feed:
        """Return what originated in the peer behind a position; nothing when there is nothing for a while."""
        feed: Feed = await self._call("feed", key, after, receiver, confirmed)
        return feed

    async def unpulled(self, key: TableKey, after: int, until: int) -> bool:
        """Tell whether a change originated in the peer with after < position <= until."""
        return bool(await self._call("unpulled", key, after, until))

    async def position(self, key: TableKey) -> int:
        """Return a position of the peer's log behind every change that was decided before the question."""
        return int(await self._call("position", key))

    async def pulled(self, key: TableKey, source: str) -> int:
        """Return the position through which the peer has durably applied the log of a source region."""
        return int(await self._call("pulled", key, source))

    async def snapshot_page(self, key: TableKey, page: bytes) -> SnapshotPage:
        """Return a page of the table as it is when asked."""
        found: SnapshotPage = await self._call("snapshot_page", key, page)
        return found

    async def backlog(self, key: TableKey, after: int) -> Backlog:
        """Return what originated in the peer behind a position, in numbers."""
        found: Backlog = await self._call("backlog", key, after)
        return found

    async def conflict_count(self, key: TableKey) -> int:
        """Return how many writes lost in the peer."""
        return int(await self._call("conflict_count", key))

    async def item_count(self, key: TableKey) -> int:
        """Return how many items the peer's copy has."""
        return int(await self._call("item_count", key))

    async def bucket_hashes(self, key: TableKey) -> list[BucketHash]:
        """Return a hash for every range of stored keys."""
        hashes: list[BucketHash] = await self._call("bucket_hashes", key)
        return hashes

    async def bucket_versions(self, key: TableKey, bucket: int) -> list[Version]:
        """Return the items and the remembered deletions of one range."""
        versions: list[Version] = await self._call("bucket_versions", key, bucket)
        return versions

    async def link_state(self, key: TableKey, source: str) -> LinkState:
        """Return what the peer's link from a source region says of itself."""
        state: LinkState = await self._call("link_state", key, source)
        return state

    async def admit(self, copy: Table) -> None:
        """Create a restricted copy of a table, unless it is already there."""
        await self._call("admit", copy)

    async def load(self, key: TableKey, versions: list[Version]) -> None:
        """Take over versions; what is stored there and newer stays."""
        await self._call("load", key, versions)

    async def activate(
        self, key: TableKey, cursors: dict[str, int], view_type: StreamViewType
    ) -> None:
        """Open a restricted copy to clients and begin to pull from the other members."""
        await self._call("activate", key, cursors, view_type)

    async def put_replica(self, key: TableKey, replica: Replica) -> None:
        """Learn of another member, or of its new state."""
        await self._call("put_replica", key, replica)

    async def forget_replica(self, key: TableKey, region: str) -> None:
        """Stop pulling from a member that left and forget it."""
        await self._call("forget_replica", key, region)

    async def override(self, key: TableKey, replica: Replica) -> None:
        """Take over the settings that are overridden for this member."""
        await self._call("override", key, replica)

    async def adopt(self, key: TableKey, source: Table, changes: dict[str, Any]) -> None:
        """Take over shared settings from another member's definition."""
        await self._call("adopt", key, source, changes)

    async def begin_leaving(self, key: TableKey) -> None:
        """Refuse clients from now on."""
        await self._call("begin_leaving", key)

    async def drop(self, key: TableKey) -> None:
        """Delete the copy with everything that is stored for it."""
        await self._call("drop", key)
        self.forget(key)

    async def connect(self, key: TableKey, members: list[str], positions: dict[str, int]) -> None:
        """Make an existing table a member of a version 2017.11.29 global table."""
        await self._call("connect", key, members, positions)

    async def put_legacy_record(self, key: TableKey, record: bytes) -> None:
        """Remember the record of a version 2017.11.29 global table."""
        await self._call("put_legacy_record", key, record)

    async def release(self, key: TableKey) -> None:
        """Make the copy an independent table, with its items and its stream."""
        await self._call("release", key)

    async def strong_open(self, key: TableKey) -> None:
        """Open the new replica of a strongly consistent table to clients."""
        await self._call("strong_open", key)

    async def strong_admit(self, group: bytes) -> None:
        """Begin to vote on a strongly consistent table as its witness."""
        await self._call("strong_admit", group)

    async def strong_forget(self, group: bytes) -> None:
        """Delete what the region's voter of a strongly consistent table has kept."""
        await self._call("strong_forget", group)

    async def strong_append(self, group: bytes, append: Append) -> Appended:
        """Take entries of a leader's log."""
        answer: Appended = await self._call("strong_append", group, append)
        return answer

    async def strong_vote(self, group: bytes, ballot: Ballot) -> Vote:
        """Vote for a candidate, or not."""
        answer: Vote = await self._call("strong_vote", group, ballot)
        return answer

    async def strong_log(self, group: bytes, question: LogQuestion) -> LogPage:
        """Return who leads, and what the voter's log has that the asker's does not."""
        answer: LogPage = await self._call("strong_log", group, question)
        return answer

    async def strong_write(self, group: bytes, write: ForwardedWrite) -> Forwarded:
        """Do an operation for the client of another region, if this one leads."""
        answer: Forwarded = await self._call("strong_write", group, write)
        return answer

    async def strong_read_index(self, group: bytes, asker: str) -> int:
        """Return the index behind everything that was acknowledged; -1 when the region does not lead."""
        return int(await self._call("strong_read_index", group, asker))

    async def _call(self, verb: str, *arguments: Any) -> Any:
        form = VERBS[verb]
        answer = await self._send(verb, form.pack_arguments(arguments))
        try:
            return form.unpack_result(answer)
        except OperationalError as error:
            raise OperationalError(f"{self._name}: {error}") from error
