"""Permissions boundaries of users and roles."""

from typing import Any

from globaltables.companions.iam.managed import find_policy, policy_of, save_policy
from globaltables.companions.iam.stored import change, need, no_such, save
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.stage import Stage


def check_boundary(stage: Stage, account: str, arn: str | None) -> None:
    """Check that what is to be a boundary is a policy.

    Raises:
        ApiError: NoSuchEntity.
    """
    if arn is not None and find_policy(stage, account, arn) is None:
        raise no_such(f"Scope ARN: {arn} does not exist or is not attachable.")


def use_boundary(stage: Stage, account: str, kind: str, holder: Document, arn: str | None) -> None:
    """Give a user or role a boundary, or none, in its document and in those of the policies."""
    for bound, old in ((False, holder["boundary"]), (True, arn)):
        if old:
            policy = policy_of(stage, account, old)
            names = [name for name in policy["bounds"][kind] if name != holder["name"]]
            policy["bounds"][kind] = [*names, holder["name"]] if bound else names
            save_policy(stage, account, old, policy)
    holder["boundary"] = arn


async def put_user_boundary(call: ServiceCall) -> dict[str, Any]:
    """Give a user a boundary."""
    return await _put(call, "user", call.request["PermissionsBoundary"])


async def put_role_boundary(call: ServiceCall) -> dict[str, Any]:
    """Give a role a boundary."""
    return await _put(call, "role", call.request["PermissionsBoundary"])


async def delete_user_boundary(call: ServiceCall) -> dict[str, Any]:
    """Take a user's boundary away."""
    return await _put(call, "user", None)


async def delete_role_boundary(call: ServiceCall) -> dict[str, Any]:
    """Take a role's boundary away."""
    return await _put(call, "role", None)


async def _put(call: ServiceCall, kind: str, arn: str | None) -> dict[str, Any]:
    name = call.request[f"{kind.capitalize()}Name"]

    def decide(stage: Stage) -> None:
        holder = need(kind, stage, call.account, name)
        if arn is None and not holder["boundary"]:
            raise no_such(f"The {kind} with name {name} has no permissions boundary.")
        check_boundary(stage, call.account, arn)
        use_boundary(stage, call.account, kind, holder, arn)
        save(kind, stage, call.account, holder)

    await change(call, decide)
    return {}
