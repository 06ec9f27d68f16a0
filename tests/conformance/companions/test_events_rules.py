"""EventBridge: rules, targets, buses, and what becomes of events."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from globaltables.client.connection import Connection
from tests.support.server import Server
from tests.support.target import Target

ACCOUNT = "123456789012"


@pytest.fixture
def events(target: Target) -> Any:
    """A boto3 client."""
    return target.other("events")


@pytest.fixture
def sqs(target: Target) -> Any:
    """A boto3 client of the queues that events are looked at in."""
    return target.other("sqs")


@pytest.fixture
def name(worker_id: str, request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return f"ev-{worker_id}-{abs(hash(request.node.name))}"


@pytest.fixture
def queue(sqs: Any, name: str) -> Iterator[str]:
    """The ARN of a queue of the test's name."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    yield f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def bus(events: Any, name: str) -> Iterator[str]:
    """A bus of the test's name, whose rules go away with it."""
    events.create_event_bus(Name=name)
    yield name
    for rule in events.list_rules(EventBusName=name)["Rules"]:
        targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=name)["Targets"]
        if targets:
            ids = [target["Id"] for target in targets]
            events.remove_targets(Rule=rule["Name"], EventBusName=name, Ids=ids)
        events.delete_rule(Name=rule["Name"], EventBusName=name)
    events.delete_event_bus(Name=name)


def _received(sqs: Any, name: str, wait: int = 3) -> list[str]:
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
    for message in found.get("Messages", []):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in found.get("Messages", [])]


def _code(call: Callable[..., Any], **members: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**members)
    return str(refused.value.response["Error"]["Code"])


def test_event_that_a_rule_lets_through_reaches_its_target(
    events: Any, sqs: Any, bus: str, queue: str
) -> None:
    """Others do not; entries that are not right are told one by one."""
    pattern = {"source": ["shop"], "detail": {"amount": [{"numeric": [">", 10]}]}}
    events.put_rule(Name="large", EventBusName=bus, EventPattern=json.dumps(pattern))
    events.put_targets(Rule="large", EventBusName=bus, Targets=[{"Id": "q", "Arn": queue}])
    entry = {"Source": "shop", "DetailType": "sale", "EventBusName": bus, "Resources": ["r"]}
    answer = events.put_events(
        Entries=[
            {**entry, "Detail": '{"amount": 11}'},
            {**entry, "Detail": '{"amount": 9}'},
            {**entry, "Detail": "no json"},
            {**entry, "Source": "aws.ec2", "Detail": "{}"},
            {"Source": "shop", "EventBusName": bus},
        ]
    )

    (body,) = _received(sqs, bus)
    event = json.loads(body)
    assert (answer["Entries"][0]["EventId"], "sale", {"amount": 11}, ["r"], "us-east-1") == tuple(
        event[member] for member in ("id", "detail-type", "detail", "resources", "region")
    )
    assert (
        3,
        ["MalformedDetail", "NotAuthorizedForSourceException", "InvalidArgument"],
    ) == (
        answer["FailedEntryCount"],
        [one["ErrorCode"] for one in answer["Entries"][2:]],
    )


def test_disabled_rule_does_nothing_until_it_is_enabled(
    events: Any, sqs: Any, bus: str, queue: str
) -> None:
    """DescribeRule tells its state."""
    events.put_rule(Name="r", EventBusName=bus, EventPattern='{"source": ["s"]}', State="DISABLED")
    events.put_targets(Rule="r", EventBusName=bus, Targets=[{"Id": "q", "Arn": queue}])
    entry = {"Source": "s", "DetailType": "t", "Detail": "{}", "EventBusName": bus}
    events.put_events(Entries=[entry])
    state = events.describe_rule(Name="r", EventBusName=bus)["State"]
    events.enable_rule(Name="r", EventBusName=bus)
    answer = events.put_events(Entries=[entry])

    assert "DISABLED" == state
    assert [answer["Entries"][0]["EventId"]] == [
        json.loads(one)["id"] for one in _received(sqs, bus)
    ]


