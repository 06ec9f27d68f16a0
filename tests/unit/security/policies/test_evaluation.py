"""Decisions under every kind of policy, with AWS's texts; AWS's own examples among them."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.security.policies.denials import denial
from globaltables.security.policies.documents import ADMINISTRATOR, Policy, PolicyKind
from globaltables.security.policies.evaluation import (
    AppliedPolicies,
    Decision,
    evaluate,
    root_policies,
)
from globaltables.security.principals import (
    Principal,
    account_root,
    aws_service,
    service_linked_role,
)
from tests.support.policies import (
    OTHER,
    OWNER,
    TABLE,
    Keys,
    policy,
    request_of,
    session,
    user,
)

ALICE = user("alice")
STRANGER = user("mallory", OTHER)
ROLE = session("app", "run-1")
NOTHING = policy({"Action": "s3:*"})
DENY = policy({"Effect": "Deny", "Action": "dynamodb:GetItem"})


def granting(name: str, effect: str = "Allow") -> Policy:
    """Return a resource's policy about one AWS principal."""
    return policy({"Effect": effect, "Principal": {"AWS": name}}, kind=PolicyKind.RESOURCE)


def refused(kind: PolicyKind, *, explicit: bool = False) -> Decision:
    """Return the refusal by a kind of policy."""
    return Decision(allowed=False, explicit=explicit, kind=kind)


@pytest.mark.parametrize(
    ("principal", "policies", "kind"),
    [
        # Within the account: one of the two sides is enough.
        (ALICE, AppliedPolicies(identity=(ADMINISTRATOR,)), None),
        (ALICE, AppliedPolicies(), PolicyKind.IDENTITY),
        (ALICE, AppliedPolicies(identity=(NOTHING,)), PolicyKind.IDENTITY),
        (ALICE, AppliedPolicies(resource=granting(ALICE.arn)), None),
        (ALICE, AppliedPolicies(resource=granting("*")), None),
        (ALICE, AppliedPolicies(resource=granting(STRANGER.arn)), PolicyKind.IDENTITY),
        # The account is named, but has not handed the permission on.
        (ALICE, AppliedPolicies(resource=granting(OWNER)), PolicyKind.IDENTITY),
        # Boundary and session limit what the own policies give ...
        (ALICE, AppliedPolicies(identity=(ADMINISTRATOR,), boundary=(NOTHING,)), PolicyKind.BOUNDARY),
        (ALICE, AppliedPolicies(identity=(ADMINISTRATOR,), boundary=()), PolicyKind.BOUNDARY),
        (ALICE, AppliedPolicies(identity=(ADMINISTRATOR,), boundary=(ADMINISTRATOR,)), None),
        (ROLE, AppliedPolicies(identity=(ADMINISTRATOR,), session=(NOTHING,)), PolicyKind.SESSION),
        # ... and what the resource gives to the role, but not what it gives to the user or session itself.
        (ROLE, AppliedPolicies(resource=granting(ROLE.role_arn), session=(NOTHING,)), PolicyKind.SESSION),
        (ROLE, AppliedPolicies(resource=granting(ROLE.arn), session=(NOTHING,)), None),
        (ALICE, AppliedPolicies(resource=granting(ALICE.arn), boundary=(NOTHING,)), None),
        # Across accounts: both sides.
        (STRANGER, AppliedPolicies(identity=(ADMINISTRATOR,)), PolicyKind.RESOURCE),
        (STRANGER, AppliedPolicies(resource=granting(STRANGER.arn)), PolicyKind.IDENTITY),
        (STRANGER, AppliedPolicies(identity=(ADMINISTRATOR,), resource=granting(OTHER)), None),
        (
            STRANGER,
            AppliedPolicies(identity=(ADMINISTRATOR,), resource=granting(OTHER), boundary=(NOTHING,)),
            PolicyKind.BOUNDARY,
        ),
        # Organisations: every level must allow.
        (
            ALICE,
            AppliedPolicies(identity=(ADMINISTRATOR,), service_control=((ADMINISTRATOR,), (NOTHING,))),
            PolicyKind.SERVICE_CONTROL,
        ),
        (
            ALICE,
            AppliedPolicies(identity=(ADMINISTRATOR,), resource_control=((NOTHING,),)),
            PolicyKind.RESOURCE_CONTROL,
        ),
        (
            service_linked_role(OWNER, "replication.dynamodb.amazonaws.com", "Replication"),
            AppliedPolicies(identity=(ADMINISTRATOR,), service_control=((NOTHING,),)),
            None,
        ),
        # Services have no policies of their own.
        (aws_service("fis.amazonaws.com"), AppliedPolicies(), PolicyKind.RESOURCE),
        (
            aws_service("fis.amazonaws.com"),
            AppliedPolicies(
                resource=policy({"Principal": {"Service": "fis.amazonaws.com"}}, kind=PolicyKind.RESOURCE)
            ),
            None,
        ),
        # Roots.
        (account_root(OWNER), root_policies(None), None),
        (account_root(OTHER), root_policies(None), PolicyKind.RESOURCE),
        (account_root(OTHER), root_policies(granting(OTHER)), None),
    ],
)  # fmt: skip
def test_evaluate_without_a_deny_names_the_policy_that_does_not_allow(
    principal: Principal, policies: AppliedPolicies, kind: PolicyKind | None
) -> None:
    """The evaluation logic of one account and of two, as documented."""
    expected = Decision(allowed=True) if kind is None else refused(kind)
    assert evaluate(request_of(principal), policies) == expected


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ({"identity": (ADMINISTRATOR, DENY)}, PolicyKind.IDENTITY),
        ({"boundary": (ADMINISTRATOR, DENY)}, PolicyKind.BOUNDARY),
        ({"session": (ADMINISTRATOR, DENY)}, PolicyKind.SESSION),
        ({"service_control": ((ADMINISTRATOR,), (DENY,))}, PolicyKind.SERVICE_CONTROL),
        ({"resource_control": ((ADMINISTRATOR, DENY),)}, PolicyKind.RESOURCE_CONTROL),
        ({"resource": granting(ALICE.arn, "Deny")}, PolicyKind.RESOURCE),
        ({"resource": granting(OWNER, "Deny")}, PolicyKind.RESOURCE),
        ({"resource": granting("*", "Deny")}, PolicyKind.RESOURCE),
    ],
)
def test_evaluate_with_a_deny_anywhere_refuses(place: Mapping[str, Any], kind: PolicyKind) -> None:
    """An explicit deny wins over every allow."""
    policies = AppliedPolicies(**({"identity": (ADMINISTRATOR,)} | dict(place)))
    assert evaluate(request_of(ALICE), policies) == refused(kind, explicit=True)


