"""A disk that takes no more: the files of a running server may not grow beyond what they are."""

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.crash_workload import DEFINITION, TABLE, Connection, RefusedError, key_of
from tests.support.server import Server

_LEFT_BYTES = 100_000


def _put(connection: Connection, number: int) -> dict[str, Any]:
    item = {**key_of(("p", str(number))), "v": {"S": "x" * 1_000}}
    return connection.call("PutItem", {"TableName": TABLE, "Item": item})


def _put_many(connection: Connection, written: set[str]) -> None:
    for number in range(50, 1_000):
        _put(connection, number)
        written.add(str(number))


def _stored(connection: Connection) -> set[str]:
    found = connection.call(
        "Query",
        {
            "TableName": TABLE,
            "KeyConditionExpression": "pk = :p",
            "ProjectionExpression": "sk",
            "ExpressionAttributeValues": {":p": {"S": "p"}},
        },
    )
    return {item["sk"]["S"] for item in found["Items"]}


@pytest.mark.slow
def test_full_disk_refuses_writes_serves_reads_and_loses_nothing(
    data_server: Callable[..., Server], tmp_path: Path
) -> None:
    """Writes are answered 503, reads go on, and after a restart with room everything acknowledged is there."""
    server = data_server().start()
    connection = Connection(server.endpoint)
    connection.call("CreateTable", DEFINITION)
    written = set()
    for number in range(50):
        _put(connection, number)
        written.add(str(number))
    largest = max(path.stat().st_size for path in tmp_path.rglob("*.log"))
    limit = largest + _LEFT_BYTES
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (limit, limit))
    with pytest.raises(RefusedError) as refused:
        _put_many(connection, written)
    assert refused.value.status == 503
    assert "ServiceUnavailable" in refused.value.body["__type"]
    assert len(written) > 60
    assert written == _stored(connection)
    with pytest.raises(RefusedError):
        _put(connection, 2_000)
    assert written == _stored(connection)
    connection.close()
    assert 0 == server.stop()
    with server:
        connection = Connection(server.endpoint)
        assert written == _stored(connection)
        _put(connection, 3_000)
        assert {*written, "3000"} == _stored(connection)
        connection.close()
