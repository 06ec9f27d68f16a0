"""The ARNs that operations of IAM are about, as policies name them."""

from collections.abc import Mapping, Sequence

from globaltables.companions.iam.access_keys import user_name_of
from globaltables.companions.iam.stored import HOLDERS, PROFILES, arn, reader_of
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
