"""Which policy decides: identity, resource, boundary, session, within an account and across two."""

import json
from typing import Any

import pytest

from tests.support.identities import (
    ACCOUNT,
    Person,
    World,
    allow,
    deny,
    document,
    not_allowed,
    refusal,
    table_arn,
)

GET = "dynamodb:GetItem"
KEY = {"pk": {"S": "a"}, "sk": {"S": "1"}}


def attach(owner: Person, table: str, *statements: dict[str, Any]) -> None:
    """Give a table a policy."""
    owner.client().put_resource_policy(
        ResourceArn=table_arn(table, owner.arn.split(":")[4]), Policy=document(*statements)
    )


def granting(principal: str, *actions: str, effect: str = "Allow") -> dict[str, Any]:
    """Return a statement of a table's policy."""
    return {
        "Effect": effect,
        "Principal": {"AWS": principal},
        "Action": list(actions),
        "Resource": "*",
    }


def gets(person: Person, table: str) -> tuple[str, str] | None:
    """Return how a GetItem is refused, None when it is not."""
    call = person.client().get_item
    try:
        call(TableName=table, Key=KEY)
    except person.client().exceptions.ClientError as error:
        told = error.response["Error"]
        return told["Code"], told["Message"]
    return None


def because(person: Person, table: str, reason: str) -> tuple[str, str]:
    """Return the refusal of a GetItem for a reason."""
    arn = table if table.startswith("arn:") else table_arn(table)
    text = f"User: {person.arn} is not authorized to perform: {GET} on resource: {arn} {reason}"
    return "AccessDeniedException", text


@pytest.fixture
def table(world: World) -> str:
    """A table."""
    return world.table()


def test_no_policy_at_all_refuses(world: World, table: str) -> None:
    """What nothing allows is refused."""
    person = world.user()
    assert not_allowed(person, GET, table_arn(table)) == gets(person, table)


def test_identity_or_resource_policy_is_enough_within_an_account(world: World, table: str) -> None:
    """Either side's Allow is enough where both have one account."""
    by_identity, by_resource = world.user(allow(GET)), world.user()
    attach(world.root, table, granting(by_resource.arn, GET))
    assert [None, None] == [gets(by_identity, table), gets(by_resource, table)]


def test_naming_the_account_hands_nothing_to_its_users(world: World, table: str) -> None:
    """A table's policy for the root leaves it to the account's own policies."""
    person = world.user()
    attach(world.root, table, granting(world.root.arn, GET))
    assert not_allowed(person, GET, table_arn(table)) == gets(person, table)


def test_deny_wins_wherever_it_stands(world: World, table: str) -> None:
    """An explicit deny beats every allow, and the refusal says in which kind of policy it is."""
    in_identity = world.user(allow("*"), deny(GET, on=table_arn(table)))
    expected = because(in_identity, table, "with an explicit deny in an identity-based policy")
    assert expected == gets(in_identity, table)
    in_resource = world.user(allow("*"))
    attach(world.root, table, granting(in_resource.arn, GET, effect="Deny"))
    expected = because(in_resource, table, "with an explicit deny in a resource-based policy")
    assert expected == gets(in_resource, table)


def test_boundary_limits_what_identity_policies_allow(world: World, table: str) -> None:
    """Both the boundary and the policy have to allow; the boundary alone allows nothing."""
    boundary = world.iam.create_policy(
        PolicyName=f"boundary-{table}", PolicyDocument=document(allow("dynamodb:PutItem"))
    )["Policy"]["Arn"]
    person = world.user(allow("dynamodb:*"), PermissionsBoundary=boundary)
    person.client().put_item(TableName=table, Item=KEY)
    expected = because(person, table, f"because no permissions boundary allows the {GET} action")
    assert expected == gets(person, table)
    bare = world.user(PermissionsBoundary=boundary)
    denied = refusal(bare.client().put_item, TableName=table, Item=KEY)
    assert not_allowed(bare, "dynamodb:PutItem", table_arn(table)) == denied
    world.iam.delete_user_permissions_boundary(UserName=person.name)
    assert gets(person, table) is None


def test_boundary_does_not_limit_what_the_resource_grants_the_user(
    world: World, table: str
) -> None:
    """What a table's policy grants a user by name is final (access_policies_boundaries)."""
    boundary = world.iam.create_policy(
        PolicyName=f"nothing-{table}", PolicyDocument=document(allow("s3:GetObject"))
    )["Policy"]["Arn"]
    person = world.user(PermissionsBoundary=boundary)
    attach(world.root, table, granting(person.arn, GET))
    assert gets(person, table) is None


def test_session_policy_limits_a_role(world: World, table: str) -> None:
    """A session may do what both its role and its own policy allow."""
    person = world.user()
    role = world.role({"AWS": person.arn}, allow("dynamodb:*"))
    only_put = document(allow("dynamodb:PutItem"))
    sts = person.client("sts")
    made = sts.assume_role(RoleArn=role, RoleSessionName="limited", Policy=only_put)
    session = person.session(made["Credentials"], made["AssumedRoleUser"]["Arn"])
    session.client().put_item(TableName=table, Item=KEY)
    expected = because(session, table, f"because no session policy allows the {GET} action")
    assert expected == gets(session, table)
    made = sts.assume_role(RoleArn=role, RoleSessionName="whole")
    assert gets(person.session(made["Credentials"]), table) is None


