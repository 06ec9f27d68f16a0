"""From a document to a `Policy`, with IAM's refusals of what is wrong with it.

The texts are those that IAM and the services that store resource-based policies share; each service adds its own
beginning. Order: JSON, the document's elements, each statement's elements, then what the statements say together.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

import orjson

from globaltables.foundation.errors import ApiError
from globaltables.security.policies.conditions import operator_of
from globaltables.security.policies.documents import (
    DEFAULT_VERSION,
    VERSION_WITH_VARIABLES,
    Condition,
    Effect,
    Policy,
    PolicyKind,
    Principals,
    PrincipalType,
    Statement,
)
from globaltables.security.policies.positions import position_of

_Path = tuple[str | int, ...]
_DOCUMENT = frozenset({"Version", "Id", "Statement"})
_STATEMENT = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_EFFECTS: Mapping[str, Effect] = {"allow": "Allow", "deny": "Deny"}
_WITH_PRINCIPAL = frozenset({PolicyKind.RESOURCE, PolicyKind.RESOURCE_CONTROL, PolicyKind.TRUST})
_SID = re.compile(r"[0-9A-Za-z]*")
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?-]+")
_ACCOUNT = re.compile(r"\d{12}")
_NOT_PREFACED = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


class _SyntaxError(Exception):
    """Something has the wrong form; where."""

    def __init__(self, path: _Path) -> None:
        super().__init__(path)
        self.path = path


def malformed(message: str) -> ApiError:
    """Return IAM's refusal of a document."""
    return ApiError("MalformedPolicyDocument", message)


def parse(text: str, kind: PolicyKind) -> Policy:
    """Return the policy of a document.

    Args:
        text: JSON.
        kind: what the policy is to be attached to, which decides the elements that it must have.

    Raises:
        ApiError: MalformedPolicyDocument.
    """
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise malformed("This policy contains invalid Json") from None
    if type(document) is not dict:
        raise malformed("This policy contains invalid Json")
    try:
        return _policy(document, kind)
    except _SyntaxError as error:
        line, column = position_of(text, error.path)
        raise malformed(f"Syntax error at position ({line},{column})") from None


def _policy(document: dict[str, Any], kind: PolicyKind) -> Policy:
    for element in document:
        if element not in _DOCUMENT:
            raise _SyntaxError((element,))
    version = document.get("Version")
    if version is not None and version not in (DEFAULT_VERSION, VERSION_WITH_VARIABLES):
        raise malformed("The policy must contain a valid version string")
    identifier = document.get("Id")
    if identifier is not None and type(identifier) is not str:
        raise _SyntaxError(("Id",))
    if "Statement" not in document:
        raise malformed("Missing required field Statement")
    given = document["Statement"]
    alone = type(given) is dict
    if not alone and type(given) is not list:
        raise _SyntaxError(("Statement",))
    if not given:
        raise malformed("Could not parse the policy: Statement is empty!")
    statements = tuple(
        _statement(one, kind, version, ("Statement",) if alone else ("Statement", index))
        for index, one in enumerate([given] if alone else given)
    )
    sids = [statement.sid for statement in statements if statement.sid]
    if len(set(sids)) != len(sids):
        raise malformed("The Statement Ids in the policy are not unique")
    return Policy(version, identifier, statements)


def _statement(given: Any, kind: PolicyKind, version: str | None, path: _Path) -> Statement:
    if type(given) is not dict:
        raise _SyntaxError(path)
    for element in given:
        if element not in _STATEMENT:
            raise _SyntaxError((*path, element))
    sid = given.get("Sid", "")
    if type(sid) is not str:
        raise _SyntaxError((*path, "Sid"))
    if kind is not PolicyKind.RESOURCE and _SID.fullmatch(sid) is None:
        raise malformed(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
            "regular expression [0-9A-Za-z]*"
        )
    effect = _effect(given, path)
    principals = _principals(given, kind, path)
    actions, actions_negated = _patterns(given, "Action", path)
    for action in actions:
        if _ACTION.fullmatch(action) is None:
            raise malformed(_NOT_PREFACED)
    resources, resources_negated = _resources(given, kind, path)
    return Statement(
        sid=sid,
        effect=effect,
        principals=principals,
        actions=actions,
        actions_negated=actions_negated,
        resources=resources,
        resources_negated=resources_negated,
        conditions=_conditions(given.get("Condition", {}), (*path, "Condition")),
        variables=version == VERSION_WITH_VARIABLES,
    )


