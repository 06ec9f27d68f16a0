"""Event source mappings, with boto3: functions that take changes of tables and messages of queues."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.functions import ACCOUNT, REGION, Functions, received, service_client
from tests.support.server import Server
from tests.support.waiting import eventually

_QUEUES = f"arn:aws:sqs:{REGION}:{ACCOUNT}"
#: Notes what it was given in a table, and fails on what begins with "bad".
_NOTING = """
import boto3, json, os
client = boto3.client("dynamodb")
def key_of(record):
    return record["dynamodb"]["Keys"]["pk"]["S"] if "dynamodb" in record else record["body"]
def handler(event, context):
    keys = [key_of(record) for record in event["Records"]]
    client.update_item(
        TableName=os.environ["NOTES"], Key={"pk": {"S": "batches"}},
        UpdateExpression="SET given = list_append(if_not_exists(given, :none), :batch)",
        ExpressionAttributeValues={":none": {"L": []}, ":batch": {"L": [{"S": json.dumps(keys)}]}})
    bad = [record for record in event["Records"] if key_of(record).startswith("bad")]
    if bad and os.environ.get("REPORT"):
        names = [r["dynamodb"]["SequenceNumber"] if "dynamodb" in r else r["messageId"] for r in bad]
        return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}
    if bad:
        raise ValueError("bad")
"""
_ECHOING = """
import json
import boto3, os
def handler(event, context):
    boto3.client("dynamodb").put_item(TableName=os.environ["NOTES"], Item={
        "pk": {"S": "event"}, "event": {"S": json.dumps(event)}})
"""


#: Processes start slowly on a machine that has much to do.
_soon = partial(eventually, seconds_max=30)


class World:
    """A table with a stream, a table for notes, and functions that note what they are given."""

    def __init__(self, endpoint: str, functions: Functions, make_table: Callable[..., str]) -> None:
        self.endpoint = endpoint
        self.functions = functions
        self.tables = service_client(endpoint, "dynamodb")
        self.notes = make_table()
        self.source = make_table(
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        )
        told = self.tables.describe_table(TableName=self.source)
        self.stream = str(told["Table"]["LatestStreamArn"])
        self.mappings: list[str] = []
        self.written = 0

    def function(self, name: str, code: str = _NOTING, **variables: str) -> str:
        """Make a function that knows the table for notes."""
        environment = {"Variables": {"NOTES": self.notes, **variables}}
        self.functions.make(name, code, Environment=environment)
        return name

    def feed(self, name: str, **members: Any) -> dict[str, Any]:
        """Make a mapping from the stream, unless another source is given."""
        request = {"EventSourceArn": self.stream, **members}
        if ":dynamodb:" in request["EventSourceArn"]:
            request.setdefault("StartingPosition", "TRIM_HORIZON")
        made: dict[str, Any] = self.functions.client.create_event_source_mapping(
            FunctionName=name, **request
        )
        self.mappings.append(made["UUID"])
        return made

    def put(self, *keys: str) -> None:
        """Write items, one after the other."""
        for key in keys:
            self.written += 1
            item = {"pk": {"S": key}, "number": {"N": str(self.written)}}
            self.tables.put_item(TableName=self.source, Item=item)

    def given(self) -> list[list[str]]:
        """Return the keys of the batches that the functions were given."""
        found = self.tables.get_item(
            TableName=self.notes, Key={"pk": {"S": "batches"}}, ConsistentRead=True
        )
        return [json.loads(one["S"]) for one in found.get("Item", {}).get("given", {"L": []})["L"]]

    def keys(self) -> list[str]:
        """Return the keys that were given, in whatever batches."""
        return [key for batch in self.given() for key in batch]

    def wait_for(self, *batches: list[str]) -> None:
        """Wait until exactly these batches were given."""
        assert _soon(lambda: list(batches) == self.given()), self.given()

    def wait_for_keys(self, *keys: str) -> None:
        """Wait until these keys were given, in whatever batches."""
        assert _soon(lambda: list(keys) == self.keys()), self.given()

    def close(self) -> None:
        """Delete the mappings."""
        for uuid in self.mappings:
            try:
                self.functions.client.delete_event_source_mapping(UUID=uuid)
            except self.functions.client.exceptions.ResourceNotFoundException:
                continue  # the test deleted it
        self.functions.delete_all()


@pytest.fixture
def world(server: Server, make_table: Callable[..., str]) -> Iterator[World]:
    """What these tests work with, on the run's server."""
    made = World(server.endpoint, Functions(server.endpoint), make_table)
    yield made
    made.close()


