"""What is sent between nodes comes out as it went in, and what is malformed is refused."""

from dataclasses import replace
from typing import Any

import pytest

from globaltables.changelog.record import ChangeRecord
from globaltables.foundation.errors import OperationalError
from globaltables.itemstore.link_state import LinkState
from globaltables.replication.peer import (
    Backlog,
    BucketHash,
    Feed,
    GlobalTable,
    Peer,
    SnapshotPage,
    TableKey,
    Version,
)
from globaltables.replication.remote.wire import VERBS
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
)
from globaltables.runtime.series import Statistics
from globaltables.tables.definitions import (
    KeyAttribute,
    KeySchema,
    Replica,
    ReplicaIndexOverride,
    Table,
)
from tests.support.sources import ROOT

KEY = TableKey("123456789012", "orders")
SCHEMA = KeySchema((KeyAttribute("pk", "S"),))
TABLE = Table("orders", KEY.account, "eu-west-1", 7, "id", 1_700_000_000_000, SCHEMA, SCHEMA.hash)
REPLICA = Replica("us-east-1", "ACTIVE", indexes=(ReplicaIndexOverride("by-v", 5),))
ITEM = b'{"pk":{"S":"a"}}'
RECORD = ChangeRecord(1 << 63, 9, 8, "eu-west-1", "user", None, ITEM, 0, 3)
VERSION = Version(b"\x00key", 1 << 62, "eu-west-1", 3, ITEM)
GROUP = bytes(range(16))
ENTRY = Entry(7, 3, "us-east-1", 1 << 62, ((b"\x00key", b"value"), (b"\x01key", None)))
LAST_ENTRY = Entry(8, 3, "us-east-1", 0, (), "us-west-2")
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "table": (KEY,),
    "spreads": (KEY,),
    "legacy_tables": (KEY.account,),
    "feed": (KEY, 5, "us-east-1", 4),
    "unpulled": (KEY, 5, 9),
    "position": (KEY,),
    "pulled": (KEY, "us-east-1"),
    "snapshot_page": (KEY, b"i\x00key"),
    "backlog": (KEY, 5),
    "conflict_count": (KEY,),
    "item_count": (KEY,),
    "bucket_hashes": (KEY,),
    "bucket_versions": (KEY, 255),
    "link_state": (KEY, "us-east-1"),
    "admit": (replace(TABLE, replicas=(REPLICA,), restricted=True),),
    "load": (KEY, [VERSION, VERSION._replace(json=None)]),
    "activate": (KEY, {"us-east-1": 1 << 63}, "NEW_IMAGE"),
    "put_replica": (KEY, REPLICA),
    "forget_replica": (KEY, "us-east-1"),
    "override": (KEY, REPLICA),
    "adopt": (KEY, TABLE, {"TimeToLive": {"Enabled": True}}),
    "begin_leaving": (KEY,),
    "drop": (KEY,),
    "connect": (KEY, ["eu-west-1", "us-east-1"], {"us-east-1": 4}),
    "put_legacy_record": (KEY, b"{}"),
    "release": (KEY,),
    "strong_open": (KEY,),
    "strong_admit": (GROUP,),
    "strong_forget": (GROUP,),
    "strong_append": (GROUP, Append(3, "us-east-1", 6, 2, (ENTRY, LAST_ENTRY), 6, 4)),
    "strong_vote": (GROUP, Ballot(4, "us-west-2", 8, 3)),
    "strong_log": (GROUP, LogQuestion("us-west-2", 6, 6, 2)),
    "strong_write": (GROUP, ForwardedWrite("us-west-2", KEY.account, "PutItem", b"{}")),
    "strong_read_index": (GROUP, "us-west-2"),
}
RESULTS: dict[str, Any] = {
    "table": TABLE,
    "spreads": True,
    "legacy_tables": [GlobalTable(KEY, 5, ("eu-west-1", "us-east-1"))],
    "unpulled": False,
    "position": 1 << 63,
    "snapshot_page": SnapshotPage([VERSION, VERSION._replace(json=None)], b"d"),
    "backlog": Backlog(3, 1 << 63),
    "bucket_hashes": [BucketHash(2, b"\xff" * 16)],
    "bucket_versions": [VERSION],
    "link_state": LinkState("PAUSED", "denied", 1.5, "us-east-1"),
    "admit": None,
    "strong_append": Appended(3, taken=True, through=8),
    "strong_vote": Vote(4, granted=False),
    "strong_log": LogPage(3, "us-east-1", 8, 3, 6, 2, (ENTRY, LAST_ENTRY)),
    "strong_write": Forwarded(done=True, through=8, body=b"{}"),
    "strong_read_index": 8,
}


