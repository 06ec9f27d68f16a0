"""SQS: sending, receiving, acknowledging; standard and FIFO queues."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.server import Server
from tests.support.target import Target

MakeQueue = Callable[..., str]
_NUMBERS = count(1)


@pytest.fixture
def sqs(target: Target) -> Any:
    """A boto3 client, which verifies every digest."""
    return target.other("sqs")


@pytest.fixture
def make_queue(sqs: Any, worker_id: str) -> Iterator[MakeQueue]:
    """Make queues that go away with the test: `make_queue(fifo=True, VisibilityTimeout="1")` returns the URL."""
    made: list[str] = []

    def make(*, fifo: bool = False, **attributes: str) -> str:
        name = f"messages-{worker_id}-{next(_NUMBERS)}"
        if fifo:
            name += ".fifo"
            attributes["FifoQueue"] = "true"
        made.append(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])
        return made[-1]

    yield make
    for url in made:
        sqs.delete_queue(QueueUrl=url)


def _arn(sqs: Any, url: str) -> str:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


def _bodies(sqs: Any, url: str, **members: Any) -> list[str]:
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **members)
    return [message["Body"] for message in found.get("Messages", [])]


def test_message_with_attributes_comes_back_as_it_was_sent(sqs: Any, make_queue: MakeQueue) -> None:
    """Text, numbers and bytes; boto3 has compared the digests of body and attributes."""
    url = make_queue()
    attributes = {
        "kind": {"DataType": "String", "StringValue": "größe"},
        "price": {"DataType": "Number", "StringValue": "12.5"},
        "shop.raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = sqs.send_message(QueueUrl=url, MessageBody="héllo\n", MessageAttributes=attributes)

    (message,) = sqs.receive_message(
        QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"]
    )["Messages"]

    assert (sent["MessageId"], "héllo\n") == (message["MessageId"], message["Body"])
    assert attributes == message["MessageAttributes"]
    assert "1" == message["Attributes"]["ApproximateReceiveCount"]
    assert abs(int(message["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60


def test_received_message_is_hidden_until_its_time_is_over(sqs: Any, make_queue: MakeQueue) -> None:
    """Who waits gets it then, at once; a deleted one does not come again."""
    url = make_queue(VisibilityTimeout="1")
    sqs.send_message(QueueUrl=url, MessageBody="once more")
    assert ["once more"] == _bodies(sqs, url)
    assert [] == _bodies(sqs, url)

    (again,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])

    assert [] == _bodies(sqs, url, WaitTimeSeconds=2)


def test_long_poll_answers_when_a_message_comes(sqs: Any, make_queue: MakeQueue) -> None:
    """And not before; without one it answers nothing when its time is over."""
    url = make_queue()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_bodies, sqs, url, WaitTimeSeconds=10)
        time.sleep(0.3)
        assert not waiting.done()
        sqs.send_message(QueueUrl=url, MessageBody="now")
        assert ["now"] == waiting.result(timeout=3)


def test_visibility_of_zero_lets_a_message_come_back(sqs: Any, make_queue: MakeQueue) -> None:
    """With a new receipt handle; the old one changes nothing any more."""
    url = make_queue()
    sqs.send_message(QueueUrl=url, MessageBody="a")
    (first,) = sqs.receive_message(QueueUrl=url)["Messages"]
    receipt = first["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)

    (second,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=receipt)

    assert "2" == second["Attributes"]["ApproximateReceiveCount"]
    found = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )
    assert {"ApproximateNumberOfMessagesNotVisible": "1"} == found["Attributes"]


def test_delayed_message_is_not_there_before_its_time(sqs: Any, make_queue: MakeQueue) -> None:
    """It is counted as delayed."""
    url = make_queue()
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    assert [] == _bodies(sqs, url)
    assert "1" == counted["ApproximateNumberOfMessagesDelayed"]
    assert ["later"] == _bodies(sqs, url, WaitTimeSeconds=5)


def test_batches_tell_of_each_entry(sqs: Any, make_queue: MakeQueue) -> None:
    """What is wrong with one does not touch the others."""
    url = make_queue()
    entries = [
        {"Id": "a", "MessageBody": "1"},
        {"Id": "b", "MessageBody": "2", "DelaySeconds": 1000},
        {"Id": "c", "MessageBody": "3"},
    ]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    receipts = [
        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
        for number, message in enumerate(received)
    ]
    changed = sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[{**one, "VisibilityTimeout": 60} for one in receipts]
    )
    deleted = sqs.delete_message_batch(
        QueueUrl=url, Entries=[*receipts, {"Id": "x", "ReceiptHandle": "nonsense"}]
    )

    assert (["a", "c"], [("b", "InvalidParameterValue")]) == (
        [one["Id"] for one in sent["Successful"]],
        [(one["Id"], one["Code"]) for one in sent["Failed"]],
    )
    assert ["1", "3"] == [message["Body"] for message in received]
    assert ["0", "1"] == [one["Id"] for one in changed["Successful"]]
    assert [("x", "ReceiptHandleIsInvalid")] == [
        (one["Id"], one["Code"]) for one in deleted["Failed"]
    ]


def test_fifo_queue_keeps_the_order_of_each_group(sqs: Any, make_queue: MakeQueue) -> None:
    """A group waits while a message of it is with somebody; other groups go on."""
    url = make_queue(fifo=True, ContentBasedDeduplication="true")
    for number in range(6):
        sqs.send_message(QueueUrl=url, MessageBody=str(number), MessageGroupId="ab"[number % 2])

    (first,) = sqs.receive_message(QueueUrl=url)["Messages"]
    others = _bodies(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])

    assert "0" == first["Body"]
    assert ["1", "3", "5"] == others
    assert ["2", "4"] == _bodies(sqs, url)


def test_fifo_message_that_is_sent_twice_is_there_once(sqs: Any, make_queue: MakeQueue) -> None:
    """The second one is answered as the first was."""
    url = make_queue(fifo=True)
    message = {"MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    first = sqs.send_message(QueueUrl=url, **message)
    second = sqs.send_message(QueueUrl=url, **{**message, "MessageBody": "b"})

    assert (first["MessageId"], first["SequenceNumber"]) == (
        second["MessageId"],
        second["SequenceNumber"],
    )
    assert ["a"] == _bodies(sqs, url)


def test_message_that_was_received_too_often_goes_to_the_dead_letter_queue(
    sqs: Any, make_queue: MakeQueue
) -> None:
    """And back with a move task."""
    dead = make_queue()
    policy = {"deadLetterTargetArn": _arn(sqs, dead), "maxReceiveCount": 2}
    url = make_queue(RedrivePolicy=json.dumps(policy), VisibilityTimeout="0")
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    assert [["poison"], ["poison"], []] == [_bodies(sqs, url) for _ in range(3)]

    (letter,) = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"], VisibilityTimeout=0)[
        "Messages"
    ]
    assert [url] == sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"]
    assert _arn(sqs, url) == letter["Attributes"]["DeadLetterQueueSourceArn"]

    sqs.start_message_move_task(SourceArn=_arn(sqs, dead))
    assert ["poison"] == _bodies(sqs, url, WaitTimeSeconds=5)
    (task,) = sqs.list_message_move_tasks(SourceArn=_arn(sqs, dead))["Results"]
    assert ("COMPLETED", 1) == (task["Status"], task["ApproximateNumberOfMessagesMoved"])


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"MessageBody": "a" * 1_048_577}, "InvalidParameterValue"),
        ({"MessageBody": "bad\x01"}, "InvalidMessageContents"),
        ({"MessageBody": "a", "DelaySeconds": 901}, "InvalidParameterValue"),
        ({"MessageBody": "a", "MessageDeduplicationId": "d"}, "InvalidParameterValue"),
        (
            {"MessageBody": "a", "MessageAttributes": {"x": {"DataType": "Odd"}}},
            "InvalidParameterValue",
        ),
        (
            {
                "MessageBody": "a",
                "MessageAttributes": {"x": {"DataType": "Number", "StringValue": "n"}},
            },
            "InvalidParameterValue",
        ),
    ],
)
def test_message_that_is_not_right_is_refused(
    sqs: Any, make_queue: MakeQueue, members: dict[str, Any], code: str
) -> None:
    """With the codes of the query protocol, which SDKs read from a header."""
    with pytest.raises(ClientError) as refused:
        sqs.send_message(QueueUrl=make_queue(), **members)

    assert code == refused.value.response["Error"]["Code"]


def test_message_of_a_fifo_queue_needs_group_and_deduplication(
    sqs: Any, make_queue: MakeQueue
) -> None:
    """Unless its content tells."""
    url = make_queue(fifo=True)
    refused = []
    for members in ({}, {"MessageGroupId": "g"}):
        with pytest.raises(ClientError) as error:
            sqs.send_message(QueueUrl=url, MessageBody="a", **members)
        refused.append(error.value.response["Error"]["Code"])

    assert ["MissingParameter", "InvalidParameterValue"] == refused


def test_acknowledged_messages_survive_a_kill(data_server: Callable[..., Server]) -> None:
    """With their order, their receptions and what was deduplicated."""
    server = data_server()
    server.start()
    sqs = Target(server.endpoint).other("sqs")
    name = "durable.fifo"
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    for number in range(20):
        sqs.send_message(QueueUrl=url, MessageBody=str(number), MessageGroupId="g")
    (held,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    server.kill()
    server.start()

    sqs = Target(server.endpoint).other("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    assert [] == _bodies(sqs, url)
    sqs.send_message(QueueUrl=url, MessageBody="19", MessageGroupId="g")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"])

    assert [str(number) for number in range(1, 11)] == _bodies(sqs, url, VisibilityTimeout=0)
    counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert "19" == counted["ApproximateNumberOfMessages"]
    server.stop()