def _queue(endpoint: str, name: str) -> tuple[Any, str]:
    sqs = service_client(endpoint, "sqs")
    return sqs, sqs.create_queue(QueueName=name)["QueueUrl"]


def _refused(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**members)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_create_mapping_is_described_with_its_defaults(world: World) -> None:
    """The members of AWS, with AWS's defaults; it is enabled when asked again."""
    name = world.function("described")
    made = world.feed(name)
    assert "Creating" == made["State"]
    told = world.functions.client.get_event_source_mapping(UUID=made["UUID"])
    for member in ("ResponseMetadata", "LastModified", "UUID"):
        assert told.pop(member)
    region_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}"
    expected = {
        "EventSourceMappingArn": f"{region_arn}:event-source-mapping:{made['UUID']}",
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0,
        "ParallelizationFactor": 1,
        "EventSourceArn": world.stream,
        "FunctionArn": f"{region_arn}:function:{name}",
        "LastProcessingResult": "No records processed",
        "State": "Enabled",
        "StateTransitionReason": "User action",
        "DestinationConfig": {"OnFailure": {}},
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": False,
        "MaximumRetryAttempts": -1,
        "TumblingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
    }
    assert expected == told
    listed = world.functions.client.list_event_source_mappings(FunctionName=name)
    assert [made["UUID"]] == [one["UUID"] for one in listed["EventSourceMappings"]]


def test_stream_event_has_the_record_of_the_stream(world: World) -> None:
    """A function is given what GetRecords has, with the ARN of the stream."""
    world.feed(world.function("echoing", _ECHOING))
    world.put("one")

    def event() -> Any:
        found = world.tables.get_item(TableName=world.notes, Key={"pk": {"S": "event"}})
        return found.get("Item")

    assert _soon(event)
    (record,) = json.loads(event()["event"]["S"])["Records"]
    change = record["dynamodb"]
    assert ("INSERT", "aws:dynamodb", world.stream) == (
        record["eventName"],
        record["eventSource"],
        record["eventSourceARN"],
    )
    assert ({"pk": {"S": "one"}}, {"N": "1"}) == (change["Keys"], change["NewImage"]["number"])


def test_stream_from_its_beginning_is_given_in_batches(world: World) -> None:
    """What was written before the mapping comes in batches of the size, in order."""
    world.put("a", "b", "c", "d", "e")
    world.feed(world.function("from-the-beginning"), BatchSize=2)
    world.wait_for(["a", "b"], ["c", "d"], ["e"])


def test_stream_from_now_on_is_given_without_what_was(world: World) -> None:
    """LATEST begins behind what was written before the mapping was made."""
    world.put("before")
    world.feed(world.function("from-now"), StartingPosition="LATEST")
    world.put("after")
    world.wait_for(["after"])


def test_batch_with_a_window_is_gathered(world: World) -> None:
    """Within the window, single writes become one batch."""
    world.feed(world.function("gathering"), MaximumBatchingWindowInSeconds=1)
    world.put("a", "b", "c")
    world.wait_for(["a", "b", "c"])


