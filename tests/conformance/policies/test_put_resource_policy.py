"""PutResourcePolicy: what is accepted, what is refused and how, revisions, the way back."""

import json
from typing import Any

import pytest

from tests.conformance.policies.conftest import Account, refusal, statement

WRONG = "One or more parameter values were invalid: "
INVALID = f"{WRONG}Invalid policy document: "
NOT_HERE = WRONG + "Invalid resource Arn: {arn}"
ONLY = (
    f"{WRONG}Invalid resource arn provided, only table or stream is accepted. "
    "Provided resource arn: "
)
NOT_FOUND = "Requested resource not found: Table: {name}x not found"
OWN_ACCOUNT = "This action is only supported by accounts that match the resource owner’s account."  # noqa: RUF001 - AWS's
UNBOUNDED = (
    "Resource-based policy grants unbounded access in one or more elements. Please revise the "
    "policy to ensure least-privilege form of access"
)


def put(owner: Account, resource: str, document: Any, **members: Any) -> tuple[str, str]:
    """Return the refusal of a document."""
    text = document if isinstance(document, str) else json.dumps(document)
    call = owner.dynamodb.put_resource_policy
    return refusal(call, ResourceArn=resource, Policy=text, **members)


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """Return a document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def test_put_resource_policy_answers_a_growing_revision(
    owner: Account, other: Account, table: str
) -> None:
    """A revision is the time of the change; the same policy written otherwise keeps it."""
    first = owner.put_policy(table, other.allow(table, "GetItem"))
    same = owner.dynamodb.put_resource_policy(
        ResourceArn=table,
        Policy=json.dumps(
            policy(
                {
                    "Resource": [table],
                    "Action": "dynamodb:GetItem",
                    "Principal": {"AWS": [other.id, other.root]},
                    "Effect": "allow",
                }
            ),
            indent=2,
        ),
    )["RevisionId"]
    second = owner.put_policy(table, other.allow(table, "PutItem"))
    assert same == first
    assert (len(first), first.isdigit()) == (13, True)
    assert int(second) > int(first)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{not json", "This policy contains invalid Json"),
        ("", "This policy contains invalid Json"),
        ({"Statement": []}, "Could not parse the policy: Statement is empty!"),
        ({"Resource": None}, "Missing required field Resource"),
        ({"Action": ["dynamodb:ListStreams"]}, 'The following action names are invalid: "dynamodb:ListStreams"'),
        (
            {"Action": ["dynamodb:GetItem", "dynamodb:GetRecords", "s3:GetObject"]},
            'The following action names are invalid: "dynamodb:GetRecords", "s3:GetObject"',
        ),
    ],
)  # fmt: skip
def test_put_resource_policy_of_a_wrong_document_says_what_is_wrong(
    owner: Account, other: Account, table: str, change: Any, message: str
) -> None:
    """The parser's texts come behind DynamoDB's own beginning."""
    document = change
    if isinstance(change, dict):
        changed = other.allow(table, "GetItem") | change
        kept = {name: value for name, value in changed.items() if value is not None}
        document = {"Statement": []} if "Statement" in change else policy(kept)
    assert put(owner, table, document) == ("ValidationException", INVALID + message)


def test_put_resource_policy_with_a_duplicate_sid_is_refused(owner: Account, table: str) -> None:
    """Statement ids are unique in a document."""
    one = owner.allow(table, "GetItem", Sid="a")
    message = f"{INVALID}The Statement Ids in the policy are not unique"
    assert put(owner, table, policy(one, one)) == ("ValidationException", message)


def test_put_resource_policy_with_a_bare_account_id_is_a_syntax_error(
    owner: Account, other: Account, table: str
) -> None:
    """An account is named under "AWS"; the error says where."""
    wrong = other.allow(table, "GetItem") | {"Principal": other.id}
    code, message = put(owner, table, json.dumps(policy(wrong), separators=(",", ":")))
    assert (code, message) == ("ValidationException", f"{INVALID}Syntax error at position (1,68)")


def test_put_resource_policy_names_streams_only_for_streams(
    owner: Account, other: Account, table: str, stream: str
) -> None:
    """A table's policy is about the table and its indexes, a stream's about the stream."""
    name = table.rpartition("/")[2]
    wrong = put(owner, table, policy(other.allow(stream, "GetItem")))
    wrong_too = put(owner, stream, policy(other.allow(table, "GetRecords")))
    start = f'{INVALID}The relative-id "table/{name}'
    assert wrong[0] == wrong_too[0] == "ValidationException"
    assert wrong[1] == f'{start}/stream/{stream.rpartition("/")[2]}" is invalid for ARN "{stream}"'
    assert wrong_too[1] == f'{start}" is invalid for ARN "{table}"'


def test_put_resource_policy_takes_resources_of_other_tables(owner: Account, table: str) -> None:
    """AWS does not compare Resource with the table that the policy is attached to."""
    resources = ["*", f"{table}/index/*", f"{table}x", "arn:aws:dynamodb:*:*:table/*"]
    assert owner.put_policy(table, owner.allow(table, "GetItem") | {"Resource": resources})


def test_put_resource_policy_of_more_than_20_kib_is_refused(owner: Account, table: str) -> None:
    """Blanks count; they are not stored."""
    text = json.dumps(policy(owner.allow(table, "GetItem")))
    message = (
        "One or more parameter values were invalid: Maximum policy size of 20480 bytes exceeded"
    )
    assert put(owner, table, text.ljust(20_481)) == ("ValidationException", message)
    put_it = owner.dynamodb.put_resource_policy
    assert put_it(ResourceArn=table, Policy=text.ljust(20_480))["RevisionId"]


@pytest.mark.parametrize(
    ("principal", "condition", "accepted"),
    [
        ("*", None, False),
        ({"AWS": "*"}, None, False),
        ({"AWS": ["*", "444455556666"]}, None, False),
        ("*", {"StringEquals": {"aws:PrincipalAccount": "444455556666"}}, True),
        ("*", {"StringEquals": {"aws:username": "alice"}}, False),
        ("*", {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}, False),
        ("*", {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}, False),
        ("*", {"StringEqualsIfExists": {"aws:SourceArn": "arn:aws:s3:::b"}}, False),
    ],
)
def test_put_resource_policy_for_everybody_is_refused_unless_restricted(
    owner: Account, table: str, principal: Any, condition: Any, *, accepted: bool
) -> None:
    """Public access is blocked: everybody may be allowed only under a key that tells who is meant."""
    extra = {} if condition is None else {"Condition": condition}
    document = policy(owner.allow(table, "GetItem") | {"Principal": principal} | extra)
    if accepted:
        text = json.dumps(document)
        assert owner.dynamodb.put_resource_policy(ResourceArn=table, Policy=text)["RevisionId"]
    else:
        assert put(owner, table, document) == ("ValidationException", UNBOUNDED)


def test_put_resource_policy_that_denies_everybody_is_no_public_access(
    owner: Account, table: str
) -> None:
    """Only an Allow can be public."""
    assert owner.put_policy(table, statement("*", table, "DeleteTable", Effect="Deny"))


def test_put_resource_policy_with_a_principal_that_cannot_be_is_refused(
    owner: Account, table: str
) -> None:
    """A principal is an account, or the ARN of a user, a role or a session."""
    message = "One or more parameter values were invalid: Invalid principal in policy document."
    for name in ("alice", "12345", "arn:aws:s3:::bucket"):
        document = policy(statement(name, table, "GetItem"))
        assert put(owner, table, document) == ("ValidationException", message)


def test_put_resource_policy_takes_principals_that_nobody_has_made(
    owner: Account, table: str
) -> None:
    """There are no users here to look up, so that only the form of a principal is checked."""
    nobody = "arn:aws:iam::999999999999:role/nobody"
    assert owner.put_policy(table, statement(nobody, table, "GetItem"))


def test_put_resource_policy_with_an_expected_revision_is_conditional(
    owner: Account, other: Account, table: str
) -> None:
    """NO_POLICY expects none, anything else the present one."""
    name = table.rpartition("/")[2]
    document = policy(other.allow(table, "GetItem"))
    not_found = "Resource-based policy not found for the provided ResourceArn: "
    none_yet = put(owner, table, document, ExpectedRevisionId="1")
    first = owner.put_policy(table, other.allow(table, "Query"), ExpectedRevisionId="NO_POLICY")
    there_now = put(owner, table, document, ExpectedRevisionId="NO_POLICY")
    second = owner.put_policy(table, other.allow(table, "Scan"), ExpectedRevisionId=first)
    stale = put(owner, table, document, ExpectedRevisionId=first)
    code = "PolicyNotFoundException"
    assert none_yet == (
        code,
        f"{not_found}Requested update for policy with revision id 1, "
        f"but table {name} has no associated policy.",
    )
    assert there_now == (
        code,
        f"{not_found}Requested policy update expecting none to be present for table {name}, "
        f"but a policy exists with revision id {first}.",
    )
    assert stale == (
        code,
        f"{not_found}Requested update for policy with revision id {first}, but the policy "
        f"associated to target table {name} has revision id {second}.",
    )


def test_put_resource_policy_that_locks_its_author_out_wants_a_confirmation(
    owner: Account, table: str
) -> None:
    """What cannot be undone by its author has to be meant; the table can still be deleted."""
    deny = statement("*", table, "PutResourcePolicy", "DeleteResourcePolicy", Effect="Deny")
    message = (
        "The new resource policy will not allow you to update the resource policy in the future."
    )
    refused = put(owner, table, policy(deny))
    owner.put_policy(table, deny, ConfirmRemoveSelfResourceAccess=True)
    locked = refusal(owner.dynamodb.delete_resource_policy, ResourceArn=table)
    owner.dynamodb.delete_table(TableName=table)
    assert refused == ("AccessDeniedException", message)
    assert locked == (
        "AccessDeniedException",
        f"User: {owner.root} is not authorized to perform: dynamodb:DeleteResourcePolicy "
        f"on resource: {table} with an explicit deny in a resource-based policy",
    )


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        ("Thread", "ValidationException", f"{WRONG}ARNs must start with 'arn:': Thread"),
        ("{table}x", "ResourceNotFoundException", NOT_FOUND),
        ("arn:aws:dynamodb:us-east-1:444455556666:table/abc", "ValidationException", OWN_ACCOUNT),
        ("arn:aws:dynamodb:eu-west-1:111122223333:table/abc", "ValidationException", NOT_HERE),
        ("arn:aws-cn:dynamodb:us-east-1:111122223333:table/abc", "ValidationException", NOT_HERE),
        ("{table}/index/teams", "ValidationException", ONLY + "{arn}"),
        ("{table}/backup/0170", "ValidationException", WRONG + "Provided Arn is not a DynamoDB resource arn: {arn}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("operation", ["put", "get", "delete"])
def test_resource_policy_of_a_wrong_arn_is_refused(
    owner: Account, table: str, operation: str, arn: str, code: str, message: str
) -> None:
    """The three operations take the ARN of a table or a stream of the caller's account and region."""
    name = table.rpartition("/")[2]
    wrong = arn.format(table=table)
    members = {"ResourceArn": wrong}
    if operation == "put":
        members["Policy"] = json.dumps(policy(owner.allow("*", "GetItem")))
    call = getattr(owner.dynamodb, f"{operation}_resource_policy")
    expected = message.format(name=name, arn=wrong)
    assert refusal(call, **members) == (code, expected)


def test_create_table_with_a_policy_has_it_from_the_start(
    owner: Account, other: Account, table_name: str
) -> None:
    """ResourcePolicy of CreateTable is checked as that of PutResourcePolicy."""
    members: dict[str, Any] = {
        "TableName": table_name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    }
    public = json.dumps(policy(statement("*", "*", "GetItem")))
    refused = refusal(owner.dynamodb.create_table, ResourcePolicy=public, **members)
    allowing = json.dumps(policy(other.allow("*", "GetItem")))
    made = owner.dynamodb.create_table(ResourcePolicy=allowing, **members)["TableDescription"]
    arn = made["TableArn"]
    assert refused == ("ValidationException", UNBOUNDED)
    assert "ResourcePolicy" not in made
    assert other.dynamodb.get_item(TableName=arn, Key={"pk": {"S": "a"}}).get("Item") is None
    assert owner.dynamodb.get_resource_policy(ResourceArn=arn)["RevisionId"].isdigit()
