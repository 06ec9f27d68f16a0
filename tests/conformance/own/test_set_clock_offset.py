"""SetClockOffset: a region whose clock is off."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from globaltables.client.connection import Connection
from tests.support.server import Server

REGION = "eu-north-1"


@pytest.fixture
def skewed(server: Server) -> Iterator[Connection]:
    """A connection to a region that no other test uses, whose clock is set right afterwards."""
    connection = Connection(server.endpoint, REGION)
    yield connection
    connection.call(connection.own().set_clock_offset, Milliseconds=0)


def _created(connection: Connection, name: str) -> datetime:
    """Create a table and delete it again; return when it says that it was created."""
    client = connection.dynamodb()
    table = client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]
    client.delete_table(TableName=name)
    created: datetime = table["CreationDateTime"]
    return created


def test_set_clock_offset_shifts_what_the_region_says(skewed: Connection) -> None:
    """A table that is created then is an hour younger than one that was created before."""
    before = _created(skewed, "straight")

    skewed.call(skewed.own().set_clock_offset, Milliseconds=3_600_000)

    ahead = (_created(skewed, "skewed") - before).total_seconds()
    assert 3_600 <= ahead < 3_660
    assert 3_600_000 == skewed.call(skewed.own().list_faults)["ClockOffsetMilliseconds"]