def test_batch_that_fails_is_halved_given_up_and_told_of(world: World) -> None:
    """The bad record is found by halves, tried again, sent to the destination; the others are taken, in order."""
    name = world.function("halving")
    sqs, url = _queue(world.endpoint, "halving")
    world.put("a", "bad", "c", "d")
    world.feed(
        name,
        BatchSize=4,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": f"{_QUEUES}:halving"}},
    )
    batches = [["a", "bad", "c", "d"], ["a", "bad"], ["a"], ["bad"], ["bad"], ["c", "d"]]
    world.wait_for(*batches)
    told = received(sqs, url, 1)[0]
    assert "RetryAttemptsExhausted" == told["requestContext"]["condition"]
    information = told["DDBStreamBatchInfo"]
    assert (1, world.stream) == (information["batchSize"], information["streamArn"])
    assert information["startSequenceNumber"] == information["endSequenceNumber"]
    assert information["shardId"].startswith("shardId-")


def test_batch_of_which_items_failed_goes_on_from_the_first(world: World) -> None:
    """With ReportBatchItemFailures what was before the failure is taken, and the rest comes again."""
    name = world.function("reporting", REPORT="yes")
    world.put("a", "b", "bad", "c")
    world.feed(name, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1)
    world.wait_for(["a", "b", "bad", "c"], ["bad", "c"])
    world.put("d")
    world.wait_for(["a", "b", "bad", "c"], ["bad", "c"], ["d"])


def test_filters_let_through_what_is_wanted(world: World) -> None:
    """Records that no filter wants are passed by."""
    pattern = {"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "order-"}]}}}, "eventName": ["INSERT"]}
    world.feed(
        world.function("filtering"),
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]},
    )
    world.put("user-1", "order-1", "user-2", "order-2")
    world.wait_for_keys("order-1", "order-2")


def test_lanes_keep_the_order_of_an_item(world: World) -> None:
    """With several lanes, every record comes, and those of one item in their order."""
    world.feed(world.function("lanes"), ParallelizationFactor=4, BatchSize=5)
    for _ in range(5):
        world.put("a", "b", "c", "d", "e", "f")
    assert _soon(lambda: 30 == len(world.keys()))
    assert 5 == world.keys().count("a")


def test_mapping_that_is_disabled_takes_nothing_until_it_is_enabled(world: World) -> None:
    """What was written meanwhile comes when it is enabled."""
    name = world.function("pausing")
    uuid = world.feed(name)["UUID"]
    client = world.functions.client
    world.put("a")
    world.wait_for(["a"])
    assert "Disabling" == client.update_event_source_mapping(UUID=uuid, Enabled=False)["State"]
    assert "Disabled" == client.get_event_source_mapping(UUID=uuid)["State"]
    world.put("b")
    told = client.update_event_source_mapping(UUID=uuid, Enabled=True, BatchSize=7)
    assert ("Enabling", 7) == (told["State"], told["BatchSize"])
    world.wait_for(["a"], ["b"])
    assert "OK" == client.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]
    assert "Deleting" == client.delete_event_source_mapping(UUID=uuid)["State"]
    assert "ResourceNotFoundException" == _refused(client.get_event_source_mapping, UUID=uuid)[0]


def test_messages_of_a_queue_are_taken_and_deleted(world: World) -> None:
    """A message is given with its attributes, and is gone then."""
    name = world.function("receiving", _ECHOING)
    sqs, url = _queue(world.endpoint, "receiving")
    sqs.send_message(
        QueueUrl=url,
        MessageBody="hello",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "greeting"}},
    )
    world.feed(name, EventSourceArn=f"{_QUEUES}:receiving")

    def event() -> Any:
        found = world.tables.get_item(TableName=world.notes, Key={"pk": {"S": "event"}})
        return found.get("Item")

    assert _soon(event)
    (record,) = json.loads(event()["event"]["S"])["Records"]
    assert ("hello", "aws:sqs", f"{_QUEUES}:receiving", REGION) == (
        record["body"],
        record["eventSource"],
        record["eventSourceARN"],
        record["awsRegion"],
    )
    assert "greeting" == record["messageAttributes"]["kind"]["stringValue"]
    assert "1" == record["attributes"]["ApproximateReceiveCount"]

    def left() -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(map(int, found.values()))

    assert _soon(lambda: left() == 0)


