"""What one region asks of another: the seam between replication and the way in which regions reach each other.

A transport implements `Peer`. Everything that crosses it is a value; nothing in it assumes that both regions share a
process, a clock or a catalog, and every verb but `strong_write` may be repeated after a failure without another effect.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from globaltables.changelog.record import ChangeRecord
from globaltables.foundation.errors import OperationalError
from globaltables.itemstore.link_state import LinkState
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

#: The code of the refusal to feed a table whose policies deny replication.
NOT_AUTHORIZED = "ReplicationNotAuthorizedException"
#: The code of the refusal to feed a region that was given up, see giving_up.py.
NOT_A_MEMBER = "ReplicaNotFoundException"


class TableKey(NamedTuple):
    """What the copies of a table have in common in every region: the account, or the group of several accounts."""

    account: str
    name: str


def key_of(table: Table) -> TableKey:
    """Return what the copies of a table have in common; those in several accounts have a group."""
    return TableKey(table.group or table.account, table.name)


@dataclass(frozen=True, slots=True)
class GlobalTable:
    """A version 2017.11.29 global table.

    Attributes:
        key: account and name.
        created_ms: when it became global.
        members: its regions in the order in which they were named.
    """

    key: TableKey
    created_ms: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """Changes of one table that originated in one region, in the order of its log.

    Attributes:
        after: the position that was asked for.
        position: the log was read through here; beyond the last record when what follows came from other regions. It
            is the one that was asked for when there was nothing for a while: then it is to be asked for again.
        records: the changes.
    """

    after: int
    position: int
    records: list[ChangeRecord]


class Version(NamedTuple):
    """A stored item or tombstone with its version, on its way into a new copy; `json` is None for a tombstone."""

    key: bytes
    stamp: int
    origin: str
    size: int
    json: bytes | None


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """Some of a table's items, then of its tombstones, and where the next page begins; None after the last."""

    versions: list[Version]
    next_page: bytes | None


class Backlog(NamedTuple):
    """How many changes of a region wait to be pulled, and the position of the first of them; 0 without one."""

    records: int
    oldest: int


class BucketHash(NamedTuple):
    """How many items a range of stored keys has, and a hash of their keys, versions and contents."""

    items: int
    digest: bytes


class UnreachableError(OperationalError):
    """A region cannot be reached, and has surely not got what was asked."""


