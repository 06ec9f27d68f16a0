"""Managed policies, their versions, what they are attached to; inline policies."""

import json
from typing import Any

import pytest

from tests.support.identities import allow, document, refusal
from tests.support.target import Target

ACCOUNT = "123456789012"
TEXT = document(allow("dynamodb:GetItem"))


@pytest.fixture
def iam(target: Target) -> Any:
    """A client of IAM."""
    return target.other("iam")


@pytest.fixture
def name(table_name: str) -> str:
    """A name that no other test uses."""
    return table_name[-60:].replace("[", "").replace("]", "")


def test_policy_has_five_versions_at_most(iam: Any, name: str) -> None:
    """A sixth version is refused; the default one stays, and the others go before the policy."""
    made = iam.create_policy(PolicyName=name, PolicyDocument=TEXT, Path="/p/")["Policy"]
    arn = made["Arn"]
    assert f"arn:aws:iam::{ACCOUNT}:policy/p/{name}" == arn
    version = {"PolicyArn": arn, "PolicyDocument": TEXT}
    for number in range(2, 6):
        made = iam.create_policy_version(**version, SetAsDefault=number == 5)["PolicyVersion"]
        assert (f"v{number}", number == 5) == (made["VersionId"], made["IsDefaultVersion"])
    code, message = refusal(iam.create_policy_version, **version)
    assert ("LimitExceeded", True) == (
        code,
        message.startswith("A managed policy can have up to 5"),
    )
    assert "v5" == iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    default = refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v5")
    assert ("DeleteConflict", "Cannot delete the default version of a policy.") == default
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    code, message = refusal(iam.delete_policy, PolicyArn=arn)
    assert ("DeleteConflict", True) == (code, "more than one version" in message)
    for number in (1, 3, 4, 5):
        iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{number}")
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [("v2", True)] == [(one["VersionId"], one["IsDefaultVersion"]) for one in listed]
    iam.delete_policy(PolicyArn=arn)
    missing = ("NoSuchEntity", f"Policy {arn} was not found.")
    assert missing == refusal(iam.get_policy, PolicyArn=arn)


def test_policy_is_attached_counted_and_detached(iam: Any, name: str) -> None:
    """Who has a policy is listed with it, and counted."""
    arn = iam.create_policy(PolicyName=name, PolicyDocument=TEXT)["Policy"]["Arn"]
    iam.create_user(UserName=name)
    iam.create_group(GroupName=name)
    trust = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    iam.attach_group_policy(GroupName=name, PolicyArn=arn)
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)  # it has it already
    assert 3 == iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"]
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    assert [name] == [one["UserName"] for one in entities["PolicyUsers"]]
    assert [name] == [one["GroupName"] for one in entities["PolicyGroups"]]
    assert [name] == [one["RoleName"] for one in entities["PolicyRoles"]]
    only = iam.list_entities_for_policy(PolicyArn=arn, EntityFilter="Role")
    assert [] == only["PolicyUsers"]
    iam.detach_user_policy(UserName=name, PolicyArn=arn)
    again = ("NoSuchEntity", f"Policy {arn} was not found.")
    assert again == refusal(iam.detach_user_policy, UserName=name, PolicyArn=arn)


def test_attaching_what_is_not_there_is_refused(iam: Any, name: str) -> None:
    """Neither the account's nor AWS's."""
    iam.create_user(UserName=name)
    for owner in (ACCOUNT, "aws"):
        arn = f"arn:aws:iam::{owner}:policy/never-made"
        expected = ("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")
        assert expected == refusal(iam.attach_user_policy, UserName=name, PolicyArn=arn)


