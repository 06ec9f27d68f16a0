"""EventBridge Scheduler: schedules, groups, templated and universal targets."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from globaltables.client.connection import Connection
from tests.support.identities import AUTH_OPTIONS, ROOT_KEY, ROOT_SECRET, Person, World
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/scheduler"
OFF = {"Mode": "OFF"}
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:scheduled"
DAY_MS = 24 * 3_600_000


@pytest.fixture
def scheduler(target: Target) -> Any:
    """A boto3 client."""
    return target.other("scheduler")


@pytest.fixture
def name(worker_id: str, request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return f"sc-{worker_id}-{abs(hash(request.node.name))}"


@pytest.fixture
def group(scheduler: Any, name: str) -> Iterator[str]:
    """A group that goes away with the test, and its schedules with it."""
    scheduler.create_schedule_group(Name=name)
    yield name
    scheduler.delete_schedule_group(Name=name)


def _code(call: Callable[..., Any], **members: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**members)
    return str(refused.value.response["Error"]["Code"])


def _schedule(**members: Any) -> dict[str, Any]:
    return {
        "Name": "s",
        "ScheduleExpression": "rate(7 days)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "FlexibleTimeWindow": OFF,
        "State": "DISABLED",
        "Target": {"Arn": QUEUE, "RoleArn": ROLE, "Input": "tick"},
        **members,
    }


def test_schedule_is_what_it_was_made_as(scheduler: Any, group: str) -> None:
    """With AWS's defaults for the rest."""
    start = datetime(2027, 1, 1, tzinfo=UTC)
    arn = scheduler.create_schedule(
        **_schedule(GroupName=group, StartDate=start, Description="weekly")
    )["ScheduleArn"]
    found = scheduler.get_schedule(GroupName=group, Name="s")

    assert f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/{group}/s" == arn == found["Arn"]
    assert ("weekly", start, "NONE", "DISABLED", "Europe/Berlin") == tuple(
        found[member]
        for member in (
            "Description",
            "StartDate",
            "ActionAfterCompletion",
            "State",
            "ScheduleExpressionTimezone",
        )
    )
    assert {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185} == found["Target"][
        "RetryPolicy"
    ]


def test_schedules_are_listed_updated_and_deleted(scheduler: Any, group: str) -> None:
    """By name, in pages; an update replaces everything."""
    for number in range(3):
        scheduler.create_schedule(**_schedule(GroupName=group, Name=f"s{number}", Description="x"))
    pages = scheduler.get_paginator("list_schedules").paginate(
        GroupName=group, PaginationConfig={"PageSize": 2}
    )
    names = [[one["Name"] for one in page["Schedules"]] for page in pages]
    scheduler.update_schedule(**_schedule(GroupName=group, Name="s1"))
    scheduler.delete_schedule(GroupName=group, Name="s0")

    assert [["s0", "s1"], ["s2"]] == names
    assert "Description" not in scheduler.get_schedule(GroupName=group, Name="s1")
    assert "ResourceNotFoundException" == _code(scheduler.get_schedule, GroupName=group, Name="s0")


def test_schedule_that_is_there_is_a_conflict_unless_its_token_is_the_same(
    scheduler: Any, group: str
) -> None:
    """A client that tries again gets the same one."""
    members = _schedule(GroupName=group, ClientToken="t1")
    first = scheduler.create_schedule(**members)["ScheduleArn"]

    assert first == scheduler.create_schedule(**members)["ScheduleArn"]
    assert "ConflictException" == _code(
        scheduler.create_schedule, **{**members, "ClientToken": "t2"}
    )


