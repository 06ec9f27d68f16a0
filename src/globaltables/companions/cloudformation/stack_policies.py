"""Stack policies: which resources an update may change, and how."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import orjson

from globaltables.companions.cloudformation.refusals import invalid
from globaltables.companions.records import Document

_RESOURCE = "LogicalResourceId/"


def read_policy(text: str) -> dict[str, Any]:
    """Return a policy.

    Raises:
        ApiError: ValidationError; the text is none.
    """
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        policy = None
    if not isinstance(policy, dict) or not isinstance(policy.get("Statement"), list):
        raise invalid("Error validating stack policy: Invalid stack policy")
    for statement in policy["Statement"]:
        if not isinstance(statement, dict) or statement.get("Effect") not in {"Allow", "Deny"}:
            raise invalid("Error validating stack policy: Invalid effect")
        if "Action" not in statement and "NotAction" not in statement:
            raise invalid("Error validating stack policy: Missing action")
    return policy


def denied_by_policy(stack: Document, record: Document, *, replaces: bool) -> str | None:
    """Return why the stack's policy does not let a resource be changed; None when it does.

    Args:
        stack: may have a policy, and one for this update only.
        record: of the resource.
        replaces: whether the change makes a new resource.
    """
    action = "Update:Replace" if replaces else "Update:Modify"
    return denial(stack, record["logical"], record["type"], action)


def denial(stack: Document, logical: str, type_name: str, action: str) -> str | None:
    """Return why an action on a resource is not allowed; None when it is."""
    text = stack.get("policy_during_update") or stack.get("policy")
    if text is None:
        return None
    allowed = False
    for number, statement in enumerate(read_policy(text)["Statement"], start=1):
        if not _applies(statement, logical, type_name, action):
            continue
        if statement["Effect"] == "Deny":
            return (
                f"Action denied by stack policy: Statement [#{number}] does not allow [{action}] "
                f"for resource [{logical}];"
            )
        allowed = True
    if allowed:
        return None
    return (
        f"Action denied by stack policy: Statement [#0] does not allow [{action}] "
        f"for resource [{logical}];"
    )


def _applies(statement: Mapping[str, Any], logical: str, type_name: str, action: str) -> bool:
    if "Action" in statement:
        if not _any_matches(statement["Action"], action):
            return False
    elif _any_matches(statement["NotAction"], action):
        return False
    name = _RESOURCE + logical
    if "NotResource" in statement:
        if _any_matches(statement["NotResource"], name):
            return False
    elif not _any_matches(statement.get("Resource", "*"), name):
        return False
    condition = statement.get("Condition") or {}
    for operator, tests in condition.items():
        for key, values in tests.items():
            if key != "ResourceType" or operator not in {"StringEquals", "StringLike"}:
                return False
            if not _any_matches(values, type_name):
                return False
    return True


def _any_matches(patterns: Any, text: str) -> bool:
    given = patterns if isinstance(patterns, list) else [patterns]
    return any(fnmatchcase(text, str(pattern)) for pattern in given)
