"""Experiments of Fault Injection Service, as tests ask for them."""

from typing import Any

ROLE = "arn:aws:iam::123456789012:role/experiments"
PAUSE = "aws:dynamodb:global-table-pause-replication"
GLOBAL_TABLE = "aws:dynamodb:global-table"


def target_of(*arns: str, **members: Any) -> dict[str, Any]:
    """Return a target of replicas."""
    named = {"resourceArns": list(arns)} if arns else {}
    return {"resourceType": GLOBAL_TABLE, "selectionMode": "ALL", **named, **members}


def pausing(duration: str = "PT5M", target: str = "replica", **members: Any) -> dict[str, Any]:
    """Return an action that pauses replication."""
    return {
        "actionId": PAUSE,
        "parameters": {"duration": duration},
        "targets": {"Tables": target},
        **members,
    }


def waiting(duration: str = "PT5M", **members: Any) -> dict[str, Any]:
    """Return an action that waits."""
    return {"actionId": "aws:fis:wait", "parameters": {"duration": duration}, **members}


def template(**members: Any) -> dict[str, Any]:
    """Return the members of a template that waits for five minutes, unless told otherwise."""
    return {
        "clientToken": "token",
        "description": "a test",
        "stopConditions": [{"source": "none"}],
        "roleArn": ROLE,
        "actions": {"wait": waiting()},
        **members,
    }
