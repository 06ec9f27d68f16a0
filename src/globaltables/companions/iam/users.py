"""Users."""

from typing import Any

from globaltables.companions.iam.access_keys import user_name_of
from globaltables.companions.iam.boundaries import check_boundary, use_boundary
from globaltables.companions.iam.paging import page
from globaltables.companions.iam.renaming import rename_holder, rename_keys
from globaltables.companions.iam.stored import (
    USERS,
    already_exists,
    arn_of,
    boundary_of,
    change,
    delete_conflict,
    drop,
    listed,
    need,
    new_holder,
    reader_of,
    save,
)
from globaltables.companions.iam.tagging import checked_tags
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.stage import Stage


async def create_user(call: ServiceCall) -> dict[str, Any]:
    """Make a user."""
    name = call.request["UserName"]
    user = new_holder(call, name, "AIDA", tags=checked_tags(call))
    user |= {"groups": [], "keys": [], "login": None}

    def decide(stage: Stage) -> None:
        if USERS.get(stage, call.account, name.lower()) is not None:
            raise already_exists(f"User with name {name} already exists.")
        check_boundary(stage, call.account, call.request.get("PermissionsBoundary"))
        use_boundary(stage, call.account, "user", user, call.request.get("PermissionsBoundary"))
        save("user", stage, call.account, user)

    await change(call, decide)
    return {"User": described(call.account, user) | _tags(user)}


def get_user(call: ServiceCall) -> dict[str, Any]:
    """Describe a user; without a name the caller."""
    name = user_name_of(call)
    if not name:
        account = call.account
        root = {"Path": "/", "UserId": account, "Arn": call.principal.arn, "CreateDate": 0}
        return {"User": {**root, "UserName": "root"}}
    user = need("user", reader_of(call), call.account, name)
    return {"User": described(call.account, user) | _tags(user)}


async def update_user(call: ServiceCall) -> dict[str, Any]:
    """Give a user another name or path."""
    request, account = call.request, call.account
    name = request["UserName"]
    new_name, new_path = request.get("NewUserName", name), request.get("NewPath")

    def decide(stage: Stage) -> None:
        user = need("user", stage, account, name)
        if new_name.lower() != name.lower() and USERS.get(stage, account, new_name.lower()):
            raise already_exists(f"User with name {new_name} already exists.")
        drop("user", stage, account, name)
        for group_name in user["groups"]:
            group = need("group", stage, account, group_name)
            group["users"] = [new_name if one == name else one for one in group["users"]]
            save("group", stage, account, group)
        rename_holder(stage, account, "user", user, new_name)
        rename_keys(stage, account, user, new_name)
        user["name"], user["path"] = new_name, new_path or user["path"]
        save("user", stage, account, user)

    await change(call, decide)
    return {}


async def delete_user(call: ServiceCall) -> dict[str, Any]:
    """Remove a user who has nothing any more."""
    name = call.request["UserName"]

    def decide(stage: Stage) -> None:
        user = need("user", stage, call.account, name)
        if user["groups"]:
            raise delete_conflict("Cannot delete entity, must remove users from group first.")
        if user["attached"]:
            raise delete_conflict("Cannot delete entity, must detach all policies first.")
        if user["inline"]:
            raise delete_conflict("Cannot delete entity, must delete policies first.")
        if user["keys"]:
            raise delete_conflict("Cannot delete entity, must delete access keys first.")
        if user["login"] is not None:
            raise delete_conflict("Cannot delete entity, must delete login profile first.")
        use_boundary(stage, call.account, "user", user, None)
        drop("user", stage, call.account, name)

    await change(call, decide)
    return {}


def list_users(call: ServiceCall) -> dict[str, Any]:
    """List the users under a path."""
    prefix = call.request.get("PathPrefix", "/")
    users = (user for _, user in USERS.of_account(reader_of(call), call.account))
    entries = ((user["name"], user) for user in users if user["path"].startswith(prefix))
    found, rest = page(call, entries)
    return {"Users": [described(call.account, user) for user in found], **rest}


def described(account: str, user: Document) -> dict[str, Any]:
    """Return a user as responses tell it."""
    return {
        "Path": user["path"],
        "UserName": user["name"],
        "UserId": user["id"],
        "Arn": arn_of("user", account, user),
        "CreateDate": user["created_s"],
        "PermissionsBoundary": boundary_of(user),
    }


def _tags(user: Document) -> dict[str, Any]:
    return {"Tags": listed(user["tags"])} if user["tags"] else {}
