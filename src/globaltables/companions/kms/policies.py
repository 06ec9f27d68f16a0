"""GetKeyPolicy, PutKeyPolicy, ListKeyPolicies: every key has one policy, named default."""

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import orjson

from globaltables.companions.kms.changing import change
from globaltables.companions.kms.errors import invalid_state, not_found
from globaltables.companions.kms.finding import find_key
from globaltables.companions.kms.keys import Key
from globaltables.companions.service import ServiceCall
from globaltables.foundation.arns import partition_of
from globaltables.foundation.errors import ApiError

_NAME = "default"


async def get_key_policy(call: ServiceCall) -> dict[str, Any]:
    """Return a key's policy."""
    _check_name(call)
    key = await find_key(call, call.request["KeyId"], aliases=False)
    return {"Policy": key.policy, "PolicyName": _NAME}


async def put_key_policy(call: ServiceCall) -> dict[str, Any]:
    """Replace a key's policy."""
    _check_name(call)
    policy = call.request["Policy"]
    bypass = call.request.get("BypassPolicyLockoutSafetyCheck", False)

    def alter(key: Key) -> Key:
        if key.deletion_ms is not None:
            raise invalid_state(key, "is pending deletion.")
        check_policy(policy, call, bypass=bypass)
        return replace(key, policy=policy)

    await change(call, alter)
    return {}


async def list_key_policies(call: ServiceCall) -> dict[str, Any]:
    """List the names of a key's policies: there is one."""
    await find_key(call, call.request["KeyId"], aliases=False)
    return {"PolicyNames": [_NAME], "Truncated": False}


def default_policy(region: str, account: str) -> str:
    """Return the policy of a key that was created without one: the account's own policies decide."""
    policy = {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition_of(region)}:iam::{account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    return orjson.dumps(policy, option=orjson.OPT_INDENT_2).decode()


def check_policy(policy: str, call: ServiceCall, *, bypass: bool) -> None:
    """Check the policy of a key.

    Args:
        policy: its text.
        call: whose caller is to be able to change it later.
        bypass: whether that is not asked for.

    Raises:
        ApiError: MalformedPolicyDocumentException.
    """
    try:
        document = orjson.loads(policy)
    except orjson.JSONDecodeError:
        raise _malformed("Policy document is not valid JSON") from None
    statements = document.get("Statement") if isinstance(document, dict) else None
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list) or not statements:
        raise _malformed("Policy document has no statements")
    for statement in statements:
        _check_statement(statement)
    if not bypass and not any(_lets_change(statement, call) for statement in statements):
        raise _malformed(
            "The new key policy will not allow you to update the key policy in the future."
        )


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict):
        raise _malformed("A statement of the policy is not an object")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise _malformed("A statement of the policy has no Effect of Allow or Deny")
    for members in (("Principal", "NotPrincipal"), ("Action", "NotAction")):
        if sum(member in statement for member in members) != 1:
            raise _malformed(f"A statement of the policy must have {' or '.join(members)}")
    if "Resource" not in statement and "NotResource" not in statement:
        raise _malformed("A statement of the policy must have Resource or NotResource")


def _lets_change(statement: dict[str, Any], call: ServiceCall) -> bool:
    """Tell whether a statement lets the caller, or the caller's account, replace the policy."""
    if statement["Effect"] != "Allow" or "Action" not in statement:
        return False
    if not any(fnmatchcase("kms:putkeypolicy", one.lower()) for one in _texts(statement["Action"])):
        return False
    principal = statement.get("Principal")
    named = _texts(principal.get("AWS", ())) if isinstance(principal, dict) else _texts(principal)
    root = f"arn:{partition_of(call.region.name)}:iam::{call.account}:root"
    return any(
        one in ("*", call.account, root, call.principal.arn, call.principal.identity_arn)
        for one in named
    )


def _texts(value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return (value,)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else ()


def _check_name(call: ServiceCall) -> None:
    if call.request.get("PolicyName", _NAME) != _NAME:
        raise not_found("No such policy exists")


def _malformed(message: str) -> ApiError:
    return ApiError("MalformedPolicyDocumentException", message)
