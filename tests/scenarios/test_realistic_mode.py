"""`globaltables up --realistic`: what a script that waits sees, in real seconds."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from globaltables.tables import durations
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

NAME = "patient"


@pytest.fixture(scope="module")
def slow_client() -> Iterator[Any]:
    """A client of a server whose changes take AWS's time."""
    with Server("--in-memory", "--realistic") as server:
        target = Target(server.endpoint)
        yield target.client()
        target.close()


def test_realistic_table_is_created_and_deleted_in_awss_time(slow_client: Any) -> None:
    """CREATING, ACTIVE, DELETING and gone, each as long as on AWS."""

    def status() -> str:
        try:
            return str(slow_client.describe_table(TableName=NAME)["Table"]["TableStatus"])
        except slow_client.exceptions.ResourceNotFoundException:
            return "gone"

    def seconds_until(wanted: str) -> float:
        began = time.monotonic()
        assert eventually(lambda: status() == wanted)
        return time.monotonic() - began

    slow_client.create_table(
        TableName=NAME,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert "CREATING" == status()
    with pytest.raises(slow_client.exceptions.ResourceNotFoundException):
        slow_client.put_item(TableName=NAME, Item={"pk": {"S": "a"}})
    assert abs(seconds_until("ACTIVE") - durations.TABLE_CREATION_MS / 1000) < 1
    slow_client.put_item(TableName=NAME, Item={"pk": {"S": "a"}})
    slow_client.delete_table(TableName=NAME)
    assert "DELETING" == status()
    assert abs(seconds_until("gone") - durations.TABLE_DELETION_MS / 1000) < 1
