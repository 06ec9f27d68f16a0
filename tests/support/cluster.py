"""A deployment under test: one process for each region, every link through a cable that can be cut."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from globaltables.client.connection import Connection
from tests.support.cut_cable import CutCable, free_ports
from tests.support.server import Server
from tests.support.waiting import eventually

SECRET = "a secret of more than sixteen bytes"


class Cluster:
    """Nodes of one region each, on one machine.

    Args:
        folder: where each node keeps its data.
        regions: their names.
        options: further options of every node.
        authority: a folder with a certificate for 127.0.0.1, its key and its authority; None for plain HTTP.

    Attributes:
        nodes: the processes, by region.
        peer_ports: where each node listens for the others, by region.
    """

    def __init__(
        self,
        folder: Path,
        *regions: str,
        options: tuple[str, ...] = (),
        authority: Path | None = None,
    ) -> None:
        self.regions = regions
        self._closing = ExitStack()
        self._connections: dict[str, Connection] = {}
        self.peer_ports = dict(zip(regions, free_ports(len(regions)), strict=True))
        self._cables = {
            (receiver, source): self._closing.enter_context(CutCable(self.peer_ports[source]))
            for receiver in regions
            for source in regions
            if receiver != source
        }
        scheme = "http" if authority is None else "https"
        tls = () if authority is None else _tls_options(authority)
        self.nodes: dict[str, Server] = {}
        for region in regions:
            peers = [
                part
                for other in regions
                if other != region
                for part in (
                    "--peer",
                    f"{other}={scheme}://127.0.0.1:{self._cables[region, other].port}",
                )
            ]
            self.nodes[region] = Server(
                "--region",
                region,
                "--peer-port",
                str(self.peer_ports[region]),
                "--data-dir",
                str(folder / region),
                *peers,
                *tls,
                *options,
                environment={"GLOBALTABLES_PEER_SECRET": SECRET},
                command="serve",
            )

    def connection(self, region: str) -> Connection:
        """Return a connection to a region's node as it runs now."""
        endpoint = self.nodes[region].endpoint
        if endpoint not in self._connections:
            self._connections[endpoint] = Connection(endpoint, region)
        return self._connections[endpoint]

    def create_global_table(self, table: str) -> None:
        """Create a table in the first region and a replica in every other one; returns when all are active."""
        client = self.connection(self.regions[0]).dynamodb()
        client.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for region in self.regions[1:]:
            create = {"Create": {"RegionName": region}}
            client.update_table(TableName=table, ReplicaUpdates=[create])
            assert eventually(lambda: _settled(client, table), seconds_max=30)

    def count(self, region: str, table: str) -> int:
        """Return how many items a region has."""
        pages = self.connection(region).dynamodb().get_paginator("scan")
        return sum(page["Count"] for page in pages.paginate(TableName=table, Select="COUNT"))

    def sync(self, region: str, table: str) -> None:
        """Return when every member has everything that any of them had acknowledged."""
        connection = self.connection(region)
        connection.call(connection.own().sync_table, TableName=table)

    def verified(self, region: str, table: str) -> dict[str, Any]:
        """Return what a comparison of the members finds."""
        connection = self.connection(region)
        return connection.call(connection.own().verify_table, TableName=table)

    def lost(self, region: str, table: str) -> list[dict[str, Any]]:
        """Return the conflicts that a region found."""
        connection = self.connection(region)
        found: list[dict[str, Any]] = []
        token = None
        while True:
            method = connection.own().list_conflicts
            page = connection.call(method, TableName=table, NextToken=token)
            found += page["Conflicts"]
            token = page.get("NextToken")
            if token is None:
                return found

    def isolate(self, region: str) -> None:
        """Cut every cable to and from a region."""
        for cable in self._cables_of(region):
            cable.cut()

    def rejoin(self, region: str) -> None:
        """Mend every cable to and from a region."""
        for cable in self._cables_of(region):
            cable.mend()

    def _cables_of(self, region: str) -> Iterator[CutCable]:
        return (cable for ends, cable in self._cables.items() if region in ends)

    def __enter__(self) -> Self:
        for node in self.nodes.values():
            self._closing.enter_context(node)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()


def _settled(client: Any, table: str) -> bool:
    described = client.describe_table(TableName=table)["Table"]
    return described["TableStatus"] == "ACTIVE" and all(
        replica["ReplicaStatus"] == "ACTIVE" for replica in described.get("Replicas", [])
    )


def _tls_options(authority: Path) -> tuple[str, ...]:
    files = {"--tls-cert": "node.pem", "--tls-key": "node.key", "--tls-ca": "authority.pem"}
    return tuple(part for option, name in files.items() for part in (option, str(authority / name)))
