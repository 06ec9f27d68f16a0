"""What the voters of a strongly consistent table say to each other, and the entries of their log."""

from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

import msgpack  # type: ignore[import-untyped]

from globaltables.foundation.errors import OperationalError

#: Stored key of an item without the table's prefix, and its stored bytes; None is a deletion.
Write = tuple[bytes, bytes | None]
_VERSION = b"\x01"
_CONTENT_AT = 5


class Entry(NamedTuple):
    """One entry of the log: the writes of one operation, or none in the first entry of a leader.

    Attributes:
        place: its index in the log; entries are counted from 1.
        term: of the leader that made it.
        origin: the region that was asked for the operation.
        stamp: the version of what it deletes.
        writes: in the order in which streams show them.
        survivor: the region whose replica goes on alone after this entry; empty in every other entry.
    """

    place: int
    term: int
    origin: str
    stamp: int
    writes: tuple[Write, ...]
    survivor: str = ""


class Append(NamedTuple):
    """What a leader sends: entries behind one that both have, and how far the log is committed.

    Attributes:
        previous: index of the entry before the first one that is sent.
        previous_term: its term.
        commit: index through which the log is committed.
        held: index through which every voter has the log, so that entries may be dropped.
    """

    term: int
    leader: str
    previous: int
    previous_term: int
    entries: tuple[Entry, ...]
    commit: int
    held: int


class Appended(NamedTuple):
    """The answer to an Append.

    Attributes:
        taken: whether the entries are durable.
        through: when taken, the index through which both logs are equal; else one from which to try again.
    """

    term: int
    taken: bool
    through: int


class Ballot(NamedTuple):
    """What a candidate asks: to lead a term, with a log that ends so."""

    term: int
    candidate: str
    last_index: int
    last_term: int


class Vote(NamedTuple):
    """The answer to a Ballot."""

    term: int
    granted: bool


class LogQuestion(NamedTuple):
    """What a region asks before it stands: who leads, and the log behind an index if it is further than its own."""

    asker: str
    after: int
    last_index: int
    last_term: int


class LogPage(NamedTuple):
    """The answer to a LogQuestion.

    Attributes:
        term: the voter's.
        leader: who leads that term, as far as the voter knows; else empty.
        last_index: where the voter's log ends.
        last_term: the term of its last entry.
        previous: index of the entry before the first one in the page.
        previous_term: its term.
        entries: none unless the voter's log is further than the asker's.
    """

    term: int
    leader: str
    last_index: int
    last_term: int
    previous: int
    previous_term: int
    entries: tuple[Entry, ...]


class ForwardedWrite(NamedTuple):
    """An operation that was asked for in another region than the leader's.

    Attributes:
        origin: where.
        account: whose table it is.
        operation: its name.
        request: its JSON.
    """

    origin: str
    account: str
    operation: str
    request: bytes


class Forwarded(NamedTuple):
    """What became of a forwarded operation.

    Attributes:
        done: False when it was surely not done because the region does not lead.
        through: the index of the log through which its outcome is committed.
        body: the JSON of its answer.
    """

    done: bool
    through: int
    body: bytes


def further(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Tell whether a log that ends with (term, index) is further than another one."""
    return one > other


def encode_entry(entry: Entry) -> bytes:
    """Return an entry's stored bytes; its index is in the key."""
    content: bytes = msgpack.packb(list(entry[1:]))
    return _VERSION + crc32(content).to_bytes(4, "big") + content


def decode_entry(index: int, raw: bytes) -> Entry:
    """Return the entry of stored bytes.

    Raises:
        OperationalError: they are damaged; corrupt bytes are never guessed.
    """
    content = raw[_CONTENT_AT:]
    if raw[:1] != _VERSION or crc32(content) != int.from_bytes(raw[1:_CONTENT_AT], "big"):
        raise OperationalError(f"entry {index} of a strongly consistent table's log is corrupt")
    term, origin, stamp, writes, survivor = msgpack.unpackb(content)
    return Entry(index, term, origin, stamp, as_writes(writes), survivor)


def as_writes(stored: Sequence[Sequence[bytes | None]]) -> tuple[Write, ...]:
    """Return the writes of an entry from what MessagePack made of them."""
    return tuple((key, value) for key, value in stored if key is not None)
