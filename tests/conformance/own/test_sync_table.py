"""SyncTable and `globaltables sync`."""

from collections.abc import Callable

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from tests.support.server import Server


def test_sync_table_makes_the_next_read_elsewhere_see_the_write(
    server: Server, connection: Connection, make_global_table: Callable[[], str]
) -> None:
    """No waiting and no polling in a test that uses it."""
    name = make_global_table()
    europe = Connection(server.endpoint, "eu-west-1")
    for number in range(20):
        item = {"pk": {"S": "counter"}, "n": {"N": str(number)}}
        connection.call(connection.dynamodb().put_item, TableName=name, Item=item)

        answer = connection.call(connection.own().sync_table, TableName=name)

        assert ["us-east-1", "eu-west-1"] == answer["RegionNames"]
        key = {"pk": {"S": "counter"}}
        found = europe.call(europe.dynamodb().get_item, TableName=name, Key=key)
        assert item == found["Item"]


def test_sync_table_of_a_regional_table_answers_at_once(
    connection: Connection, make_table: Callable[..., str]
) -> None:
    """A table without replicas is always in sync with itself."""
    answer = connection.call(connection.own().sync_table, TableName=make_table())

    assert ["us-east-1"] == answer["RegionNames"]


def test_sync_prints_the_regions(
    server: Server, make_global_table: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The command returns when the barrier is passed."""
    name = make_global_table()

    assert 0 == main(["sync", name, "--endpoint", server.endpoint, "--region", "us-east-1"])
    assert f"{name} is in sync in us-east-1, eu-west-1" in capsys.readouterr().out