def test_messages_within_a_window_are_gathered(world: World) -> None:
    """Single messages become one batch of more than a request brings."""
    name = world.function("gathered")
    sqs, url = _queue(world.endpoint, "gathered")
    for start in (0, 10):
        entries = [{"Id": str(n), "MessageBody": f"m{n}"} for n in range(start, start + 10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    world.feed(
        name,
        EventSourceArn=f"{_QUEUES}:gathered",
        BatchSize=20,
        MaximumBatchingWindowInSeconds=2,
    )
    assert _soon(lambda: 20 == len(world.keys()))
    assert any(len(batch) > 1 for batch in world.given())


def test_messages_that_failed_stay_in_the_queue(world: World) -> None:
    """With ReportBatchItemFailures only those that failed are left, for their time to come again."""
    name = world.function("partly", REPORT="yes")
    sqs, url = _queue(world.endpoint, "partly")
    entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(("a", "bad", "c"))]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    world.feed(
        name,
        EventSourceArn=f"{_QUEUES}:partly",
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    assert _soon(lambda: ["a", "bad", "c"] == sorted(world.keys()))

    def hidden() -> str:
        names = ["ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return str(found[names[0]])

    assert _soon(lambda: hidden() == "1")


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/s"}, "kinesis is not"),
        ({"EventSourceArn": f"{_QUEUES}:no-such-queue"}, "SQS Error Code: "),
        ({"TumblingWindowInSeconds": 30}, "TumblingWindowInSeconds is not supported"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "Invalid filter pattern definition."),
        ({"MaximumRecordAgeInSeconds": 5}, "MaximumRecordAgeInSeconds"),
        (
            {
                "DestinationConfig": {
                    "OnFailure": {"Destination": "arn:aws:iam::123456789012:role/x"}
                }
            },
            "is invalid",
        ),
        ({"StartingPosition": "AT_TIMESTAMP"}, "Timestamp must be specified"),
    ],
)
def test_create_mapping_of_what_cannot_be_is_refused(
    world: World, members: dict[str, Any], text: str
) -> None:
    """What is missing, wrong or not there is told."""
    name = world.function("refusing")
    with pytest.raises(ClientError) as refusal:
        world.feed(name, **members)
    error = refusal.value.response["Error"]
    assert "InvalidParameterValueException" == error["Code"]
    assert text in error["Message"]


def test_create_mapping_for_no_function_or_twice_is_refused(world: World) -> None:
    """A mapping has a function, and there is one for a source and a function."""
    assert ("InvalidParameterValueException", "Function does not exist") == _refused(
        world.functions.client.create_event_source_mapping,
        FunctionName="none",
        EventSourceArn=world.stream,
        StartingPosition="LATEST",
    )
    name = world.function("once")
    world.feed(name)
    with pytest.raises(ClientError) as refusal:
        world.feed(name)
    assert "ResourceConflictException" == refusal.value.response["Error"]["Code"]


def test_mapping_goes_on_after_a_crash(data_server: Callable[..., Server]) -> None:
    """The cursor is durable: what was taken does not come again after kill -9, what was not does."""
    with data_server() as server:
        tables = service_client(server.endpoint, "dynamodb")

        def make(name: str, **members: Any) -> str:
            request: dict[str, Any] = {
                "TableName": name,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                **members,
            }
            tables.create_table(**request)
            return name

        count = iter(("notes", "source"))
        world = World(
            server.endpoint,
            Functions(server.endpoint),
            lambda **members: make(next(count), **members),
        )
        world.feed(world.function("durable"))
        world.put("a", "b")
        world.wait_for_keys("a", "b")
        settled = world.functions.client.get_event_source_mapping(UUID=world.mappings[0])
        assert "OK" == settled["LastProcessingResult"]
        server.kill()
        server.start()
        world.tables = service_client(server.endpoint, "dynamodb")
        world.put("c")
        world.wait_for_keys("a", "b", "c")
