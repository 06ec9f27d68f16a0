"""CloudWatch Logs with boto3 and the AWS CLI: groups, streams, events, filters, tags."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.server import Server, clean_environment

_ACCOUNT = "123456789012"


@pytest.fixture
def logs(server: Server) -> Iterator[Any]:
    """A client."""
    client: Any = boto3.client  # overloaded for every service by name
    made = client(
        "logs",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=_ACCOUNT,
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 1}),
    )
    yield made
    made.close()


@pytest.fixture
def group(logs: Any, request: pytest.FixtureRequest) -> Iterator[str]:
    """A group of this test."""
    name = f"/tests/{request.node.name}"
    logs.create_log_group(logGroupName=name)
    yield name
    logs.delete_log_group(logGroupName=name)


def _put(logs: Any, group: str, stream: str, *messages: str) -> None:
    now = int(time.time() * 1000)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    logs.put_log_events(
        logGroupName=group,
        logStreamName=stream,
        logEvents=[{"timestamp": now + n, "message": one} for n, one in enumerate(messages)],
    )


def _refused(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**members)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_group_is_described_with_what_was_set(logs: Any, group: str) -> None:
    """Retention, class, filters, both forms of its ARN."""
    logs.put_retention_policy(logGroupName=group, retentionInDays=30)
    (found,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    found.pop("creationTime")
    arn = f"arn:aws:logs:us-east-1:{_ACCOUNT}:log-group:{group}"
    expected = {
        "logGroupName": group,
        "retentionInDays": 30,
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "storedBytes": 0,
        "logGroupClass": "STANDARD",
        "deletionProtectionEnabled": False,
    }
    assert expected == found
    assert (
        "InvalidParameterException"
        == _refused(logs.put_retention_policy, logGroupName=group, retentionInDays=4)[0]
    )


def test_a_group_has_tags_by_both_kinds_of_operations(logs: Any, group: str) -> None:
    """By name as before, by ARN as now."""
    arn = f"arn:aws:logs:us-east-1:{_ACCOUNT}:log-group:{group}"
    logs.tag_log_group(logGroupName=group, tags={"a": "1"})
    logs.tag_resource(resourceArn=arn, tags={"b": "2"})
    logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert {"b": "2"} == logs.list_tags_log_group(logGroupName=group)["tags"]
    assert {"b": "2"} == logs.list_tags_for_resource(resourceArn=arn)["tags"]


def test_streams_are_listed_by_name_or_by_their_last_event(logs: Any, group: str) -> None:
    """Names may have any character but two."""
    for stream in ("b", "a é/[$LATEST]"):
        _put(logs, group, stream, "one")
        time.sleep(0.002)

    def listed(**members: Any) -> list[str]:
        found = logs.describe_log_streams(logGroupName=group, **members)["logStreams"]
        return [one["logStreamName"] for one in found]

    assert ["a é/[$LATEST]", "b"] == listed()
    assert ["a é/[$LATEST]", "b"] == listed(orderBy="LastEventTime", descending=True)
    assert ["b"] == listed(logStreamNamePrefix="b")


def test_events_are_found_by_pages_of_a_filter(logs: Any, group: str) -> None:
    """With ids, in order of time over all streams."""
    _put(logs, group, "a", "ERROR 1", "fine", "ERROR 2")
    _put(logs, group, "b", "ERROR 3")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, filterPattern="ERROR", PaginationConfig={"PageSize": 1}
    )
    found = [event["message"] for page in pages for event in page["events"]]
    assert ["ERROR 1", "ERROR 2", "ERROR 3"] == sorted(found)


def test_a_filter_is_put_described_tested_and_deleted(logs: Any, group: str) -> None:
    """As document 004 has it."""
    pattern = '[timestamp, request_id, event_name="PutItem", ...]'
    transformation = {
        "metricName": "DynamoDBUsage",
        "metricNamespace": "DynamoDB/Usage",
        "metricValue": "1",
    }
    logs.put_metric_filter(
        logGroupName=group,
        filterName="usage",
        filterPattern=pattern,
        metricTransformations=[transformation],
    )
    (found,) = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    assert (pattern, [transformation]) == (found["filterPattern"], found["metricTransformations"])
    matches = logs.test_metric_filter(
        filterPattern=pattern, logEventMessages=["1 r1 GetItem x", "2 r2 PutItem y"]
    )["matches"]
    expected = {"$timestamp": "2", "$request_id": "r2", "$event_name": "PutItem", "$4": "y"}
    assert [(2, expected)] == [(one["eventNumber"], one["extractedValues"]) for one in matches]
    logs.delete_metric_filter(logGroupName=group, filterName="usage")
    assert [] == logs.describe_metric_filters(logGroupName=group)["metricFilters"]


def test_what_is_not_there_is_refused(logs: Any, group: str) -> None:
    """Groups, streams, filters; what is there already; what is not served, by name."""
    absent = {"logGroupName": "/tests/absent"}
    missing = ("ResourceNotFoundException", "The specified log group does not exist.")
    assert missing == _refused(logs.describe_log_streams, **absent)
    assert missing == _refused(logs.delete_log_group, **absent)
    assert ("ResourceNotFoundException", "The specified log stream does not exist.") == _refused(
        logs.get_log_events, logGroupName=group, logStreamName="absent"
    )
    assert ("ResourceAlreadyExistsException", "The specified log group already exists") == _refused(
        logs.create_log_group, logGroupName=group
    )
    assert "is not supported by globaltables" in _refused(logs.describe_export_tasks)[1]


def test_a_protected_group_is_not_deleted(logs: Any, group: str) -> None:
    """Until the protection is taken away."""
    logs.put_log_group_deletion_protection(logGroupIdentifier=group, deletionProtectionEnabled=True)
    assert "ValidationException" == _refused(logs.delete_log_group, logGroupName=group)[0]
    logs.put_log_group_deletion_protection(
        logGroupIdentifier=group, deletionProtectionEnabled=False
    )


def test_resource_policies_are_kept(logs: Any) -> None:
    """Checked to be JSON with statements."""
    document = '{"Version":"2012-10-17","Statement":[]}'
    logs.put_resource_policy(policyName="events", policyDocument=document)
    found = logs.describe_resource_policies()["resourcePolicies"]
    assert [("events", document)] == [(one["policyName"], one["policyDocument"]) for one in found]
    logs.delete_resource_policy(policyName="events")
    assert [] == logs.describe_resource_policies()["resourcePolicies"]


def test_the_aws_cli_reads_events(server: Server, logs: Any, group: str) -> None:
    """Of the command line's version 1; its `logs tail` is of version 2 and asks FilterLogEvents too."""
    _put(logs, group, "a", "hello")
    environment = clean_environment() | {
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_ACCESS_KEY_ID": _ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
    }
    query = ("--query", "events[].message", "--output", "text")
    told = subprocess.run(
        [
            Path(sys.executable).parent / "aws",
            "logs",
            "filter-log-events",
            "--log-group-name",
            group,
            *query,
        ],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "hello\n" == told.stdout
