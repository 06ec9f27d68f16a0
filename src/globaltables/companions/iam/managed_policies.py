"""Managed policies and their versions."""

from typing import Any

from globaltables.companions.iam.aws_managed import aws_policies
from globaltables.companions.iam.documents import check_managed, encoded
from globaltables.companions.iam.managed import find_policy, unused
from globaltables.companions.iam.paging import page
from globaltables.companions.iam.stored import (
    AWS_POLICIES,
    POLICIES,
    already_exists,
    arn,
    change,
    delete_conflict,
    limit,
    listed,
    new_id,
    no_such,
    now_s,
    reader_of,
)
from globaltables.companions.iam.tagging import checked_tags
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import IAM_POLICY_VERSIONS_MAX
from globaltables.itemstore.stage import Stage


async def create_policy(call: ServiceCall) -> dict[str, Any]:
    """Make a policy."""
    request, now = call.request, now_s(call)
    check_managed(request["PolicyDocument"])
    name = request["PolicyName"]
    policy: Document = {
        "name": name,
        "path": request.get("Path", "/"),
        "id": new_id(call, "ANPA"),
        "created_s": now,
        "updated_s": now,
        "description": request.get("Description"),
        "tags": checked_tags(call),
        "default": "v1",
        "last": 1,
        "versions": {"v1": {"document": request["PolicyDocument"], "created_s": now}},
        **unused(),
    }

    def decide(stage: Stage) -> None:
        if POLICIES.get(stage, call.account, name.lower()) is not None:
            raise already_exists(
                f"A policy called {name} already exists. Duplicate names are not allowed."
            )
        POLICIES.put(stage, call.account, name.lower(), policy)

    await change(call, decide)
    return {"Policy": described(call.account, policy)}


def get_policy(call: ServiceCall) -> dict[str, Any]:
    """Describe a policy."""
    policy = _need(call, reader_of(call))
    return {"Policy": described(_owner(call), policy)}


async def delete_policy(call: ServiceCall) -> dict[str, Any]:
    """Remove a policy that nothing uses and that has one version left."""

    def decide(stage: Stage) -> None:
        policy = _own(call, stage)
        if any(policy["attached"].values()) or any(policy["bounds"].values()):
            raise delete_conflict("Cannot delete a policy attached to entities.")
        if len(policy["versions"]) > 1:
            raise delete_conflict(
                "This policy has more than one version. Before you delete a policy, you must delete "
                "the policy's versions. The default version is deleted with the policy."
            )
        POLICIES.put(stage, call.account, policy["name"].lower(), None)

    await change(call, decide)
    return {}


def list_policies(call: ServiceCall) -> dict[str, Any]:
    """List policies: the account's own, AWS's, or both."""
    request, reader, account = call.request, reader_of(call), call.account
    scope, prefix = request.get("Scope", "All"), request.get("PathPrefix", "/")
    usage = request.get("PolicyUsageFilter")
    found: list[tuple[str, tuple[str, Document]]] = []
    if scope in ("All", "Local"):
        own = (policy for _, policy in POLICIES.of_account(reader, account))
        found += [(policy["name"], (account, policy)) for policy in own]
    if scope in ("All", "AWS"):
        for policy in aws_policies():
            used = AWS_POLICIES.get(reader, account, policy["name"]) or unused()
            found.append((policy["name"], ("aws", dict(policy) | used)))
    chosen = [
        (name, entry)
        for name, entry in found
        if entry[1]["path"].startswith(prefix)
        and (not request.get("OnlyAttached") or any(entry[1]["attached"].values()))
        and _used_as(entry[1], usage)
    ]
    shown, rest = page(call, chosen)
    told = [described(*entry) | {"Tags": None, "Description": None} for entry in shown]
    return {"Policies": told, **rest}


async def create_policy_version(call: ServiceCall) -> dict[str, Any]:
    """Add a version to a policy."""
    text = call.request["PolicyDocument"]
    check_managed(text)

    def decide(stage: Stage) -> tuple[Document, str]:
        policy = _own(call, stage)
        if len(policy["versions"]) >= IAM_POLICY_VERSIONS_MAX:
            raise limit(
                f"A managed policy can have up to {IAM_POLICY_VERSIONS_MAX} versions. Before you create "
                "a new version, you must delete an existing version."
            )
        policy["last"] += 1
        version = f"v{policy['last']}"
        policy["versions"][version] = {"document": text, "created_s": now_s(call)}
        if call.request.get("SetAsDefault"):
            policy["default"] = version
        policy["updated_s"] = now_s(call)
        POLICIES.put(stage, call.account, policy["name"].lower(), policy)
        return policy, version

    policy, version = await change(call, decide)
    return {"PolicyVersion": _version(policy, version)}


