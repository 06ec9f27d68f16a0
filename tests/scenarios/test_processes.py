"""`globaltables up --processes`: one endpoint, a process for each region, and a drill that kills one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from globaltables.foundation.errors import OperationalError
from tests.support.server import Server
from tests.support.waiting import eventually

#: Several processes start and stop in each; a busy machine takes its time.
pytestmark = pytest.mark.timeout(240)

HOME, WEST = "us-east-1", "us-west-2"
TABLE = "orders"


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Server]:
    """Two processes behind one endpoint, with a global table."""
    arguments = ("--processes", "--regions", f"{HOME},{WEST}", "--data-dir", str(tmp_path / "data"))
    with Server(*arguments) as server:
        client = Connection(server.endpoint, HOME).dynamodb()
        client.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "at", "AttributeType": "N"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        client.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": WEST}}])
        assert eventually(lambda: _active(client), seconds_max=20)
        yield server


def _active(client: object) -> bool:
    table = client.describe_table(TableName=TABLE)["Table"]  # type: ignore[attr-defined]
    return [one["ReplicaStatus"] for one in table.get("Replicas", [])] == ["ACTIVE"]


def test_drill_measures_and_loses_nothing(
    deployment: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """The survivor takes the writes, the failed region gets everything, the drill's items are gone at the end."""
    places = ["--table", TABLE, "--fail", HOME, "--to", WEST, "--endpoint", deployment.endpoint]
    times = ["--seconds", "1", "--give-up-ms", "200", "--writers", "2", "--json"]

    code = main(["drill", *places, *times])

    report = json.loads(capsys.readouterr().out)
    assert (0, 0, True) == (code, report["lost"], report["equal"])
    assert report["acknowledged"][HOME] > 0
    assert report["acknowledged"][WEST] > 0
    assert report["rto_ms"] >= 200
    client = Connection(deployment.endpoint, HOME).dynamodb()
    assert eventually(lambda: client.scan(TableName=TABLE)["Count"] == 0, seconds_max=10)


def test_killed_region_refuses_alone_and_comes_back_with_its_data(deployment: Server) -> None:
    """Requests for it fail as those for a region that is down; the other serves; the start brings everything back."""
    connection, other = (Connection(deployment.endpoint, region) for region in (HOME, WEST))
    item = {"pk": {"S": "a"}, "at": {"N": "1"}}
    connection.call(connection.dynamodb().put_item, TableName=TABLE, Item=item)
    other.call(other.own().stop_node, RegionName=HOME, Kill=True)

    with pytest.raises(OperationalError, match="ServiceUnavailable"):
        connection.call(connection.dynamodb().list_tables)
    assert [TABLE] == other.dynamodb().list_tables()["TableNames"]
    other.call(other.own().start_node, RegionName=HOME)

    assert item == connection.dynamodb().get_item(TableName=TABLE, Key=item)["Item"]


def test_node_of_another_region_is_not_found(deployment: Server) -> None:
    """The text names the region."""
    connection = Connection(deployment.endpoint, HOME)

    with pytest.raises(OperationalError, match="No node hosts the region: eu-west-1"):
        connection.call(connection.own().stop_node, RegionName="eu-west-1")
