"""Policies and requests as tests write them: documents as dicts, condition keys as keyword-like dicts."""

import json
from collections.abc import Mapping
from typing import Any

from globaltables.security.policies.documents import Policy, PolicyKind
from globaltables.security.policies.matching import AccessRequest
from globaltables.security.policies.parsing import parse
from globaltables.security.principals import Principal

OWNER = "111122223333"
OTHER = "444455556666"
TABLE = f"arn:aws:dynamodb:us-east-1:{OWNER}:table/Thread"


class Keys:
    """Condition keys that are known beforehand; counts what is asked for.

    Args:
        given: key -> value or values.
    """

    def __init__(self, given: Mapping[str, str | tuple[str, ...]] | None = None) -> None:
        self._given = {key.lower(): value for key, value in (given or {}).items()}
        self.asked: list[str] = []

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a key."""
        self.asked.append(key)
        value = self._given.get(key)
        return (value,) if isinstance(value, str) else value


def user(name: str, account: str = OWNER) -> Principal:
    """Return a user."""
    arn = f"arn:aws:iam::{account}:user/{name}"
    return Principal(account, arn, "User", user_id=f"AIDA{name}", user_name=name)


def session(role: str, name: str, account: str = OWNER) -> Principal:
    """Return a role's session."""
    return Principal(
        account,
        f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        "AssumedRole",
        user_id=f"AROA{role}:{name}",
        role_arn=f"arn:aws:iam::{account}:role/{role}",
    )


def request_of(
    principal: Principal,
    action: str = "dynamodb:GetItem",
    resource: str = TABLE,
    keys: Mapping[str, str | tuple[str, ...]] | Keys | None = None,
) -> AccessRequest:
    """Return a request to a resource of the account that its ARN names."""
    owner = resource.split(":")[4] if resource.startswith("arn:") else OWNER
    context = keys if isinstance(keys, Keys) else Keys(keys)
    return AccessRequest(principal, action, resource, owner, context)


def document(*statements: Mapping[str, Any], version: str | None = "2012-10-17") -> str:
    """Return the JSON of a policy with these statements."""
    content: dict[str, Any] = {} if version is None else {"Version": version}
    return json.dumps({**content, "Statement": list(statements)})


def policy(*statements: Mapping[str, Any], kind: PolicyKind = PolicyKind.IDENTITY) -> Policy:
    """Return the policy of these statements; what they leave out is Allow, every action, every resource."""
    elements = ["Action", "Resource"] + ["Principal"] * (kind is PolicyKind.RESOURCE)
    full = (
        {"Effect": "Allow"}
        | dict.fromkeys((name for name in elements if f"Not{name}" not in statement), "*")
        | dict(statement)
        for statement in statements
    )
    return parse(document(*full), kind)