def _effect(given: dict[str, Any], path: _Path) -> Effect:
    if "Effect" not in given:
        raise malformed("Missing required field Effect")
    text = given["Effect"]
    if type(text) is not str:
        raise _SyntaxError((*path, "Effect"))
    effect = _EFFECTS.get(text.lower())  # AWS takes "allow" and stores "Allow"
    if effect is None:
        raise malformed(f"Invalid effect: {text}")
    return effect


def _resources(
    given: dict[str, Any], kind: PolicyKind, path: _Path
) -> tuple[tuple[str, ...], bool]:
    if kind is PolicyKind.TRUST:
        for element in ("Resource", "NotResource"):
            if element in given:
                raise malformed(f"Has prohibited field {element}")
        return (), False
    resources, negated = _patterns(given, "Resource", path)
    for resource in resources:
        if resource != "*" and not resource.startswith("arn:"):
            raise malformed(f'Resource {resource} must be in ARN format or "*".')
    return resources, negated


def _patterns(
    given: dict[str, Any], element: Literal["Action", "Resource"], path: _Path
) -> tuple[tuple[str, ...], bool]:
    """Return the texts of an element or of its negation, and whether it is the negation."""
    negation = f"Not{element}"
    if element in given and negation in given:
        raise _SyntaxError((*path, negation))
    name = negation if negation in given else element
    if name not in given:
        raise malformed(f"Missing required field {element}")
    texts = _texts(given[name], (*path, name))
    if not texts:
        raise malformed(f"Missing required field {element} cannot be empty!")
    return texts, name == negation


def _principals(given: dict[str, Any], kind: PolicyKind, path: _Path) -> Principals | None:
    present = [element for element in ("Principal", "NotPrincipal") if element in given]
    if kind not in _WITH_PRINCIPAL:
        if present:
            raise malformed("Policy document should not specify a principal.")
        return None
    if not present:
        raise malformed("Missing required field Principal")
    if len(present) > 1:
        raise _SyntaxError((*path, present[1]))
    element = present[0]
    negated = element == "NotPrincipal"
    if negated and given["Effect"].lower() == "allow":
        raise malformed("Allow with NotPrincipal is not allowed.")
    value = given[element]
    if value == "*":
        return Principals(True, (), negated)
    if type(value) is not dict:
        raise _SyntaxError((*path, element))
    if not value:
        raise malformed("Missing required field Principal cannot be empty!")
    named = []
    for type_, names in value.items():
        if type_ not in get_args(PrincipalType):
            raise _SyntaxError((*path, element, type_))
        texts = _texts(names, (*path, element, type_))
        if not texts:
            raise malformed("Missing required field Principal cannot be empty!")
        if type_ == "AWS":
            texts = tuple(dict.fromkeys(map(_arn_of_account, texts)))
        named.append((type_, texts))
    return Principals(False, tuple(named), negated)


def _arn_of_account(name: str) -> str:
    """Return the root ARN of an account id, which means the same; any other name as it is."""
    return f"arn:aws:iam::{name}:root" if _ACCOUNT.fullmatch(name) else name


def _conditions(given: Any, path: _Path) -> tuple[Condition, ...]:
    if type(given) is not dict:
        raise _SyntaxError(path)
    conditions: list[Condition] = []
    for operator, keys in given.items():
        if operator_of(operator) is None:
            raise malformed(f"Invalid Condition type : {operator}.")
        if type(keys) is not dict:
            raise _SyntaxError((*path, operator))
        for key, values in keys.items():
            if ":" not in key:
                raise malformed(_NOT_PREFACED)
            where = (*path, operator, key)
            conditions.append(Condition(operator, key, _texts(values, where, scalars=True)))
    return tuple(conditions)


def _texts(given: Any, path: _Path, *, scalars: bool = False) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple; with `scalars` also numbers and truth values."""
    if type(given) is not list:
        return (_text(given, path, scalars=scalars),)
    return tuple(_text(one, (*path, index), scalars=scalars) for index, one in enumerate(given))


def _text(given: Any, path: _Path, *, scalars: bool) -> str:
    if type(given) is str:
        return given
    if scalars and type(given) is bool:
        return "true" if given else "false"
    if scalars and type(given) in (int, float):
        return str(given)
    raise _SyntaxError(path)
