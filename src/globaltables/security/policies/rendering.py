"""A policy as the services store and return it: minified, elements in a fixed order, lists of one as their element.

Measured on AWS (aws-controllers-k8s/dynamodb-controller, docs/api-quirks, DDB-TABLE-351 to 355): two documents are the
same policy when they render to the same text.
"""

from typing import Any

import orjson

from globaltables.security.policies.documents import Policy, Principals, Statement


def render(policy: Policy, default_version: str | None = None) -> str:
    """Return the canonical text of a policy.

    Args:
        policy: what to render.
        default_version: what stands for a version that the document did not have; None leaves it out.
    """
    document: dict[str, Any] = {}
    version = policy.version or default_version
    if version is not None:
        document["Version"] = version
    if policy.id is not None:
        document["Id"] = policy.id
    document["Statement"] = [_statement(statement) for statement in policy.statements]
    return orjson.dumps(document).decode()


def _statement(statement: Statement) -> dict[str, Any]:
    rendered: dict[str, Any] = {}
    if statement.sid:
        rendered["Sid"] = statement.sid
    rendered["Effect"] = statement.effect
    if statement.principals is not None:
        name = "NotPrincipal" if statement.principals.negated else "Principal"
        rendered[name] = _principals(statement.principals)
    rendered["NotAction" if statement.actions_negated else "Action"] = _one_or_list(
        statement.actions
    )
    if statement.resources:
        name = "NotResource" if statement.resources_negated else "Resource"
        rendered[name] = _one_or_list(statement.resources)
    if statement.conditions:
        conditions: dict[str, dict[str, Any]] = {}
        for condition in statement.conditions:
            under = conditions.setdefault(condition.operator, {})
            under[condition.key] = _one_or_list(condition.values)
        rendered["Condition"] = conditions
    return rendered


def _principals(principals: Principals) -> Any:
    if principals.anyone:
        return "*"
    return {type_: _one_or_list(names) for type_, names in principals.named}


def _one_or_list(texts: tuple[str, ...]) -> Any:
    return texts[0] if len(texts) == 1 else texts
