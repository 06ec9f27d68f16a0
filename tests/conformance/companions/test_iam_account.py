"""The account as a whole, and simulations."""

from typing import Any

import pytest

from tests.support.identities import allow, deny, document, refusal
from tests.support.target import Target

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"


@pytest.fixture
def iam(target: Target) -> Any:
    """A client of IAM."""
    return target.other("iam")


@pytest.fixture
def name(table_name: str) -> str:
    """A name that no other test uses."""
    return table_name[-60:].replace("[", "").replace("]", "")


def test_account_alias_is_one(iam: Any) -> None:
    """A new alias replaces the old one; what is not there cannot be deleted."""
    iam.create_account_alias(AccountAlias="first-alias")
    iam.create_account_alias(AccountAlias="second-alias")
    assert ["second-alias"] == iam.list_account_aliases()["AccountAliases"]
    assert "NoSuchEntity" == refusal(iam.delete_account_alias, AccountAlias="first-alias")[0]
    iam.delete_account_alias(AccountAlias="second-alias")
    assert [] == iam.list_account_aliases()["AccountAliases"]


def test_account_summary_counts(iam: Any, name: str) -> None:
    """Users are counted beside their quota."""
    before = iam.get_account_summary()["SummaryMap"]
    iam.create_user(UserName=name)
    after = iam.get_account_summary()["SummaryMap"]
    assert before["Users"] < after["Users"] <= after["UsersQuota"]


def test_password_policy_is_kept(iam: Any) -> None:
    """What was not said has AWS's default."""
    missing = "The Password Policy with domain name 123456789012 cannot be found."
    assert ("NoSuchEntity", missing) == refusal(iam.get_account_password_policy)
    iam.update_account_password_policy(
        MinimumPasswordLength=12, MaxPasswordAge=90, PasswordReusePrevention=5, HardExpiry=True
    )
    rules = iam.get_account_password_policy()["PasswordPolicy"]
    assert (12, True, False) == (
        rules["MinimumPasswordLength"],
        rules["ExpirePasswords"],
        rules["RequireSymbols"],
    )
    assert (5, True) == (rules["PasswordReusePrevention"], rules["HardExpiry"])
    iam.delete_account_password_policy()


def test_authorization_details_have_everything(iam: Any, name: str) -> None:
    """A user with its group and its policies."""
    iam.create_user(UserName=name)
    iam.create_group(GroupName=name)
    iam.add_user_to_group(GroupName=name, UserName=name)
    inline = document(allow("s3:*"))
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=inline)
    pages = iam.get_paginator("get_account_authorization_details").paginate(Filter=["User"])
    users = [user for page in pages for user in page["UserDetailList"]]
    found = next(user for user in users if user["UserName"] == name)
    assert [name] == found["GroupList"]
    assert ["own"] == [policy["PolicyName"] for policy in found["UserPolicyList"]]


def test_simulation_of_a_user_tells_what_decided(iam: Any, name: str) -> None:
    """Allowed, denied and neither, with the statements that matched and the keys that were missing."""
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    own_rows = {"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}
    statements = (
        allow("dynamodb:GetItem", on=TABLE, Condition=own_rows),
        deny("dynamodb:DeleteTable"),
    )
    text = document(*statements)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=text)
    entry = {
        "ContextKeyName": "dynamodb:LeadingKeys",
        "ContextKeyType": "stringList",
        "ContextKeyValues": [name],
    }
    actions = ["dynamodb:GetItem", "dynamodb:DeleteTable", "dynamodb:Scan"]
    asked = {"PolicySourceArn": arn, "ActionNames": actions, "ResourceArns": [TABLE]}
    results = iam.simulate_principal_policy(**asked, ContextEntries=[entry])["EvaluationResults"]
    decisions = [result["EvalDecision"] for result in results]
    assert ["allowed", "explicitDeny", "implicitDeny"] == decisions
    matched = results[0]["MatchedStatements"]
    assert [(f"user_{name}_own", "user")] == [
        (one["SourcePolicyId"], one["SourcePolicyType"]) for one in matched
    ]
    start, end = matched[0]["StartPosition"], matched[0]["EndPosition"]
    assert text[start["Column"] - 1] == "{"
    assert text[end["Column"] - 2] == "}"
    without = iam.simulate_principal_policy(**asked)["EvaluationResults"][0]
    assert "implicitDeny" == without["EvalDecision"]
    assert ["dynamodb:leadingkeys"] == without["MissingContextValues"]
    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"]
    assert ["aws:username", "dynamodb:LeadingKeys"] == keys


def test_simulation_of_policies_with_a_boundary(iam: Any) -> None:
    """What a boundary leaves out is not allowed, and told."""
    results = iam.simulate_custom_policy(
        PolicyInputList=[document(allow("dynamodb:*"))],
        PermissionsBoundaryPolicyInputList=[document(allow("dynamodb:Get*"))],
        ActionNames=["dynamodb:GetItem", "dynamodb:PutItem"],
    )["EvaluationResults"]
    told = [
        (
            one["EvalDecision"],
            one["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"],
        )
        for one in results
    ]
    assert [("allowed", True), ("implicitDeny", False)] == told
    wrong = refusal(iam.simulate_custom_policy, PolicyInputList=["{"], ActionNames=["s3:GetObject"])
    assert "MalformedPolicyDocument" == wrong[0]


def test_federation_is_refused_by_name(iam: Any, name: str) -> None:
    """Providers of identities are not served, and a client learns it at once."""
    code, message = refusal(iam.create_saml_provider, Name=name, SAMLMetadataDocument="x" * 1_000)
    assert "NotImplemented" == code
    assert message.startswith("CreateSAMLProvider is not supported by globaltables")
