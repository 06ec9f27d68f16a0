"""AWS::IAM: policies, inline and managed."""

from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.resource_type import (
    Naming,
    ResourceType,
    no_attributes,
)
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork

_MEMBERS: Mapping[str, str] = {"Groups": "Group", "Roles": "Role", "Users": "User"}
_VERSIONS_MAX = 5


async def _put(work: ResourceWork) -> None:
    """Put an inline policy into its roles, users and groups, and out of those that it had before."""
    name = work.properties["PolicyName"]
    document = _text(work.properties["PolicyDocument"])
    await work.made(work.physical or f"{work.stack['name'][:4]}-{work.name}"[:128])
    for noun, holder in _holders(work.properties):
        members = {f"{noun}Name": holder}
        await work.call(
            "iam", f"Put{noun}Policy", **members, PolicyName=name, PolicyDocument=document
        )
    before = work.old.get("PolicyName")
    now = set(_holders(work.properties))
    for noun, holder in _holders(work.old):
        if (noun, holder) not in now or before != name:
            members = {f"{noun}Name": holder}
            await work.found("iam", f"Delete{noun}Policy", **members, PolicyName=before)


async def _take_out(work: ResourceWork) -> None:
    for noun, holder in _holders(work.properties):
        await work.found(
            "iam",
            f"Delete{noun}Policy",
            **{f"{noun}Name": holder},
            PolicyName=work.properties["PolicyName"],
        )


async def _create(work: ResourceWork) -> None:
    if not work.physical:
        answer = await work.send(
            "iam",
            "CreatePolicy",
            PolicyName=work.name,
            PolicyDocument=_text(work.properties["PolicyDocument"]),
        )
        await work.made(answer["Policy"]["Arn"])
    await _attach(work)


async def _update(work: ResourceWork) -> None:
    if work.changed("PolicyDocument"):
        versions = await work.call("iam", "ListPolicyVersions", PolicyArn=work.physical)
        others = [one for one in versions["Versions"] if not one["IsDefaultVersion"]]
        if len(others) == _VERSIONS_MAX - 1:
            oldest = min(others, key=lambda one: one["CreateDate"])
            await work.call(
                "iam",
                "DeletePolicyVersion",
                PolicyArn=work.physical,
                VersionId=oldest["VersionId"],
            )
        await work.call(
            "iam",
            "CreatePolicyVersion",
            PolicyArn=work.physical,
            PolicyDocument=_text(work.properties["PolicyDocument"]),
            SetAsDefault=True,
        )
    await _attach(work)


async def _attach(work: ResourceWork) -> None:
    wanted, had = _holders(work.properties), _holders(work.old)
    for noun, holder in wanted:
        if (noun, holder) not in had:
            members = {f"{noun}Name": holder, "PolicyArn": work.physical}
            await work.call("iam", f"Attach{noun}Policy", **members)
    for noun, holder in had:
        if (noun, holder) not in wanted:
            members = {f"{noun}Name": holder, "PolicyArn": work.physical}
            await work.found("iam", f"Detach{noun}Policy", **members)


async def _delete(work: ResourceWork) -> None:
    for noun, holder in _holders(work.properties):
        members = {f"{noun}Name": holder, "PolicyArn": work.physical}
        await work.found("iam", f"Detach{noun}Policy", **members)
    versions = await work.call("iam", "ListPolicyVersions", PolicyArn=work.physical)
    for version in versions["Versions"]:
        if not version["IsDefaultVersion"]:
            name = version["VersionId"]
            await work.call("iam", "DeletePolicyVersion", PolicyArn=work.physical, VersionId=name)
    await work.call("iam", "DeletePolicy", PolicyArn=work.physical)


async def _read(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found("iam", "GetPolicy", PolicyArn=work.physical)
    if answer is None:
        return None
    policy = answer["Policy"]
    return {
        "PolicyArn": policy["Arn"],
        "PolicyId": policy["PolicyId"],
        "DefaultVersionId": policy["DefaultVersionId"],
        "AttachmentCount": policy["AttachmentCount"],
        "IsAttachable": policy["IsAttachable"],
    }


async def _add_users(work: ResourceWork) -> None:
    group = work.properties["GroupName"]
    await work.made(work.physical or work.name)
    for user in work.properties["Users"]:
        await work.call("iam", "AddUserToGroup", GroupName=group, UserName=user)
    for user in work.old.get("Users") or ():
        if user not in work.properties["Users"] or work.old["GroupName"] != group:
            await work.found(
                "iam", "RemoveUserFromGroup", GroupName=work.old["GroupName"], UserName=user
            )


async def _remove_users(work: ResourceWork) -> None:
    group = work.properties["GroupName"]
    for user in work.properties["Users"]:
        await work.found("iam", "RemoveUserFromGroup", GroupName=group, UserName=user)


def _holders(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a policy is for: "Role", "User" or "Group", and a name."""
    return [
        (noun, name) for member, noun in _MEMBERS.items() for name in properties.get(member) or ()
    ]


def _text(document: Any) -> str:
    return document if isinstance(document, str) else orjson.dumps(document).decode()


TYPES = (
    ResourceType(
        "AWS::IAM::Policy", create=_put, delete=_take_out, read=no_attributes, update=_put
    ),
    ResourceType(
        "AWS::IAM::ManagedPolicy",
        create=_create,
        delete=_delete,
        read=_read,
        update=_update,
        naming=Naming("ManagedPolicyName", length_max=128),
    ),
    ResourceType(
        "AWS::IAM::UserToGroupAddition",
        create=_add_users,
        delete=_remove_users,
        read=no_attributes,
        update=_add_users,
    ),
)
