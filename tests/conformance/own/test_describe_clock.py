"""DescribeClock: what time it is in a region."""

from datetime import UTC, datetime

from globaltables.client.connection import Connection
from tests.support.server import Server


def test_describe_clock_that_was_not_advanced_shows_the_machines_time(server: Server) -> None:
    """With the regions that are known there."""
    connection = Connection(server.endpoint, "eu-south-2")
    before = datetime.now(UTC)

    clock = connection.call(connection.own().describe_clock)

    assert -1 < (clock["DateTime"] - before).total_seconds() < 60
    assert 0 == clock["AheadMilliseconds"]
    assert "eu-south-2" in clock["RegionNames"]
