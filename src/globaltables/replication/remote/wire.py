"""The values that cross between nodes, as MessagePack; docs/formats/peer-protocol.md describes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgpack  # type: ignore[import-untyped]
import orjson

from globaltables.changelog.record import ChangeRecord, decode_record, encode_record
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import METRIC_MINUTES_SENT
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
from globaltables.replication.strong.messages import (
    Append,
    Appended,
    Ballot,
    Entry,
    Forwarded,
    ForwardedWrite,
    LogPage,
    LogQuestion,
    Vote,
    as_writes,
)
from globaltables.runtime.series import Statistics
from globaltables.tables import codec
from globaltables.tables.definitions import Replica, Table

#: Changes with every change of what is sent or of what it means.
PROTOCOL_VERSION = 2


@dataclass(frozen=True, slots=True)
class Form:
    """How one kind of value is sent: what packs it into plain values, and what makes it of them again."""

    pack: Callable[[Any], Any]
    unpack: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Verb:
    """The forms of a verb's arguments and of its result."""

    arguments: tuple[Form, ...]
    result: Form

    def pack_arguments(self, arguments: tuple[Any, ...]) -> bytes:
        """Return the body of a request."""
        return _packed(
            [form.pack(one) for form, one in zip(self.arguments, arguments, strict=True)]
        )

    def unpack_arguments(self, body: bytes) -> list[Any]:
        """Return the arguments of a request.

        Raises:
            OperationalError: the body does not have the verb's form.
        """
        arguments: list[Any] = _made(self._made_arguments, body)
        return arguments

    def pack_result(self, result: Any) -> bytes:
        """Return the body of an answer."""
        return _packed(self.result.pack(result))

    def unpack_result(self, body: bytes) -> Any:
        """Return the result in an answer.

        Raises:
            OperationalError: the body does not have the verb's form.
        """
        return _made(self.result.unpack, body)

    def _made_arguments(self, stored: Any) -> list[Any]:
        return [form.unpack(one) for form, one in zip(self.arguments, stored, strict=True)]


def _packed(value: Any) -> bytes:
    packed: bytes = msgpack.packb(value)
    return packed


