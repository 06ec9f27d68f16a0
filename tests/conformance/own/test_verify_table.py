"""VerifyTable and `globaltables verify`; differences are provoked in tests/unit/replication/test_observation.py."""

import json
from collections.abc import Callable

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from tests.support.server import Server


def test_verify_table_of_equal_members_is_equal(
    connection: Connection, make_global_table: Callable[[], str]
) -> None:
    """Every member has the same number of items and the same hash."""
    name = make_global_table()
    for number in range(30):
        item = {"pk": {"S": str(number)}, "data": {"S": "x" * number}}
        connection.call(connection.dynamodb().put_item, TableName=name, Item=item)

    answer = connection.call(connection.own().verify_table, TableName=name)

    assert (True, 0, []) == (answer["Equal"], answer["DifferenceCount"], answer["Differences"])
    assert {30} == {member["ItemCount"] for member in answer["Members"]}
    assert 1 == len({member["Hash"] for member in answer["Members"]})


def test_verify_prints_json_on_demand(
    server: Server, make_global_table: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 0 when the members are equal."""
    arguments = ["--endpoint", server.endpoint, "--region", "us-east-1", "--json", "--repair"]

    assert 0 == main(["verify", make_global_table(), *arguments])
    assert json.loads(capsys.readouterr().out)["Equal"] is True
