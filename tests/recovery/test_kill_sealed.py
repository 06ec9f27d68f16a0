"""The server is killed while it writes to a sealed table and while it seals one: nothing acknowledged is lost."""

import random
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.support.server import Server

_NAME = "sealed"
_KILLS = 4
_SECONDS_MAX = 20


def _client(server: Server, service: str = "dynamodb") -> Any:
    make: Any = boto3.client  # overloaded for every service by name
    return make(
        service,
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 1}, read_timeout=5),
    )


def _create(server: Server, **members: Any) -> None:
    _client(server).create_table(
        TableName=_NAME,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        **members,
    )


def _write(server: Server, kept: dict[str, str], chance: random.Random, seconds: float) -> None:
    """Write and delete until the time is over or the server is gone; `kept` follows what was acknowledged."""
    client, end = _client(server), time.monotonic() + seconds
    while time.monotonic() < end:
        key, value = str(chance.randrange(200)), str(chance.random())
        try:
            if chance.random() < 0.2:
                client.delete_item(TableName=_NAME, Key={"pk": {"S": key}})
                kept.pop(key, None)
            else:
                client.put_item(TableName=_NAME, Item={"pk": {"S": key}, "v": {"S": value}})
                kept[key] = value
        except (BotoCoreError, ClientError):
            return


def _stored(server: Server) -> dict[str, str]:
    pages = _client(server).get_paginator("scan").paginate(TableName=_NAME)
    return {item["pk"]["S"]: item["v"]["S"] for page in pages for item in page["Items"]}


def _status(server: Server) -> str:
    table = _client(server).describe_table(TableName=_NAME)["Table"]
    status: str = table.get("SSEDescription", {}).get("Status", "DISABLED")
    return status


@pytest.mark.timeout(120)
def test_kill_of_a_sealed_table_keeps_what_was_acknowledged(
    data_server: Callable[..., Server],
) -> None:
    """Every acknowledged write is there after each kill, and the rows open."""
    chance, kept = random.Random(1), dict[str, str]()
    server = data_server()
    with server:
        _create(server, SSESpecification={"Enabled": True})
        for _ in range(_KILLS):
            _write(server, kept, chance, 0.3)
            server.kill()
            server.start()
            assert kept == _stored(server)


@pytest.mark.timeout(120)
def test_kill_while_a_table_is_sealed_and_opened_keeps_every_item(
    data_server: Callable[..., Server],
) -> None:
    """The move goes on after each start, and ends; every item is there at every moment."""
    chance, kept = random.Random(2), dict[str, str]()
    server = data_server()
    with server:
        _create(server)
        client = _client(server)
        for batch in range(80):
            puts = []
            for number in range(25):
                key, value = f"item-{batch * 25 + number}", "x" * 200
                puts.append({"PutRequest": {"Item": {"pk": {"S": key}, "v": {"S": value}}}})
                kept[key] = value
            client.batch_write_item(RequestItems={_NAME: puts})
        for wanted in ({"Enabled": True}, {"Enabled": False}, {"Enabled": True}):
            _client(server).update_table(TableName=_NAME, SSESpecification=wanted)
            _write(server, kept, chance, chance.random() * 0.05)
            server.kill()
            server.start()
            assert kept == _stored(server)
            end = time.monotonic() + _SECONDS_MAX
            while _status(server) == "UPDATING":
                assert time.monotonic() < end
                time.sleep(0.05)
            assert ("ENABLED" if wanted["Enabled"] else "DISABLED") == _status(server)
            assert kept == _stored(server)
