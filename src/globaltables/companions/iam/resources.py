"""The ARNs that operations of IAM are about, as policies name them."""

from collections.abc import Mapping, Sequence

from globaltables.companions.iam.access_keys import user_name_of
from globaltables.companions.iam.stored import HOLDERS, PROFILES, arn, find, reader_of
from globaltables.companions.service import ServiceCall

#: The member of a request that names what it is about, the first of them that it has.
_MEMBERS: Mapping[str, str] = {
    "InstanceProfileName": "instance-profile",
    "GroupName": "group",
    "RoleName": "role",
    "UserName": "user",
    "PolicyName": "policy",
}
_OWN_USER = frozenset(
    {
        "CreateAccessKey",
        "DeleteAccessKey",
        "GetLoginProfile",
        "GetUser",
        "ListAccessKeys",
        "UpdateAccessKey",
    }
)
_ANY = frozenset({"ListUsers", "ListGroups", "ListRoles", "ListPolicies", "GetAccountSummary"})


#: Condition keys whose value is a member of the request.
_KEYS: Mapping[str, str] = {
    "iam:awsservicename": "AWSServiceName",
    "iam:permissionsboundary": "PermissionsBoundary",
    "iam:policyarn": "PolicyArn",
}


def condition_keys(call: ServiceCall) -> Mapping[str, tuple[str, ...]]:
    """Return the keys of IAM itself, and the tags of what a call is about."""
    request = call.request
    keys = {key: (str(request[name]),) for key, name in _KEYS.items() if name in request}
    kind = "role" if "RoleName" in request else "user"
    name = request.get("RoleName") or request.get("UserName") or ""
    found = find(kind, reader_of(call), call.account, name) if name else None
    for tag, value in () if found is None else found["tags"]:
        keys[f"iam:resourcetag/{tag.lower()}"] = keys[f"aws:resourcetag/{tag.lower()}"] = (value,)
    boundary = None if found is None else found["boundary"]
    if boundary and "iam:permissionsboundary" not in keys:
        keys["iam:permissionsboundary"] = (boundary,)
    return keys


def resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARNs that a call is about."""
    request = call.request
    if call.operation in _ANY:
        return ("*",)
    for member, kind in _MEMBERS.items():
        if member in request:
            return (_named(call, kind, request[member]),)
    if "PolicyArn" in request:
        return (request["PolicyArn"],)
    if "PolicySourceArn" in request:
        return (request["PolicySourceArn"],)
    if call.operation == "CreateServiceLinkedRole":
        path = f"/aws-service-role/{request['AWSServiceName']}/"
        return (arn(call.account, "role", path, "*"),)
    if call.operation in _OWN_USER and (name := user_name_of(call)):
        return (_named(call, "user", name),)
    return ("*",)


def _named(call: ServiceCall, kind: str, name: str) -> str:
    """Return the ARN of something that is there or is to be made."""
    records = PROFILES if kind == "instance-profile" else HOLDERS.get(kind)
    found = records.get(reader_of(call), call.account, name.lower()) if records else None
    path = call.request.get("Path", "/") if found is None else found["path"]
    return arn(call.account, kind, path, name)
