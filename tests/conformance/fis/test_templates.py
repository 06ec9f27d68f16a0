"""Experiment templates, actions and tags of Fault Injection Service."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.experiments import PAUSE, pausing, target_of, template, waiting
from tests.support.target import Target, send

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
PAUSED = {"targets": {"replica": target_of(ARN)}, "actions": {"pause": pausing()}}
Make = Callable[..., dict[str, Any]]


def test_template_is_read_back_as_it_was_made(service: Any, make_template: Make) -> None:
    """With the options that it did not name; the list has the short form."""
    made = make_template(**PAUSED, tags={"team": "a"})

    assert made == service.get_experiment_template(id=made["id"])["experimentTemplate"]
    assert PAUSED["actions"] == made["actions"]
    assert {"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail"} == made[
        "experimentOptions"
    ]
    assert made["arn"].endswith(f":experiment-template/{made['id']}")
    listed = service.list_experiment_templates()["experimentTemplates"]
    (short,) = [one for one in listed if one["id"] == made["id"]]
    assert {"team": "a"} == short["tags"]
    assert "actions" not in short


def test_template_is_changed_and_deleted(service: Any, make_template: Make) -> None:
    """What a change does not name stays."""
    made = make_template()

    changed = service.update_experiment_template(
        id=made["id"],
        actions={"first": waiting("PT1M"), "second": waiting(startAfter=["first"])},
        experimentOptions={"emptyTargetResolutionMode": "skip"},
    )["experimentTemplate"]

    assert {"first", "second"} == changed["actions"].keys()
    assert ("a test", "skip") == (
        changed["description"],
        changed["experimentOptions"]["emptyTargetResolutionMode"],
    )
    assert changed["lastUpdateTime"] >= made["lastUpdateTime"]
    service.delete_experiment_template(id=made["id"])
    for call in (service.get_experiment_template, service.delete_experiment_template):
        with pytest.raises(service.exceptions.ResourceNotFoundException):
            call(id=made["id"])


def test_create_template_twice_with_one_token_makes_one(service: Any, table_name: str) -> None:
    """Another request with that token is refused."""
    request = template(clientToken=f"{table_name}-twice")

    twice = [service.create_experiment_template(**request) for _ in range(2)]

    ids = {one["experimentTemplate"]["id"] for one in twice}
    assert 1 == len(ids)
    with pytest.raises(service.exceptions.ConflictException) as refused:
        service.create_experiment_template(**{**request, "description": "another"})
    assert 409 == refused.value.response["ResponseMetadata"]["HTTPStatusCode"]
    service.delete_experiment_template(id=ids.pop())


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"stopConditions": []}, "At least one stop condition"),
        (
            {"stopConditions": [{"source": "aws:cloudwatch:alarm", "value": "a" * 20}]},
            "stop conditions by CloudWatch alarms",
        ),
        ({"roleArn": "arn:aws:iam::123456789012:user/a"}, "role ARN is invalid"),
        ({"actions": {}}, "at least one action"),
        ({"actions": {"a": waiting("PT59S")}}, "duration from PT1M to PT12H"),
        ({"actions": {"a": waiting("PT13H")}}, "duration from PT1M to PT12H"),
        ({"actions": {"a": waiting("5min")}}, "duration from PT1M to PT12H"),
        ({"actions": {"a": {"actionId": "aws:ec2:stop-instances"}}}, "aws:ec2:stop-instances"),
        ({"actions": {"a": waiting(startAfter=["b"])}}, "does not exist: b"),
        (
            {"actions": {"a": waiting(startAfter=["b"]), "b": waiting(startAfter=["a"])}},
            "start after each other: a, b",
        ),
        ({"actions": {"a": pausing()}}, "target that does not exist: replica"),
        ({"actions": {"a": {**pausing(), "targets": {}}}}, "needs these targets: Tables"),
        ({"targets": {"t": target_of()}}, "either resource ARNs or resource tags"),
        ({"targets": {"t": target_of(ARN, selectionMode="SOME")}}, "invalid selection mode"),
        (
            {"targets": {"t": target_of(ARN, filters=[{"path": "a", "values": ["b"]}])}},
            "has no filters",
        ),
        (
            {"targets": {"t": {**target_of(ARN), "resourceType": "aws:ec2:instance"}}},
            "aws:ec2:instance",
        ),
        ({"experimentOptions": {"accountTargeting": "multi-account"}}, "several accounts"),
        ({"logConfiguration": {"logSchemaVersion": 2}}, "logs of experiments"),
        ({"experimentReportConfiguration": {"preExperimentDuration": "PT1M"}}, "reports"),
        ({"description": "a" * 513}, "'description' failed to satisfy constraint"),
    ],
)
def test_create_template_that_cannot_be_run_is_refused(
    service: Any, table_name: str, members: dict[str, Any], text: str
) -> None:
    """At its creation, and not when it is to be run."""
    with pytest.raises(service.exceptions.ValidationException, match=text) as refused:
        service.create_experiment_template(**template(clientToken=table_name, **members))

    assert 400 == refused.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_twenty_first_action_is_refused(service: Any, table_name: str) -> None:
    """A quota of the service."""
    actions = {f"wait-{number}": waiting() for number in range(21)}

    with pytest.raises(service.exceptions.ServiceQuotaExceededException):
        service.create_experiment_template(**template(clientToken=table_name, actions=actions))


def test_tags_of_a_template_are_added_and_removed(service: Any, make_template: Make) -> None:
    """The ARN is in the path, with its colons and slashes encoded."""
    arn = make_template(tags={"a": "1"})["arn"]

    service.tag_resource(resourceArn=arn, tags={"b": "2", "c": "3"})
    service.untag_resource(resourceArn=arn, tagKeys=["a", "b"])

    assert {"c": "3"} == service.list_tags_for_resource(resourceArn=arn)["tags"]
    with pytest.raises(service.exceptions.ResourceNotFoundException):
        service.list_tags_for_resource(resourceArn=f"{arn}x")
    with pytest.raises(service.exceptions.ServiceQuotaExceededException):
        service.tag_resource(resourceArn=arn, tags={f"t{number}": "" for number in range(50)})


def test_templates_are_listed_in_pages(service: Any, make_template: Make) -> None:
    """A token is good for its own list."""
    made = {make_template()["id"] for _ in range(3)}

    pages = service.get_paginator("list_experiment_templates").paginate(
        PaginationConfig={"PageSize": 2}
    )

    assert made <= {one["id"] for page in pages for one in page["experimentTemplates"]}
    token = service.list_experiment_templates(maxResults=1)["nextToken"]
    with pytest.raises(service.exceptions.ValidationException, match="next token"):
        service.list_experiments(nextToken=token)


def test_actions_and_resource_types_are_listed(service: Any) -> None:
    """What is served, and nothing else."""
    assert [PAUSE, "aws:fis:wait"] == [one["id"] for one in service.list_actions()["actions"]]
    action = service.get_action(id=PAUSE)["action"]
    assert {"Tables": {"resourceType": "aws:dynamodb:global-table"}} == action["targets"]
    assert action["parameters"]["duration"]["required"]
    types = service.list_target_resource_types()["targetResourceTypes"]
    assert ["aws:dynamodb:global-table"] == [one["resourceType"] for one in types]
    kind = service.get_target_resource_type(resourceType="aws:dynamodb:global-table")
    assert "aws:dynamodb:global-table" == kind["targetResourceType"]["resourceType"]
    with pytest.raises(service.exceptions.ResourceNotFoundException):
        service.get_action(id="aws:ec2:stop-instances")


def test_operation_that_is_not_served_says_so(service: Any) -> None:
    """By name."""
    with pytest.raises(ClientError, match="GetSafetyLever is not supported by globaltables"):
        service.get_safety_lever(id="default")


def test_request_without_a_signature_for_the_service_gets_the_endpoints_answer(
    target: Target,
) -> None:
    """GET is DynamoDB's health check as before."""
    assert target.endpoint is not None

    assert 200 == send(target.endpoint, "GET", "/experiments", b"", {}).status
