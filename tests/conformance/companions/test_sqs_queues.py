"""SQS: making, describing and changing queues; the query protocol."""

import json
from collections.abc import Callable, Iterator
from subprocess import run
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from globaltables.client.connection import Connection
from tests.support.server import Server, clean_environment, executable
from tests.support.target import Target
from tests.support.waiting import eventually


@pytest.fixture
def sqs(target: Target) -> Any:
    """A boto3 client."""
    return target.other("sqs")


@pytest.fixture
def name(sqs: Any, worker_id: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A name whose queue goes away with the test."""
    chosen = f"q-{worker_id}-{abs(hash(request.node.name))}"
    yield chosen
    for url in sqs.list_queues(QueueNamePrefix=chosen).get("QueueUrls", []):
        sqs.delete_queue(QueueUrl=url)


def _code(call: Callable[..., Any], **members: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**members)
    return str(refused.value.response["Error"]["Code"])


def test_create_queue_with_the_same_attributes_returns_the_same_queue(sqs: Any, name: str) -> None:
    """With others it is refused; its URL is on the endpoint that was asked."""
    first = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "5"})
    again = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "5"})
    refused = _code(sqs.create_queue, QueueName=name, Attributes={"VisibilityTimeout": "6"})

    assert first["QueueUrl"] == again["QueueUrl"] == sqs.get_queue_url(QueueName=name)["QueueUrl"]
    assert f"{sqs.meta.endpoint_url}/" in first["QueueUrl"]
    assert "QueueAlreadyExists" == refused


@pytest.mark.parametrize(
    ("suffix", "attributes", "code"),
    [
        ("!", {}, "InvalidParameterValue"),
        (".fifo", {}, "InvalidParameterValue"),
        ("", {"FifoQueue": "true"}, "InvalidParameterValue"),
        ("", {"VisibilityTimeout": "43201"}, "InvalidAttributeValue"),
        ("", {"MessageRetentionPeriod": "59"}, "InvalidAttributeValue"),
        ("", {"RedrivePolicy": "{}"}, "InvalidParameterValue"),
        ("", {"Policy": "no json"}, "InvalidAttributeValue"),
        ("", {"ContentBasedDeduplication": "true"}, "InvalidAttributeName"),
        ("", {"KmsMasterKeyId": "alias/aws/sqs"}, "AWS.SimpleQueueService.UnsupportedOperation"),
    ],
)
def test_create_queue_that_is_not_right_is_refused(
    sqs: Any, name: str, suffix: str, attributes: dict[str, str], code: str
) -> None:
    """Names and attributes; nothing is made."""
    assert code == _code(sqs.create_queue, QueueName=name + suffix, Attributes=attributes)
    assert [] == sqs.list_queues(QueueNamePrefix=name).get("QueueUrls", [])


def test_queue_that_is_not_there_is_refused_with_the_old_code(sqs: Any) -> None:
    """SDKs know it by that."""
    code = "AWS.SimpleQueueService.NonExistentQueue"
    assert code == _code(sqs.get_queue_url, QueueName="nowhere")
    url = f"{sqs.meta.endpoint_url}/123456789012/nowhere"
    assert code == _code(sqs.send_message, QueueUrl=url, MessageBody="a")


def test_set_queue_attributes_changes_what_is_given(sqs: Any, name: str) -> None:
    """An empty text takes a policy away."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "7", "Policy": policy})
    asked = ["DelaySeconds", "Policy"]
    set_ = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    left = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]

    assert {"DelaySeconds": "7", "Policy": policy} == set_
    assert {"DelaySeconds": "7"} == left


def test_permissions_are_statements_of_the_policy(sqs: Any, name: str) -> None:
    """Added and removed by their labels."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.add_permission(
        QueueUrl=url, Label="send", AWSAccountIds=["111122223333"], Actions=["SendMessage"]
    )
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    sqs.remove_permission(QueueUrl=url, Label="send")

    (statement,) = json.loads(found["Policy"])["Statement"]
    assert ("send", "SQS:SendMessage") == (statement["Sid"], statement["Action"])
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])


def test_tags_of_a_queue_are_added_and_removed(sqs: Any, name: str) -> None:
    """Those that it was made with among them."""
    url = sqs.create_queue(QueueName=name, tags={"team": "a"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"stage": "test"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["team"])

    assert {"stage": "test"} == sqs.list_queue_tags(QueueUrl=url)["Tags"]


def test_list_queues_in_pages_has_every_queue_once(sqs: Any, name: str) -> None:
    """By name."""
    for number in range(5):
        sqs.create_queue(QueueName=f"{name}-{number}")
    pages = sqs.get_paginator("list_queues").paginate(
        QueueNamePrefix=name, PaginationConfig={"PageSize": 2}
    )
    found = [[url.rpartition("-")[2] for url in page["QueueUrls"]] for page in pages]

    assert [["0", "1"], ["2", "3"], ["4"]] == found


def test_purge_queue_takes_everything_out(sqs: Any, name: str) -> None:
    """What is with somebody too."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="a")
    sqs.receive_message(QueueUrl=url)
    sqs.purge_queue(QueueUrl=url)

    counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert ["0", "0"] == [
        counted[f"ApproximateNumberOfMessages{which}"] for which in ("", "NotVisible")
    ]


