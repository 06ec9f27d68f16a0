"""ListConflicts and `globaltables conflicts`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from tests.support.server import Server


def _race(server: Server, name: str, rounds: int) -> None:
    """Write one item in both regions at once, many times."""

    def write(region: str) -> None:
        connection = Connection(server.endpoint, region)
        client = connection.dynamodb()
        for number in range(rounds):
            item = {"pk": {"S": "hot"}, "n": {"N": str(number)}, "by": {"S": region}}
            connection.call(client.put_item, TableName=name, Item=item)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, ("us-east-1", "eu-west-1")))


def test_list_conflicts_pages_through_every_write_that_lost(
    server: Server, connection: Connection, make_global_table: Callable[[], str]
) -> None:
    """Loser and winner are of different regions, the winner is later, and pages join without a gap."""
    name = make_global_table()
    own = connection.own()
    found = []
    for _ in range(5):
        _race(server, name, 100)
        connection.call(own.sync_table, TableName=name)
        found = connection.call(own.list_conflicts, TableName=name, MaxResults=1000)["Conflicts"]
        if len(found) > 1:
            break
    assert found, "no conflict in five races"

    paged, token = [], None
    while True:
        page = connection.call(own.list_conflicts, TableName=name, MaxResults=1, NextToken=token)
        paged += page["Conflicts"]
        token = page.get("NextToken")
        if token is None:
            break

    assert found == paged
    for conflict in found:
        winner, loser = conflict["Winner"], conflict["Loser"]
        assert {"us-east-1", "eu-west-1"} == {winner["RegionName"], loser["RegionName"]}
        assert winner["WriteDateTime"] >= loser["WriteDateTime"]
        assert winner["RegionName"] == winner["Item"]["by"]["S"]


def test_conflicts_of_a_quiet_table_are_none(
    server: Server, make_table: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says so."""
    name = make_table()

    assert 0 == main(["conflicts", name, "--endpoint", server.endpoint, "--region", "us-east-1"])
    assert f"0 conflicts in {name}" in capsys.readouterr().out
