"""Temporary credentials where policies decide: who may have them, what they carry, when they end."""

from typing import Any

import pytest

from tests.support.identities import ACCOUNT, Person, World, allow, deny, document, refusal

KEY = {"pk": {"S": "a"}, "sk": {"S": "1"}}


def assume(person: Person, role: str, **members: Any) -> Person:
    """Return a session of a role."""
    made = person.client("sts").assume_role(RoleArn=role, RoleSessionName="run", **members)
    return person.session(made["Credentials"], made["AssumedRoleUser"]["Arn"])


def not_trusted(person: Person, role: str, action: str = "sts:AssumeRole") -> tuple[str, str]:
    """Return the refusal of who may not take a role."""
    text = f"User: {person.arn} is not authorized to perform: {action} on resource: {role}"
    return "AccessDenied", text


def asking(person: Person, role: str, **members: Any) -> tuple[str, str]:
    """Return how AssumeRole is refused."""
    call = person.client("sts").assume_role
    return refusal(call, RoleArn=role, RoleSessionName="run", **members)


def test_role_trusts_its_callers_first(world: World) -> None:
    """A user's own permission is nothing without the role's trust, and the trust in a user is enough."""
    trusted, able = world.user(), world.user(allow("sts:AssumeRole"))
    role = world.role({"AWS": trusted.arn})
    assert (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/run"
        == assume(trusted, role).arn
    )
    assert not_trusted(able, role) == asking(able, role)


def test_role_that_trusts_the_account_leaves_it_to_policies(world: World) -> None:
    """Then a user needs sts:AssumeRole of its own, and a deny wins."""
    role = world.role({"AWS": ACCOUNT})
    able, unable = world.user(allow("sts:AssumeRole", on=role)), world.user()
    assume(able, role)
    assert not_trusted(unable, role) == asking(unable, role)
    denied = world.user(allow("*"), deny("sts:AssumeRole"))
    code, message = asking(denied, role)
    assert ("AccessDenied", True) == (code, message.endswith("in an identity-based policy"))


def test_root_takes_no_role(world: World) -> None:
    """As on AWS."""
    role = world.role({"AWS": ACCOUNT})
    expected = ("AccessDenied", "Roles may not be assumed by root accounts.")
    assert expected == asking(world.root, role)


def test_external_id_is_asked_for(world: World) -> None:
    """A trust policy may want to hear a secret between two companies."""
    person = world.user()
    condition = {"StringEquals": {"sts:ExternalId": "blue"}}
    role = world.role({"AWS": person.arn}, trust={"Condition": condition})
    assert not_trusted(person, role) == asking(person, role)
    assert not_trusted(person, role) == asking(person, role, ExternalId="red")
    assume(person, role, ExternalId="blue")


def test_another_accounts_role_needs_both_sides(world: World) -> None:
    """The role's trust and the user's own permission."""
    other = world.other.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    role = other.create_role(RoleName="visited", AssumeRolePolicyDocument=document(trust))
    arn = role["Role"]["Arn"]
    able, unable = world.user(allow("sts:AssumeRole", on=arn)), world.user()
    session = assume(able, arn)
    account = world.other.arn.split(":")[4]
    assert account == session.client("sts").get_caller_identity()["Account"]
    assert not_trusted(unable, arn) == asking(unable, arn)


