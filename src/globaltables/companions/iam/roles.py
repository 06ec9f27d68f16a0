"""Roles: who may take them, for how long; what they may do is in their policies."""

from typing import Any

from globaltables.companions.iam.boundaries import check_boundary, use_boundary
from globaltables.companions.iam.documents import check_trust, encoded
from globaltables.companions.iam.paging import page
from globaltables.companions.iam.stored import (
    ROLES,
    already_exists,
    arn_of,
    boundary_of,
    change,
    delete_conflict,
    drop,
    invalid,
    listed,
    need,
    new_holder,
    reader_of,
    save,
)
from globaltables.companions.iam.tagging import checked_tags
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import STS_ROLE_SECONDS_DEFAULT
from globaltables.itemstore.stage import Stage

_SERVICE_PATH = "/aws-service-role/"


async def create_role(call: ServiceCall) -> dict[str, Any]:
    """Make a role."""
    request = call.request
    if request.get("Path", "/").startswith(_SERVICE_PATH):
        raise invalid(
            f"The path cannot begin with {_SERVICE_PATH}: it is reserved for service-linked roles."
        )
    role = new_role(call, request["RoleName"], request["AssumeRolePolicyDocument"])
    role["tags"] = checked_tags(call)

    def decide(stage: Stage) -> None:
        check_trust(stage, call.account, request["AssumeRolePolicyDocument"])
        add_role(stage, call.account, role)
        check_boundary(stage, call.account, request.get("PermissionsBoundary"))
        use_boundary(stage, call.account, "role", role, request.get("PermissionsBoundary"))
        save("role", stage, call.account, role)

    await change(call, decide)
    return {"Role": described(call.account, role)}


def new_role(call: ServiceCall, name: str, trust: str) -> Document:
    """Return a role that is to be made."""
    return new_holder(call, name, "AROA", tags=[]) | {
        "trust": trust,
        "description": call.request.get("Description"),
        "max_session_s": call.request.get("MaxSessionDuration", STS_ROLE_SECONDS_DEFAULT),
        "profiles": [],
    }


def add_role(stage: Stage, account: str, role: Document) -> None:
    """Stage a new role.

    Raises:
        ApiError: EntityAlreadyExists.
    """
    if ROLES.get(stage, account, role["name"].lower()) is not None:
        raise already_exists(f"Role with name {role['name']} already exists.")
    save("role", stage, account, role)


def get_role(call: ServiceCall) -> dict[str, Any]:
    """Describe a role."""
    role = need("role", reader_of(call), call.account, call.request["RoleName"])
    return {"Role": described(call.account, role) | {"RoleLastUsed": {}}}


async def update_role(call: ServiceCall) -> dict[str, Any]:
    """Change a role's description and how long its sessions may be."""
    request = call.request

    def decide(stage: Stage) -> None:
        role = _changeable(stage, call, request["RoleName"])
        role["description"] = request.get("Description", "")
        role["max_session_s"] = request.get("MaxSessionDuration", STS_ROLE_SECONDS_DEFAULT)
        save("role", stage, call.account, role)

    await change(call, decide)
    return {}


async def update_role_description(call: ServiceCall) -> dict[str, Any]:
    """Change a role's description."""

    def decide(stage: Stage) -> Document:
        role = _changeable(stage, call, call.request["RoleName"])
        role["description"] = call.request["Description"]
        save("role", stage, call.account, role)
        return role

    return {"Role": described(call.account, await change(call, decide))}


async def update_trust(call: ServiceCall) -> dict[str, Any]:
    """Change who may take a role."""
    text = call.request["PolicyDocument"]

    def decide(stage: Stage) -> None:
        role = _changeable(stage, call, call.request["RoleName"])
        check_trust(stage, call.account, text)
        save("role", stage, call.account, role | {"trust": text})

    await change(call, decide)
    return {}


async def delete_role(call: ServiceCall) -> dict[str, Any]:
    """Remove a role that has nothing any more; its sessions end with it."""
    name = call.request["RoleName"]
    await change(call, lambda stage: drop_role(stage, call, name))
    return {}


def drop_role(stage: Stage, call: ServiceCall, name: str) -> None:
    """Stage the end of a role.

    Raises:
        ApiError: DeleteConflict.
    """
    role = _changeable(stage, call, name)
    if role["profiles"]:
        raise delete_conflict(
            "Cannot delete entity, must remove roles from instance profile first."
        )
    if role["attached"]:
        raise delete_conflict("Cannot delete entity, must detach all policies first.")
    if role["inline"]:
        raise delete_conflict("Cannot delete entity, must delete policies first.")
    use_boundary(stage, call.account, "role", role, None)
    drop("role", stage, call.account, name)


def list_roles(call: ServiceCall) -> dict[str, Any]:
    """List the roles under a path."""
    prefix = call.request.get("PathPrefix", "/")
    roles = (role for _, role in ROLES.of_account(reader_of(call), call.account))
    entries = ((role["name"], role) for role in roles if role["path"].startswith(prefix))
    found, rest = page(call, entries)
    # A list tells neither tags nor boundaries (API_ListRoles).
    hidden = {"Tags": None, "PermissionsBoundary": None}
    return {"Roles": [described(call.account, role) | hidden for role in found], **rest}


def described(account: str, role: Document) -> dict[str, Any]:
    """Return a role as responses tell it."""
    return {
        "Path": role["path"],
        "RoleName": role["name"],
        "RoleId": role["id"],
        "Arn": arn_of("role", account, role),
        "CreateDate": role["created_s"],
        "AssumeRolePolicyDocument": encoded(role["trust"]),
        "Description": role["description"],
        "MaxSessionDuration": role["max_session_s"],
        "PermissionsBoundary": boundary_of(role),
        "Tags": listed(role["tags"]) or None,
    }


def check_unlinked(role: Document) -> None:
    """Refuse to change a role that a service has made for itself.

    Raises:
        ApiError: UnmodifiableEntity.
    """
    if role["path"].startswith(_SERVICE_PATH):
        service = role["path"].removeprefix(_SERVICE_PATH).rstrip("/")
        raise ApiError(
            "UnmodifiableEntity",
            f"Cannot perform the operation on the protected role '{role['name']}' - this role is only "
            f"modifiable by AWS ({service})",
        )


def _changeable(stage: Stage, call: ServiceCall, name: str) -> Document:
    role = need("role", stage, call.account, name)
    check_unlinked(role)
    return role
