"""What the CDK's crossRegionReferences has in its templates: a writer in one region, a reader in the other."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.identities import ACCOUNT
from tests.support.target import Target

TOKEN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:framework-onEvent"


def _writer(**exports: str) -> str:
    props = {
        "region": "eu-west-1",
        "exports": {f"/cdk/exports/O/{k}": v for k, v in exports.items()},
    }
    resource = {
        "Type": "Custom::CrossRegionExportWriter",
        "Properties": {"ServiceToken": TOKEN, "WriterProps": props},
    }
    return json.dumps({"Resources": {"Writer": resource}})


def _reader(*names: str) -> str:
    imports = {f"/cdk/exports/O/{k}": f"{{{{resolve:ssm:/cdk/exports/O/{k}}}}}" for k in names}
    props = {"region": "eu-west-1", "prefix": "O", "imports": imports}
    reader = {
        "Type": "Custom::CrossRegionExportReader",
        "Properties": {"ServiceToken": TOKEN, "ReaderProps": props},
    }
    outputs = {k: {"Value": {"Fn::GetAtt": ["Reader", f"/cdk/exports/O/{k}"]}} for k in names}
    return json.dumps({"Resources": {"Reader": reader}, "Outputs": outputs})


def _run(client: Any, operation: str, name: str, template: str) -> dict[str, str]:
    getattr(client, f"{operation}_stack")(StackName=name, TemplateBody=template)
    client.get_waiter(f"stack_{operation}_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    stack = client.describe_stacks(StackName=name)["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


@pytest.mark.timeout(180)
def test_values_of_a_stack_are_those_that_another_region_reads(target: Target) -> None:
    """They are marked as used while they are, and go with the writer."""
    here, there = target.other("cloudformation"), target.other("cloudformation", "eu-west-1")
    parameters = target.other("ssm", "eu-west-1")

    def marks(name: str) -> list[str]:
        request = {"ResourceType": "Parameter", "ResourceId": f"/cdk/exports/O/{name}"}
        return [tag["Key"] for tag in parameters.list_tags_for_resource(**request)["TagList"]]

    _run(here, "create", "export-writer", _writer(a="1", b="2"))
    assert {"a": "1", "b": "2"} == _run(there, "create", "export-reader", _reader("a", "b"))
    assert ["aws-cdk:strong-ref:O"] == marks("b")

    assert {"a": "1"} == _run(there, "update", "export-reader", _reader("a"))
    assert [] == marks("b")
    _run(here, "update", "export-writer", _writer(a="1", c="3"))
    with pytest.raises(ClientError, match="ParameterNotFound"):
        parameters.get_parameter(Name="/cdk/exports/O/b")

    for client, name in ((there, "export-reader"), (here, "export-writer")):
        client.delete_stack(StackName=name)
        client.get_waiter("stack_delete_complete").wait(
            StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
    left = parameters.describe_parameters()["Parameters"]
    assert [] == [one["Name"] for one in left if one["Name"].startswith("/cdk/exports/O/")]
