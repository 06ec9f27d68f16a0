"""DescribeStorage: the log is there when it is kept, and backups count."""

from collections.abc import Callable
from typing import Any

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from tests.support.backups import backup, enable, put
from tests.support.server import Server
from tests.support.target import REGION

Client = Callable[..., Any]
MakeTable = Callable[..., str]


def test_describe_storage_counts_the_log_and_backups(
    server: Server, client: Client, make_table: MakeTable, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without point-in-time recovery a table has no log; with it every change has a record."""
    dynamodb, table = client(), make_table()
    connection = Connection(server.endpoint, REGION)
    own = connection.own()
    put(dynamodb, table, "a", "b")
    before = connection.call(own.describe_storage, TableName=table)
    enable(dynamodb, table)
    put(dynamodb, table, "a", v="2")
    backup(dynamodb, table)

    after = connection.call(own.describe_storage, TableName=table)

    assert [(2, 10, 0, 0, 0)] == [_numbers(one) for one in before["Tables"]]
    (described,) = after["Tables"]
    assert (2, 10, 0, 1) == _numbers(described)[:4]
    assert described["LogBytes"] > 60
    assert (0, 10) == (before["BackupBytes"], after["BackupBytes"])
    options = [table, "--endpoint", server.endpoint, "--region", REGION]
    assert 0 == main(["storage", *options])
    assert "backups: 10 bytes" in capsys.readouterr().out
    assert 0 == main(["storage", "--json", *options])
    assert '"LogRecords": 1' in capsys.readouterr().out


def test_describe_storage_of_a_region_has_every_table(
    server: Server, make_table: MakeTable
) -> None:
    """Without a name."""
    table = make_table()
    connection = Connection(server.endpoint, REGION)

    answer = connection.call(connection.own().describe_storage)

    assert table in [one["TableName"] for one in answer["Tables"]]


def _numbers(described: dict[str, Any]) -> tuple[int, ...]:
    names = ("ItemCount", "ItemBytes", "IndexBytes", "LogRecords", "LogBytes")
    return tuple(described[name] for name in names)