def test_session_tags_are_the_principals(world: World) -> None:
    """Tags of a session decide like a user's, override the role's, and may be inherited."""
    table = world.table()
    person = world.user()
    own = {"StringEquals": {"aws:PrincipalTag/project": "x"}}
    first = world.role(
        {"AWS": person.arn},
        allow("dynamodb:GetItem", Condition=own),
        allow("sts:AssumeRole", "sts:TagSession"),
        trust={"Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]},
        Tags=[{"Key": "project", "Value": "y"}],
    )
    plain = assume(person, first)
    assert "AccessDeniedException" == refusal(plain.client().get_item, TableName=table, Key=KEY)[0]
    tags = [{"Key": "project", "Value": "x"}]
    tagged = assume(person, first, Tags=tags, TransitiveTagKeys=["project"])
    tagged.client().get_item(TableName=table, Key=KEY)
    second = world.role({"AWS": first}, allow("dynamodb:GetItem", Condition=own))
    chained = assume(tagged, second)
    chained.client().get_item(TableName=table, Key=KEY)
    code, message = asking(tagged, second, DurationSeconds=7200)
    assert ("ValidationError", True) == (code, message.endswith("by role chaining"))


def test_tags_and_source_identity_need_permission(world: World) -> None:
    """A trust policy with sts:AssumeRole alone lets neither."""
    person = world.user()
    role = world.role({"AWS": person.arn})
    tags = [{"Key": "a", "Value": "b"}]
    assert not_trusted(person, role, "sts:TagSession") == asking(person, role, Tags=tags)
    expected = not_trusted(person, role, "sts:SetSourceIdentity")
    assert expected == asking(person, role, SourceIdentity="alice")


def test_session_ends_with_its_role(world: World) -> None:
    """Whoever holds credentials of a role that is gone holds nothing, also when it is made again."""
    person, table = world.user(), world.table()
    role = world.role({"AWS": person.arn}, allow("dynamodb:*"))
    session = assume(person, role)
    session.client().get_item(TableName=table, Key=KEY)
    name = role.rpartition("/")[2]
    world.iam.delete_role_policy(RoleName=name, PolicyName="own")
    denied = refusal(session.client().get_item, TableName=table, Key=KEY)
    assert "AccessDeniedException" == denied[0]
    world.iam.delete_role(RoleName=name)
    invalid = "The security token included in the request is invalid."
    gone = ("UnrecognizedClientException", invalid)
    assert gone == refusal(session.client().get_item, TableName=table, Key=KEY)
    trust = {"Effect": "Allow", "Principal": {"AWS": person.arn}, "Action": "sts:AssumeRole"}
    world.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    assert gone == refusal(session.client().get_item, TableName=table, Key=KEY)


@pytest.mark.parametrize("change", ["none", "other", "damaged"])
def test_session_is_nothing_without_its_token(world: World, change: str) -> None:
    """Key and secret of a session alone are refused, and with another session's token."""
    person = world.user()
    sts = person.client("sts")
    first, second = (sts.get_session_token()["Credentials"] for _ in range(2))
    assert person.arn == person.session(first).client("sts").get_caller_identity()["Arn"]
    token = {"none": None, "other": second["SessionToken"], "damaged": "AAAA"}[change]
    wrong = person.session({**first, "SessionToken": token})
    denied = refusal(wrong.client().list_tables)
    invalid = "The security token included in the request is invalid."
    assert ("UnrecognizedClientException", invalid) == denied
    denied = refusal(wrong.client("sts").get_caller_identity)
    assert ("InvalidClientTokenId", invalid) == denied


def test_session_makes_no_session(world: World) -> None:
    """GetSessionToken and GetFederationToken are for lasting credentials."""
    person = world.user(allow("sts:*"))
    session = person.session(person.client("sts").get_session_token()["Credentials"])
    assert "AccessDenied" == refusal(session.client("sts").get_session_token)[0]
    assert "AccessDenied" == refusal(session.client("sts").get_federation_token, Name="guest")[0]


def test_key_that_is_put_out_of_use_is_refused_at_once(world: World) -> None:
    """Also on a connection that has used it before."""
    person = world.user(allow("dynamodb:ListTables"))
    client = person.client()
    client.list_tables()
    key = {"UserName": person.name, "AccessKeyId": person.credentials[0]}
    world.iam.update_access_key(**key, Status="Inactive")
    assert "UnrecognizedClientException" == refusal(client.list_tables)[0]
    world.iam.update_access_key(**key, Status="Active")
    client.list_tables()
    world.iam.delete_access_key(**key)
    assert "UnrecognizedClientException" == refusal(client.list_tables)[0]