def test_retention_goes_by_the_clock_of_the_region() -> None:
    """What is old when the clock was advanced is gone, without anybody looking."""
    with Server("--in-memory") as server:
        sqs = Target(server.endpoint).other("sqs")
        url = sqs.create_queue(QueueName="short", Attributes={"MessageRetentionPeriod": "60"})[
            "QueueUrl"
        ]
        sqs.send_message(QueueUrl=url, MessageBody="a")
        connection = Connection(server.endpoint, "us-east-1")
        connection.call(connection.own().advance_clock, AheadMilliseconds=3_600_000)

        def counted() -> str:
            found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            return str(found["ApproximateNumberOfMessages"])

        assert eventually(lambda: counted() == "0")


def _ask(target: Target, url: str, form: dict[str, str]) -> tuple[int, ET.Element]:
    """Send a form to a queue's URL, as older SDKs do, and return status and XML."""
    assert target.endpoint is not None
    request = AWSRequest("POST", url, data=urlencode({**form, "Version": "2012-11-05"}))
    request.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
    SigV4Auth(Credentials("AKIDEXAMPLE", "secret"), "sqs", "us-east-1").add_auth(request)
    sent = request.prepare()
    assert isinstance(sent.body, str)
    answer = urllib3.request("POST", url, body=sent.body, headers=dict(sent.headers), retries=False)
    return answer.status, ET.fromstring(answer.data)  # noqa: S314 - our own server's


def test_query_protocol_sends_and_receives_at_the_queues_url(
    sqs: Any, target: Target, name: str
) -> None:
    """With the names that it always had: Attribute.1.Name, MessageAttribute.1.Value.StringValue."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    form = {
        "Action": "SendMessage",
        "QueueUrl": url,
        "MessageBody": "by form",
        "MessageAttribute.1.Name": "kind",
        "MessageAttribute.1.Value.DataType": "String",
        "MessageAttribute.1.Value.StringValue": "old",
    }
    sent = _ask(target, url, form)
    form = {"Action": "ReceiveMessage", "QueueUrl": url, "AttributeName.1": "All"}
    received = _ask(target, url, form | {"MessageAttributeName.1": "All"})
    wrong = _ask(target, url, {"Action": "GetQueueUrl", "QueueName": "nowhere"})

    message = received[1].find("ReceiveMessageResult/Message")
    assert message is not None
    found = {one.findtext("Name"): one.findtext("Value") for one in message.iter("Attribute")}
    attribute = message.find("MessageAttribute")
    assert attribute is not None
    assert (200, 200, 400) == (sent[0], received[0], wrong[0])
    assert "by form" == message.findtext("Body")
    assert "1" == found["ApproximateReceiveCount"]
    assert ("kind", "old") == (
        attribute.findtext("Name"),
        attribute.findtext("Value/StringValue"),
    )
    assert "AWS.SimpleQueueService.NonExistentQueue" == wrong[1].findtext("Error/Code")


def test_name_of_a_deleted_queue_is_free_at_once_unless_realistic(sqs: Any, name: str) -> None:
    """And a queue may be purged again at once."""
    codes = []
    with Server("--in-memory", "--realistic") as realistic:
        for client in (sqs, Target(realistic.endpoint).other("sqs")):
            url = client.create_queue(QueueName=name)["QueueUrl"]
            found = []
            for operation, members in (
                ("purge_queue", {"QueueUrl": url}),
                ("purge_queue", {"QueueUrl": url}),
                ("delete_queue", {"QueueUrl": url}),
                ("create_queue", {"QueueName": name}),
            ):
                try:
                    getattr(client, operation)(**members)
                except ClientError as error:
                    found.append(error.response["Error"]["Code"].rpartition(".")[2])
            codes.append(found)

    assert [[], ["PurgeQueueInProgress", "QueueDeletedRecently"]] == codes


def test_aws_cli_reaches_queues_with_its_option(sqs: Any, name: str) -> None:
    """Version 1 reads AWS_ENDPOINT_URL for other services only."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arguments = ["--endpoint-url", sqs.meta.endpoint_url, "--region", "us-east-1"]
    command = [str(executable().parent / "aws"), "sqs", "send-message", "--queue-url", url]
    environment = {
        **clean_environment(),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    run(
        [*command, "--message-body", "by hand", *arguments],
        check=True,
        capture_output=True,
        env=environment,
    )

    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert "by hand" == message["Body"]
