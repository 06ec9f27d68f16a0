"""From documents to policies and back, and the refusals of documents that are wrong."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.foundation.errors import ApiError
from globaltables.security.policies.documents import Condition, PolicyKind
from globaltables.security.policies.evaluation import AppliedPolicies, evaluate
from globaltables.security.policies.parsing import parse
from globaltables.security.policies.rendering import render
from tests.support.policies import Keys, request_of, user

ALLOW = {
    "Effect": "Allow",
    "Principal": {"AWS": "111122223333"},
    "Action": "dynamodb:GetItem",
    "Resource": "*",
}
ROOT = "arn:aws:iam::111122223333:root"


def text_of(statement: Any, **elements: Any) -> str:
    """Return a document with one statement, or what stands for it."""
    return json.dumps({"Version": "2012-10-17", "Statement": statement, **elements})


def without(element: str) -> dict[str, Any]:
    """Return the statement without an element."""
    return {name: value for name, value in ALLOW.items() if name != element}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{not json", "This policy contains invalid Json"),
        ("", "This policy contains invalid Json"),
        ("[]", "This policy contains invalid Json"),
        (text_of([]), "Could not parse the policy: Statement is empty!"),
        ("{}", "Missing required field Statement"),
        (text_of(ALLOW, Version="2013-01-01"), "The policy must contain a valid version string"),
        (text_of(without("Effect")), "Missing required field Effect"),
        (text_of(without("Principal")), "Missing required field Principal"),
        (text_of(without("Action")), "Missing required field Action"),
        (text_of(without("Resource")), "Missing required field Resource"),
        (text_of(ALLOW | {"Effect": "Maybe"}), "Invalid effect: Maybe"),
        (text_of(ALLOW | {"Action": []}), "Missing required field Action cannot be empty!"),
        (text_of(ALLOW | {"Principal": {}}), "Missing required field Principal cannot be empty!"),
        (
            text_of(ALLOW | {"Action": "GetItem"}),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (text_of(ALLOW | {"Resource": "mine"}), 'Resource mine must be in ARN format or "*".'),
        (
            text_of(without("Principal") | {"NotPrincipal": {"AWS": ROOT}}),
            "Allow with NotPrincipal is not allowed.",
        ),
        (
            text_of([ALLOW | {"Sid": "a"}, ALLOW | {"Sid": "a"}]),
            "The Statement Ids in the policy are not unique",
        ),
        (
            text_of(ALLOW | {"Condition": {"StringSame": {"aws:username": "a"}}}),
            "Invalid Condition type : StringSame.",
        ),
    ],
)
def test_parse_of_a_wrong_document_says_what_is_wrong(text: str, message: str) -> None:
    """The texts are IAM's."""
    with pytest.raises(ApiError) as caught:
        parse(text, PolicyKind.RESOURCE)
    assert (caught.value.code, caught.value.message) == ("MalformedPolicyDocument", message)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"1"}]}', "(1,68)"),
        ('{"Version":"2012-10-17",\n "Statement": 5}', "(2,15)"),
        ('{"Statement": [{"Effect": "Deny",\n"Effects": 1}]}', "(2,12)"),
        ('{ "Id" : 7, "Statement" : {} }', "(1,10)"),
        ('{"Statement":[{"Effect":"Allow","Principal":"*","Action":["a:b",{}]}]}', "(1,65)"),
    ],
)
def test_parse_of_a_wrong_form_says_where(text: str, position: str) -> None:
    """A value of the wrong form is named by its line and column."""
    with pytest.raises(ApiError) as caught:
        parse(text, PolicyKind.RESOURCE)
    assert caught.value.message == f"Syntax error at position {position}"


@pytest.mark.parametrize(
    ("kind", "statement", "message"),
    [
        (PolicyKind.IDENTITY, ALLOW, "Policy document should not specify a principal."),
        (PolicyKind.TRUST, ALLOW, "Has prohibited field Resource"),
        (
            PolicyKind.IDENTITY,
            without("Principal") | {"Sid": "not so"},
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
            "regular expression [0-9A-Za-z]*",
        ),
    ],
)
def test_parse_for_another_kind_of_policy_has_other_rules(
    kind: PolicyKind, statement: dict[str, Any], message: str
) -> None:
    """What is attached to a principal names none, and a role's trust policy names no resource."""
    with pytest.raises(ApiError) as caught:
        parse(text_of(statement), kind)
    assert caught.value.message == message


