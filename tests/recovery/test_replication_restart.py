"""A process that is killed in the middle of replication goes on where it stood: nothing is lost, nothing is doubled."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.support.replicas import count_items, stream_records
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
TABLE = "orders"
DEFINITION: dict[str, Any] = {
    "TableName": TABLE,
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def create_replica(target: Target, source: str, region: str) -> None:
    """Ask for a replica."""
    target.client(source).update_table(
        TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": region}}]
    )


def settled(target: Target, region: str = REGIONS[0]) -> bool:
    """Tell whether the table and all its replicas are active."""
    table = target.client(region).describe_table(TableName=TABLE)["Table"]
    replicas = table.get("Replicas", [])
    return table["TableStatus"] == "ACTIVE" and all(
        replica["ReplicaStatus"] == "ACTIVE" for replica in replicas
    )


def write_until_killed(target: Target, region: str, turn: int, written: set[str]) -> None:
    """Put items, each once, and note those that were acknowledged, until the server is gone."""
    client = target.client(region)
    number = 0
    while True:
        key = f"{region}-{turn}-{number}"
        number += 1
        try:
            client.put_item(TableName=TABLE, Item={"pk": {"S": key}, "v": {"S": "x" * 200}})
        except Exception:  # noqa: BLE001 - whatever a killed server looks like to a client
            return
        written.add(key)


def stored_keys(target: Target, region: str) -> set[str]:
    """Return the keys of a region's items."""
    pages = target.client(region).get_paginator("scan").paginate(TableName=TABLE)
    return {item["pk"]["S"] for page in pages for item in page["Items"]}


@pytest.mark.slow
def test_kill_under_writers_in_every_region_loses_and_doubles_nothing(
    data_server: Callable[..., Server],
) -> None:
    """After each of several kills every acknowledged item is in every region, and in every stream once."""
    written: dict[str, set[str]] = {region: set() for region in REGIONS}
    rounds = 3
    for turn in range(rounds):
        running = data_server().start()
        target = Target(running.endpoint)
        if turn == 0:
            target.client(REGIONS[0]).create_table(**DEFINITION)
            for region in REGIONS[1:]:
                create_replica(target, REGIONS[0], region)
                assert eventually(partial(settled, target))
        writers = [
            threading.Thread(
                target=write_until_killed, args=(target, region, turn, written[region])
            )
            for region in REGIONS
        ]
        for writer in writers:
            writer.start()
        time.sleep(0.7)
        running.kill()
        for writer in writers:
            writer.join()
        target.close()
    with data_server() as running:
        target = Target(running.endpoint)
        wanted = set().union(*written.values())
        assert wanted
        assert eventually(lambda: len({count_items(target, one, TABLE) for one in REGIONS}) == 1)
        for region in REGIONS:
            assert eventually(lambda: wanted <= stored_keys(target, region))  # noqa: B023 - called here
            told = [record["Keys"]["pk"]["S"] for record in stream_records(target, region, TABLE)]
            assert len(told) == len(set(told))
            assert stored_keys(target, region) == set(told)
        target.close()


@pytest.mark.slow
def test_kill_while_a_replica_is_created_finishes_it_after_the_start(
    data_server: Callable[..., Server],
) -> None:
    """A copy that a kill interrupted is complete and active after the next start."""
    running = data_server().start()
    target = Target(running.endpoint)
    client = target.client(REGIONS[0])
    client.create_table(**DEFINITION)
    total = 4_000
    for first in range(0, total, 25):
        requests: list[Any] = [
            {"PutRequest": {"Item": {"pk": {"S": f"{number:06}"}, "v": {"S": "y" * 100}}}}
            for number in range(first, first + 25)
        ]
        client.batch_write_item(RequestItems={TABLE: requests})
    create_replica(target, REGIONS[0], REGIONS[1])
    running.kill()
    target.close()
    with data_server() as again:
        target = Target(again.endpoint)
        assert eventually(lambda: settled(target), seconds_max=20)
        assert eventually(lambda: count_items(target, REGIONS[1], TABLE) == total)
        target.client(REGIONS[1]).put_item(TableName=TABLE, Item={"pk": {"S": "new"}})
        assert eventually(lambda: count_items(target, REGIONS[0], TABLE) == total + 1)
        target.close()