def test_event_is_forwarded_to_another_bus_as_it_is(
    events: Any, sqs: Any, bus: str, queue: str
) -> None:
    """With its id; a ring of buses ends."""
    arn = events.describe_event_bus(Name=bus)["Arn"]
    events.put_rule(Name="loop", EventBusName=bus, EventPattern='{"source": ["ring"]}')
    events.put_targets(
        Rule="loop",
        EventBusName=bus,
        Targets=[{"Id": "again", "Arn": arn}, {"Id": "q", "Arn": queue}],
    )
    entry = {"Source": "ring", "DetailType": "t", "Detail": "{}", "EventBusName": arn}
    event_id = events.put_events(Entries=[entry])["Entries"][0]["EventId"]
    seen: list[str] = []
    while found := _received(sqs, bus, wait=1):
        seen += found

    assert {event_id} == {json.loads(one)["id"] for one in seen}
    assert 6 == len(seen)


def test_event_whose_target_is_gone_is_a_dead_letter(
    events: Any, sqs: Any, bus: str, queue: str
) -> None:
    """At once, with what was wrong in its attributes."""
    events.put_rule(Name="r", EventBusName=bus, EventPattern='{"source": ["s"]}')
    target = {"Id": "1", "Arn": f"{queue}-gone", "DeadLetterConfig": {"Arn": queue}}
    events.put_targets(Rule="r", EventBusName=bus, Targets=[target])
    events.put_events(
        Entries=[{"Source": "s", "DetailType": "t", "Detail": "{}", "EventBusName": bus}]
    )

    url = sqs.get_queue_url(QueueName=bus)["QueueUrl"]
    (letter,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=3, MessageAttributeNames=["All"])[
        "Messages"
    ]
    facts = {name: one["StringValue"] for name, one in letter["MessageAttributes"].items()}
    assert "s" == json.loads(letter["Body"])["source"]
    assert ("QueueDoesNotExist", "0", f"{queue}-gone") == (
        facts["ERROR_CODE"],
        facts["RETRY_ATTEMPTS"],
        facts["TARGET_ARN"],
    )


def test_rules_and_targets_are_listed_in_pages(events: Any, bus: str, queue: str) -> None:
    """By name and by target."""
    for number in range(3):
        events.put_rule(Name=f"r{number}", EventBusName=bus, EventPattern='{"source": ["s"]}')
        events.put_targets(Rule=f"r{number}", EventBusName=bus, Targets=[{"Id": "q", "Arn": queue}])
    first = events.list_rules(EventBusName=bus, Limit=2)
    second = events.list_rules(EventBusName=bus, Limit=2, NextToken=first["NextToken"])
    by_target = events.list_rule_names_by_target(TargetArn=queue, EventBusName=bus)["RuleNames"]

    assert ["r0", "r1", "r2"] == [rule["Name"] for rule in first["Rules"] + second["Rules"]]
    assert ["r0", "r1", "r2"] == by_target


def test_permissions_and_tags_of_a_bus(events: Any, bus: str) -> None:
    """The policy has a statement for each permission."""
    arn = events.describe_event_bus(Name=bus)["Arn"]
    events.put_permission(
        EventBusName=bus, Action="events:PutEvents", Principal="111122223333", StatementId="other"
    )
    policy = json.loads(events.describe_event_bus(Name=bus)["Policy"])
    events.remove_permission(EventBusName=bus, StatementId="other")
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "b"}])

    assert ["other"] == [statement["Sid"] for statement in policy["Statement"]]
    assert "Policy" not in events.describe_event_bus(Name=bus)
    assert [{"Key": "a", "Value": "b"}] == events.list_tags_for_resource(ResourceARN=arn)["Tags"]