def _made(make: Callable[[Any], Any], body: bytes) -> Any:
    try:
        return make(msgpack.unpackb(body, strict_map_key=False))
    except (ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
        raise OperationalError(f"a peer sent what its protocol does not have: {error}") from error


def _same(value: Any) -> Any:
    return value


def _pack_record(record: ChangeRecord) -> list[Any]:
    raw = encode_record(
        record.stamp,
        record.previous_stamp,
        record.origin.encode("ascii"),
        record.kind,
        record.old,
        record.new,
        record.old_size,
        record.new_size,
    )
    return [record.position, raw]


def _pack_feed(feed: Feed) -> list[Any]:
    return [feed.after, feed.position, [_pack_record(record) for record in feed.records]]


def _unpack_feed(stored: list[Any]) -> Feed:
    after, position, records = stored
    return Feed(after, position, [decode_record(*record) for record in records])


def _unpack_page(stored: list[Any]) -> SnapshotPage:
    versions, next_page = stored
    return SnapshotPage([Version(*version) for version in versions], next_page)


def _unpack_table(stored: bytes | None) -> Table | None:
    return None if stored is None else codec.decode(stored)


def _unpack_replica(stored: bytes) -> Replica:
    replica: Replica = codec.from_stored(Replica, orjson.loads(stored))
    return replica


def _unpack_entries(stored: list[Any]) -> tuple[Entry, ...]:
    return tuple(
        Entry(index, term, origin, stamp, as_writes(writes), survivor)
        for index, term, origin, stamp, writes, survivor in stored
    )


def _unpack_append(stored: list[Any]) -> Append:
    term, leader, previous, previous_term, entries, commit, held = stored
    found = _unpack_entries(entries)
    return Append(term, leader, previous, previous_term, found, commit, held)


def _unpack_log_page(stored: list[Any]) -> LogPage:
    term, leader, last_index, last_term, previous, previous_term, entries = stored
    found = _unpack_entries(entries)
    return LogPage(term, leader, last_index, last_term, previous, previous_term, found)


def _pack_link_state(state: LinkState) -> list[Any]:
    measured = [
        [[start_ms, *statistics] for start_ms, statistics in series.latest(METRIC_MINUTES_SENT)]
        for series in (state.latency_ms, state.pending)
    ]
    return [state.status, state.reason, state.last_latency_ms, state.denied_by, *measured]


def _unpack_link_state(stored: list[Any]) -> LinkState:
    *members, latency, pending = stored
    state = LinkState(*members)
    for series, measured in ((state.latency_ms, latency), (state.pending, pending)):
        for start_ms, *statistics in measured:
            series.add(start_ms, Statistics(*statistics))
    return state


_PLAIN = Form(_same, _same)
_KEY = Form(list, lambda stored: TableKey(*stored))
_TABLE = Form(
    lambda table: None if table is None else codec.encode(table),
    _unpack_table,
)
_REPLICA = Form(orjson.dumps, _unpack_replica)
_VERSIONS = Form(
    lambda versions: [list(version) for version in versions],
    lambda stored: [Version(*version) for version in stored],
)
_FEED = Form(_pack_feed, _unpack_feed)
_PAGE = Form(
    lambda page: [[list(version) for version in page.versions], page.next_page], _unpack_page
)
_BACKLOG = Form(list, lambda stored: Backlog(*stored))
_HASHES = Form(
    lambda hashes: [list(one) for one in hashes],
    lambda stored: [BucketHash(*one) for one in stored],
)
_LINK_STATE = Form(_pack_link_state, _unpack_link_state)
_GLOBAL_TABLES = Form(
    lambda tables: [[list(one.key), one.created_ms, list(one.members)] for one in tables],
    lambda stored: [
        GlobalTable(TableKey(*key), created_ms, tuple(members))
        for key, created_ms, members in stored
    ],
)

_APPEND = Form(list, _unpack_append)
_APPENDED = Form(list, lambda stored: Appended(*stored))
_BALLOT = Form(list, lambda stored: Ballot(*stored))
_VOTE = Form(list, lambda stored: Vote(*stored))
_LOG_QUESTION = Form(list, lambda stored: LogQuestion(*stored))
_LOG_PAGE = Form(list, _unpack_log_page)
_FORWARDED_WRITE = Form(list, lambda stored: ForwardedWrite(*stored))
_FORWARDED = Form(list, lambda stored: Forwarded(*stored))

#: Every verb of `Peer` that crosses a network.
VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "table": Verb((_KEY,), _TABLE),
        "spreads": Verb((_KEY,), _PLAIN),
        "legacy_tables": Verb((_PLAIN,), _GLOBAL_TABLES),
        "feed": Verb((_KEY, _PLAIN, _PLAIN, _PLAIN), _FEED),
        "unpulled": Verb((_KEY, _PLAIN, _PLAIN), _PLAIN),
        "position": Verb((_KEY,), _PLAIN),
        "pulled": Verb((_KEY, _PLAIN), _PLAIN),
        "snapshot_page": Verb((_KEY, _PLAIN), _PAGE),
        "backlog": Verb((_KEY, _PLAIN), _BACKLOG),
        "conflict_count": Verb((_KEY,), _PLAIN),
        "item_count": Verb((_KEY,), _PLAIN),
        "bucket_hashes": Verb((_KEY,), _HASHES),
        "bucket_versions": Verb((_KEY, _PLAIN), _VERSIONS),
        "link_state": Verb((_KEY, _PLAIN), _LINK_STATE),
        "admit": Verb((_TABLE,), _PLAIN),
        "load": Verb((_KEY, _VERSIONS), _PLAIN),
        "activate": Verb((_KEY, _PLAIN, _PLAIN), _PLAIN),
        "put_replica": Verb((_KEY, _REPLICA), _PLAIN),
        "forget_replica": Verb((_KEY, _PLAIN), _PLAIN),
        "override": Verb((_KEY, _REPLICA), _PLAIN),
        "adopt": Verb((_KEY, _TABLE, _PLAIN), _PLAIN),
        "begin_leaving": Verb((_KEY,), _PLAIN),
        "drop": Verb((_KEY,), _PLAIN),
        "connect": Verb((_KEY, _PLAIN, _PLAIN), _PLAIN),
        "put_legacy_record": Verb((_KEY, _PLAIN), _PLAIN),
        "release": Verb((_KEY,), _PLAIN),
        "strong_open": Verb((_KEY,), _PLAIN),
        "strong_admit": Verb((_PLAIN,), _PLAIN),
        "strong_forget": Verb((_PLAIN,), _PLAIN),
        "strong_append": Verb((_PLAIN, _APPEND), _APPENDED),
        "strong_vote": Verb((_PLAIN, _BALLOT), _VOTE),
        "strong_log": Verb((_PLAIN, _LOG_QUESTION), _LOG_PAGE),
        "strong_write": Verb((_PLAIN, _FORWARDED_WRITE), _FORWARDED),
        "strong_read_index": Verb((_PLAIN, _PLAIN), _PLAIN),
    }
)