@pytest.mark.parametrize(
    ("principal", "spared"),
    [(user("Bob"), True), (ALICE, False), (ROLE, True), (session("app", "run-2"), True)],
)
def test_evaluate_with_not_principal_spares_whom_it_names(
    principal: Principal, *, spared: bool
) -> None:
    """A Deny with NotPrincipal hits the other users of an account that it names too."""
    names = [user("Bob").arn, ROLE.role_arn, f"arn:aws:iam::{OWNER}:root"]
    deny = policy({"Effect": "Deny", "NotPrincipal": {"AWS": names}}, kind=PolicyKind.RESOURCE)
    policies = AppliedPolicies(identity=(ADMINISTRATOR,), resource=deny)
    assert evaluate(request_of(principal), policies).allowed is spared


def test_evaluate_with_not_principal_hits_who_has_a_boundary() -> None:
    """AWS documents that a boundary makes NotPrincipal useless."""
    deny = policy({"Effect": "Deny", "NotPrincipal": {"AWS": ALICE.arn}}, kind=PolicyKind.RESOURCE)
    policies = AppliedPolicies(identity=(ADMINISTRATOR,), resource=deny, boundary=(ADMINISTRATOR,))
    assert evaluate(request_of(ALICE), policies) == refused(PolicyKind.RESOURCE, explicit=True)