def test_managed_session_policies_limit_a_role(world: World, table: str) -> None:
    """PolicyArns are session policies too."""
    person = world.user()
    role = world.role({"AWS": person.arn}, allow("dynamodb:*"))
    made = person.client("sts").assume_role(
        RoleArn=role,
        RoleSessionName="reader",
        PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"}],
    )
    session = person.session(made["Credentials"], made["AssumedRoleUser"]["Arn"])
    assert gets(session, table) is None
    code, message = refusal(session.client().put_item, TableName=table, Item=KEY)
    assert "AccessDeniedException" == code
    assert message.endswith("because no session policy allows the dynamodb:PutItem action")


def test_federated_user_has_what_user_and_session_policy_allow(world: World, table: str) -> None:
    """A federated user's session has the intersection, and without a policy nothing."""
    person = world.user(allow("dynamodb:*", "sts:GetFederationToken"))
    sts = person.client("sts")
    made = sts.get_federation_token(Name="guest", Policy=document(allow(GET, "s3:*")))
    guest = person.session(made["Credentials"], made["FederatedUser"]["Arn"])
    assert gets(guest, table) is None
    code, message = refusal(guest.client().put_item, TableName=table, Item=KEY)
    assert ("AccessDeniedException", True) == (code, "no session policy allows" in message)
    bare = person.session(sts.get_federation_token(Name="guest")["Credentials"], guest.arn)
    assert "AccessDeniedException" == (gets(bare, table) or ("", ""))[0]


def test_across_accounts_both_sides_have_to_allow(world: World) -> None:
    """Another account's table: its policy and the caller's own are both needed."""
    name = "shared-table"
    world.other.client().create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
    arn = table_arn(name, world.other.arn.split(":")[4])
    allowed, bare = world.user(allow(GET, on=arn)), world.user()
    nothing = because(allowed, arn, f"because no resource-based policy allows the {GET} action")
    assert nothing == gets(allowed, arn)
    attach(world.other, name, granting(f"arn:aws:iam::{ACCOUNT}:root", GET))
    assert gets(allowed, arn) is None
    own = because(bare, arn, f"because no identity-based policy allows the {GET} action")
    assert own == gets(bare, arn)
    attach(world.other, name, granting(bare.arn, GET))
    assert own == gets(bare, arn)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Effect": "Allow", "NotAction": ["dynamodb:Put*"], "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": ["dynamodb:Get*"], "Resource": "*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::*"}, True),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:dynamodb:*:*:table/*"}, False),
    ],
)
def test_negated_elements(
    world: World, table: str, statement: dict[str, Any], expected: object
) -> None:
    """NotAction and NotResource are about everything else."""
    assert expected is (gets(world.user(statement), table) is None)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "blue"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringEquals": {"dynamodb:Select": "ALL_ATTRIBUTES"}}, True),
        ({"StringEquals": {"dynamodb:ReturnConsumedCapacity": "TOTAL"}}, False),
        ({"ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk"]}}, True),
        ({"ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk"]}}, False),
        ({"Null": {"dynamodb:EnclosingOperation": "true"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}, True),
        ({"StringLike": {"aws:userid": "AIDA*"}}, True),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, True),
        ({"StringLike": {"aws:UserAgent": "*Boto3*"}}, True),
        ({"StringLike": {"aws:UserAgent": "curl*"}}, False),
    ],
)
def test_conditions_of_an_allow(world: World, condition: dict[str, Any], expected: object) -> None:
    """What is known of caller, connection, table and request decides."""
    name = world.table(Tags=[{"Key": "team", "Value": "red"}])
    person = world.user(allow(GET, Condition=condition), Tags=[{"Key": "team", "Value": "red"}])
    assert expected is (gets(person, name) is None), json.dumps(condition)


def test_transactions_tell_what_they_are(world: World, table: str) -> None:
    """dynamodb:EnclosingOperation lets an action happen in transactions only."""
    inside = {"StringEquals": {"dynamodb:EnclosingOperation": "TransactGetItems"}}
    person = world.user(allow(GET, Condition=inside))
    read = {"Get": {"TableName": table, "Key": KEY}}
    assert 1 == len(person.client().transact_get_items(TransactItems=[read])["Responses"])
    assert not_allowed(person, GET, table_arn(table)) == gets(person, table)


def test_return_values_can_be_limited(world: World, table: str) -> None:
    """A writer who may not read what was there (specifying-conditions)."""
    condition = {"StringEquals": {"dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]}}
    person = world.user(allow("dynamodb:PutItem", Condition=condition))
    client = person.client()
    client.put_item(TableName=table, Item=KEY)
    denied = refusal(client.put_item, TableName=table, Item=KEY, ReturnValues="ALL_OLD")
    assert not_allowed(person, "dynamodb:PutItem", table_arn(table)) == denied
