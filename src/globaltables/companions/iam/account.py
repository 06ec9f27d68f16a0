"""The account: its alias, its rules for passwords, what it has, all of it at once."""

from typing import Any

from globaltables.companions.iam.attachments import attached_entry
from globaltables.companions.iam.aws_managed import aws_policies
from globaltables.companions.iam.documents import encoded
from globaltables.companions.iam.groups import described as described_group
from globaltables.companions.iam.instance_profiles import described as described_profile
from globaltables.companions.iam.managed import unused
from globaltables.companions.iam.managed_policies import described as described_policy
from globaltables.companions.iam.paging import page
from globaltables.companions.iam.roles import described as described_role
from globaltables.companions.iam.stored import (
    AWS_POLICIES,
    GROUPS,
    POLICIES,
    PROFILES,
    ROLES,
    USERS,
    account_document,
    already_exists,
    change,
    listed,
    no_such,
    reader_of,
    save_account,
)
from globaltables.companions.iam.users import described as described_user
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.foundation.limits import (
    IAM_ACCESS_KEYS_MAX,
    IAM_ATTACHED_POLICIES_MAX,
    IAM_GROUP_INLINE_CHARACTERS_MAX,
    IAM_GROUPS_OF_USER_MAX,
    IAM_POLICY_CHARACTERS_MAX,
    IAM_POLICY_VERSIONS_MAX,
    IAM_ROLE_INLINE_CHARACTERS_MAX,
    IAM_TRUST_CHARACTERS_MAX,
    IAM_USER_INLINE_CHARACTERS_MAX,
)
from globaltables.itemstore.stage import Stage

_PASSWORD_DEFAULTS: tuple[tuple[str, Any], ...] = (
    ("MinimumPasswordLength", 6),
    ("RequireSymbols", False),
    ("RequireNumbers", False),
    ("RequireUppercaseCharacters", False),
    ("RequireLowercaseCharacters", False),
    ("AllowUsersToChangePassword", False),
)


async def create_alias(call: ServiceCall) -> dict[str, Any]:
    """Give the account an alias, in the place of the one that it had."""
    alias = call.request["AccountAlias"]

    def decide(stage: Stage) -> None:
        account = account_document(stage, call.account)
        if alias in account["aliases"]:
            raise already_exists(f"The account alias {alias} already exists.")
        save_account(stage, call.account, account | {"aliases": [alias]})

    await change(call, decide)
    return {}


async def delete_alias(call: ServiceCall) -> dict[str, Any]:
    """Take the alias away."""
    alias = call.request["AccountAlias"]

    def decide(stage: Stage) -> None:
        account = account_document(stage, call.account)
        if alias not in account["aliases"]:
            raise no_such(f"The account alias {alias} does not exist.")
        save_account(stage, call.account, account | {"aliases": []})

    await change(call, decide)
    return {}


def list_aliases(call: ServiceCall) -> dict[str, Any]:
    """Return the alias."""
    aliases = account_document(reader_of(call), call.account)["aliases"]
    found, rest = page(call, ((alias, alias) for alias in aliases))
    return {"AccountAliases": found, **rest}


async def update_password_policy(call: ServiceCall) -> dict[str, Any]:
    """Keep the rules for passwords; there are no passwords that they could be applied to."""
    rules = dict(_PASSWORD_DEFAULTS) | call.request
    rules["ExpirePasswords"] = "MaxPasswordAge" in call.request

    def decide(stage: Stage) -> None:
        account = account_document(stage, call.account)
        save_account(stage, call.account, account | {"passwords": rules})

    await change(call, decide)
    return {}


def get_password_policy(call: ServiceCall) -> dict[str, Any]:
    """Return the rules for passwords."""
    rules = account_document(reader_of(call), call.account)["passwords"]
    if rules is None:
        raise _no_password_policy(call)
    return {"PasswordPolicy": rules}


async def delete_password_policy(call: ServiceCall) -> dict[str, Any]:
    """Go back to AWS's own rules for passwords."""

    def decide(stage: Stage) -> None:
        account = account_document(stage, call.account)
        if account["passwords"] is None:
            raise _no_password_policy(call)
        save_account(stage, call.account, account | {"passwords": None})

    await change(call, decide)
    return {}


