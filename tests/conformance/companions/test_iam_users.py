"""Users, their groups and their access keys."""

from typing import Any

import pytest

from tests.support.identities import document, holder, refusal
from tests.support.target import Target

ACCOUNT = "123456789012"


@pytest.fixture
def iam(target: Target) -> Any:
    """A client of IAM."""
    return target.other("iam")


@pytest.fixture
def name(table_name: str) -> str:
    """A name that no other test uses."""
    return table_name[-60:].replace("[", "").replace("]", "")


def test_user_is_made_described_and_deleted(iam: Any, name: str) -> None:
    """A user has a path, an id, an ARN and tags; after DeleteUser there is none."""
    tags = [{"Key": "team", "Value": "red"}]
    made = iam.create_user(UserName=name, Path="/staff/", Tags=tags)["User"]
    assert f"arn:aws:iam::{ACCOUNT}:user/staff/{name}" == made["Arn"]
    assert made["UserId"].startswith("AIDA")
    assert 21 == len(made["UserId"])
    described = iam.get_user(UserName=name)["User"]
    assert (made["UserId"], tags) == (described["UserId"], described["Tags"])
    taken = refusal(iam.create_user, UserName=name.upper())
    assert ("EntityAlreadyExists", f"User with name {name.upper()} already exists.") == taken
    iam.delete_user(UserName=name)
    missing = ("NoSuchEntity", f"The user with name {name} cannot be found.")
    assert missing == refusal(iam.get_user, UserName=name)
    assert missing == refusal(iam.delete_user, UserName=name)


def test_user_is_renamed_with_everything_that_it_has(iam: Any, name: str) -> None:
    """Groups, keys and policies know a user's new name."""
    iam.create_user(UserName=name)
    iam.create_group(GroupName=name)
    iam.add_user_to_group(GroupName=name, UserName=name)
    arn = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    new = f"{name}-2"
    iam.update_user(UserName=name, NewUserName=new, NewPath="/moved/")
    assert f"arn:aws:iam::{ACCOUNT}:user/moved/{new}" == iam.get_user(UserName=new)["User"]["Arn"]
    assert [new] == [user["UserName"] for user in iam.get_group(GroupName=name)["Users"]]
    entities = iam.list_entities_for_policy(PolicyArn=arn)["PolicyUsers"]
    assert new in [one["UserName"] for one in entities]
    assert new == iam.get_access_key_last_used(AccessKeyId=key)["UserName"]
    assert "NoSuchEntity" == refusal(iam.get_user, UserName=name)[0]