LEADING_KEYS = {
    "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"],
    "Resource": "arn:aws:dynamodb:us-west-2:123456789012:table/GameScores",
    "Condition": {
        "ForAllValues:StringEquals": {
            "dynamodb:LeadingKeys": ["${www.amazon.com:user_id}"],
            "dynamodb:Attributes": ["UserId", "GameTitle", "Wins"],
        },
        "StringEqualsIfExists": {
            "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
            "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"],
        },
    },
}
TABLES = "arn:aws:dynamodb:us-west-2:123456789012:table"
SCORES = f"{TABLES}/GameScores"
SOME = "SPECIFIC_ATTRIBUTES"
TRANSACTIONS = ["TransactWriteItems", "TransactGetItems"]
ONLY_TRANSACTIONS = {
    "Action": ["dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:GetItem"],
    "Resource": ["arn:aws:dynamodb:*:*:table/table04"],
    "Condition": {"ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": TRANSACTIONS}},
}
NO_TRANSACTIONS = ONLY_TRANSACTIONS | {"Effect": "Deny"}
TABLE_04 = "arn:aws:dynamodb:us-east-1:111122223333:table/table04"
OWN_TABLES = {
    "Action": "dynamodb:*",
    "Resource": "arn:aws:dynamodb:us-west-2:123456789012:table/${aws:username}_*",
}
FROM_OFFICE = {
    "Effect": "Deny",
    "NotAction": "iam:*",
    "Condition": {
        "NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]},
        "Bool": {"aws:ViaAWSService": "false"},
    },
}
TAGGED = {
    "Action": "dynamodb:*",
    "Condition": {
        "StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"},
        "StringEqualsIgnoreCase": {"aws:PrincipalTag/role": ["audit", "security"]},
    },
}
BETWEEN_DATES = {
    "Action": "dynamodb:GetItem",
    "Condition": {
        "DateGreaterThan": {"aws:CurrentTime": "2020-04-01T00:00:00Z"},
        "DateLessThan": {"aws:CurrentTime": "2020-06-30T23:59:59Z"},
    },
}
FULL_SCANS = {
    "Effect": "Deny",
    "Action": "dynamodb:PartiQLSelect",
    "Condition": {"Bool": {"dynamodb:FullTableScan": ["true"]}},
}


def played(leading: str = "u1", **keys: str | tuple[str, ...]) -> dict[str, str | tuple[str, ...]]:
    """Return the keys of a request by the player u1 for the item of a player."""
    known = {"dynamodb:LeadingKeys": leading, "www.amazon.com:user_id": "u1"}
    return known | {f"dynamodb:{name}": value for name, value in keys.items()}


def tagged(team: str, role: str) -> dict[str, str]:
    """Return the keys of a request to a resource of the red team."""
    tags = {"aws:PrincipalTag/team": team, "aws:PrincipalTag/role": role}
    return {"aws:ResourceTag/team": "red"} | tags


@pytest.mark.parametrize(
    ("statement", "action", "resource", "keys", "allowed"),
    [
        (LEADING_KEYS, "GetItem", SCORES, played(Attributes=("UserId", "Wins"), Select=SOME), True),
        (LEADING_KEYS, "GetItem", SCORES, played("u2", Attributes=("UserId",), Select=SOME), False),
        (LEADING_KEYS, "GetItem", SCORES, played(Attributes=("UserId", "Secret"), Select=SOME), False),
        (LEADING_KEYS, "GetItem", SCORES, played(Select="ALL_ATTRIBUTES"), False),
        (LEADING_KEYS, "UpdateItem", SCORES, played(ReturnValues="ALL_NEW"), False),
        (LEADING_KEYS, "UpdateItem", SCORES, played(ReturnValues="NONE"), True),
        (LEADING_KEYS, "PutItem", SCORES, played(), False),
        (ONLY_TRANSACTIONS, "PutItem", TABLE_04, {"dynamodb:EnclosingOperation": "TransactWriteItems"}, True),
        (ONLY_TRANSACTIONS, "PutItem", TABLE_04, {}, False),
        (NO_TRANSACTIONS, "PutItem", TABLE_04, {"dynamodb:EnclosingOperation": "TransactWriteItems"}, False),
        (NO_TRANSACTIONS, "PutItem", TABLE_04, {}, True),
        (OWN_TABLES, "PutItem", f"{TABLES}/alice_notes", {"aws:username": "alice"}, True),
        (OWN_TABLES, "PutItem", f"{TABLES}/bob_notes", {"aws:username": "alice"}, False),
        (OWN_TABLES, "PutItem", TABLES + "/${aws:username}_x", {}, False),
        (FROM_OFFICE, "GetItem", TABLE, {"aws:SourceIp": "198.51.100.7", "aws:ViaAWSService": "false"}, False),
        (FROM_OFFICE, "GetItem", TABLE, {"aws:SourceIp": "203.0.113.7", "aws:ViaAWSService": "false"}, True),
        (FROM_OFFICE, "GetItem", TABLE, {"aws:SourceIp": "198.51.100.7", "aws:ViaAWSService": "true"}, True),
        (TAGGED, "GetItem", TABLE, tagged("red", "Audit"), True),
        (TAGGED, "GetItem", TABLE, tagged("blue", "audit"), False),
        (TAGGED, "GetItem", TABLE, {"aws:ResourceTag/team": "red", "aws:PrincipalTag/role": "audit"}, False),
        (BETWEEN_DATES, "GetItem", TABLE, {"aws:CurrentTime": "2020-05-01T12:00:00Z"}, True),
        (BETWEEN_DATES, "GetItem", TABLE, {"aws:CurrentTime": "2020-07-01T00:00:00Z"}, False),
        (FULL_SCANS, "PartiQLSelect", TABLE, {"dynamodb:FullTableScan": "true"}, False),
        (FULL_SCANS, "PartiQLSelect", TABLE, {"dynamodb:FullTableScan": "false"}, True),
        (FULL_SCANS, "PartiQLSelect", TABLE, {}, True),
        ({"NotAction": "dynamodb:Delete*"}, "GetItem", TABLE, {}, True),
        ({"NotAction": "dynamodb:Delete*"}, "DeleteItem", TABLE, {}, False),
        ({"NotResource": TABLE}, "GetItem", TABLE, {}, False),
        ({"NotResource": TABLE}, "GetItem", TABLE_04, {}, True),
        ({"Condition": {"Null": {"aws:TokenIssueTime": "true"}}}, "GetItem", TABLE, {}, True),
    ],
)  # fmt: skip
def test_evaluate_of_documented_examples_decides_as_documented(
    statement: dict[str, Any], action: str, resource: str, keys: dict[str, Any], *, allowed: bool
) -> None:
    """The examples of AWS's guides; those that only deny stand beside a policy that allows everything."""
    others = (ADMINISTRATOR,) if statement.get("Effect") == "Deny" else ()
    alice = user("alice", resource.split(":")[4])
    request = request_of(alice, f"dynamodb:{action}", resource, keys)
    identity = (policy(statement), *others)
    assert evaluate(request, AppliedPolicies(identity=identity)).allowed is allowed


