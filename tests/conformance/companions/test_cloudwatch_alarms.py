"""Alarms with boto3: described, tagged, set, deleted; one that a slowed link moves, and that is there after a kill."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from globaltables.client.connection import Connection
from tests.support.server import Server
from tests.support.waiting import eventually

_ACCOUNT = "123456789012"
_ALARM = {
    "Namespace": "Shop",
    "MetricName": "errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def _client(server: Server, service: str, region: str = "us-east-1") -> Any:
    client: Any = boto3.client  # overloaded for every service by name
    return client(
        service,
        endpoint_url=server.endpoint,
        region_name=region,
        aws_access_key_id=_ACCOUNT,
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 1}),
    )


@pytest.fixture
def cloudwatch(server: Server) -> Iterator[Any]:
    """A client."""
    made = _client(server, "cloudwatch")
    yield made
    made.close()


def _advance(server: Server, milliseconds: int) -> None:
    """Move the clocks of all regions forward, as `globaltables clock advance` does."""
    connection = Connection(server.endpoint, "us-east-1")
    ahead = connection.call(connection.own().describe_clock)["AheadMilliseconds"] + milliseconds
    connection.call(connection.own().advance_clock, AheadMilliseconds=ahead, EveryRegion=True)


def _state(cloudwatch: Any, name: str) -> str:
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    state: str = alarm["StateValue"]
    return state


def test_an_alarm_is_described_as_it_was_put(cloudwatch: Any) -> None:
    """With its defaults, its ARN and its first state."""
    tags = [{"Key": "team", "Value": "shop"}]
    cloudwatch.put_metric_alarm(AlarmName="described", Tags=tags, **_ALARM)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["described"])["MetricAlarms"]
    arn = f"arn:aws:cloudwatch:us-east-1:{_ACCOUNT}:alarm:described"
    told = {name: value for name, value in alarm.items() if "Timestamp" not in name}
    expected = {
        "AlarmName": "described",
        "AlarmArn": arn,
        "ActionsEnabled": True,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "Dimensions": [],
        **_ALARM,
    }
    assert expected == told
    assert tags == cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["team"])
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": "test"}])
    tagged = cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert [{"Key": "stage", "Value": "test"}] == tagged
    cloudwatch.delete_alarms(AlarmNames=["described"])


def test_alarms_are_chosen_by_name_state_and_metric(cloudwatch: Any) -> None:
    """And in pages."""
    for name in ("chosen-1", "chosen-2", "chosen-3"):
        cloudwatch.put_metric_alarm(AlarmName=name, **_ALARM)
    change = {"StateValue": "ALARM", "StateReason": "a test"}
    cloudwatch.set_alarm_state(AlarmName="chosen-2", **change)

    def names(**members: Any) -> list[str]:
        found = cloudwatch.describe_alarms(AlarmNamePrefix="chosen-", **members)
        return [one["AlarmName"] for one in found["MetricAlarms"]]

    assert ["chosen-1", "chosen-2", "chosen-3"] == names()
    assert ["chosen-2"] == names(StateValue="ALARM")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix="chosen-", PaginationConfig={"PageSize": 2}
    )
    assert [2, 1] == [len(page["MetricAlarms"]) for page in pages]
    found = cloudwatch.describe_alarms_for_metric(Namespace="Shop", MetricName="errors")
    assert {"chosen-1", "chosen-2", "chosen-3"} <= {
        one["AlarmName"] for one in found["MetricAlarms"]
    }
    history = cloudwatch.describe_alarm_history(
        AlarmName="chosen-2", HistoryItemType="StateUpdate"
    )["AlarmHistoryItems"]
    expected = ["Alarm updated from INSUFFICIENT_DATA to ALARM"]
    assert expected == [item["HistorySummary"] for item in history]
    cloudwatch.delete_alarms(AlarmNames=["chosen-1", "chosen-2", "chosen-3"])
    assert [] == names()


def test_an_alarm_that_is_not_there_is_refused(cloudwatch: Any) -> None:
    """By its operations that name one."""

    def refused(call: Callable[..., Any], **members: Any) -> str:
        with pytest.raises(ClientError) as refusal:
            call(**members)
        return str(refusal.value.response["Error"]["Code"])

    change = {"StateValue": "OK", "StateReason": ""}
    assert "ResourceNotFound" == refused(cloudwatch.set_alarm_state, AlarmName="none", **change)
    assert "ResourceNotFound" == refused(cloudwatch.delete_alarms, AlarmNames=["none"])


def test_an_alarm_is_there_after_a_kill(data_server: Callable[..., Server]) -> None:
    """And follows its metric again, which is there too."""
    server = data_server().start()
    cloudwatch = _client(server, "cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="survivor", **_ALARM)
    data = [{"MetricName": "errors", "Value": 5.0}]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    cloudwatch.close()
    server.kill()
    with data_server() as again:
        cloudwatch = _client(again, "cloudwatch")
        _advance(again, 60_000)
        assert eventually(lambda: _state(cloudwatch, "survivor") == "ALARM")
        cloudwatch.close()


def test_an_alarm_on_replication_latency_follows_a_slowed_link() -> None:
    """OK, then ALARM because the link is slowed, then OK again."""
    with Server("--in-memory") as server:
        cloudwatch, dynamodb = _client(server, "cloudwatch"), _client(server, "dynamodb")
        dynamodb.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        dynamodb.update_table(
            TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": "us-west-2"}}]
        )
        alarm = _ALARM | {
            "Namespace": "AWS/DynamoDB",
            "MetricName": "ReplicationLatency",
            "Statistic": "Average",
            "Threshold": 600.0,
            "Dimensions": [
                {"Name": "TableName", "Value": "orders"},
                {"Name": "ReceivingRegion", "Value": "us-west-2"},
            ],
        }
        cloudwatch.put_metric_alarm(AlarmName="lag", **alarm)
        west = _client(server, "dynamodb", "us-west-2")

        def write(text: str) -> None:
            item = {"pk": {"S": text}}
            dynamodb.put_item(TableName="orders", Item=item)
            assert eventually(lambda: "Item" in west.get_item(TableName="orders", Key=item))
            _advance(server, 60_000)

        assert eventually(
            lambda: (
                "ACTIVE"
                == dynamodb.describe_table(TableName="orders")["Table"]["Replicas"][0][
                    "ReplicaStatus"
                ]
            )
        )
        write("fast")
        assert eventually(lambda: _state(cloudwatch, "lag") == "OK")
        faults = Connection(server.endpoint, "us-west-2")
        slow = {"Kind": "DELAY", "SourceRegionName": "us-east-1", "DelayMilliseconds": 700}
        fault = faults.call(faults.own().put_fault, TableName="orders", **slow)["FaultId"]
        write("slow")
        assert eventually(lambda: _state(cloudwatch, "lag") == "ALARM")
        faults.call(faults.own().delete_fault, FaultId=fault)
        write("fast again")
        assert eventually(lambda: _state(cloudwatch, "lag") == "OK")
        for one in (cloudwatch, dynamodb, west):
            one.close()


def test_an_alarm_notifies_a_topic_whose_queue_gets_it(server: Server, cloudwatch: Any) -> None:
    """The message is AWS's, from a state that was set."""
    sns, sqs = _client(server, "sns"), _client(server, "sqs")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    queue = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": attributes["QueueArn"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
    cloudwatch.put_metric_alarm(AlarmName="telling", AlarmActions=[topic], **_ALARM)
    change = {"StateValue": "ALARM", "StateReason": "a test"}
    cloudwatch.set_alarm_state(AlarmName="telling", **change)
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    notification = json.loads(message["Body"])
    told = json.loads(notification["Message"])
    assert 'ALARM: "telling" in US East (N. Virginia)' == notification["Subject"]
    assert ("telling", "ALARM", "a test") == (
        told["AlarmName"],
        told["NewStateValue"],
        told["NewStateReason"],
    )
    for one in (sns, sqs):
        one.close()


def test_a_rule_of_events_sees_an_alarm_change(server: Server, cloudwatch: Any) -> None:
    """Its target gets AWS's event."""
    events, sqs = _client(server, "events"), _client(server, "sqs")
    queue = sqs.create_queue(QueueName="changes")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": ["seen"]}}
    rule = events.put_rule(Name="alarms", EventPattern=json.dumps(pattern))["RuleArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": attributes["QueueArn"],
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    events.put_targets(Rule="alarms", Targets=[{"Id": "1", "Arn": attributes["QueueArn"]}])
    cloudwatch.put_metric_alarm(AlarmName="seen", **_ALARM)
    change = {"StateValue": "ALARM", "StateReason": "a test"}
    cloudwatch.set_alarm_state(AlarmName="seen", **change)
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    event = json.loads(message["Body"])
    assert ("CloudWatch Alarm State Change", "ALARM") == (
        event["detail-type"],
        event["detail"]["state"]["value"],
    )
    for one in (events, sqs):
        one.close()
