"""Custom resources that functions make, and conditions that are waited for."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from globaltables.client.connection import Connection
from tests.support.server import Server
from tests.support.stacks import Stacks, outputs, stacks, table
from tests.support.target import Target
from tests.support.waiting import eventually

_CODE = """
import cfnresponse


def handler(event, context):
    given = event["ResourceProperties"]
    status = cfnresponse.FAILED if given["Number"] == "13" else cfnresponse.SUCCESS
    data = {"Asked": event["RequestType"], "Flag": given["Flag"]}
    cfnresponse.send(event, context, status, data, "made-" + given["Number"], reason="unlucky")
"""
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """A server of the file's own, whose clock may be advanced."""
    with Server("--in-memory") as running:
        found = Target(running.endpoint)
        yield found
        found.close()


@pytest.fixture
def made(target: Target, worker_id: str, request: pytest.FixtureRequest) -> Iterator[Stacks]:
    """Stacks of the test."""
    name = f"cr-{worker_id}-{abs(hash(request.node.name)) % 10**8}"
    with stacks(target.other("cloudformation"), name) as found:
        yield found


def _resources(number: int) -> dict[str, Any]:
    function = {
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": _CODE},
    }
    properties = {
        "ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]},
        "Number": number,
        "Flag": True,
    }
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": _TRUST}},
        "Maker": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Thing": {"Type": "Custom::Thing", "Properties": properties},
    }


def test_a_function_makes_changes_and_removes_a_custom_resource(made: Stacks) -> None:
    """Scalars reach it as texts; another physical id is another resource; what fails is taken back."""
    shown = {
        "Id": {"Value": {"Ref": "Thing"}},
        "Told": {"Value": {"Fn::Sub": "${Thing.Asked} ${Thing.Flag}"}},
    }
    capable: dict[str, Any] = {"Capabilities": ["CAPABILITY_IAM"], "Outputs": shown}

    stack = made.create(_resources(1), **capable)
    assert {"Id": "made-1", "Told": "Create true"} == outputs(stack)

    changed = made.update(stack, _resources(2), **capable)
    assert {"Id": "made-2", "Told": "Update true"} == outputs(changed)
    assert ("DELETE_COMPLETE", "") == made.events(stack, "Thing")[-1]

    failed = made.update(stack, _resources(13), **capable)
    assert "UPDATE_ROLLBACK_COMPLETE" == failed["StackStatus"]
    assert any(
        why.startswith(
            "Received response status [FAILED] from custom resource. Message returned: unlucky"
        )
        for _, why in made.events(stack, "Thing")
    )
    assert "made-2" == made.physical(stack, "Thing")

    assert "DELETE_COMPLETE" == made.delete(stack)["StackStatus"]


def _signal(url: str, body: str) -> int:
    where = urlsplit(url)
    connection = HTTPConnection(where.hostname or "", where.port)
    connection.request("PUT", where.path, body)
    status = connection.getresponse().status
    connection.close()
    return status


def _waiting(count: int, timeout: int) -> dict[str, Any]:
    properties = {"Handle": {"Ref": "Handle"}, "Timeout": timeout, "Count": count}
    return {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": properties},
        "After": {**table(), "DependsOn": "Wait"},
    }


def test_a_condition_is_waited_for_until_all_have_told(made: Stacks) -> None:
    """The same one twice counts once; their data is an attribute."""
    body = made.body(_waiting(2, 60), Outputs={"Data": {"Value": {"Fn::GetAtt": ["Wait", "Data"]}}})
    stack = made.client.create_stack(StackName=made.prefix, TemplateBody=body)
    made._made.append(stack["StackId"])
    url = made.physical(stack, "Handle")

    for unique in ("a", "a", "b"):
        signal = {"Status": "SUCCESS", "UniqueId": unique, "Data": f"of {unique}"}
        assert 200 == _signal(url, json.dumps(signal))

    described = made.settled(stack["StackId"])
    assert "CREATE_COMPLETE" == described["StackStatus"]
    assert {"a": "of a", "b": "of b"} == json.loads(outputs(described)["Data"])


def test_a_condition_that_nobody_tells_of_times_out(made: Stacks) -> None:
    """The stack goes back."""
    stack = made.create(_waiting(1, 1))

    assert "ROLLBACK_COMPLETE" == stack["StackStatus"]
    assert (
        "CREATE_FAILED",
        "WaitCondition timed out. Received 0 conditions when expecting 1",
    ) in made.events(stack, "Wait")


def test_an_answer_that_nobody_waits_for_is_refused(made: Stacks) -> None:
    """The URL of a stack that is gone is good for nothing."""
    stack = made.client.create_stack(
        StackName=made.prefix, TemplateBody=made.body(_waiting(1, 600))
    )
    made._made.append(stack["StackId"])
    assert eventually(lambda: made.events({**stack, "StackName": made.prefix}, "Wait"))
    url = made.physical(stack, "Handle")
    made.delete(stack)

    assert 403 == _signal(url, '{"Status": "SUCCESS", "UniqueId": "a"}')


def test_a_stack_whose_time_is_over_goes_back(made: Stacks, target: Target) -> None:
    """By the clock, which can be advanced."""
    properties = {"Handle": {"Ref": "Handle"}, "Timeout": 7200}
    resources = {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": properties},
    }
    answer = made.client.create_stack(
        StackName=made.prefix, TemplateBody=made.body(resources), TimeoutInMinutes=1
    )
    made._made.append(answer["StackId"])
    assert target.endpoint is not None
    connection = Connection(target.endpoint, "us-east-1")
    ahead = connection.call(connection.own().describe_clock)["AheadMilliseconds"] + 61_000
    connection.call(connection.own().advance_clock, AheadMilliseconds=ahead, EveryRegion=True)

    assert "ROLLBACK_COMPLETE" == made.settled(answer["StackId"])["StackStatus"]
    assert ("CREATE_FAILED", "Stack creation timed out") in made.events(
        {**answer, "StackName": made.prefix}, "Wait"
    )
