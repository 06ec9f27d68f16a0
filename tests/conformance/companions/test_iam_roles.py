"""Roles, instance profiles, and the roles of services."""

import json
from typing import Any

import pytest

from tests.support.identities import document, refusal
from tests.support.target import Target

ACCOUNT = "123456789012"
LAMBDA = {"Service": "lambda.amazonaws.com"}


@pytest.fixture
def iam(target: Target) -> Any:
    """A client of IAM."""
    return target.other("iam")


@pytest.fixture
def name(table_name: str) -> str:
    """A name that no other test uses."""
    return table_name[-60:].replace("[", "").replace("]", "")


def trust(principal: dict[str, Any]) -> str:
    """Return a trust policy."""
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def test_role_lives_as_terraform_makes_it(iam: Any, name: str) -> None:
    """The calls that Terraform's provider makes for a role with a policy, from first to last."""
    made = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust(LAMBDA),
        Path="/service/",
        Description="runs",
        MaxSessionDuration=7200,
        Tags=[{"Key": "team", "Value": "red"}],
    )["Role"]
    assert f"arn:aws:iam::{ACCOUNT}:role/service/{name}" == made["Arn"]
    assert made["RoleId"].startswith("AROA")
    policy = iam.create_policy(
        PolicyName=name, PolicyDocument=document(_statement("dynamodb:GetItem"))
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    described = iam.get_role(RoleName=name)["Role"]
    assert json.loads(trust(LAMBDA)) == described["AssumeRolePolicyDocument"]
    assert (7200, "runs") == (described["MaxSessionDuration"], described["Description"])
    assert [{"Key": "team", "Value": "red"}] == described["Tags"]
    assert [] == iam.list_role_policies(RoleName=name)["PolicyNames"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert [{"PolicyName": name, "PolicyArn": policy}] == attached
    assert [] == iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]
    versions = iam.list_policy_versions(PolicyArn=policy)["Versions"]
    assert ["v1"] == [version["VersionId"] for version in versions]
    found = iam.get_policy_version(PolicyArn=policy, VersionId="v1")["PolicyVersion"]
    assert json.loads(document(_statement("dynamodb:GetItem"))) == found["Document"]
    iam.detach_role_policy(RoleName=name, PolicyArn=policy)
    iam.delete_policy(PolicyArn=policy)
    iam.delete_role(RoleName=name)
    missing = ("NoSuchEntity", f"The role with name {name} cannot be found.")
    assert missing == refusal(iam.get_role, RoleName=name)


def test_role_is_updated(iam: Any, name: str) -> None:
    """Trust, description and the longest session are changed."""
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(LAMBDA))
    anyone = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust(anyone))
    iam.update_role(RoleName=name, Description="new", MaxSessionDuration=3600)
    described = iam.get_role(RoleName=name)["Role"]
    assert json.loads(trust(anyone)) == described["AssumeRolePolicyDocument"]
    assert "new" == described["Description"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no JSON", "This policy contains invalid Json"),
        (trust({"AWS": "nobody"}), 'Invalid principal in policy: "AWS":"nobody"'),
        (
            trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/never-made"}),
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:user/never-made"',
        ),
        (
            document(_ := {"Effect": "Allow", "Action": "sts:AssumeRole"}),
            "Missing required field Principal",
        ),
        (
            document({**_, "Principal": LAMBDA, "Resource": "*"}),
            "Has prohibited field Resource",
        ),
        (
            document({**_, "Principal": LAMBDA, "Action": "s3:GetObject"}),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
    ],
)
def test_role_with_a_wrong_trust_policy_is_refused(
    iam: Any, name: str, text: str, message: str
) -> None:
    """MalformedPolicyDocument says what is wrong with it."""
    denied = refusal(iam.create_role, RoleName=name, AssumeRolePolicyDocument=text)
    assert ("MalformedPolicyDocument", message) == denied


def test_role_that_has_something_is_not_deleted(iam: Any, name: str) -> None:
    """Instance profiles, attached and inline policies come first."""
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    profile = {"InstanceProfileName": name, "RoleName": name}
    inline = {"RoleName": name, "PolicyName": "own"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(LAMBDA))
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(**profile)
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    iam.put_role_policy(**inline, PolicyDocument=document(_statement("s3:*")))
    described = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert [name] == [role["RoleName"] for role in described["Roles"]]
    again = refusal(iam.add_role_to_instance_profile, **profile)
    limit = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
    assert ("LimitExceeded", limit) == again
    first = "must remove roles from instance profile first"
    for text, undo, members in (
        (first, iam.remove_role_from_instance_profile, profile),
        (
            "must detach all policies first",
            iam.detach_role_policy,
            {"RoleName": name, "PolicyArn": arn},
        ),
        ("must delete policies first", iam.delete_role_policy, inline),
    ):
        expected = ("DeleteConflict", f"Cannot delete entity, {text}.")
        assert expected == refusal(iam.delete_role, RoleName=name)
        undo(**members)
    iam.delete_role(RoleName=name)
    iam.delete_instance_profile(InstanceProfileName=name)


def test_service_linked_role_is_the_services(iam: Any, name: str) -> None:
    """A service's role has AWS's name and policy; only its service changes it, and it goes by a task."""
    suffix = name[-24:].replace("-", "_")
    made = iam.create_service_linked_role(
        AWSServiceName="autoscaling.amazonaws.com", CustomSuffix=suffix
    )["Role"]
    assert f"AWSServiceRoleForAutoscaling_{suffix}" == made["RoleName"]
    assert "/aws-service-role/autoscaling.amazonaws.com/" == made["Path"]
    denied = refusal(
        iam.attach_role_policy,
        RoleName=made["RoleName"],
        PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess",
    )
    assert "UnmodifiableEntity" == denied[0]
    assert "UnmodifiableEntity" == refusal(iam.delete_role, RoleName=made["RoleName"])[0]
    task = iam.delete_service_linked_role(RoleName=made["RoleName"])["DeletionTaskId"]
    status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert "SUCCEEDED" == status["Status"]
    assert "NoSuchEntity" == refusal(iam.get_role, RoleName=made["RoleName"])[0]


def test_boundary_is_kept_with_a_role(iam: Any, name: str) -> None:
    """A boundary is told with its role, counted with its policy, and keeps that from being deleted."""
    policy = iam.create_policy(PolicyName=name, PolicyDocument=document(_statement("s3:*")))
    arn = policy["Policy"]["Arn"]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(LAMBDA), PermissionsBoundary=arn)
    told = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]
    expected = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    assert expected == told
    assert 1 == iam.get_policy(PolicyArn=arn)["Policy"]["PermissionsBoundaryUsageCount"]
    conflict = ("DeleteConflict", "Cannot delete a policy attached to entities.")
    assert conflict == refusal(iam.delete_policy, PolicyArn=arn)
    iam.delete_role_permissions_boundary(RoleName=name)
    iam.delete_policy(PolicyArn=arn)


def _statement(action: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*"}
