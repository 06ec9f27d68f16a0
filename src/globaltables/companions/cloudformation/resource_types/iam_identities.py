"""AWS::IAM: roles, users, groups, instance profiles and access keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.resource_type import Naming, ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.tagging import as_list, tag_changes

_BOUNDARY = "PermissionsBoundary"


@dataclass(frozen=True, slots=True)
class _Kind:
    """Users, groups or roles, whose operations are named alike.

    Attributes:
        noun: "User", "Group" or "Role".
    """

    noun: str

    @property
    def member(self) -> str:
        return f"{self.noun}Name"

    async def call(self, work: ResourceWork, operation: str, **members: Any) -> dict[str, Any]:
        return await work.call("iam", operation, **{self.member: work.physical}, **members)

    async def attach(self, work: ResourceWork) -> None:
        """Bring managed and inline policies to what the properties say."""
        wanted = set(work.properties.get("ManagedPolicyArns") or ())
        had = set(work.old.get("ManagedPolicyArns") or ())
        for arn in sorted(wanted - had):
            await self.call(work, f"Attach{self.noun}Policy", PolicyArn=arn)
        for arn in sorted(had - wanted):
            await self.call(work, f"Detach{self.noun}Policy", PolicyArn=arn)
        inline, before = _inline(work.properties), _inline(work.old)
        for name, document in inline.items():
            if before.get(name) != document:
                await self.call(
                    work, f"Put{self.noun}Policy", PolicyName=name, PolicyDocument=document
                )
        for name in before:
            if name not in inline:
                await self.call(work, f"Delete{self.noun}Policy", PolicyName=name)

    async def bound(self, work: ResourceWork) -> None:
        """Bring the permissions boundary to what the properties say."""
        if not work.old or not work.changed(_BOUNDARY):
            return
        if work.properties.get(_BOUNDARY):
            boundary = work.properties[_BOUNDARY]
            await self.call(work, f"Put{self.noun}{_BOUNDARY}", PermissionsBoundary=boundary)
        else:
            await self.call(work, f"Delete{self.noun}{_BOUNDARY}")

    async def tag(self, work: ResourceWork) -> None:
        """Bring the tags to what the properties say."""
        if not work.old:
            return
        added, removed = tag_changes(work.old.get("Tags"), work.properties.get("Tags"))
        if removed:
            await self.call(work, f"Untag{self.noun}", TagKeys=removed)
        if added:
            await self.call(work, f"Tag{self.noun}", Tags=as_list(added))

    async def strip(self, work: ResourceWork) -> None:
        """Take away the policies that the stack has given."""
        for arn in work.properties.get("ManagedPolicyArns") or ():
            await work.found(
                "iam",
                f"Detach{self.noun}Policy",
                **{self.member: work.physical},
                PolicyArn=arn,
            )
        for name in _inline(work.properties):
            await work.found(
                "iam",
                f"Delete{self.noun}Policy",
                **{self.member: work.physical},
                PolicyName=name,
            )

    async def read(self, work: ResourceWork) -> dict[str, Any] | None:
        """Return the attributes."""
        answer = await work.found("iam", f"Get{self.noun}", **{self.member: work.physical})
        if answer is None:
            return None
        found = answer[self.noun]
        return {"Arn": found["Arn"], f"{self.noun}Id": found[f"{self.noun}Id"]}


_ROLE, _USER, _GROUP = _Kind("Role"), _Kind("User"), _Kind("Group")


async def _create_role(work: ResourceWork) -> None:
    if not work.physical:
        await work.send("iam", "CreateRole", RoleName=work.name)
        await work.made(work.name)
    await _ROLE.attach(work)


async def _update_role(work: ResourceWork) -> None:
    if work.changed("AssumeRolePolicyDocument"):
        document = _text(work.properties["AssumeRolePolicyDocument"])
        await _ROLE.call(work, "UpdateAssumeRolePolicy", PolicyDocument=document)
    if work.changed("Description", "MaxSessionDuration"):
        await _ROLE.call(
            work,
            "UpdateRole",
            Description=work.properties.get("Description", ""),
            MaxSessionDuration=work.properties.get("MaxSessionDuration"),
        )
    await _ROLE.bound(work)
    await _ROLE.tag(work)
    await _ROLE.attach(work)


async def _delete_role(work: ResourceWork) -> None:
    await _ROLE.strip(work)
    await _ROLE.call(work, "DeleteRole")


async def _create_user(work: ResourceWork) -> None:
    if not work.physical:
        await work.send("iam", "CreateUser", UserName=work.name)
        await work.made(work.name)
    login = work.properties.get("LoginProfile")
    if login is not None:
        await _USER.call(
            work,
            "CreateLoginProfile",
            Password=login["Password"],
            PasswordResetRequired=bool(login.get("PasswordResetRequired", False)),
        )
    await _join(work)
    await _USER.attach(work)


async def _update_user(work: ResourceWork) -> None:
    if work.changed("Path"):
        await _USER.call(work, "UpdateUser", NewPath=work.properties.get("Path", "/"))
    if work.changed("LoginProfile"):
        await work.found("iam", "DeleteLoginProfile", UserName=work.physical)
        login = work.properties.get("LoginProfile")
        if login is not None:
            await _USER.call(work, "CreateLoginProfile", Password=login["Password"])
    await _join(work)
    await _USER.bound(work)
    await _USER.tag(work)
    await _USER.attach(work)


async def _join(work: ResourceWork) -> None:
    wanted, had = set(work.properties.get("Groups") or ()), set(work.old.get("Groups") or ())
    for group in sorted(wanted - had):
        await _USER.call(work, "AddUserToGroup", GroupName=group)
    for group in sorted(had - wanted):
        await _USER.call(work, "RemoveUserFromGroup", GroupName=group)


async def _delete_user(work: ResourceWork) -> None:
    await _USER.strip(work)
    for group in work.properties.get("Groups") or ():
        await work.found("iam", "RemoveUserFromGroup", UserName=work.physical, GroupName=group)
    if "LoginProfile" in work.properties:
        await work.found("iam", "DeleteLoginProfile", UserName=work.physical)
    await _USER.call(work, "DeleteUser")


async def _create_group(work: ResourceWork) -> None:
    if not work.physical:
        await work.send("iam", "CreateGroup", GroupName=work.name)
        await work.made(work.name)
    await _GROUP.attach(work)


async def _update_group(work: ResourceWork) -> None:
    if work.changed("Path"):
        await _GROUP.call(work, "UpdateGroup", NewPath=work.properties.get("Path", "/"))
    await _GROUP.attach(work)


async def _delete_group(work: ResourceWork) -> None:
    await _GROUP.strip(work)
    await _GROUP.call(work, "DeleteGroup")


async def _create_profile(work: ResourceWork) -> None:
    if not work.physical:
        await work.send("iam", "CreateInstanceProfile", InstanceProfileName=work.name)
        await work.made(work.name)
    await _fill_profile(work)


async def _fill_profile(work: ResourceWork) -> None:
    wanted, had = work.properties["Roles"], work.old.get("Roles") or []
    for role in had:
        if role not in wanted:
            await work.call(
                "iam",
                "RemoveRoleFromInstanceProfile",
                InstanceProfileName=work.physical,
                RoleName=role,
            )
    for role in wanted:
        if role not in had:
            await work.call(
                "iam", "AddRoleToInstanceProfile", InstanceProfileName=work.physical, RoleName=role
            )


async def _delete_profile(work: ResourceWork) -> None:
    for role in work.properties["Roles"]:
        await work.found(
            "iam",
            "RemoveRoleFromInstanceProfile",
            InstanceProfileName=work.physical,
            RoleName=role,
        )
    await work.call("iam", "DeleteInstanceProfile", InstanceProfileName=work.physical)


async def _read_profile(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found("iam", "GetInstanceProfile", InstanceProfileName=work.physical)
    return None if answer is None else {"Arn": answer["InstanceProfile"]["Arn"]}


async def _create_key(work: ResourceWork) -> None:
    if not work.physical:
        answer = await work.send("iam", "CreateAccessKey")
        work.record["attributes"] = {"SecretAccessKey": answer["AccessKey"]["SecretAccessKey"]}
        await work.made(answer["AccessKey"]["AccessKeyId"])
    if work.properties.get("Status", "Active") != "Active":
        await _update_key(work)


async def _update_key(work: ResourceWork) -> None:
    await work.call(
        "iam",
        "UpdateAccessKey",
        UserName=work.properties["UserName"],
        AccessKeyId=work.physical,
        Status=work.properties.get("Status", "Active"),
    )


async def _delete_key(work: ResourceWork) -> None:
    user = work.properties["UserName"]
    await work.call("iam", "DeleteAccessKey", UserName=user, AccessKeyId=work.physical)


async def _read_key(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found("iam", "ListAccessKeys", UserName=work.properties["UserName"])
    keys = [] if answer is None else answer["AccessKeyMetadata"]
    if all(key["AccessKeyId"] != work.physical for key in keys):
        return None
    # The secret is told once, when the key is made.
    return dict(work.record["attributes"])


def _inline(properties: Mapping[str, Any]) -> dict[str, str]:
    return {
        policy["PolicyName"]: _text(policy["PolicyDocument"])
        for policy in properties.get("Policies") or ()
    }


def _text(document: Any) -> str:
    return document if isinstance(document, str) else orjson.dumps(document).decode()


TYPES = (
    ResourceType(
        "AWS::IAM::Role",
        create=_create_role,
        delete=_delete_role,
        read=_ROLE.read,
        update=_update_role,
        naming=Naming("RoleName", length_max=64),
        named=lambda work: work.name,
    ),
    ResourceType(
        "AWS::IAM::User",
        create=_create_user,
        delete=_delete_user,
        read=_USER.read,
        update=_update_user,
        naming=Naming("UserName", length_max=64),
        named=lambda work: work.name,
    ),
    ResourceType(
        "AWS::IAM::Group",
        create=_create_group,
        delete=_delete_group,
        read=_GROUP.read,
        update=_update_group,
        naming=Naming("GroupName", length_max=128),
        named=lambda work: work.name,
    ),
    ResourceType(
        "AWS::IAM::InstanceProfile",
        create=_create_profile,
        delete=_delete_profile,
        read=_read_profile,
        update=_fill_profile,
        naming=Naming("InstanceProfileName", length_max=128),
        named=lambda work: work.name,
    ),
    ResourceType(
        "AWS::IAM::AccessKey",
        create=_create_key,
        delete=_delete_key,
        read=_read_key,
        update=_update_key,
    ),
)
