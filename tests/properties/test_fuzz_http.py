"""Whatever bytes a connection brings: every request is answered or refused, none fails, and nothing is left hanging."""

import asyncio
import random
import re
from collections.abc import Iterator

import pytest

from globaltables.runtime.clock import VirtualClock
from globaltables.server.http import Connection
from globaltables.server.responses import Responses
from tests.support.in_process import InProcess
from tests.support.odd_http import odd_stream
from tests.support.transports import RecordingTransport

_CONNECTIONS = 700
_TURNS_MAX = 2_000
_TABLE = "fuzzed"
_KEY = {"pk": {"S": "a"}}
#: Right requests, before anything happens to them.
_REQUESTS: dict[str, object] = {
    "PutItem": {
        "TableName": _TABLE,
        "Item": {**_KEY, "n": {"N": "1"}, "m": {"M": {"a": {"S": "a"}}}},
    },
    "GetItem": {"TableName": _TABLE, "Key": _KEY, "ProjectionExpression": "m.a, n"},
    "UpdateItem": {
        "TableName": _TABLE,
        "Key": _KEY,
        "UpdateExpression": "SET #n = #n + :one",
        "ExpressionAttributeNames": {"#n": "n"},
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    },
    "Query": {
        "TableName": _TABLE,
        "KeyConditionExpression": "pk = :a",
        "ExpressionAttributeValues": {":a": {"S": "a"}},
        "Limit": 2,
    },
    "BatchWriteItem": {"RequestItems": {_TABLE: [{"PutRequest": {"Item": _KEY}}]}},
    "TransactWriteItems": {"TransactItems": [{"Put": {"TableName": _TABLE, "Item": _KEY}}]},
}
_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n", re.DOTALL)
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
#: AWS's answers, and what HTTP has for what is no request.
_STATUSES = {100, 200, 400, 404, 408, 413, 431}


@pytest.fixture(scope="module", params=["wellformed", "signature"])
def node(request: pytest.FixtureRequest) -> Iterator[InProcess]:
    """A node with a table of one item, and one that lets nobody in."""
    keys = (("AKIDEXAMPLE", "secret"),) if request.param == "signature" else ()
    with InProcess(auth=request.param, access_keys=keys) as made:
        created = made.ask(
            "DynamoDB_20120810.CreateTable",
            {
                "TableName": _TABLE,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )
        assert (400 if keys else 200) == created.status
        yield made


def _statuses(written: bytes) -> list[int]:
    """Return the statuses of complete responses.

    Raises:
        AssertionError: something else was written too.
    """
    found = []
    at = 0
    while at < len(written):
        head = _HEAD.match(written, at)
        assert head, written[at : at + 200]
        found.append(int(head[1]))
        length = _LENGTH.search(head[2])
        at = head.end()
        if length:
            at += int(length[1])
        elif b"chunked" in head[2]:
            assert written[at : at + 5] == b"0\r\n\r\n"
            at += 5
    assert at == len(written), "a response was cut off"
    return found


async def _converse(node: InProcess, stream: bytes, chance: random.Random) -> RecordingTransport:
    """Let a client send bytes in pieces, close its half, and wait for the end of the connection."""
    transport = RecordingTransport()
    connection = Connection(
        node.pipeline,
        Responses(VirtualClock()),
        made=lambda _: True,
        lost=lambda _: None,
        flush_soon=Connection.flush,
    )
    connection.connection_made(transport)
    pieces = chance.choice((1, 1, 2, 5))
    size = max(1, -(-len(stream) // pieces))
    for begin in range(0, len(stream), size):
        if not (transport.closed or transport.half_closed):
            connection.data_received(stream[begin : begin + size])
        await asyncio.sleep(0)
    if not (transport.closed or transport.half_closed) and not connection.eof_received():
        transport.close()  # what asyncio does with a false answer
    for _ in range(_TURNS_MAX):
        if transport.closed or transport.half_closed:
            return transport
        await asyncio.sleep(0)
    raise AssertionError("the connection hangs")


def test_bytes_of_any_kind_are_answered_or_refused(node: InProcess, fuzz_seed: int) -> None:
    """Statuses are AWS's, responses are whole, and the connection comes to its end."""
    for number in range(_CONNECTIONS):
        chance = random.Random(fuzz_seed * _CONNECTIONS + number)
        stream = odd_stream(chance, _REQUESTS)
        try:
            transport = node.run(_converse(node, stream, chance))
            if b"HEAD " in stream:  # its response names the length of a body that is not there
                statuses = [int(head[1]) for head in _HEAD.finditer(transport.written)]
            else:
                statuses = _statuses(transport.written)
            assert _STATUSES >= set(statuses)
        except Exception as error:
            error.add_note(f"seed {fuzz_seed}, connection {number}: {stream[:600]!r}")
            raise
