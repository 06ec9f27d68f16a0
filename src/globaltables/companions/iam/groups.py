"""Groups, and who is in them."""

from typing import Any

from globaltables.companions.iam.paging import page
from globaltables.companions.iam.renaming import rename_holder
from globaltables.companions.iam.stored import (
    GROUPS,
    already_exists,
    arn_of,
    change,
    delete_conflict,
    drop,
    need,
    new_holder,
    quota_exceeded,
    reader_of,
    save,
)
from globaltables.companions.iam.users import described as described_user
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import IAM_GROUPS_OF_USER_MAX
from globaltables.itemstore.stage import Stage


async def create_group(call: ServiceCall) -> dict[str, Any]:
    """Make a group."""
    name = call.request["GroupName"]
    group = new_holder(call, name, "AGPA", tags=[]) | {"users": []}

    def decide(stage: Stage) -> None:
        if GROUPS.get(stage, call.account, name.lower()) is not None:
            raise already_exists(f"Group with name {name} already exists.")
        save("group", stage, call.account, group)

    await change(call, decide)
    return {"Group": described(call.account, group)}


def get_group(call: ServiceCall) -> dict[str, Any]:
    """Describe a group and its users."""
    reader, account = reader_of(call), call.account
    group = need("group", reader, account, call.request["GroupName"])
    users = (need("user", reader, account, name) for name in group["users"])
    found, rest = page(call, ((user["name"], user) for user in users))
    told = [described_user(account, user) for user in found]
    return {"Group": described(account, group), "Users": told, **rest}


async def update_group(call: ServiceCall) -> dict[str, Any]:
    """Give a group another name or path."""
    request, account = call.request, call.account
    name = request["GroupName"]
    new_name = request.get("NewGroupName", name)

    def decide(stage: Stage) -> None:
        group = need("group", stage, account, name)
        if new_name.lower() != name.lower() and GROUPS.get(stage, account, new_name.lower()):
            raise already_exists(f"Group with name {new_name} already exists.")
        drop("group", stage, account, name)
        for user_name in group["users"]:
            user = need("user", stage, account, user_name)
            user["groups"] = [new_name if one == name else one for one in user["groups"]]
            save("user", stage, account, user)
        rename_holder(stage, account, "group", group, new_name)
        group["name"], group["path"] = new_name, request.get("NewPath", group["path"])
        save("group", stage, account, group)

    await change(call, decide)
    return {}


async def delete_group(call: ServiceCall) -> dict[str, Any]:
    """Remove a group that has nothing and nobody any more."""
    name = call.request["GroupName"]

    def decide(stage: Stage) -> None:
        group = need("group", stage, call.account, name)
        if group["users"]:
            raise delete_conflict("Cannot delete entity, must remove users from group first.")
        if group["attached"]:
            raise delete_conflict("Cannot delete entity, must detach all policies first.")
        if group["inline"]:
            raise delete_conflict("Cannot delete entity, must delete policies first.")
        drop("group", stage, call.account, name)

    await change(call, decide)
    return {}


def list_groups(call: ServiceCall) -> dict[str, Any]:
    """List the groups under a path."""
    prefix = call.request.get("PathPrefix", "/")
    groups = (group for _, group in GROUPS.of_account(reader_of(call), call.account))
    entries = ((group["name"], group) for group in groups if group["path"].startswith(prefix))
    found, rest = page(call, entries)
    return {"Groups": [described(call.account, group) for group in found], **rest}


def list_groups_for_user(call: ServiceCall) -> dict[str, Any]:
    """List the groups that a user is in."""
    reader, account = reader_of(call), call.account
    user = need("user", reader, account, call.request["UserName"])
    groups = (need("group", reader, account, name) for name in user["groups"])
    found, rest = page(call, ((group["name"], group) for group in groups))
    return {"Groups": [described(account, group) for group in found], **rest}


async def add_user_to_group(call: ServiceCall) -> dict[str, Any]:
    """Let a user into a group; who is in it stays."""
    account, names = call.account, (call.request["GroupName"], call.request["UserName"])

    def decide(stage: Stage) -> None:
        group = need("group", stage, account, names[0])
        user = need("user", stage, account, names[1])
        if group["name"] in user["groups"]:
            return
        if len(user["groups"]) >= IAM_GROUPS_OF_USER_MAX:
            raise quota_exceeded("GroupsPerUser", IAM_GROUPS_OF_USER_MAX)
        user["groups"].append(group["name"])
        group["users"].append(user["name"])
        save("user", stage, account, user)
        save("group", stage, account, group)

    await change(call, decide)
    return {}


async def remove_user_from_group(call: ServiceCall) -> dict[str, Any]:
    """Take a user out of a group; who is not in it stays so."""
    account, names = call.account, (call.request["GroupName"], call.request["UserName"])

    def decide(stage: Stage) -> None:
        group = need("group", stage, account, names[0])
        user = need("user", stage, account, names[1])
        if group["name"] in user["groups"]:
            user["groups"].remove(group["name"])
            group["users"].remove(user["name"])
            save("user", stage, account, user)
            save("group", stage, account, group)

    await change(call, decide)
    return {}


def described(account: str, group: Document) -> dict[str, Any]:
    """Return a group as responses tell it."""
    return {
        "Path": group["path"],
        "GroupName": group["name"],
        "GroupId": group["id"],
        "Arn": arn_of("group", account, group),
        "CreateDate": group["created_s"],
    }
