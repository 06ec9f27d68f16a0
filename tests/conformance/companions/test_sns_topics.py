"""SNS: topics, subscriptions, filters, deliveries."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, Self

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

ACCOUNT = "123456789012"


@pytest.fixture
def sns(target: Target) -> Any:
    """A boto3 client."""
    return target.other("sns")


@pytest.fixture
def sqs(target: Target) -> Any:
    """A boto3 client of the queues that messages are looked at in."""
    return target.other("sqs")


@pytest.fixture
def name(worker_id: str, request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return f"sns-{worker_id}-{abs(hash(request.node.name))}"


@pytest.fixture
def topic(sns: Any, name: str) -> Iterator[str]:
    """The ARN of a topic of the test's name."""
    arn = str(sns.create_topic(Name=name)["TopicArn"])
    yield arn
    sns.delete_topic(TopicArn=arn)


@pytest.fixture
def queue(sqs: Any, name: str) -> Iterator[str]:
    """The ARN of a queue of the test's name."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    yield f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    sqs.delete_queue(QueueUrl=url)


class _Endpoint:
    """An HTTP endpoint that remembers what was posted to it; the first requests are answered as told."""

    def __init__(self, *statuses: int) -> None:
        self.posted: list[tuple[str, str]] = []
        answers = list(statuses)
        posted = self.posted

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                posted.append((self.headers["x-amz-sns-message-type"], body))
                self.send_response(answers.pop(0) if answers else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _messages(sqs: Any, name: str, wait: int = 3) -> list[dict[str, Any]]:
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, MessageAttributeNames=["All"]
    )
    messages: list[dict[str, Any]] = found.get("Messages", [])
    return messages


def _code(call: Callable[..., Any], **members: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**members)
    return str(refused.value.response["Error"]["Code"])


def test_published_message_comes_in_an_envelope(
    sns: Any, sqs: Any, name: str, topic: str, queue: str
) -> None:
    """Into a queue that subscribed, without a confirmation."""
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    attributes = {"kind": {"DataType": "String", "StringValue": "new"}}
    answer = sns.publish(
        TopicArn=topic, Message="hello", Subject="News", MessageAttributes=attributes
    )

    (message,) = _messages(sqs, name)
    told = json.loads(message["Body"])
    assert arn.startswith(f"{topic}:")
    assert ("Notification", answer["MessageId"], topic, "News", "hello") == tuple(
        told[member] for member in ("Type", "MessageId", "TopicArn", "Subject", "Message")
    )
    assert {"kind": {"Type": "String", "Value": "new"}} == told["MessageAttributes"]
    assert b"not signed by globaltables" == b64decode(told["Signature"])


def test_raw_message_comes_as_it_was_sent(
    sns: Any, sqs: Any, name: str, topic: str, queue: str
) -> None:
    """With its attributes; a structure has a text for each protocol."""
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"}
    )
    attributes = {"raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"}}
    sns.publish(
        TopicArn=topic,
        Message=json.dumps({"default": "for all", "sqs": "for queues"}),
        MessageStructure="json",
        MessageAttributes=attributes,
    )

    (message,) = _messages(sqs, name)
    assert ("for queues", attributes) == (message["Body"], message["MessageAttributes"])


@pytest.mark.parametrize(
    ("scope", "policy"),
    [
        ("MessageAttributes", {"kind": ["a", "b"], "price": [{"numeric": [">=", 5]}]}),
        ("MessageBody", {"order": {"kind": [{"prefix": "a"}]}}),
    ],
)
def test_filter_policy_lets_some_messages_through(
    sns: Any, sqs: Any, name: str, topic: str, queue: str, scope: str, policy: dict[str, Any]
) -> None:
    """By attributes, or by the body."""
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=queue,
        Attributes={
            "FilterPolicy": json.dumps(policy),
            "FilterPolicyScope": scope,
            "RawMessageDelivery": "true",
        },
    )
    for kind, price in (("a", "7"), ("a", "4"), ("c", "7")):
        attributes = {
            "kind": {"DataType": "String", "StringValue": kind},
            "price": {"DataType": "Number", "StringValue": price},
        }
        body = {"order": {"kind": kind if price == "7" else "x"}}
        sns.publish(TopicArn=topic, Message=json.dumps(body), MessageAttributes=attributes)
    sns.publish(TopicArn=topic, Message="no json, no attributes")

    assert ['{"order": {"kind": "a"}}'] == [one["Body"] for one in _messages(sqs, name)]
    assert [] == _messages(sqs, name, wait=0)


def test_http_endpoint_is_asked_and_gets_messages_when_it_has_confirmed(
    sns: Any, topic: str
) -> None:
    """By opening the link that it was sent; an endpoint that fails is tried again."""
    with _Endpoint(200, 500) as endpoint:
        answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
        assert eventually(lambda: endpoint.posted)
        kind, body = endpoint.posted[0]
        sns.publish(TopicArn=topic, Message="too early")
        answered = urllib3.request("GET", json.loads(body)["SubscribeURL"])
        sns.publish(TopicArn=topic, Message="hello")

        assert eventually(lambda: len(endpoint.posted) == 3)
    assert ("pending confirmation", "SubscriptionConfirmation") == (answer["SubscriptionArn"], kind)
    assert (200, True) == (answered.status, topic.encode() in answered.data)
    assert ["hello", "hello"] == [json.loads(one)["Message"] for _, one in endpoint.posted[1:]]


def test_end_of_a_subscription_has_to_be_signed_where_it_was_asked_for(
    sns: Any, topic: str
) -> None:
    """Whoever has the link in a message ends every other subscription with it."""
    with _Endpoint() as endpoint:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
        assert eventually(lambda: endpoint.posted)
        asked = json.loads(endpoint.posted[0][1])
        unsigned = f"{asked['SubscribeURL']}&AuthenticateOnUnsubscribe=true"
        refused = urllib3.request("GET", unsigned)
        arn = sns.confirm_subscription(
            TopicArn=topic, Token=asked["Token"], AuthenticateOnUnsubscribe="true"
        )["SubscriptionArn"]
        sns.publish(TopicArn=topic, Message="hello")
        assert eventually(lambda: len(endpoint.posted) == 2)

    urllib3.request("GET", asked["SubscribeURL"])
    link = urllib3.request("GET", json.loads(endpoint.posted[1][1])["UnsubscribeURL"])

    assert (403, 403, True) == (refused.status, link.status, b"AuthorizationError" in link.data)
    assert (
        arn == sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["SubscriptionArn"]
    )
    sns.unsubscribe(SubscriptionArn=arn)
    assert "NotFound" == _code(sns.get_subscription_attributes, SubscriptionArn=arn)


def test_message_that_an_endpoint_refuses_is_a_dead_letter(
    sns: Any, sqs: Any, name: str, topic: str, queue: str
) -> None:
    """A queue that is gone too: nothing changes by trying again."""
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"{queue}-gone",
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": queue})},
    )
    sns.publish(TopicArn=topic, Message="lost?")

    (letter,) = _messages(sqs, name)
    assert "lost?" == json.loads(letter["Body"])["Message"]
    assert "QueueDoesNotExist" == letter["MessageAttributes"]["ERROR_CODE"]["StringValue"]


def test_fifo_topic_keeps_the_order_and_sends_once(sns: Any, sqs: Any, name: str) -> None:
    """Into a FIFO queue, with group and deduplication."""
    topic = sns.create_topic(
        Name=f"{name}.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    )["TopicArn"]
    url = sqs.create_queue(QueueName=f"{name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}.fifo"
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"}
    )
    answers = [sns.publish(TopicArn=topic, Message=text, MessageGroupId="g") for text in "12342"]

    seen: list[str] = []
    while len(seen) < 4 and (found := _messages(sqs, f"{name}.fifo")):
        seen += [one["Body"] for one in found]
        for one in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    sqs.delete_queue(QueueUrl=url)
    sns.delete_topic(TopicArn=topic)
    assert ["1", "2", "3", "4"] == seen
    assert answers[1]["SequenceNumber"] == answers[4]["SequenceNumber"]


def test_publish_batch_tells_of_each_entry(sns: Any, topic: str) -> None:
    """What is wrong with one does not touch the others."""
    entries = [{"Id": "a", "Message": "1"}, {"Id": "b", "Message": ""}]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    twice = [{"Id": "a", "Message": "1"}] * 2

    assert (["a"], [("b", "InvalidParameter")]) == (
        [one["Id"] for one in answer["Successful"]],
        [(one["Id"], one["Code"]) for one in answer["Failed"]],
    )
    assert "BatchEntryIdsNotDistinct" == _code(
        sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=twice
    )


def test_mail_waits_for_a_confirmation_that_is_in_the_outbox(
    data_server: Callable[..., Server],
) -> None:
    """Nothing leaves this machine by mail; the subscription stays pending."""
    with data_server() as server:
        sns = Target(server.endpoint).other("sns")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        answer = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
        sns.publish(PhoneNumber="+491234567", Message="short")
        (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        counted = sns.get_topic_attributes(TopicArn=topic)["Attributes"]

        assert ("pending confirmation", "PendingConfirmation", "1") == (
            answer["SubscriptionArn"],
            listed["SubscriptionArn"],
            counted["SubscriptionsPending"],
        )


def test_subscriptions_are_listed_changed_and_ended(sns: Any, topic: str, queue: str) -> None:
    """The same endpoint has one subscription; an attribute with an empty value goes."""
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    again = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    change = sns.set_subscription_attributes
    change(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue='{"a": ["b"]}')
    filtered = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    change(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="{}")
    open_ = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=arn)

    assert arn == again
    assert '{"a": ["b"]}' == filtered["FilterPolicy"]
    assert "FilterPolicy" not in open_
    assert [arn] == [one["SubscriptionArn"] for one in listed]
    assert [] == sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]


def test_topic_has_attributes_tags_and_permissions(sns: Any, name: str, topic: str) -> None:
    """Making it again with the same is no change, with others a refusal."""
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Alerts")
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "b"}])
    sns.add_permission(
        TopicArn=topic, Label="other", AWSAccountId=["111122223333"], ActionName=["Publish"]
    )
    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]

    assert "Alerts" == found["DisplayName"]
    assert ["__default_statement_ID", "other"] == [
        statement["Sid"] for statement in json.loads(found["Policy"])["Statement"]
    ]
    assert [{"Key": "a", "Value": "b"}] == sns.list_tags_for_resource(ResourceArn=topic)["Tags"]
    assert topic == sns.create_topic(Name=name)["TopicArn"]
    assert "InvalidParameter" == _code(
        sns.create_topic, Name=name, Attributes={"DisplayName": "Others"}
    )


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("sqs", "no arn"),
        ("lambda", "arn:aws:sqs:us-east-1:123456789012:q"),
        ("http", "https://example.com"),
        ("email", "nobody"),
        ("pigeon", "coop"),
        ("firehose", "arn:aws:firehose:us-east-1:123456789012:deliverystream/x"),
        ("sqs", "arn:aws:sqs:us-east-1:123456789012:q.fifo"),
        ("sqs", "arn:aws:sqs:eu-west-1:123456789012:q"),
    ],
)
def test_endpoint_that_cannot_be_reached_is_refused(
    sns: Any, topic: str, protocol: str, endpoint: str
) -> None:
    """When it subscribes."""
    assert "InvalidParameter" == _code(
        sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint
    )


def test_topic_that_is_not_there_is_refused(sns: Any, topic: str) -> None:
    """Deleting it is no mistake."""
    sns.delete_topic(TopicArn=f"{topic}-gone")

    assert "NotFound" == _code(sns.publish, TopicArn=f"{topic}-gone", Message="a")
    assert "InvalidParameter" == _code(sns.create_topic, Name="not a name!")
