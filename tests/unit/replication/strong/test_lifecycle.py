"""Tests of strongly consistent tables in one process: cut links, and changes that a stop interrupts."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.in_process import InProcess
from tests.support.target import Reply

HOME, OHIO, OREGON = "us-east-1", "us-east-2", "us-west-2"
NAME = "orders"
KEY = {"pk": {"S": "a"}}
_LOOKS_MAX = 500


class Node:
    """A node, and short ways to ask it."""

    def __init__(self, **settings: Any) -> None:
        self.process = InProcess(**settings)

    def ask(self, operation: str, region: str = HOME, **members: Any) -> Reply:
        """Ask DynamoDB."""
        request = {"TableName": NAME, **members}
        return self.process.ask(f"DynamoDB_20120810.{operation}", request, region=region)

    def own(self, operation: str, **members: Any) -> Reply:
        """Ask an operation of this product."""
        request = {"TableName": NAME, **members}
        return self.process.ask(f"GlobalTables_20261121.{operation}", request, region=HOME)

    def cut(self, source: str, region: str) -> None:
        """Cut the link from a region to another one."""
        request = {"Kind": "CUT", "SourceRegionName": source}
        reply = self.process.ask("GlobalTables_20261121.PutFault", request, region=region)
        assert 200 == reply.status, reply.body

    def begin(self) -> None:
        """Create the table and ask for two replicas and a witness."""
        self.ask(
            "CreateTable",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        reply = self.ask(
            "UpdateTable",
            MultiRegionConsistency="STRONG",
            ReplicaUpdates=[{"Create": {"RegionName": OHIO}}],
            GlobalTableWitnessUpdates=[{"Create": {"RegionName": OREGON}}],
        )
        assert 200 == reply.status, reply.body

    def begin_end(self) -> None:
        """Ask for a regional table."""
        reply = self.ask(
            "UpdateTable",
            ReplicaUpdates=[{"Delete": {"RegionName": OHIO}}],
            GlobalTableWitnessUpdates=[{"Delete": {"RegionName": OREGON}}],
        )
        assert 200 == reply.status, reply.body

    def settle(self) -> dict[str, Any]:
        """Return the table's description when it is active."""
        for _ in range(_LOOKS_MAX):
            table: dict[str, Any] = self.ask("DescribeTable").body["Table"]
            if table["TableStatus"] == "ACTIVE":
                return table
            self.process.run(asyncio.sleep(0.005))
        raise AssertionError("the table does not become active")

    def put(self, region: str = HOME) -> Reply:
        """Write the item."""
        return self.ask("PutItem", region, Item=KEY)

    def get(self, region: str = HOME, *, latest: bool = True) -> Reply:
        """Read the item."""
        return self.ask("GetItem", region, Key=KEY, ConsistentRead=latest)

    def close(self) -> None:
        """Stop the node."""
        self.process.__exit__()


@pytest.fixture
def node() -> Iterator[Node]:
    """A node in memory with a strongly consistent table."""
    made = Node()
    made.begin()
    made.settle()
    yield made
    made.close()


def test_region_behind_cut_links_serves_eventual_reads_only(node: Node) -> None:
    """A fault between two regions of one process cuts them off from each other's votes."""
    assert 200 == node.put().status
    assert KEY == node.get(OHIO).body["Item"]
    for other in (HOME, OREGON):
        node.cut(other, OHIO)
        node.cut(OHIO, other)

    refused = [node.put(OHIO), node.get(OHIO)]

    assert [(500, "InternalServerError")] * 2 == [(one.status, one.code) for one in refused]
    assert KEY == node.get(OHIO, latest=False).body["Item"]
    assert 200 == node.put().status, "the other replica has the witness"


def test_region_that_reaches_the_witness_only_takes_over_its_log(node: Node) -> None:
    """What the leader and the witness have is not lost when the witness alone is left to tell of it."""
    assert 200 == node.put().status
    for source, region in ((HOME, OHIO), (OHIO, HOME)):
        node.cut(source, region)
    node.ask("PutItem", Item={**KEY, "v": {"S": "newest"}})

    found = node.get(OHIO)

    assert {"S": "newest"} == found.body["Item"]["v"]


def test_members_are_equal_and_have_no_links(node: Node) -> None:
    """They are compared as others are; there is nothing to wait for, and nothing to repair outside the log."""
    for region in (HOME, OHIO) * 3:
        node.ask("PutItem", region, Item={**KEY, "v": {"S": region}})
    node.process.run(asyncio.sleep(0.05))

    replication = node.own("DescribeReplication").body["Tables"]
    verified = node.own("VerifyTable")
    refused = [node.own("SyncTable"), node.own("VerifyTable", Repair=True)]

    assert [[]] == [table["Links"] for table in replication]
    assert verified.body["Equal"]
    assert ["ValidationException"] * 2 == [one.code for one in refused]


def test_forming_goes_on_after_a_stop(tmp_path: Path) -> None:
    """A table whose process ends while it becomes strongly consistent becomes so after the next start."""
    node = Node(data_dir=tmp_path)
    node.begin()
    node.close()

    again = Node(data_dir=tmp_path)
    table = again.settle()

    assert "STRONG" == table["MultiRegionConsistency"]
    assert 200 == again.put(OHIO).status
    assert KEY == again.get().body["Item"]
    again.close()


def test_dissolving_goes_on_after_a_stop(tmp_path: Path) -> None:
    """A table whose process ends while it becomes regional is regional after the next start, with its items."""
    node = Node(data_dir=tmp_path)
    node.begin()
    node.settle()
    node.put(OHIO)
    node.begin_end()
    node.close()

    again = Node(data_dir=tmp_path)
    table = again.settle()

    assert "MultiRegionConsistency" not in table
    assert KEY == again.get().body["Item"]
    assert "ResourceNotFoundException" == again.ask("DescribeTable", OHIO).code
    again.close()


def test_witness_region_may_have_a_table_of_the_name(node: Node) -> None:
    """It is another table, neither used nor touched (measured on AWS)."""
    create = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    reply = node.ask("CreateTable", OREGON, **create)

    assert 200 == reply.status
    assert "STRONG" == node.settle()["MultiRegionConsistency"]
    assert 200 == node.put(OREGON).status
    assert "Item" not in node.get().body
