"""Stacks under test: made, waited for, and gone with the test."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.support.waiting import eventually

Template = Mapping[str, Any]
TABLE: Template = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    },
}


def table(**properties: Any) -> dict[str, Any]:
    """Return a table as a resource, with some properties beside or instead."""
    return {"Type": TABLE["Type"], "Properties": {**TABLE["Properties"], **properties}}


class Stacks:
    """The stacks of one test.

    Args:
        client: a boto3 client.
        prefix: of their names.
    """

    def __init__(self, client: Any, prefix: str) -> None:
        self.client = client
        self.prefix = prefix
        self._made: list[str] = []

    def create(self, resources: Template, name: str = "", **members: Any) -> dict[str, Any]:
        """Create a stack, wait until nothing is under way, and return its description."""
        request, sections = _parted(members)
        body = self.body(resources, **sections)
        made = self.client.create_stack(
            StackName=f"{self.prefix}{name}", TemplateBody=body, **request
        )
        self._made.append(made["StackId"])
        return self.settled(made["StackId"])

    def body(self, resources: Template, **sections: Any) -> str:
        """Return the text of a template."""
        return json.dumps({"Resources": resources, **sections})

    def update(
        self, stack: Mapping[str, Any], resources: Template, **members: Any
    ) -> dict[str, Any]:
        """Update a stack, wait until nothing is under way, and return its description."""
        request, sections = _parted(members)
        body = json.dumps({"Resources": resources, **sections})
        self.client.update_stack(StackName=stack["StackId"], TemplateBody=body, **request)
        return self.settled(stack["StackId"])

    def delete(self, stack: Mapping[str, Any], **members: Any) -> dict[str, Any]:
        """Delete a stack, wait until nothing is under way, and return its description."""
        self.client.delete_stack(StackName=stack["StackId"], **members)
        return self.settled(stack["StackId"])

    def settled(self, name: str) -> dict[str, Any]:
        """Wait until nothing is under way with a stack, and return its description."""
        assert eventually(lambda: not self._status(name).endswith("_IN_PROGRESS"), seconds_max=30)
        described: dict[str, Any] = self.client.describe_stacks(StackName=name)["Stacks"][0]
        return described

    def events(self, stack: Mapping[str, Any], logical: str = "") -> list[tuple[str, str]]:
        """Return status and reason of what happened, in order; of one resource, or of the stack."""
        pages = self.client.get_paginator("describe_stack_events")
        found = [
            (event["ResourceStatus"], event.get("ResourceStatusReason", ""))
            for page in pages.paginate(StackName=stack["StackId"])
            for event in page["StackEvents"]
            if event["LogicalResourceId"] == (logical or stack["StackName"])
        ]
        return found[::-1]

    def physical(self, stack: Mapping[str, Any], logical: str) -> str:
        """Return the physical id of a resource."""
        answer = self.client.describe_stack_resource(
            StackName=stack["StackId"], LogicalResourceId=logical
        )
        return str(answer["StackResourceDetail"]["PhysicalResourceId"])

    def clean(self) -> None:
        """Delete what the test has made, the last one first."""
        for name in reversed(self._made):
            if self._status(name) == "DELETE_COMPLETE":
                continue
            self.client.update_termination_protection(
                StackName=name, EnableTerminationProtection=False
            )
            self.client.delete_stack(StackName=name)
            self.settled(name)

    def _status(self, name: str) -> str:
        return str(self.client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


@contextmanager
def stacks(client: Any, prefix: str) -> Iterator[Stacks]:
    """Make stacks that go away at the end."""
    made = Stacks(client, prefix)
    try:
        yield made
    finally:
        made.clean()


def outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    """Return the outputs of a described stack by name."""
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


def _parted(members: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what belongs to the request, and the sections of the template."""
    sections = {"Outputs", "Conditions", "Mappings", "Transform", "Rules"}
    declared = members.pop("Declared", None)
    inside = {name: value for name, value in members.items() if name in sections}
    if declared is not None:
        inside["Parameters"] = declared
    return {name: value for name, value in members.items() if name not in sections}, inside