def test_parse_returns_every_element_of_a_statement() -> None:
    """Negations, lists, numbers and truth values are understood."""
    statement = {
        "Sid": "one",
        "Effect": "deny",
        "NotPrincipal": {"AWS": ["111122223333", ROOT], "Service": "fis.amazonaws.com"},
        "NotAction": ["dynamodb:Get*", "dynamodb:Query"],
        "NotResource": ["arn:aws:dynamodb:*:*:table/a"],
        "Condition": {"Bool": {"aws:SecureTransport": False}, "NumericLessThan": {"aws:x": [5]}},
    }
    policy = parse(text_of(statement, Id="mine"), PolicyKind.RESOURCE)
    (parsed,) = policy.statements
    assert (policy.id, policy.version) == ("mine", "2012-10-17")
    assert (parsed.sid, parsed.effect, parsed.variables) == ("one", "Deny", True)
    assert parsed.principals is not None
    assert parsed.principals.named == (("AWS", (ROOT,)), ("Service", ("fis.amazonaws.com",)))
    assert (parsed.actions_negated, parsed.resources_negated, parsed.principals.negated) == (
        True,
        True,
        True,
    )
    assert parsed.conditions == (
        Condition("Bool", "aws:SecureTransport", ("false",)),
        Condition("NumericLessThan", "aws:x", ("5",)),
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Principal": {"AWS": ["111122223333", ROOT]}}, {"Principal": {"AWS": ROOT}}),
        ({"Action": ["dynamodb:GetItem"]}, {"Action": "dynamodb:GetItem"}),
        (
            {"Action": ["dynamodb:Query", "dynamodb:Query"]},
            {"Action": ["dynamodb:Query", "dynamodb:Query"]},
        ),
        ({"Effect": "allow"}, {"Effect": "Allow"}),
        (
            {"Condition": {"StringEquals": {"aws:a": ["x"], "aws:b": ["y", "z"]}}},
            {"Condition": {"StringEquals": {"aws:a": "x", "aws:b": ["y", "z"]}}},
        ),
    ],
)
def test_render_rewrites_as_aws_does(given: dict[str, Any], expected: dict[str, Any]) -> None:
    """Lists of one become their element, account ids their root's ARN; nothing is sorted or left out."""
    policy = parse(text_of(ALLOW | given), PolicyKind.RESOURCE)
    statement = ALLOW | {"Principal": {"AWS": ROOT}} | expected
    ordered = {name: statement[name] for name in ("Effect", "Principal", "Action", "Resource")}
    ordered |= {"Condition": statement["Condition"]} if "Condition" in statement else {}
    document = {"Version": "2012-10-17", "Statement": [ordered]}
    assert render(policy) == json.dumps(document, separators=(",", ":"))


def test_render_of_a_document_without_version_can_say_the_default() -> None:
    """AWS returns the old version and yet knows that there was none."""
    policy = parse(json.dumps({"Statement": [ALLOW]}), PolicyKind.RESOURCE)
    assert "Version" not in json.loads(render(policy))
    assert json.loads(render(policy, "2008-10-17"))["Version"] == "2008-10-17"


_NAMES = st.lists(st.sampled_from(["dynamodb:Get*", "dynamodb:Query", "*"]), min_size=1, max_size=3)
_STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny", "deny"]),
        "Principal": st.sampled_from(["*", {"AWS": ["111122223333", "*"]}, {"Service": "a.b"}]),
        "Action": _NAMES,
        "Resource": st.sampled_from(["*", ["arn:aws:dynamodb:*:*:table/${aws:username}", "*"]]),
    },
    optional={"Condition": st.sampled_from([{"Bool": {"aws:SecureTransport": True}}, {}])},
)


@given(st.lists(_STATEMENTS, min_size=1, max_size=4), st.sampled_from([None, 2]))
def test_render_is_a_fixed_point(statements: list[dict[str, Any]], indent: int | None) -> None:
    """What was rendered is read as the same policy and rendered as the same text, however it was laid out."""
    policy = parse(json.dumps({"Statement": statements}, indent=indent), PolicyKind.RESOURCE)
    again = parse(render(policy), PolicyKind.RESOURCE)
    assert (again, render(again)) == (policy, render(policy))


_ELEMENTS = st.sampled_from(
    ["Statement", "Effect", "Principal", "Action", "Resource", "Condition", "Sid", "AWS"]
)
_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(_ELEMENTS, inner),
)


@given(_DOCUMENTS, st.sampled_from(PolicyKind))
def test_parse_of_any_json_answers_or_refuses(document: Any, kind: PolicyKind) -> None:
    """No document makes the parser fail otherwise, and what it took can be decided by."""
    try:
        parsed = parse(json.dumps(document), kind)
    except ApiError:
        return
    assert parsed.statements
    applied = (
        AppliedPolicies(resource=parsed)
        if kind in (PolicyKind.RESOURCE, PolicyKind.RESOURCE_CONTROL, PolicyKind.TRUST)
        else AppliedPolicies(identity=(parsed,), boundary=(parsed,), session=(parsed,))
    )
    keys = Keys({"aws:username": "alice", "a:b": ("1", "2")})
    decision = evaluate(request_of(user("alice"), keys=keys), applied)
    assert decision.allowed is (decision.kind is None)


@given(st.text(max_size=60))
def test_parse_of_any_text_answers_or_refuses(text: str) -> None:
    """Nor does a text that is no JSON."""
    with pytest.raises(ApiError):
        parse(text + "{", PolicyKind.IDENTITY)
