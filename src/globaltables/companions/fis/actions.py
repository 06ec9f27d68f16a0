"""The actions and target resource types that experiments may have, and the operations that list them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from globaltables.companions.fis.stored import arn_of, page
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import resource_not_found

PAUSE_REPLICATION = "aws:dynamodb:global-table-pause-replication"
WAIT = "aws:fis:wait"
GLOBAL_TABLE = "aws:dynamodb:global-table"
#: The parameter of every action that is served.
DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Action:
    """An action.

    Attributes:
        description: as ListActions shows it.
        targets: by the action's name for it, the resource type of a target.
    """

    description: str
    targets: Mapping[str, str] = field(default_factory=dict)


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        PAUSE_REPLICATION: Action(
            "Pauses the replication of a DynamoDB global table to and from a replica.",
            MappingProxyType({"Tables": GLOBAL_TABLE}),
        ),
        WAIT: Action("Wait for the specified duration."),
    }
)
RESOURCE_TYPES: Mapping[str, str] = MappingProxyType(
    {GLOBAL_TABLE: "A replica of an Amazon DynamoDB global table"}
)


def list_actions(call: ServiceCall) -> dict[str, Any]:
    """ListActions: what is served."""
    found = [_summary(call, name) for name in sorted(ACTIONS)]
    return page(call.request, found, "actions")


def get_action(call: ServiceCall) -> dict[str, Any]:
    """GetAction: an action with its parameters."""
    name = call.request["id"]
    if name not in ACTIONS:
        raise resource_not_found(f"Action {name} does not exist.")
    parameters = {DURATION: {"description": "From PT1M to PT12H.", "required": True}}
    return {"action": {**_summary(call, name), "parameters": parameters}}


def list_target_resource_types(call: ServiceCall) -> dict[str, Any]:
    """ListTargetResourceTypes: what is served."""
    found = [_resource_type(name) for name in sorted(RESOURCE_TYPES)]
    return page(call.request, found, "targetResourceTypes")


def get_target_resource_type(call: ServiceCall) -> dict[str, Any]:
    """GetTargetResourceType: a type of resources; none of those that are served has parameters."""
    name = call.request["resourceType"]
    if name not in RESOURCE_TYPES:
        raise resource_not_found(f"Target resource type {name} does not exist.")
    return {"targetResourceType": {**_resource_type(name), "parameters": {}}}


def _summary(call: ServiceCall, name: str) -> dict[str, Any]:
    action = ACTIONS[name]
    targets = {key: {"resourceType": kind} for key, kind in action.targets.items()}
    return {
        "id": name,
        "arn": arn_of(call, "action", name),
        "description": action.description,
        "targets": targets,
        "tags": {},
    }


def _resource_type(name: str) -> dict[str, Any]:
    return {"resourceType": name, "description": RESOURCE_TYPES[name]}
