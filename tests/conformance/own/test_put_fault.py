"""PutFault, ListFaults, DeleteFault, SetClockOffset and `globaltables fault`."""

from collections.abc import Callable

import pytest

from globaltables.cli.main import main
from globaltables.client.connection import Connection
from globaltables.foundation.errors import OperationalError
from tests.support.server import Server
from tests.support.waiting import eventually

HOME, EUROPE = "us-east-1", "eu-west-1"


def _status(connection: Connection, name: str) -> dict[str, str]:
    (table,) = connection.call(connection.own().describe_replication, TableName=name)["Tables"]
    return {link["ReceivingRegion"]: link["Status"] for link in table["Links"]}


def test_put_fault_pauses_one_direction_of_one_table(
    server: Server, connection: Connection, make_global_table: Callable[[], str]
) -> None:
    """The other direction goes on; what was held follows when the fault is deleted."""
    name = make_global_table()
    europe = Connection(server.endpoint, EUROPE)
    fault = europe.call(europe.own().put_fault, Kind="PAUSE", TableName=name)["FaultId"]
    for region in (connection, europe):
        item = {"pk": {"S": region.region}}
        region.call(region.dynamodb().put_item, TableName=name, Item=item)

    key = {"pk": {"S": EUROPE}}
    assert eventually(
        lambda: connection.dynamodb().get_item(TableName=name, Key=key).get("Item") is not None
    )
    assert eventually(lambda: _status(connection, name)[EUROPE] == "PAUSED")
    assert "Item" not in europe.dynamodb().get_item(TableName=name, Key={"pk": {"S": HOME}})

    listed = europe.call(europe.own().list_faults)["Faults"]
    assert [(fault, "PAUSE", name)] == [
        (one["FaultId"], one["Kind"], one["TableName"]) for one in listed
    ]
    assert 1 == europe.call(europe.own().delete_fault, FaultId=fault)["Deleted"]
    connection.call(connection.own().sync_table, TableName=name)
    assert "Item" in europe.dynamodb().get_item(TableName=name, Key={"pk": {"S": HOME}})


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"Kind": "DELAY"}, "DELAY needs DelayMilliseconds"),
        ({"Kind": "PAUSE", "DelayMilliseconds": 5.0}, "PAUSE has no delay"),
        ({"Kind": "CUT", "Probability": 0.5}, "CUT concerns every batch"),
        (
            {"Kind": "DELAY", "DelayMilliseconds": 5.0, "Distribution": "NORMAL"}
            | {"SpreadMilliseconds": 0.0},
            "NORMAL needs SpreadMilliseconds",
        ),
        (
            {"Kind": "DELAY", "DelayMilliseconds": 5.0, "Distribution": "UNIFORM"}
            | {"SpreadMilliseconds": 1.0},
            "greatest delay of a UNIFORM one",
        ),
        ({"Kind": "EXPLODE"}, "enum value set"),
        ({"Kind": "DROP", "Probability": 1.5}, "less than or equal to 1"),
    ],
)
def test_put_fault_that_makes_no_sense_is_refused(
    connection: Connection, members: dict[str, object], text: str
) -> None:
    """Nothing is put then."""
    with pytest.raises(OperationalError, match=text):
        connection.call(connection.own().put_fault, **members)

    assert [] == connection.call(connection.own().list_faults)["Faults"]


def test_fault_command_delays_both_ways_and_clears(
    server: Server, make_global_table: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """--both puts the fault into both regions, and --from clears both."""
    name = make_global_table()
    node = ["--endpoint", server.endpoint, "--region", HOME]

    code = main(["fault", "delay", "40", "--table", name, "--from", EUROPE, "--both", *node])

    assert 0 == code
    assert 2 == capsys.readouterr().out.count("delay ")
    home = Connection(server.endpoint, HOME)
    home.call(home.dynamodb().put_item, TableName=name, Item={"pk": {"S": "a"}})
    home.call(home.own().sync_table, TableName=name)
    (table,) = home.call(home.own().describe_replication, TableName=name)["Tables"]
    (link,) = [one for one in table["Links"] if one["ReceivingRegion"] == EUROPE]
    assert link["LastLatencyMilliseconds"] >= 40
    assert 0 == main(["fault", "clear", "--from", EUROPE, *node])
    assert 2 == capsys.readouterr().out.count("1 faults ended")