def test_groups_have_tags_and_take_their_schedules_with_them(scheduler: Any, name: str) -> None:
    """The default group cannot be deleted."""
    arn = scheduler.create_schedule_group(Name=name, Tags=[{"Key": "a", "Value": "b"}])[
        "ScheduleGroupArn"
    ]
    scheduler.create_schedule(**_schedule(GroupName=name))
    tags = scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"]
    scheduler.delete_schedule_group(Name=name)

    assert [{"Key": "a", "Value": "b"}] == tags
    assert "ResourceNotFoundException" == _code(scheduler.get_schedule, GroupName=name, Name="s")
    assert "ValidationException" == _code(scheduler.delete_schedule_group, Name="default")


@pytest.mark.parametrize(
    "wrong",
    [
        {"ScheduleExpression": "every day"},
        {"ScheduleExpressionTimezone": "Mars/Olympus"},
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
        {"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}},
        {
            "StartDate": datetime(2030, 1, 2, tzinfo=UTC),
            "EndDate": datetime(2030, 1, 1, tzinfo=UTC),
        },
        {
            "Target": {
                "Arn": "arn:aws:states:us-east-1:123456789012:stateMachine:x",
                "RoleArn": ROLE,
            }
        },
        {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:dynamodb:getItem", "RoleArn": ROLE}},
        {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:dynamodb", "RoleArn": ROLE}},
        {"Target": {"Arn": f"{QUEUE}.fifo", "RoleArn": ROLE}},
        {"GroupName": "nowhere"},
    ],
)
def test_schedule_that_is_not_right_is_refused(scheduler: Any, wrong: dict[str, Any]) -> None:
    """When it is made."""
    code = "ResourceNotFoundException" if "GroupName" in wrong else "ValidationException"
    assert code == _code(scheduler.create_schedule, **_schedule(**wrong))


@pytest.fixture(scope="module")
def early() -> Iterator[Server]:
    """A server whose clock nobody else looks at, with a queue that schedules write to."""
    with Server("--in-memory") as running:
        Target(running.endpoint).other("sqs").create_queue(QueueName="scheduled")
        yield running


def _advance(server: Server, milliseconds: int) -> datetime:
    connection = Connection(server.endpoint, "us-east-1")
    clock = connection.call(connection.own().describe_clock)
    ahead = clock["AheadMilliseconds"] + milliseconds
    connection.call(connection.own().advance_clock, AheadMilliseconds=ahead, EveryRegion=True)
    moment: datetime = clock["DateTime"]
    return moment + timedelta(milliseconds=milliseconds)


def _received(server: Server, wanted: int) -> list[str]:
    sqs = Target(server.endpoint).other("sqs")
    url = sqs.get_queue_url(QueueName="scheduled")["QueueUrl"]
    seen: list[str] = []
    while len(seen) < wanted:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=3)
        if "Messages" not in found:
            break
        for message in found["Messages"]:
            seen.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return seen


def test_schedule_of_one_time_happens_once_and_goes(early: Server) -> None:
    """With the context in its input; ActionAfterCompletion DELETE takes it away."""
    scheduler = Target(early.endpoint).other("scheduler")
    now = _advance(early, 0)
    at = (now + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%S")
    scheduler.create_schedule(
        Name="once",
        ScheduleExpression=f"at({at})",
        FlexibleTimeWindow=OFF,
        ActionAfterCompletion="DELETE",
        Target={"Arn": QUEUE, "RoleArn": ROLE, "Input": "at <aws.scheduler.scheduled-time>"},
    )
    _advance(early, DAY_MS)

    assert [f"at {at}Z"] == _received(early, 1)
    assert "ResourceNotFoundException" == _code(scheduler.get_schedule, Name="once")


def test_nightly_backups_are_made_without_a_function(early: Server) -> None:
    """A universal target calls CreateBackup, once for each night that passes."""
    target = Target(early.endpoint)
    client = target.client()
    client.create_table(
        TableName="ledger",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    call = {"TableName": "ledger", "BackupName": "nightly-<aws.scheduler.execution-id>"}
    target.other("scheduler").create_schedule(
        Name="nightly",
        ScheduleExpression="cron(0 2 * * ? *)",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 30},
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:dynamodb:createBackup",
            "RoleArn": ROLE,
            "Input": json.dumps(call),
        },
    )
    for nights in (1, 2, 3):
        _advance(early, DAY_MS)

        def made() -> int:
            return len(client.list_backups(TableName="ledger")["BackupSummaries"])

        expected = nights
        assert eventually(lambda expected=expected: made() >= expected)  # type: ignore[misc]
    names = [
        one["BackupName"] for one in client.list_backups(TableName="ledger")["BackupSummaries"]
    ]
    assert 3 == len(set(names))
    assert all(one.startswith("nightly-") for one in names)


def test_schedule_between_two_dates_is_due_only_then(early: Server) -> None:
    """A rate begins at its start."""
    now = _advance(early, 0).replace(microsecond=0)
    Target(early.endpoint).other("scheduler").create_schedule(
        Name="window",
        ScheduleExpression="rate(1 hours)",
        StartDate=now + timedelta(hours=2),
        EndDate=now + timedelta(hours=4, minutes=30),
        FlexibleTimeWindow=OFF,
        Target={"Arn": QUEUE, "RoleArn": ROLE, "Input": "<aws.scheduler.scheduled-time>"},
    )
    _advance(early, DAY_MS)

    expected = [
        (now + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ") for hours in (2, 3, 4)
    ]
    assert expected == _received(early, 3)


def test_schedule_that_puts_events_reaches_the_rules_of_the_bus(early: Server) -> None:
    """The input is the event's detail."""
    target = Target(early.endpoint)
    events = target.other("events")
    events.put_rule(Name="r", EventPattern='{"source": ["my.schedule"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": QUEUE, "InputPath": "$.detail"}])
    target.other("scheduler").create_schedule(
        Name="event",
        ScheduleExpression="rate(30 days)",
        FlexibleTimeWindow=OFF,
        Target={
            "Arn": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default",
            "RoleArn": ROLE,
            "Input": '{"a":1}',
            "EventBridgeParameters": {"Source": "my.schedule", "DetailType": "t"},
        },
    )

    assert ['{"a":1}'] == _received(early, 1)


def test_schedule_acts_as_its_role_where_policies_are_checked() -> None:
    """What the role may not do, and a role that does not let the Scheduler in, are dead letters."""
    with Server("--in-memory", *AUTH_OPTIONS) as server:
        root = Person(server.endpoint, (ROOT_KEY, ROOT_SECRET, None))
        world = World(server.endpoint, root, root)
        table = world.table()
        trusted = {"Service": "scheduler.amazonaws.com"}
        allowed = {"Effect": "Allow", "Action": "dynamodb:CreateBackup", "Resource": "*"}
        roles = {
            "able": world.role(trusted, allowed),
            "unable": world.role(trusted),
            "closed": world.role({"Service": "lambda.amazonaws.com"}, allowed),
        }
        sqs, scheduler = root.client("sqs"), root.client("scheduler")
        url = sqs.create_queue(QueueName="scheduled")["QueueUrl"]
        for name, role in roles.items():
            scheduler.create_schedule(
                Name=name,
                ScheduleExpression="rate(30 days)",
                FlexibleTimeWindow=OFF,
                Target={
                    "Arn": "arn:aws:scheduler:::aws-sdk:dynamodb:createBackup",
                    "RoleArn": role,
                    "Input": json.dumps({"TableName": table, "BackupName": name}),
                    "DeadLetterConfig": {"Arn": QUEUE},
                },
            )
        letters: set[str] = set()
        while len(letters) < 2:
            found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10)
            letters |= {json.loads(one["Body"])["BackupName"] for one in found["Messages"]}

        def made() -> list[str]:
            found = root.client().list_backups(TableName=table)["BackupSummaries"]
            return [one["BackupName"] for one in found]

        assert {"unable", "closed"} == letters
        assert eventually(lambda: made() == ["able"])
