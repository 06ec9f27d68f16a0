"""DescribeStacks, ListStacks, and what is told of a stack's resources and events."""

from collections.abc import Iterable
from typing import Any

import orjson

from globaltables.companions.cloudformation.refusals import invalid, no_such_stack
from globaltables.companions.cloudformation.stored import (
    all_stacks,
    events_of,
    resources_of,
    stack_of,
)
from globaltables.companions.cloudformation.templates.parameters import HIDDEN
from globaltables.companions.cloudformation.turning import page
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import CLOUDFORMATION_DELETED_RETENTION_MS

Answer = dict[str, Any]


def describe_stacks(call: ServiceCall) -> Answer:
    """Describe a stack, or all that are there."""
    name = call.request.get("StackName")
    reader = call.region.store.reader()
    if name:
        return {"Stacks": [_description(stack_of(reader, call.account, name))]}
    found = [stack for stack in all_stacks(reader, call.account) if stack["deleted"] is None]
    found.sort(key=_created, reverse=True)
    return page(call.request, [_description(stack) for stack in found], "Stacks")


def list_stacks(call: ServiceCall) -> Answer:
    """List stacks; those that were deleted stay for 90 days."""
    oldest_ms = call.region.clock.now_ms() - CLOUDFORMATION_DELETED_RETENTION_MS
    wanted = call.request.get("StackStatusFilter")
    found = [
        stack
        for stack in all_stacks(call.region.store.reader(), call.account)
        if (stack["deleted"] is None or stack["deleted"] > oldest_ms)
        and (not wanted or stack["status"] in wanted)
    ]
    found.sort(key=_created, reverse=True)
    return page(call.request, [_summary(stack) for stack in found], "StackSummaries")


def describe_stack_events(call: ServiceCall) -> Answer:
    """Return the events of a stack, the last one first."""
    reader = call.region.store.reader()
    name = call.request.get("StackName")
    if not name:
        raise invalid(
            "1 validation error detected: Value null at 'stackName' failed to satisfy constraint"
        )
    stack = stack_of(reader, call.account, name)
    events = [event for _, event in events_of(stack["id"]).of_account(reader, call.account)]
    hidden = set(stack["hidden"])
    told = [_event(stack, event, hidden) for event in reversed(events)]
    return page(call.request, told, "StackEvents")


def describe_stack_resource(call: ServiceCall) -> Answer:
    """Describe one resource of a stack."""
    reader = call.region.store.reader()
    stack = stack_of(reader, call.account, call.request["StackName"])
    logical = call.request["LogicalResourceId"]
    record = resources_of(stack["id"]).get(reader, call.account, logical)
    if record is None:
        raise invalid(f"Resource {logical} does not exist for stack {stack['name']}")
    metadata = record["metadata"]
    detail = {
        "StackName": stack["name"],
        "StackId": stack["arn"],
        **_resource(record),
        "LastUpdatedTimestamp": record["updated"] / 1000,
        "Metadata": None if metadata is None else orjson.dumps(metadata).decode(),
    }
    return {"StackResourceDetail": _given(detail)}


def describe_stack_resources(call: ServiceCall) -> Answer:
    """Describe the resources of a stack, or of the stack that has a physical resource."""
    request, reader = call.request, call.region.store.reader()
    physical = request.get("PhysicalResourceId")
    if request.get("StackName"):
        stacks: Iterable[Document] = [stack_of(reader, call.account, request["StackName"])]
    elif physical:
        stacks = all_stacks(reader, call.account)
    else:
        raise invalid("Either stackName or physicalResourceId must be specified")
    for stack in stacks:
        records = [one for _, one in resources_of(stack["id"]).of_account(reader, call.account)]
        if physical and all(record["physical"] != physical for record in records):
            continue
        logical = request.get("LogicalResourceId")
        return {
            "StackResources": [
                _given(
                    {
                        "StackName": stack["name"],
                        "StackId": stack["arn"],
                        **_resource(record),
                        "Timestamp": record["updated"] / 1000,
                    }
                )
                for record in records
                if logical in {None, record["logical"]}
            ]
        }
    raise no_such_stack(str(physical))