def test_evaluate_asks_only_for_the_keys_of_statements_that_fit() -> None:
    """A key is asked for when action and resource of its statement fit, and not before."""
    keys = Keys({"aws:username": "alice"})
    document = policy(
        {"Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Action": "dynamodb:GetItem", "Condition": {"StringEquals": {"aws:username": "alice"}}},
    )
    evaluate(request_of(ALICE, keys=keys), AppliedPolicies(identity=(document,)))
    assert keys.asked == ["aws:username"]


@pytest.mark.parametrize(
    ("policies", "reason"),
    [
        (AppliedPolicies(), "because no identity-based policy allows the dynamodb:GetItem action"),
        (
            AppliedPolicies(identity=(DENY,)),
            "with an explicit deny in an identity-based policy",
        ),
        (
            AppliedPolicies(resource=granting("*", "Deny")),
            "with an explicit deny in a resource-based policy",
        ),
        (
            AppliedPolicies(identity=(ADMINISTRATOR,), boundary=()),
            "because no permissions boundary allows the dynamodb:GetItem action",
        ),
        (
            AppliedPolicies(identity=(ADMINISTRATOR,), session=()),
            "because no session policy allows the dynamodb:GetItem action",
        ),
        (
            AppliedPolicies(service_control=((DENY,),)),
            "with an explicit deny in a service control policy",
        ),
    ],
)
def test_denial_names_user_action_resource_and_policy(
    policies: AppliedPolicies, reason: str
) -> None:
    """The text is AWS's."""
    request = request_of(ALICE)
    text = denial(request, evaluate(request, policies))
    start = f"User: {ALICE.arn} is not authorized to perform: dynamodb:GetItem on resource: {TABLE}"
    assert text == f"{start} {reason}"


_POLICIES = st.lists(
    st.builds(
        lambda effect, action: policy({"Effect": effect, "Action": action}),
        st.sampled_from(["Allow", "Deny"]),
        st.sampled_from(["*", "dynamodb:GetItem", "dynamodb:Put*", "s3:*"]),
    ),
    max_size=3,
).map(tuple)


@given(_POLICIES, st.none() | _POLICIES, st.none() | _POLICIES)
def test_evaluate_never_gives_more_by_another_limit(
    identity: tuple[Policy, ...],
    boundary: tuple[Policy, ...] | None,
    session_policies: tuple[Policy, ...] | None,
) -> None:
    """A boundary, a session policy or a Deny takes away and never adds."""
    request = request_of(ALICE)
    free = evaluate(request, AppliedPolicies(identity=identity)).allowed
    limited = AppliedPolicies(identity=identity, boundary=boundary, session=session_policies)
    denied = AppliedPolicies(
        identity=(*identity, DENY), boundary=boundary, session=session_policies
    )
    assert free or not evaluate(request, limited).allowed
    assert not evaluate(request, denied).allowed