def test_policies_are_listed_by_scope(iam: Any, name: str) -> None:
    """The account's own, AWS's, or those that are attached."""
    iam.create_policy(PolicyName=name, PolicyDocument=TEXT, Path=f"/{name}/")
    own = iam.list_policies(Scope="Local", PathPrefix=f"/{name}/")["Policies"]
    assert [name] == [policy["PolicyName"] for policy in own]
    assert [] == iam.list_policies(PathPrefix=f"/{name}/", OnlyAttached=True)["Policies"]
    pages = iam.get_paginator("list_policies").paginate(
        Scope="AWS", PaginationConfig={"PageSize": 7}
    )
    names = [policy["PolicyName"] for page in pages for policy in page["Policies"]]
    assert {"AdministratorAccess", "AmazonDynamoDBFullAccess", "ReadOnlyAccess"} <= set(names)
    assert sorted(names) == names
    changed = refusal(
        iam.create_policy_version,
        PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess",
        PolicyDocument=TEXT,
    )
    assert "AccessDenied" == changed[0]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("{", "MalformedPolicyDocument", "This policy contains invalid Json"),
        ("{}", "MalformedPolicyDocument", "Missing required field Statement"),
        (
            document({**allow("s3:*"), "Principal": "*"}),
            "MalformedPolicyDocument",
            "Policy document should not specify a principal.",
        ),
        (
            document(allow("GetItem")),
            "MalformedPolicyDocument",
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            document(allow("s3:*", on="my-bucket")),
            "MalformedPolicyDocument",
            'Resource my-bucket must be in ARN format or "*".',
        ),
        (
            document(*(allow("s3:*", Sid=f"s{number}") for number in range(100))),
            "LimitExceeded",
            "Cannot exceed quota for PolicySize: 6144",
        ),
    ],
)
def test_policy_that_is_wrong_is_refused(
    iam: Any, name: str, text: str, code: str, message: str
) -> None:
    """In AWS's words."""
    assert (code, message) == refusal(iam.create_policy, PolicyName=name, PolicyDocument=text)


def test_inline_policies_of_every_kind(iam: Any, name: str) -> None:
    """Users, groups and roles have policies of their own."""
    trust = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    iam.create_user(UserName=name)
    iam.create_group(GroupName=name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    for kind in ("user", "group", "role"):
        owner = {f"{kind.capitalize()}Name": name}
        one = {**owner, "PolicyName": "own"}
        getattr(iam, f"put_{kind}_policy")(**one, PolicyDocument=TEXT)
        assert ["own"] == getattr(iam, f"list_{kind}_policies")(**owner)["PolicyNames"]
        found = getattr(iam, f"get_{kind}_policy")(**one)
        assert json.loads(TEXT) == found["PolicyDocument"]
        getattr(iam, f"delete_{kind}_policy")(**one)
        missing = ("NoSuchEntity", f"The {kind} policy with name own cannot be found.")
        assert missing == refusal(getattr(iam, f"get_{kind}_policy"), **one)


def test_inline_policies_have_room_for_so_much(iam: Any, name: str) -> None:
    """All of a user's together have at most 2,048 characters."""
    iam.create_user(UserName=name)
    large = document(*(allow("s3:*", Sid=f"s{number}") for number in range(20)))
    put = {"UserName": name, "PolicyDocument": large}
    iam.put_user_policy(**put, PolicyName="one")
    denied = refusal(iam.put_user_policy, **put, PolicyName="two")
    text = f"Maximum policy size of 2048 bytes exceeded for user {name}"
    assert ("LimitExceeded", text) == denied


def test_ten_managed_policies_at_most(iam: Any, name: str) -> None:
    """An eleventh is refused."""
    iam.create_user(UserName=name)
    policies = iam.list_policies(Scope="AWS", MaxItems=11)["Policies"]
    for policy in policies[:10]:
        iam.attach_user_policy(UserName=name, PolicyArn=policy["Arn"])
    denied = refusal(iam.attach_user_policy, UserName=name, PolicyArn=policies[10]["Arn"])
    assert ("LimitExceeded", "Cannot exceed quota for PoliciesPerUser: 10") == denied