def get_policy_version(call: ServiceCall) -> dict[str, Any]:
    """Return a version with its document."""
    policy, version = _need(call, reader_of(call)), call.request["VersionId"]
    if version not in policy["versions"]:
        raise _no_version(call)
    text = encoded(policy["versions"][version]["document"])
    return {"PolicyVersion": {**_version(policy, version), "Document": text}}


def list_policy_versions(call: ServiceCall) -> dict[str, Any]:
    """List the versions of a policy, the newest first."""
    policy = _need(call, reader_of(call))
    newest = sorted(policy["versions"], key=lambda version: -int(version[1:]))
    entries = ((f"{index:04}", version) for index, version in enumerate(newest))
    found, rest = page(call, entries)
    return {"Versions": [_version(policy, version) for version in found], **rest}


async def delete_policy_version(call: ServiceCall) -> dict[str, Any]:
    """Remove a version that is not the default."""
    version = call.request["VersionId"]

    def decide(stage: Stage) -> None:
        policy = _own(call, stage)
        if version not in policy["versions"]:
            raise _no_version(call)
        if version == policy["default"]:
            raise delete_conflict("Cannot delete the default version of a policy.")
        del policy["versions"][version]
        POLICIES.put(stage, call.account, policy["name"].lower(), policy)

    await change(call, decide)
    return {}


async def set_default_version(call: ServiceCall) -> dict[str, Any]:
    """Put another version in force."""
    version = call.request["VersionId"]

    def decide(stage: Stage) -> None:
        policy = _own(call, stage)
        if version not in policy["versions"]:
            raise _no_version(call)
        policy["default"], policy["updated_s"] = version, now_s(call)
        POLICIES.put(stage, call.account, policy["name"].lower(), policy)

    await change(call, decide)
    return {}


def described(owner: str, policy: Document) -> dict[str, Any]:
    """Return a policy as responses tell it.

    Args:
        owner: the account, or "aws".
        policy: its document.
    """
    return {
        "PolicyName": policy["name"],
        "PolicyId": policy["id"],
        "Arn": arn(owner, "policy", policy["path"], policy["name"]),
        "Path": policy["path"],
        "DefaultVersionId": policy["default"],
        "AttachmentCount": sum(map(len, policy["attached"].values())),
        "PermissionsBoundaryUsageCount": sum(map(len, policy["bounds"].values())),
        "IsAttachable": True,
        "Description": policy["description"],
        "CreateDate": policy["created_s"],
        "UpdateDate": policy["updated_s"],
        "Tags": listed(policy["tags"]) or None,
    }


def _version(policy: Document, version: str) -> dict[str, Any]:
    return {
        "VersionId": version,
        "IsDefaultVersion": version == policy["default"],
        "CreateDate": policy["versions"][version]["created_s"],
    }


def _used_as(policy: Document, usage: str | None) -> bool:
    match usage:
        case "PermissionsPolicy":
            return any(policy["attached"].values())
        case "PermissionsBoundary":
            return any(policy["bounds"].values())
        case _:
            return True


def _owner(call: ServiceCall) -> str:
    owner: str = call.request["PolicyArn"].split(":", 5)[4]
    return owner


def _need(call: ServiceCall, reader: Reader | Stage) -> Document:
    policy = find_policy(reader, call.account, call.request["PolicyArn"])
    if policy is None:
        raise no_such(f"Policy {call.request['PolicyArn']} was not found.")
    return policy


def _own(call: ServiceCall, stage: Stage) -> Document:
    """Return a policy of the account, which can be changed.

    Raises:
        ApiError: AccessDenied for AWS's, NoSuchEntity.
    """
    policy = _need(call, stage)
    if _owner(call) == "aws":
        raise ApiError("AccessDenied", "Cannot modify AWS managed policies.", status=403)
    return policy


def _no_version(call: ServiceCall) -> ApiError:
    named = call.request
    return no_such(
        f"Policy {named['PolicyArn']} version {named['VersionId']} does not exist or is not attachable."
    )
