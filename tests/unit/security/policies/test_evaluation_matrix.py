"""Every way in which four kinds of policies can stand together, against AWS's flow chart written out.

Source: IAM user guide, reference_policies_evaluation-logic_policy-eval-denyallow and ..._cross-account.
"""

from itertools import product

import pytest

from globaltables.security.policies.documents import Policy, PolicyKind
from globaltables.security.policies.evaluation import AppliedPolicies, evaluate
from globaltables.security.principals import Principal
from tests.support.policies import OTHER, policy, request_of, session, user

#: absent, about something else, allowing, denying.
_STATES = ("", "other", "allow", "deny")


def _policy(state: str, kind: PolicyKind, name: str = "") -> Policy:
    statement = {
        "Effect": "Deny" if state == "deny" else "Allow",
        "Action": "s3:GetObject" if state == "other" else "dynamodb:GetItem",
    }
    if kind is PolicyKind.RESOURCE:
        statement |= {"Principal": {"AWS": name}}  # type: ignore[dict-item]
    return policy(statement, kind=kind)


def _applied(
    identity: str, resource: str, boundary: str, limit: str, *, named: str
) -> AppliedPolicies:
    return AppliedPolicies(
        identity=(_policy(identity, PolicyKind.IDENTITY),) if identity else (),
        resource=_policy(resource, PolicyKind.RESOURCE, named) if resource else None,
        boundary=(_policy(boundary, PolicyKind.BOUNDARY),) if boundary else None,
        session=(_policy(limit, PolicyKind.SESSION),) if limit else None,
    )


def _expected(states: tuple[str, ...], *, foreign: bool, how: str) -> bool:
    """Decide as the flow chart does.

    Args:
        states: of the policies of identity, resource, boundary and session.
        foreign: whether the resource is another account's.
        how: the resource's policy names the principal itself, its role, or its account.
    """
    identity, resource, boundary, limit = states
    if "deny" in states:
        return False
    inside = boundary in ("", "allow") and limit in ("", "allow")
    if foreign:
        return identity == resource == "allow" and inside
    if resource == "allow" and how == "itself":
        return True
    if resource == "allow" and how == "role":
        return inside
    return identity == "allow" and inside


@pytest.mark.parametrize("how", ["itself", "role", "account"])
@pytest.mark.parametrize("foreign", [False, True])
def test_evaluate_of_every_combination_decides_as_the_flow_chart(foreign: object, how: str) -> None:
    """256 combinations, for a user and a session, within an account and across two."""
    for states in product(_STATES, repeat=4):
        for principal in _principals(how, foreign=bool(foreign)):
            named = {
                "itself": principal.arn,
                "role": principal.role_arn,
                "account": f"arn:aws:iam::{principal.account}:root",
            }[how]
            decision = evaluate(request_of(principal), _applied(*states, named=named))
            expected = _expected(states, foreign=bool(foreign), how=how)
            assert expected is decision.allowed, (principal.kind, states)
            assert ("deny" in states) is decision.explicit


def _principals(how: str, *, foreign: bool) -> list[Principal]:
    account = {"account": OTHER} if foreign else {}
    people = [session("app", "run-1", **account)]
    return people if how == "role" else [*people, user("alice", **account)]
