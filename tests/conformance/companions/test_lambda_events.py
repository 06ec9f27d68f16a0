"""Invocations that wait, with boto3: they run later, again when they fail, and somebody is told of how they end."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from globaltables.client.connection import Connection
from tests.support.functions import (
    ACCOUNT,
    REGION,
    Functions,
    archive,
    received,
    service_client,
)
from tests.support.server import Server
from tests.support.waiting import eventually

_QUEUES = f"arn:aws:sqs:{REGION}:{ACCOUNT}"
_FAILING = "def handler(event, context):\n    raise ValueError('never')\n"
_PUTTING = """
import boto3
client = boto3.client("dynamodb")
def handler(event, context):
    client.put_item(TableName=event["table"], Item={"pk": {"S": event["key"]}})
    return "done"
"""


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A server whose clock the tests advance."""
    with Server("--in-memory") as running:
        yield running


@pytest.fixture
def functions(own: Server) -> Iterator[Functions]:
    """Functions of that server."""
    made = Functions(own.endpoint)
    yield made
    made.delete_all()


def _advance(own: Server, seconds: int) -> None:
    """Let the clock of the server's region go forward."""
    connection = Connection(own.endpoint, REGION)
    ahead = connection.call(connection.own().describe_clock)["AheadMilliseconds"]
    connection.call(connection.own().advance_clock, AheadMilliseconds=ahead + seconds * 1000)


def _send(functions: Functions, name: str, event: Any) -> None:
    answer = functions.client.invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(event)
    )
    assert 202 == answer["StatusCode"]


def test_event_that_fails_is_tried_three_times_and_told_of(
    functions: Functions, own: Server
) -> None:
    """After one minute and after two more it is tried again; then the destination and the dead letter queue have it."""
    sqs = service_client(own.endpoint, "sqs")
    told = sqs.create_queue(QueueName="failures")["QueueUrl"]
    letters = sqs.create_queue(QueueName="letters")["QueueUrl"]
    functions.make("failing", _FAILING, DeadLetterConfig={"TargetArn": f"{_QUEUES}:letters"})
    functions.client.put_function_event_invoke_config(
        FunctionName="failing",
        DestinationConfig={"OnFailure": {"Destination": f"{_QUEUES}:failures"}},
    )
    _send(functions, "failing", {"a": 1})
    logs = service_client(own.endpoint, "logs")
    for tries, seconds in ((1, 60), (2, 120)):
        assert eventually(partial(_has_tried, logs, tries), seconds_max=30)
        _advance(own, seconds)
    record = received(sqs, told, 1)[0]
    context = record["requestContext"]
    assert ("RetriesExhausted", 3) == (context["condition"], context["approximateInvokeCount"])
    assert f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:failing:$LATEST" == context["functionArn"]
    assert {"a": 1} == record["requestPayload"]
    assert "never" == record["responsePayload"]["errorMessage"]
    assert "Unhandled" == record["responseContext"]["functionError"]
    assert [{"a": 1}] == received(sqs, letters, 1)


def _has_tried(logs: Any, tries: int) -> bool:
    try:
        events = logs.filter_log_events(logGroupName="/aws/lambda/failing", filterPattern="REPORT")
    except logs.exceptions.ResourceNotFoundException:
        return False
    return tries == len(events["events"])


def test_event_that_succeeds_is_told_of(functions: Functions, own: Server) -> None:
    """The destination for successes gets the event and the answer."""
    sqs = service_client(own.endpoint, "sqs")
    url = sqs.create_queue(QueueName="successes")["QueueUrl"]
    functions.make("echo")
    functions.client.put_function_event_invoke_config(
        FunctionName="echo",
        DestinationConfig={"OnSuccess": {"Destination": f"{_QUEUES}:successes"}},
    )
    _send(functions, "echo", {"b": 2})
    record = received(sqs, url, 1)[0]
    assert ("Success", 1) == (
        record["requestContext"]["condition"],
        record["requestContext"]["approximateInvokeCount"],
    )
    assert ({"b": 2}, {"b": 2}) == (record["requestPayload"], record["responsePayload"])


def test_event_that_is_too_old_is_not_run(functions: Functions, own: Server) -> None:
    """What was throttled for longer than it may be old is given up."""
    sqs = service_client(own.endpoint, "sqs")
    url = sqs.create_queue(QueueName="aged")["QueueUrl"]
    functions.make("held")
    functions.client.put_function_concurrency(FunctionName="held", ReservedConcurrentExecutions=0)
    functions.client.put_function_event_invoke_config(
        FunctionName="held",
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": f"{_QUEUES}:aged"}},
    )
    _send(functions, "held", {})
    _advance(own, 61)
    record = received(sqs, url, 1)[0]
    assert "EventAgeExceeded" == record["requestContext"]["condition"]
    assert "responsePayload" not in record


