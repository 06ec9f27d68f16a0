"""Instance profiles: a role as machines are given it."""

from typing import Any

from globaltables.companions.iam.paging import page
from globaltables.companions.iam.roles import described as described_role
from globaltables.companions.iam.stored import (
    PROFILES,
    already_exists,
    arn,
    change,
    delete_conflict,
    find,
    listed,
    need,
    new_id,
    no_such,
    now_s,
    quota_exceeded,
    reader_of,
    save,
)
from globaltables.companions.iam.tagging import checked_tags
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.itemstore.stage import Stage


async def create_instance_profile(call: ServiceCall) -> dict[str, Any]:
    """Make an instance profile."""
    name = call.request["InstanceProfileName"]
    profile: Document = {
        "name": name,
        "path": call.request.get("Path", "/"),
        "id": new_id(call, "AIPA"),
        "created_s": now_s(call),
        "role": None,
        "tags": checked_tags(call),
    }

    def decide(stage: Stage) -> None:
        if PROFILES.get(stage, call.account, name.lower()) is not None:
            raise already_exists(f"Instance Profile {name} already exists.")
        PROFILES.put(stage, call.account, name.lower(), profile)

    await change(call, decide)
    return {"InstanceProfile": described(call.account, reader_of(call), profile)}


def get_instance_profile(call: ServiceCall) -> dict[str, Any]:
    """Describe an instance profile."""
    reader = reader_of(call)
    profile = _need(reader, call.account, call.request["InstanceProfileName"])
    return {"InstanceProfile": described(call.account, reader, profile)}


async def delete_instance_profile(call: ServiceCall) -> dict[str, Any]:
    """Remove an instance profile without a role."""
    name = call.request["InstanceProfileName"]

    def decide(stage: Stage) -> None:
        if _need(stage, call.account, name)["role"] is not None:
            raise delete_conflict(
                "Cannot delete entity, must remove roles from instance profile first."
            )
        PROFILES.put(stage, call.account, name.lower(), None)

    await change(call, decide)
    return {}


async def add_role(call: ServiceCall) -> dict[str, Any]:
    """Put a role into an instance profile, which has one at most."""
    name, role_name = call.request["InstanceProfileName"], call.request["RoleName"]

    def decide(stage: Stage) -> None:
        profile = _need(stage, call.account, name)
        role = need("role", stage, call.account, role_name)
        if profile["role"] is not None:
            raise quota_exceeded("InstanceSessionsPerInstanceProfile", 1)
        role["profiles"].append(profile["name"])
        save("role", stage, call.account, role)
        PROFILES.put(stage, call.account, name.lower(), profile | {"role": role["name"]})

    await change(call, decide)
    return {}


async def remove_role(call: ServiceCall) -> dict[str, Any]:
    """Take the role out of an instance profile."""
    name, role_name = call.request["InstanceProfileName"], call.request["RoleName"]

    def decide(stage: Stage) -> None:
        profile = _need(stage, call.account, name)
        role = need("role", stage, call.account, role_name)
        if profile["role"] != role["name"]:
            raise no_such(f"The role with name {role_name} cannot be found.")
        role["profiles"].remove(profile["name"])
        save("role", stage, call.account, role)
        PROFILES.put(stage, call.account, name.lower(), profile | {"role": None})

    await change(call, decide)
    return {}


def list_instance_profiles(call: ServiceCall) -> dict[str, Any]:
    """List the instance profiles under a path."""
    reader, prefix = reader_of(call), call.request.get("PathPrefix", "/")
    profiles = (profile for _, profile in PROFILES.of_account(reader, call.account))
    return _listed(call, reader, [one for one in profiles if one["path"].startswith(prefix)])


def list_instance_profiles_for_role(call: ServiceCall) -> dict[str, Any]:
    """List the instance profiles that have a role."""
    reader = reader_of(call)
    role = need("role", reader, call.account, call.request["RoleName"])
    profiles = [_need(reader, call.account, name) for name in role["profiles"]]
    return _listed(call, reader, profiles)


def described(account: str, reader: Reader, profile: Document) -> dict[str, Any]:
    """Return an instance profile as responses tell it."""
    role = None if profile["role"] is None else find("role", reader, account, profile["role"])
    return {
        "Path": profile["path"],
        "InstanceProfileName": profile["name"],
        "InstanceProfileId": profile["id"],
        "Arn": arn(account, "instance-profile", profile["path"], profile["name"]),
        "CreateDate": profile["created_s"],
        "Roles": [] if role is None else [described_role(account, role)],
        "Tags": listed(profile["tags"]) or None,
    }


def _listed(call: ServiceCall, reader: Reader, profiles: list[Document]) -> dict[str, Any]:
    found, rest = page(call, ((profile["name"], profile) for profile in profiles))
    told = [described(call.account, reader, profile) for profile in found]
    return {"InstanceProfiles": told, **rest}


def _need(reader: Reader | Stage, account: str, name: str) -> Document:
    profile = PROFILES.get(reader, account, name.lower())
    if profile is None or profile["name"] != name:
        raise no_such(f"Instance Profile {name} cannot be found.")
    return profile
