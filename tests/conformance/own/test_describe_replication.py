"""DescribeReplication and `globaltables status`."""

from collections.abc import Callable

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from globaltables.foundation.errors import OperationalError
from tests.support.server import Server
from tests.support.waiting import eventually

LINKS = {("us-east-1", "eu-west-1"), ("eu-west-1", "us-east-1")}


def test_describe_replication_shows_members_and_links(
    connection: Connection, make_global_table: Callable[[], str]
) -> None:
    """Every member with its items, every link with its lag; level when everything was pulled."""
    name = make_global_table()
    item = {"pk": {"S": "a"}}
    connection.call(connection.dynamodb().put_item, TableName=name, Item=item)
    connection.call(connection.own().sync_table, TableName=name)

    answer = connection.call(connection.own().describe_replication, TableName=name)

    (table,) = answer["Tables"]
    assert "2019.11.21" == table["GlobalTableVersion"]
    assert [1, 1] == [member["ItemCount"] for member in table["Members"]]
    links = {(link["SourceRegion"], link["ReceivingRegion"]): link for link in table["Links"]}
    assert LINKS == set(links)
    assert {("RUNNING", 0)} == {(one["Status"], one["LagRecords"]) for one in links.values()}
    assert links["us-east-1", "eu-west-1"]["LastLatencyMilliseconds"] >= 0


def test_describe_replication_of_a_legacy_table_counts_pending_writes(
    connection: Connection, make_table: Callable[..., str], table_name: str
) -> None:
    """PendingReplicationCount is a metric of version 2017.11.29 only."""
    client = connection.dynamodb()
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    for region in ("us-east-1", "eu-west-1"):
        make_table(region=region, TableName=table_name, StreamSpecification=stream)
    group = [{"RegionName": "us-east-1"}, {"RegionName": "eu-west-1"}]
    connection.call(client.create_global_table, GlobalTableName=table_name, ReplicationGroup=group)
    connection.call(client.put_item, TableName=table_name, Item={"pk": {"S": "a"}})
    connection.call(connection.own().sync_table, TableName=table_name)

    answer = connection.call(connection.own().describe_replication, TableName=table_name)

    (table,) = answer["Tables"]
    assert "2017.11.29" == table["GlobalTableVersion"]
    assert [0, 0] == [link["PendingReplicationCount"] for link in table["Links"]]


def test_describe_replication_of_a_missing_table_is_refused(connection: Connection) -> None:
    """The text is AWS's for any missing table."""
    with pytest.raises(OperationalError, match="ResourceNotFoundException: Requested resource"):
        connection.call(connection.own().describe_replication, TableName="missing")


def test_describe_replication_of_a_wrong_type_is_refused_as_aws_does(
    connection: Connection,
) -> None:
    """Our own operations are checked against their model like AWS's."""
    with pytest.raises(OperationalError, match="validation error"):
        connection.call(connection.own().sync_table, TableName="t", TimeoutSeconds=4_000)


def test_status_prints_a_row_for_every_link(
    server: Server, make_global_table: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 0 when every link runs."""
    name = make_global_table()
    printed = ""

    def runs() -> bool:
        nonlocal printed
        code = main(["status", name, "--endpoint", server.endpoint, "--region", "us-east-1"])
        printed = capsys.readouterr().out
        return code == 0

    assert eventually(runs, seconds_max=10)
    assert 2 == printed.count("RUNNING")
    assert "CONFLICTS" in printed


def test_status_without_a_node_says_where_it_looked(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, exit code 1, no traceback."""
    code = main(["status", "--endpoint", "http://127.0.0.1:1", "--region", "us-east-1"])

    assert 1 == code
    assert "http://127.0.0.1:1 does not answer" in capsys.readouterr().err
