"""Who a caller is, and whose an access key is, where nothing is verified."""

from typing import Any

import pytest

from tests.support.identities import document, holder, refusal
from tests.support.target import Target

ACCOUNT = "123456789012"


@pytest.fixture
def sts(target: Target) -> Any:
    """A client of STS."""
    return target.other("sts")


@pytest.fixture
def name(table_name: str) -> str:
    """A name that no other test uses."""
    return table_name[-60:].replace("[", "").replace("]", "")


def test_any_key_is_the_root_of_the_account(sts: Any) -> None:
    """A key that nobody issued is the root's."""
    told = sts.get_caller_identity()
    expected = (ACCOUNT, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
    assert expected == (told["Account"], told["UserId"], told["Arn"])


def test_key_of_twelve_digits_is_an_account(target: Target) -> None:
    """As for DynamoDB: the account of that number."""
    assert target.endpoint is not None
    keys = {"AccessKeyId": "111122223333", "SecretAccessKey": "any"}
    told = holder(target.endpoint, keys).client("sts").get_caller_identity()
    assert "arn:aws:iam::111122223333:root" == told["Arn"]


def test_identity_is_the_same_in_every_region(target: Target) -> None:
    """STS has no regions here; an endpoint of any answers."""
    for region in ("eu-west-1", "ap-southeast-2"):
        assert ACCOUNT == target.other("sts", region).get_caller_identity()["Account"]


def test_session_of_a_role_tells_who_it_is(target: Target, sts: Any, name: str) -> None:
    """The session's ARN names role and session, its user id the role's id."""
    iam = target.other("iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]
    made = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="me", DurationSeconds=900)
    expected = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/me"
    assert expected == made["AssumedRoleUser"]["Arn"]
    assert f"{role['RoleId']}:me" == made["AssumedRoleUser"]["AssumedRoleId"]
    assert made["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert target.endpoint is not None
    session = holder(target.endpoint, made["Credentials"])
    assert expected == session.client("sts").get_caller_identity()["Arn"]
    missing = f"arn:aws:iam::{ACCOUNT}:role/never-made"
    denied = refusal(sts.assume_role, RoleArn=missing, RoleSessionName="me")
    assert (
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: sts:AssumeRole "
        f"on resource: {missing}",
    ) == denied
    long = {"RoleArn": role["Arn"], "RoleSessionName": "me", "DurationSeconds": 7200}
    text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    assert ("ValidationError", text) == refusal(sts.assume_role, **long)


def test_access_key_tells_its_account(target: Target, sts: Any) -> None:
    """GetAccessKeyInfo reads it from the id, without asking whether there is such a key."""
    key = sts.get_session_token()["Credentials"]["AccessKeyId"]
    assert ACCOUNT == sts.get_access_key_info(AccessKeyId=key)["Account"]
    assert (
        "ValidationError" == refusal(sts.get_access_key_info, AccessKeyId="nobody-has-this-key")[0]
    )


def test_message_of_nobody_is_refused(sts: Any) -> None:
    """No refusal here has an encoded message, so there is none to decode."""
    denied = refusal(sts.decode_authorization_message, EncodedMessage="abc")
    assert "InvalidAuthorizationMessageException" == denied[0]


def test_web_identities_are_refused_by_name(target: Target, sts: Any) -> None:
    """AssumeRoleWithWebIdentity, which is not signed, is refused at once."""
    denied = refusal(
        sts.assume_role_with_web_identity,
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/any",
        RoleSessionName="me",
        WebIdentityToken="a.b.c.d",
    )
    assert "NotImplemented" == denied[0]


def test_codes_of_devices_are_refused_by_name(sts: Any) -> None:
    """There are no MFA devices: a session that seems to have one would mislead policies and people."""
    denied = refusal(
        sts.get_session_token, SerialNumber=f"arn:aws:iam::{ACCOUNT}:mfa/me", TokenCode="123456"
    )
    expected = (
        "SerialNumber is not supported by globaltables (no MFA devices); see docs/coverage.md"
    )
    assert ("NotImplemented", expected) == denied