def test_verbs_are_those_of_a_peer() -> None:
    """Everything that a peer is asked for, but for what is known here without asking."""
    known_here = {"region", "distant", "acknowledged"}
    names = {name for name in vars(Peer) if not name.startswith("_")}

    assert names - known_here == set(VERBS)
    assert set(VERBS) == set(ARGUMENTS)


@pytest.mark.parametrize("verb", sorted(ARGUMENTS))
def test_arguments_arrive_as_they_were_sent(verb: str) -> None:
    """Types, keys that are bytes and numbers of 64 bits included."""
    body = VERBS[verb].pack_arguments(ARGUMENTS[verb])

    assert list(ARGUMENTS[verb]) == VERBS[verb].unpack_arguments(body)


@pytest.mark.parametrize("verb", sorted(RESULTS))
def test_results_arrive_as_they_were_sent(verb: str) -> None:
    """Lists of named tuples, definitions, nothing."""
    assert RESULTS[verb] == VERBS[verb].unpack_result(VERBS[verb].pack_result(RESULTS[verb]))


def test_link_state_arrives_with_its_last_minutes() -> None:
    """The source of a link tells CloudWatch of them."""
    state = LinkState()
    for minute in range(7):
        state.latency_ms.add(60_000 * minute, Statistics(2, 30.0, 10.0, 20.0))
    state.pending.add(0, Statistics(1, 4.0, 4.0, 4.0))
    verb = VERBS["link_state"]
    arrived = verb.unpack_result(verb.pack_result(state))

    assert state.latency_ms.since(120_000) == arrived.latency_ms.since(0)
    assert state.pending.since(0) == arrived.pending.since(0)


def test_feed_arrives_with_its_records() -> None:
    """Records keep position, versions, origin, kind and images."""
    feed = VERBS["feed"].unpack_result(VERBS["feed"].pack_result(Feed(4, 9, [RECORD])))

    assert (4, 9) == (feed.after, feed.position)
    (record,) = feed.records
    assert [getattr(RECORD, name) for name in ChangeRecord.__slots__] == [
        getattr(record, name) for name in ChangeRecord.__slots__
    ]


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x93\x01", b"\x90", b"\xa1x", b"\x91\x05"])
def test_malformed_arguments_are_refused(body: bytes) -> None:
    """Whatever arrives, it is told from a failure of this node."""
    with pytest.raises(OperationalError):
        VERBS["feed"].unpack_arguments(body)


def test_damaged_record_is_refused() -> None:
    """The checksum of a record holds over the network too."""
    body = VERBS["feed"].pack_result(Feed(4, 9, [RECORD]))
    damaged = body.replace(b'"S":"a"', b'"S":"b"')

    with pytest.raises(OperationalError, match="corrupt"):
        VERBS["feed"].unpack_result(damaged)


def test_wire_form_is_that_of_the_document() -> None:
    """docs/formats/peer-protocol.md has the bytes of one request."""
    page = (ROOT / "docs" / "formats" / "peer-protocol.md").read_text(encoding="utf-8")
    documented = bytes.fromhex(page.rstrip().rpartition("\n")[2])

    assert documented == VERBS["pulled"].pack_arguments((KEY, "us-east-1"))