def summary(call: ServiceCall) -> dict[str, Any]:
    """Count what the account has, beside what it may have."""
    reader, account = reader_of(call), call.account
    policies = [policy for _, policy in POLICIES.of_account(reader, account)]
    return {
        "SummaryMap": {
            "Users": _count(USERS.of_account(reader, account)),
            "UsersQuota": 5000,
            "Groups": _count(GROUPS.of_account(reader, account)),
            "GroupsQuota": 300,
            "Roles": _count(ROLES.of_account(reader, account)),
            "RolesQuota": 1000,
            "InstanceProfiles": _count(PROFILES.of_account(reader, account)),
            "InstanceProfilesQuota": 1000,
            "Policies": len(policies),
            "PoliciesQuota": 1500,
            "PolicyVersionsInUse": sum(len(policy["versions"]) for policy in policies),
            "PolicyVersionsInUseQuota": 10000,
            "PolicySizeQuota": IAM_POLICY_CHARACTERS_MAX,
            "VersionsPerPolicyQuota": IAM_POLICY_VERSIONS_MAX,
            "AssumeRolePolicySizeQuota": IAM_TRUST_CHARACTERS_MAX,
            "UserPolicySizeQuota": IAM_USER_INLINE_CHARACTERS_MAX,
            "GroupPolicySizeQuota": IAM_GROUP_INLINE_CHARACTERS_MAX,
            "RolePolicySizeQuota": IAM_ROLE_INLINE_CHARACTERS_MAX,
            "AttachedPoliciesPerUserQuota": IAM_ATTACHED_POLICIES_MAX,
            "AttachedPoliciesPerGroupQuota": IAM_ATTACHED_POLICIES_MAX,
            "AttachedPoliciesPerRoleQuota": IAM_ATTACHED_POLICIES_MAX,
            "AccessKeysPerUserQuota": IAM_ACCESS_KEYS_MAX,
            "GroupsPerUserQuota": IAM_GROUPS_OF_USER_MAX,
            "AccountAccessKeysPresent": int(bool(account_document(reader, account)["keys"])),
            "AccountMFAEnabled": 0,
            "AccountSigningCertificatesPresent": 0,
            "AccountPasswordPresent": 0,
            "MFADevices": 0,
            "MFADevicesInUse": 0,
            "Providers": 0,
            "ServerCertificates": 0,
            "ServerCertificatesQuota": 20,
            "SigningCertificatesPerUserQuota": 2,
            "GlobalEndpointTokenVersion": 1,
        }
    }


def authorization_details(call: ServiceCall) -> dict[str, Any]:
    """Return users, groups, roles and policies with everything that decides on requests."""
    reader, account = reader_of(call), call.account
    wanted = call.request.get("Filter") or (
        "User",
        "Group",
        "Role",
        "LocalManagedPolicy",
        "AWSManagedPolicy",
    )
    entries: list[tuple[str, tuple[str, dict[str, Any]]]] = []
    if "User" in wanted:
        for name, user in USERS.of_account(reader, account):
            entries.append((f"1{name}", ("UserDetailList", _user(account, user))))
    if "Group" in wanted:
        for name, group in GROUPS.of_account(reader, account):
            entries.append((f"2{name}", ("GroupDetailList", _group(account, group))))
    if "Role" in wanted:
        for name, role in ROLES.of_account(reader, account):
            entries.append((f"3{name}", ("RoleDetailList", _role(account, reader, role))))
    if "LocalManagedPolicy" in wanted:
        for name, policy in POLICIES.of_account(reader, account):
            entries.append((f"4{name}", ("Policies", _policy(account, policy))))
    if "AWSManagedPolicy" in wanted:
        for known in aws_policies():
            used = AWS_POLICIES.get(reader, account, known["name"]) or unused()
            if any(used["attached"].values()):
                told = _policy("aws", dict(known) | used)
                entries.append((f"5{known['name']}", ("Policies", told)))
    found, rest = page(call, entries)
    answer: dict[str, Any] = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": [],
    }
    for kind, detail in found:
        answer[kind].append(detail)
    return answer | rest


def _count(entries: Any) -> int:
    return sum(1 for _ in entries)


def _inline(holder: Document) -> list[dict[str, str]]:
    return [
        {"PolicyName": name, "PolicyDocument": encoded(text)}
        for name, text in holder["inline"].items()
    ]


def _attached(holder: Document) -> list[dict[str, str]]:
    return [attached_entry(arn) for arn in holder["attached"]]


def _user(account: str, user: Document) -> dict[str, Any]:
    return {
        **described_user(account, user),
        "UserPolicyList": _inline(user),
        "GroupList": user["groups"],
        "AttachedManagedPolicies": _attached(user),
        "Tags": listed(user["tags"]),
    }


def _group(account: str, group: Document) -> dict[str, Any]:
    return {
        **described_group(account, group),
        "GroupPolicyList": _inline(group),
        "AttachedManagedPolicies": _attached(group),
    }


def _role(account: str, reader: Reader, role: Document) -> dict[str, Any]:
    told = described_role(account, role)
    profiles = (PROFILES.get(reader, account, name.lower()) for name in role["profiles"])
    return {
        **{name: told[name] for name in told if name not in ("Description", "MaxSessionDuration")},
        "InstanceProfileList": [
            described_profile(account, reader, profile)
            for profile in profiles
            if profile is not None
        ],
        "RolePolicyList": _inline(role),
        "AttachedManagedPolicies": _attached(role),
        "RoleLastUsed": {},
    }


def _policy(owner: str, policy: Document) -> dict[str, Any]:
    versions = [
        {
            "Document": encoded(version["document"]),
            "VersionId": name,
            "IsDefaultVersion": name == policy["default"],
            "CreateDate": version["created_s"],
        }
        for name, version in policy["versions"].items()
    ]
    told = described_policy(owner, policy)
    del told["Tags"]
    return {**told, "PolicyVersionList": versions}


def _no_password_policy(call: ServiceCall) -> Exception:
    return no_such(f"The Password Policy with domain name {call.account} cannot be found.")