def test_user_that_has_something_is_not_deleted(iam: Any, name: str) -> None:
    """What a user has is taken away first, in AWS's words."""
    arn = "arn:aws:iam::aws:policy/AmazonSNSFullAccess"
    policy = {"UserName": name, "PolicyName": "own"}
    iam.create_user(UserName=name)
    iam.create_group(GroupName=name)
    iam.add_user_to_group(GroupName=name, UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    iam.put_user_policy(**policy, PolicyDocument=document(_nothing()))
    key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    iam.create_login_profile(UserName=name, Password="Str0ng-enough")
    for text, undo, members in (
        (
            "must remove users from group first",
            iam.remove_user_from_group,
            {"UserName": name, "GroupName": name},
        ),
        (
            "must detach all policies first",
            iam.detach_user_policy,
            {"UserName": name, "PolicyArn": arn},
        ),
        ("must delete policies first", iam.delete_user_policy, policy),
        (
            "must delete access keys first",
            iam.delete_access_key,
            {"UserName": name, "AccessKeyId": key},
        ),
        ("must delete login profile first", iam.delete_login_profile, {"UserName": name}),
    ):
        expected = ("DeleteConflict", f"Cannot delete entity, {text}.")
        assert expected == refusal(iam.delete_user, UserName=name)
        undo(**members)
    iam.delete_user(UserName=name)


def test_users_are_listed_by_path_and_in_pages(iam: Any, name: str) -> None:
    """PathPrefix chooses, MaxItems and Marker page."""
    path = f"/{name}/"
    names = [f"{name}-{number}" for number in range(5)]
    for one in names:
        iam.create_user(UserName=one, Path=path)
    pages = iam.get_paginator("list_users").paginate(
        PathPrefix=path, PaginationConfig={"PageSize": 2}
    )
    found = [[user["UserName"] for user in page["Users"]] for page in pages]
    assert [names[:2], names[2:4], names[4:]] == found
    assert "ValidationError" == refusal(iam.list_users, Marker="never given")[0]


def test_access_keys_are_two_at_most(iam: Any, name: str) -> None:
    """A third access key is refused; a key can be put out of use and goes with DeleteAccessKey."""
    iam.create_user(UserName=name)
    keys = [iam.create_access_key(UserName=name)["AccessKey"] for _ in range(2)]
    assert {20} == {len(key["AccessKeyId"]) for key in keys}
    assert {40} == {len(key["SecretAccessKey"]) for key in keys}
    over = ("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    assert over == refusal(iam.create_access_key, UserName=name)
    first = keys[0]["AccessKeyId"]
    iam.update_access_key(UserName=name, AccessKeyId=first, Status="Inactive")
    listed = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    states = {key["AccessKeyId"]: key["Status"] for key in listed}
    assert {first: "Inactive", keys[1]["AccessKeyId"]: "Active"} == states
    iam.delete_access_key(UserName=name, AccessKeyId=first)
    gone = ("NoSuchEntity", f"The Access Key with id {first} cannot be found.")
    assert gone == refusal(iam.delete_access_key, UserName=name, AccessKeyId=first)


def test_access_key_tells_who_signs_although_nothing_is_verified(
    target: Target, iam: Any, name: str
) -> None:
    """In the default mode a key that IAM issued is its user's, any other the root's."""
    assert target.endpoint is not None
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    person = holder(target.endpoint, key, arn)
    assert arn == person.client("sts").get_caller_identity()["Arn"]
    assert name == person.client("iam").get_user()["User"]["UserName"]
    assert f"arn:aws:iam::{ACCOUNT}:root" == target.other("sts").get_caller_identity()["Arn"]
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert ("iam", "us-east-1") == (
        used["AccessKeyLastUsed"]["ServiceName"],
        used["AccessKeyLastUsed"]["Region"],
    )


def test_group_has_users_and_policies(iam: Any, name: str) -> None:
    """Groups have users; a group with a user is not deleted."""
    iam.create_user(UserName=name)
    made = iam.create_group(GroupName=name, Path="/teams/")["Group"]
    assert f"arn:aws:iam::{ACCOUNT}:group/teams/{name}" == made["Arn"]
    iam.add_user_to_group(GroupName=name, UserName=name)
    groups = iam.list_groups_for_user(UserName=name)["Groups"]
    assert [name] == [group["GroupName"] for group in groups]
    conflict = refusal(iam.delete_group, GroupName=name)
    expected = "Cannot delete entity, must remove users from group first."
    assert ("DeleteConflict", expected) == conflict
    iam.update_group(GroupName=name, NewGroupName=f"{name}-2")
    groups = iam.list_groups_for_user(UserName=name)["Groups"]
    assert [f"{name}-2"] == [group["GroupName"] for group in groups]
    iam.remove_user_from_group(GroupName=f"{name}-2", UserName=name)
    iam.delete_group(GroupName=f"{name}-2")
    missing = ("NoSuchEntity", f"The group with name {name} cannot be found.")
    assert missing == refusal(iam.get_group, GroupName=name)


def test_user_tags_are_changed(iam: Any, name: str) -> None:
    """Tags are added, replaced whatever their case, and removed."""
    iam.create_user(UserName=name, Tags=[{"Key": "a", "Value": "1"}])
    iam.tag_user(UserName=name, Tags=[{"Key": "A", "Value": "2"}, {"Key": "b", "Value": "3"}])
    tags = iam.list_user_tags(UserName=name)["Tags"]
    assert [{"Key": "A", "Value": "2"}, {"Key": "b", "Value": "3"}] == tags
    iam.untag_user(UserName=name, TagKeys=["A"])
    assert [{"Key": "b", "Value": "3"}] == iam.list_user_tags(UserName=name)["Tags"]
    twice = [{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "2"}]
    assert "InvalidInput" == refusal(iam.tag_user, UserName=name, Tags=twice)[0]


def _nothing() -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
