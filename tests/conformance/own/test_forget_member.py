"""ForgetMember and `globaltables forget-member`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from globaltables.foundation.errors import OperationalError
from tests.support.server import Server
from tests.support.waiting import eventually

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

HOME, EUROPE = "us-east-1", "eu-west-1"


def _replicas(client: "DynamoDBClient") -> list[str]:
    table = client.describe_table(TableName="orders")["Table"]
    return [one["ReplicaStatus"] for one in table.get("Replicas", [])]


def test_forget_member_that_can_be_reached_is_refused(
    connection: Connection, make_global_table: Callable[[], str]
) -> None:
    """UpdateTable removes it, without losing what it has."""
    name = make_global_table()

    with pytest.raises(OperationalError, match="eu-west-1 can be reached"):
        connection.call(connection.own().forget_member, TableName=name, RegionNames=[EUROPE])
    with pytest.raises(OperationalError, match="mars is no other member"):
        connection.call(connection.own().forget_member, TableName=name, RegionNames=["mars"])


def test_forget_member_lets_the_others_go_on_and_the_lost_one_stay_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The region of a killed process is forgotten; started again it is a table of its own."""
    with Server("--processes", "--in-memory", "--regions", f"{HOME},{EUROPE}") as server:
        connection = Connection(server.endpoint, HOME)
        client = connection.dynamodb()
        client.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.update_table(TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": EUROPE}}])
        assert eventually(lambda: _replicas(client) == ["ACTIVE"], seconds_max=20)
        connection.call(connection.own().stop_node, RegionName=EUROPE)

        code = main(
            ["forget-member", "orders", EUROPE, "--endpoint", server.endpoint, "--region", HOME]
        )

        assert 0 == code
        assert "orders has these members: us-east-1\n" in capsys.readouterr().out
        assert [] == _replicas(client)
