"""ListFaults: what a fault looks like when it is shown."""

from globaltables.client.connection import Connection
from tests.support.server import Server


def test_list_faults_shows_what_was_put(server: Server) -> None:
    """With its delay and its end; a region without faults shows none."""
    connection = Connection(server.endpoint, "eu-south-1")
    own = connection.own()
    connection.call(
        own.put_fault,
        Kind="DELAY",
        SourceRegionName="us-east-1",
        Distribution="UNIFORM",
        DelayMilliseconds=20.0,
        SpreadMilliseconds=50.0,
        DurationSeconds=600,
    )

    (fault,) = connection.call(own.list_faults)["Faults"]

    assert ("DELAY", "us-east-1", "UNIFORM", 20.0, 50.0) == tuple(
        fault[name]
        for name in (
            "Kind",
            "SourceRegionName",
            "Distribution",
            "DelayMilliseconds",
            "SpreadMilliseconds",
        )
    )
    assert "EndDateTime" in fault
    assert 1 == connection.call(own.delete_fault)["Deleted"]
    assert [] == connection.call(own.list_faults)["Faults"]