def list_stack_resources(call: ServiceCall) -> Answer:
    """List the resources of a stack."""
    reader = call.region.store.reader()
    stack = stack_of(reader, call.account, call.request["StackName"])
    found = [
        _given({**_resource(record), "LastUpdatedTimestamp": record["updated"] / 1000})
        for _, record in resources_of(stack["id"]).of_account(reader, call.account)
    ]
    return page(call.request, found, "StackResourceSummaries")


def stack_parameters(stack: Document) -> list[dict[str, str]]:
    """Return the parameters of a stack or change set as they are told."""
    hidden = set(stack["hidden"])
    told = []
    for name, text in stack["parameters"].items():
        parameter = {"ParameterKey": name, "ParameterValue": HIDDEN if name in hidden else text}
        if name in stack["resolved"]:
            parameter["ResolvedValue"] = HIDDEN if name in hidden else stack["resolved"][name]
        told.append(parameter)
    return told


def _description(stack: Document) -> Answer:
    return _given(
        {
            "StackId": stack["arn"],
            "StackName": stack["name"],
            "ChangeSetId": stack["change_set"],
            "Description": stack["description"],
            "Parameters": stack_parameters(stack) or None,
            "CreationTime": stack["created"] / 1000,
            "DeletionTime": _seconds(stack["deleted"]),
            "LastUpdatedTime": _seconds(stack["updated"]),
            "RollbackConfiguration": {},
            "StackStatus": stack["status"],
            "StackStatusReason": stack["reason"],
            "DisableRollback": stack["on_failure"] == "DO_NOTHING",
            "NotificationARNs": stack["topics"],
            "TimeoutInMinutes": stack["timeout"],
            "Capabilities": stack["capabilities"] or None,
            "Outputs": stack["outputs"] or None,
            "RoleARN": stack["role"],
            "Tags": stack["tags"],
            "EnableTerminationProtection": stack["protection"],
            "ParentId": stack["parent"],
            "RootId": stack["root"],
            "DriftInformation": _drift(stack["drift"], "StackDriftStatus"),
        }
    )


def _summary(stack: Document) -> Answer:
    return _given(
        {
            "StackId": stack["arn"],
            "StackName": stack["name"],
            "TemplateDescription": stack["description"],
            "CreationTime": stack["created"] / 1000,
            "LastUpdatedTime": _seconds(stack["updated"]),
            "DeletionTime": _seconds(stack["deleted"]),
            "StackStatus": stack["status"],
            "StackStatusReason": stack["reason"],
            "ParentId": stack["parent"],
            "RootId": stack["root"],
            "DriftInformation": _drift(stack["drift"], "StackDriftStatus"),
        }
    )


def _resource(record: Document) -> Answer:
    drift = record["drift"] or {"status": "NOT_CHECKED", "at": None}
    return {
        "LogicalResourceId": record["logical"],
        "PhysicalResourceId": record["physical"] or None,
        "ResourceType": record["type"],
        "ResourceStatus": record["status"],
        "ResourceStatusReason": record["reason"] or None,
        "DriftInformation": _drift(drift, "StackResourceDriftStatus"),
    }


def _event(stack: Document, event: Document, hidden: set[str]) -> Answer:
    properties = event["properties"]
    for name in hidden:
        value = stack["parameters"].get(name)
        if properties and value:
            properties = properties.replace(orjson.dumps(value).decode()[1:-1], HIDDEN)
    name = f"{event['logical']}-{event['status']}-{event['id']}"
    return _given(
        {
            "StackId": stack["arn"],
            "EventId": event["id"] if event["physical"] == stack["arn"] else name,
            "StackName": stack["name"],
            "LogicalResourceId": event["logical"],
            "PhysicalResourceId": event["physical"],
            "ResourceType": event["type"],
            "Timestamp": event["at"] / 1000,
            "ResourceStatus": event["status"],
            "ResourceStatusReason": event["reason"],
            "ResourceProperties": properties,
            "ClientRequestToken": event["token"],
        }
    )


def _drift(drift: Document, member: str) -> Answer:
    return _given({member: drift["status"], "LastCheckTimestamp": _seconds(drift["at"])})


def _seconds(time_ms: int | None) -> float | None:
    return None if time_ms is None else time_ms / 1000


def _given(members: Answer) -> Answer:
    return {name: value for name, value in members.items() if value is not None}


def _created(stack: Document) -> int:
    created: int = stack["created"]
    return created