class Peer(Protocol):
    """A region as other regions reach it.

    Every coroutine raises OperationalError when the region cannot be reached or the table is gone, and ApiError when
    it refuses.
    """

    @property
    def region(self) -> str:
        """The region's name."""

    @property
    def distant(self) -> bool:
        """Whether asking takes the way over a network."""

    def acknowledged(self, key: TableKey, source: str) -> int:
        """Return the position through which the peer has surely applied the log of a source region.

        It answers at once from what is known here: it may be behind the truth, never ahead of it.
        """

    async def table(self, key: TableKey) -> Table | None:
        """Return the peer's definition of a table."""

    async def spreads(self, key: TableKey) -> bool:
        """Tell whether a change of shared settings made in the peer has not reached every member yet."""

    async def legacy_tables(self, account: str) -> list[GlobalTable]:
        """Return the version 2017.11.29 global tables of an account that the peer is a member of."""

    async def feed(self, key: TableKey, after: int, receiver: str, confirmed: int) -> Feed:
        """Return what originated in the peer behind a position; waits until there is something, or for long.

        Args:
            key: the table.
            after: what is asked for is behind this position; the receiver may not have applied everything before it.
            receiver: the region that asks.
            confirmed: the receiver has durably applied everything through this position.

        Raises:
            ApiError: NOT_AUTHORIZED when the policies of the peer's table deny replication; NOT_A_MEMBER when the
                receiver was given up.
        """

    async def unpulled(self, key: TableKey, after: int, until: int) -> bool:
        """Tell whether a change originated in the peer with after < position <= until."""

    async def position(self, key: TableKey) -> int:
        """Return a position of the peer's log behind every change that was decided before the question."""

    async def pulled(self, key: TableKey, source: str) -> int:
        """Return the position through which the peer has durably applied the log of a source region."""

    async def snapshot_page(self, key: TableKey, page: bytes) -> SnapshotPage:
        """Return a page of the table as it is when asked; the first page is b""."""

    async def backlog(self, key: TableKey, after: int) -> Backlog:
        """Return what originated in the peer behind a position, in numbers."""

    async def conflict_count(self, key: TableKey) -> int:
        """Return how many writes lost in the peer, as far as they are remembered."""

    async def item_count(self, key: TableKey) -> int:
        """Return how many items the peer's copy has."""

    async def bucket_hashes(self, key: TableKey) -> list[BucketHash]:
        """Return a hash for every range of stored keys, by the first byte of the key."""

    async def bucket_versions(self, key: TableKey, bucket: int) -> list[Version]:
        """Return the items and the remembered deletions of one range."""

    async def link_state(self, key: TableKey, source: str) -> LinkState:
        """Return what the peer's link from a source region says of itself."""

    async def admit(self, copy: Table) -> None:
        """Create a restricted copy of a table, unless it is already there.

        Raises:
            ApiError: another table has the name.
        """

    async def load(self, key: TableKey, versions: list[Version]) -> None:
        """Take over versions into a restricted copy; what is stored there and newer stays."""

    async def activate(
        self, key: TableKey, cursors: dict[str, int], view_type: StreamViewType
    ) -> None:
        """Open a restricted copy to clients and begin to pull from the other members, from these positions on."""

    async def put_replica(self, key: TableKey, replica: Replica) -> None:
        """Learn of another member, or of its new state; pull from it when it is active."""

    async def forget_replica(self, key: TableKey, region: str) -> None:
        """Stop pulling from a member that left and forget it."""

    async def override(self, key: TableKey, replica: Replica) -> None:
        """Take over the settings that are overridden for this member."""

    async def adopt(self, key: TableKey, source: Table, changes: dict[str, Any]) -> None:
        """Take over shared settings from another member's definition.

        Args:
            key: the table.
            source: the other member's definition.
            changes: which settings changed, see `shared_settings.adopted`.
        """

    async def begin_leaving(self, key: TableKey) -> None:
        """Refuse clients from now on."""

    async def drop(self, key: TableKey) -> None:
        """Delete the copy with everything that is stored for it."""

    async def connect(self, key: TableKey, members: list[str], positions: dict[str, int]) -> None:
        """Make an existing table a member of a version 2017.11.29 global table.

        Args:
            key: the table.
            members: every member, this one included, in the order in which they were named.
            positions: where the receiver begins in the log of a member from which it does not pull yet.
        """

    async def put_legacy_record(self, key: TableKey, record: bytes) -> None:
        """Remember the record of a version 2017.11.29 global table."""

    async def release(self, key: TableKey) -> None:
        """Make the copy an independent table, with its items and its stream."""

    async def strong_open(self, key: TableKey) -> None:
        """Open the new replica of a strongly consistent table to clients."""

    async def strong_admit(self, group: bytes) -> None:
        """Begin to vote on a strongly consistent table as its witness."""

    async def strong_forget(self, group: bytes) -> None:
        """Delete what the region's voter of a strongly consistent table has kept."""

    async def strong_append(self, group: bytes, append: Append) -> Appended:
        """Take entries of a leader's log."""

    async def strong_vote(self, group: bytes, ballot: Ballot) -> Vote:
        """Vote for a candidate, or not."""

    async def strong_log(self, group: bytes, question: LogQuestion) -> LogPage:
        """Return who leads, and what the voter's log has that the asker's does not."""

    async def strong_write(self, group: bytes, write: ForwardedWrite) -> Forwarded:
        """Do an operation for the client of another region, if this one leads."""

    async def strong_read_index(self, group: bytes, asker: str) -> int:
        """Return the index behind everything that was acknowledged; -1 when the region does not lead."""
