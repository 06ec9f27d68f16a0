"""A process that is killed while it delivers to Kinesis goes on where it stood: nothing is lost or out of order."""

import threading
from collections.abc import Callable
from typing import Any

from tests.support.kinesis import KinesisEndpoint, stream_arn
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

TABLE = "orders"
ITEMS = 8
WRITES_MAX = 50  # of an item and a turn


def create(target: Target) -> None:
    """Make the table and the destination."""
    client = target.client()
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.enable_kinesis_streaming_destination(TableName=TABLE, StreamArn=stream_arn(TABLE))


def write_until_killed(target: Target, key: str, first: int, written: dict[str, int]) -> None:
    """Write ascending numbers to one item, and note the last that was acknowledged, until the server is gone."""
    client = target.client()
    for number in range(first, first + WRITES_MAX):
        try:
            client.put_item(TableName=TABLE, Item={"pk": {"S": key}, "v": {"N": str(number)}})
        except Exception:  # noqa: BLE001 - whatever a killed server looks like to a client
            return
        written[key] = number


def values(records: list[dict[str, Any]], key: str) -> list[int]:
    """Return the values of an item in the order of their first arrival."""
    images = [record["dynamodb"]["NewImage"] for record in records]
    return [*dict.fromkeys(int(image["v"]["N"]) for image in images if image["pk"]["S"] == key)]


def test_kill_while_delivering_loses_nothing_and_keeps_the_order(
    data_server: Callable[..., Server],
) -> None:
    """Killed again and again, with a stream that fails in between: every acknowledged change arrives, in order."""
    written: dict[str, int] = {}
    with KinesisEndpoint() as kinesis:
        stream = kinesis.create(TABLE)
        for turn in range(2):
            server = data_server("--kinesis-endpoint", kinesis.url).start()
            target = Target(server.endpoint)
            if turn == 0:
                create(target)
            stream.failures.extend([500, lambda place: place % 2 == 0, 500])
            already = len(stream.taken)
            writers = [
                threading.Thread(
                    target=write_until_killed,
                    args=(target, f"item-{item}", written.get(f"item-{item}", -1) + 1, written),
                )
                for item in range(ITEMS)
            ]
            for writer in writers:
                writer.start()
            eventually(lambda: len(stream.taken) > already + 30)  # noqa: B023 - called at once
            server.kill()
            for writer in writers:
                writer.join()
            target.close()
        with data_server("--kinesis-endpoint", kinesis.url):
            complete = eventually(
                lambda: all(written[key] in values(stream.records, key) for key in list(written))
            )

    assert complete
    assert ITEMS == len(written)
    for key, last in written.items():
        assert [*range(last + 1)] == [one for one in values(stream.records, key) if one <= last]


def test_stream_that_was_away_gets_everything_after_a_restart(
    data_server: Callable[..., Server],
) -> None:
    """Changes wait on the disk, not in memory; a node that stops meanwhile stops at once."""
    with KinesisEndpoint() as kinesis:
        stream = kinesis.create(TABLE)
        with data_server("--kinesis-endpoint", kinesis.url) as server:
            target = Target(server.endpoint)
            create(target)
            kinesis.stop()
            for number in range(20):
                target.client().put_item(
                    TableName=TABLE, Item={"pk": {"S": "a"}, "v": {"N": str(number)}}
                )
            target.client().disable_kinesis_streaming_destination(
                TableName=TABLE, StreamArn=stream_arn(TABLE)
            )
            target.close()
        kinesis.start()
        with data_server("--kinesis-endpoint", kinesis.url):
            eventually(lambda: len(stream.taken) >= 20)

    assert [*range(20)] == values(stream.records, "a")
