"""What tests share that need a server of ours: they have no meaning on AWS."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest

from globaltables.client.connection import Connection
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

HOME, EUROPE = "us-east-1", "eu-west-1"


@pytest.fixture
def connection(server: Server) -> Connection:
    """A connection of the command line's kind."""
    return Connection(server.endpoint, HOME)


@pytest.fixture
def make_global_table(
    server: Server, make_table: Callable[..., str]
) -> Iterator[Callable[[], str]]:
    """Make tables with a replica in another region, and remove the replica with the test."""
    target = Target(server.endpoint)
    client = target.client(HOME)
    made: list[str] = []

    def settled(name: str) -> bool:
        table = client.describe_table(TableName=name)["Table"]
        return table["TableStatus"] == "ACTIVE" and all(
            replica["ReplicaStatus"] == "ACTIVE" for replica in table.get("Replicas", [])
        )

    def make() -> str:
        name = make_table()
        updates: list[dict[str, dict[str, str]]] = [{"Create": {"RegionName": EUROPE}}]
        client.update_table(TableName=name, ReplicaUpdates=updates)  # type: ignore[arg-type]
        assert eventually(lambda: settled(name), seconds_max=20)
        made.append(name)
        return name

    yield make
    for name in made:
        target.client(EUROPE).delete_table(TableName=name)
        assert eventually(partial(_is_regional, client, name), seconds_max=20)
    target.close()


def _is_regional(client: "DynamoDBClient", name: str) -> bool:
    return "Replicas" not in client.describe_table(TableName=name)["Table"]