def test_test_event_pattern_says_whether_it_matches(events: Any) -> None:
    """Without a rule."""
    event = {
        "id": "1",
        "detail-type": "t",
        "source": "s",
        "account": ACCOUNT,
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {},
    }
    ask = events.test_event_pattern

    assert [True, False] == [
        ask(EventPattern=json.dumps({"source": [source]}), Event=json.dumps(event))["Result"]
        for source in ("s", "t")
    ]


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("put_rule", {"Name": "r"}, "ValidationException"),
        ("put_rule", {"Name": "r", "ScheduleExpression": "rate(1 minutes)"}, "ValidationException"),
        ("put_rule", {"Name": "r", "EventPattern": "{"}, "InvalidEventPatternException"),
        ("describe_rule", {"Name": "nowhere"}, "ResourceNotFoundException"),
        ("describe_event_bus", {"Name": "nowhere"}, "ResourceNotFoundException"),
        ("create_event_bus", {"Name": "default"}, "ResourceAlreadyExistsException"),
        ("delete_event_bus", {"Name": "default"}, "ValidationException"),
        (
            "create_archive",
            {
                "ArchiveName": "a",
                "EventSourceArn": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default",
            },
            "NotImplemented",
        ),
    ],
)
def test_what_is_not_right_is_refused(
    events: Any, operation: str, members: dict[str, Any], code: str
) -> None:
    """In AWS's codes; what is not served says so."""
    assert code == _code(getattr(events, operation), **members)


@pytest.mark.parametrize(
    "wrong",
    [
        {
            "Arn": "arn:aws:states:us-east-1:123456789012:stateMachine:x",
            "RoleArn": "arn:aws:iam::123456789012:role/x",
        },
        {"Arn": "arn:aws:sqs:eu-west-1:123456789012:x"},
        {"Arn": "arn:aws:sqs:us-east-1:123456789012:x.fifo"},
        {"Arn": "no arn"},
        {"Arn": "arn:aws:sqs:us-east-1:123456789012:x", "Input": "no json"},
    ],
)
def test_target_that_cannot_be_reached_is_refused(
    events: Any, bus: str, wrong: dict[str, str]
) -> None:
    """When it is put, not when something is delivered."""
    events.put_rule(Name="r", EventBusName=bus, EventPattern='{"source": ["s"]}')

    assert "ValidationException" == _code(
        events.put_targets, Rule="r", EventBusName=bus, Targets=[{"Id": "1", **wrong}]
    )


def test_rule_with_targets_cannot_be_deleted(events: Any, bus: str, queue: str) -> None:
    """One without can, and one that is not there is as good as deleted."""
    events.put_rule(Name="r", EventBusName=bus, EventPattern='{"source": ["s"]}')
    events.put_targets(Rule="r", EventBusName=bus, Targets=[{"Id": "1", "Arn": queue}])
    refused = _code(events.delete_rule, Name="r", EventBusName=bus)
    events.remove_targets(Rule="r", EventBusName=bus, Ids=["1"])
    events.delete_rule(Name="r", EventBusName=bus)
    events.delete_rule(Name="r", EventBusName=bus)

    assert "ValidationException" == refused
    assert [] == events.list_rules(EventBusName=bus)["Rules"]


def test_schedules_fire_once_for_each_time_also_over_a_kill(
    data_server: Callable[..., Server],
) -> None:
    """In order, with the time at which they were due; an advanced clock is made up for."""
    server = data_server()
    server.start()
    target = Target(server.endpoint)
    events, sqs = target.other("events"), target.other("sqs")
    sqs.create_queue(QueueName="ticks")
    events.put_rule(Name="hourly", ScheduleExpression="cron(0 * * * ? *)")
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:ticks"
    events.put_targets(Rule="hourly", Targets=[{"Id": "q", "Arn": arn, "InputPath": "$.time"}])
    seen: list[str] = []
    for ahead_h in (5, 10):
        connection = Connection(server.endpoint, "us-east-1")
        connection.call(connection.own().advance_clock, AheadMilliseconds=ahead_h * 3_600_000)
        while len(seen) < ahead_h and (found := _received(target.other("sqs"), "ticks")):
            seen += found
        server.kill()
        server.start()
        target = Target(server.endpoint)
    assert [] == _received(target.other("sqs"), "ticks", wait=1)
    server.stop()

    hours = [json.loads(one)[11:13] for one in seen]
    first = int(hours[0])
    assert [f"{(first + number) % 24:02}" for number in range(10)] == hours
