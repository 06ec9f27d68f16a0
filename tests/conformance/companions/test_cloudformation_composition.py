"""Stacks made of several parts: nested ones, templates in buckets, transforms, package and deploy."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import Server, clean_environment
from tests.support.stacks import Stacks, outputs, stacks, table
from tests.support.target import Target

_CHILD = {
    "Parameters": {"Class": {"Type": "String"}},
    "Resources": {"T": table(TableClass={"Ref": "Class"})},
    "Outputs": {"Name": {"Value": {"Ref": "T"}}},
}


@pytest.fixture
def prefix(worker_id: str, request: pytest.FixtureRequest) -> str:
    """The beginning of every name of the test."""
    return f"co-{worker_id}-{abs(hash(request.node.name)) % 10**8}"


@pytest.fixture
def made(target: Target, prefix: str) -> Iterator[Stacks]:
    """Stacks of the test."""
    with stacks(target.other("cloudformation"), prefix) as found:
        yield found


@pytest.fixture
def bucket(target: Target, prefix: str) -> Iterator[str]:
    """A bucket of the test."""
    client = target.other("s3")
    client.create_bucket(Bucket=prefix)
    yield prefix
    for entry in client.list_objects_v2(Bucket=prefix).get("Contents", []):
        client.delete_object(Bucket=prefix, Key=entry["Key"])
    client.delete_bucket(Bucket=prefix)


def _put(target: Target, bucket: str, key: str, body: str) -> str:
    target.other("s3").put_object(Bucket=bucket, Key=key, Body=body.encode())
    return f"https://{bucket}.s3.amazonaws.com/{key}"


def test_a_nested_stack_is_made_changed_and_deleted_with_its_parent(
    made: Stacks, target: Target, bucket: str
) -> None:
    """Its outputs are attributes of the parent's resource."""
    url = _put(target, bucket, "child.json", json.dumps(_CHILD))

    def parent(table_class: str) -> dict[str, Any]:
        properties = {"TemplateURL": url, "Parameters": {"Class": table_class}}
        return {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": properties}}

    shown = {"Table": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Name"]}}}
    stack = made.create(parent("STANDARD"), Outputs=shown)
    child = made.settled(made.physical(stack, "Child"))
    assert [stack["StackId"], stack["StackId"]] == [child["ParentId"], child["RootId"]]
    assert outputs(child)["Name"] == outputs(stack)["Table"]

    changed = made.update(stack, parent("STANDARD_INFREQUENT_ACCESS"), Outputs=shown)
    described = target.client().describe_table(TableName=outputs(changed)["Table"])["Table"]
    assert "STANDARD_INFREQUENT_ACCESS" == described["TableClassSummary"]["TableClass"]

    made.delete(stack)
    assert "DELETE_COMPLETE" == made.settled(child["StackId"])["StackStatus"]


def test_a_nested_stack_that_fails_fails_its_parent(
    made: Stacks, target: Target, bucket: str
) -> None:
    """With the reason, and nothing is left."""
    child = {"Resources": {"V": {"Type": "AWS::EC2::VPC"}}}
    properties = {"TemplateURL": _put(target, bucket, "child.json", json.dumps(child))}

    stack = made.create({"C": {"Type": "AWS::CloudFormation::Stack", "Properties": properties}})

    reasons = [why for status, why in made.events(stack, "C") if status == "CREATE_FAILED"]
    assert "ROLLBACK_COMPLETE" == stack["StackStatus"]
    assert (
        "was not successfully created: The following resource(s) failed to create: [V]"
        in (reasons[0])
    )


def test_parts_are_included_and_written_in_loops(made: Stacks, target: Target, bucket: str) -> None:
    """AWS::Include brings properties from a bucket, Fn::ForEach makes a table for every name."""
    included = json.dumps({"TableClass": "STANDARD_INFREQUENT_ACCESS"})
    location = _put(target, bucket, "part.json", included)
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}}
    body = {"${Name}Table": table(**include)}
    resources = {"Fn::ForEach::Tables": ["Name", {"Ref": "Names"}, body]}
    count = {"Fn::Length": {"Ref": "Names"}}

    stack = made.create(
        resources,
        Declared={"Names": {"Type": "CommaDelimitedList", "Default": "A,B"}},
        Transform="AWS::LanguageExtensions",
        Outputs={"Count": {"Value": count}},
    )

    described = target.client().describe_table(TableName=made.physical(stack, "BTable"))["Table"]
    assert ["CREATE_COMPLETE", "2"] == [stack["StackStatus"], outputs(stack)["Count"]]
    assert "STANDARD_INFREQUENT_ACCESS" == described["TableClassSummary"]["TableClass"]


def test_a_serverless_template_becomes_plain_resources(made: Stacks) -> None:
    """A simple table, a function with its role, and its event source."""
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "InlineCode": "def handler(event, context):\n    return 1\n",
            "Policies": [{"DynamoDBReadPolicy": {"TableName": {"Ref": "Simple"}}}],
        },
    }
    stack = made.create(
        {"Fn": function, "Simple": {"Type": "AWS::Serverless::SimpleTable"}},
        Transform="AWS::Serverless-2016-10-31",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )

    listed = made.client.list_stack_resources(StackName=stack["StackId"])["StackResourceSummaries"]
    processed = made.client.get_template(StackName=stack["StackId"], TemplateStage="Processed")
    assert "CREATE_COMPLETE" == stack["StackStatus"]
    assert {
        "Fn": "AWS::Lambda::Function",
        "FnRole": "AWS::IAM::Role",
        "Simple": "AWS::DynamoDB::Table",
    } == {one["LogicalResourceId"]: one["ResourceType"] for one in listed}
    assert "AWS::Lambda::Function" == (dict(processed["TemplateBody"])["Resources"]["Fn"]["Type"])


def test_package_and_deploy_of_the_command_line_work(
    server: Server, target: Target, bucket: str, prefix: str, tmp_path: Path
) -> None:
    """A child template goes to the bucket, the parent is deployed, and deployed again without changes."""
    (tmp_path / "child.json").write_text(json.dumps(_CHILD))
    properties = {"TemplateURL": "child.json", "Parameters": {"Class": "STANDARD"}}
    child = {"Type": "AWS::CloudFormation::Stack", "Properties": properties}
    (tmp_path / "parent.json").write_text(json.dumps({"Resources": {"Child": child}}))
    environment = clean_environment() | {
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }

    def aws(*arguments: str) -> str:
        command = ["aws", "cloudformation", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    aws(
        "package",
        "--template-file",
        "parent.json",
        "--s3-bucket",
        bucket,
        "--output-template-file",
        "out.yml",
    )
    deploy = ("deploy", "--template-file", "out.yml", "--stack-name", prefix)
    assert "Successfully created/updated stack" in aws(*deploy)
    time.sleep(1)  # the command names its change sets by the second
    assert "No changes to deploy" in aws(*deploy, "--no-fail-on-empty-changeset")
    aws("delete-stack", "--stack-name", prefix)
    aws("wait", "stack-delete-complete", "--stack-name", prefix)
    assert [] == [
        name for name in target.client().list_tables()["TableNames"] if name.startswith(prefix)
    ]