def test_event_that_was_accepted_survives_a_crash(
    data_server: Callable[..., Server],
) -> None:
    """What was answered with 202 runs after kill -9 and a new start, with the function that is on the disk."""
    with data_server() as first:
        functions = Functions(first.endpoint)
        service_client(first.endpoint, "dynamodb").create_table(**_EVENTS)
        functions.make("putting", _PUTTING)
        functions.client.put_function_concurrency(
            FunctionName="putting", ReservedConcurrentExecutions=0
        )
        _send(functions, "putting", {"table": "events", "key": "kept"})
        functions.client.delete_function_concurrency(FunctionName="putting")
        first.kill()
        first.start()
        client = service_client(first.endpoint, "dynamodb")
        assert eventually(partial(_is_there, client, "kept"), seconds_max=30)


def test_stop_ends_a_function_whose_event_runs_again(
    data_server: Callable[..., Server],
) -> None:
    """A handler that works on does not hold up the end of the node, and its event is not lost, retries or not."""
    server = data_server()
    server.start()
    functions = Functions(server.endpoint)
    client = service_client(server.endpoint, "dynamodb")
    client.create_table(**_EVENTS)
    functions.make("slow", _SLOW)
    functions.client.put_function_event_invoke_config(FunctionName="slow", MaximumRetryAttempts=0)
    _send(functions, "slow", {})
    assert eventually(partial(_is_there, client, "first"), seconds_max=30)
    began = time.monotonic()
    assert 0 == server.stop()
    assert time.monotonic() - began < 5
    server.start()
    client = service_client(server.endpoint, "dynamodb")
    assert eventually(partial(_is_there, client, "second"), seconds_max=30)


def test_stop_leaves_no_folder_and_no_process_behind(tmp_path: Path) -> None:
    """What functions had of their own on the disk goes with a node in memory, and their processes go too."""
    with Server("--in-memory", environment={"TMPDIR": str(tmp_path)}) as server:
        functions = Functions(server.endpoint)
        functions.make("gone", "import os\ndef handler(event, context):\n    return os.getpid()\n")
        pid = functions.run("gone").payload
        assert any(tmp_path.iterdir())
    assert [] == [path.name for path in tmp_path.iterdir()]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def _is_there(client: Any, key: str) -> bool:
    return "Item" in client.get_item(TableName="events", Key={"pk": {"S": key}})


_EVENTS: dict[str, Any] = {
    "TableName": "events",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
_SLOW = """
import time
import boto3
client = boto3.client("dynamodb")
def handler(event, context):
    item = {"pk": {"S": "first"}}
    if "Attributes" in client.put_item(TableName="events", Item=item, ReturnValues="ALL_OLD"):
        client.put_item(TableName="events", Item={"pk": {"S": "second"}})
    else:
        time.sleep(8)
"""


@pytest.mark.parametrize("runtime", ["python3.12", "nodejs20.x"])
def test_handler_has_the_clock_of_its_region(
    functions: Functions, own: Server, runtime: str
) -> None:
    """On an advanced clock, a handler sees the time that everything here is dated by, and can still sign and wait."""
    if runtime.startswith("nodejs") and shutil.which("node") is None:
        pytest.skip("node is not on the PATH")
    name = f"clock-{runtime.partition('.')[0]}"
    functions.make(name, Runtime=runtime, Code={"ZipFile": archive(_CLOCKS)})
    before = functions.run(name).payload
    _advance(own, 9 * 86_400)
    after = functions.run(name).payload
    assert 9 == round((after["now"] - before["now"]) / 86_400)
    assert 9 == round((after["day"] - before["day"]) / 86_400)
    assert 5_000 < after["left"] <= 10_000


_CLOCKS = {
    "index.py": """
import time
from datetime import date, datetime
import boto3
def handler(event, context):
    boto3.client("dynamodb").list_tables()
    day = time.mktime(date.today().timetuple())
    assert abs(datetime.now().timestamp() - time.time()) < 5
    return {"now": datetime.now().timestamp(), "day": day, "left": context.get_remaining_time_in_millis()}
""",
    "index.js": """
exports.handler = async (event, context) => ({
    now: Date.now() / 1000, day: new Date().getTime() / 1000, left: context.getRemainingTimeInMillis() });
""",
}
