"""GetResourcePolicy: the policy in canonical form."""

import json
from collections.abc import Callable

from tests.conformance.policies.conftest import Account, refusal
from tests.support.server import Server
from tests.support.target import Target

NOT_FOUND = "Resource-based policy not found for the provided ResourceArn: "


def test_get_resource_policy_answers_the_canonical_document(
    owner: Account, other: Account, table: str
) -> None:
    """Minified, elements in AWS's order, lists of one as their element, account ids as root ARNs."""
    document = {
        "Statement": {
            "Resource": [table],
            "Condition": {"Bool": {"aws:SecureTransport": ["false"]}},
            "Action": ["dynamodb:GetItem"],
            "Principal": {"AWS": [other.id]},
            "Effect": "Allow",
            "Sid": "one",
        },
        "Version": "2012-10-17",
    }
    revision = owner.dynamodb.put_resource_policy(
        ResourceArn=table, Policy=json.dumps(document, indent=1)
    )["RevisionId"]
    answer = owner.dynamodb.get_resource_policy(ResourceArn=table)
    assert answer["RevisionId"] == revision
    assert answer["Policy"] == (
        '{"Version":"2012-10-17","Statement":[{"Sid":"one","Effect":"Allow","Principal":{"AWS":"'
        f'{other.root}"}},"Action":"dynamodb:GetItem","Resource":"{table}",'
        '"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}'
    )


def test_get_resource_policy_without_version_says_the_old_one(owner: Account, table: str) -> None:
    """A document without a version is shown with that of 2008, and yet is another one than that."""
    text = json.dumps({"Statement": [owner.allow(table, "GetItem")]})
    first = owner.dynamodb.put_resource_policy(ResourceArn=table, Policy=text)["RevisionId"]
    shown = owner.dynamodb.get_resource_policy(ResourceArn=table)["Policy"]
    again = owner.dynamodb.put_resource_policy(ResourceArn=table, Policy=text)["RevisionId"]
    put_back = owner.dynamodb.put_resource_policy(ResourceArn=table, Policy=shown)["RevisionId"]
    assert json.loads(shown)["Version"] == "2008-10-17"
    assert again == first
    assert put_back != first


def test_get_resource_policy_of_table_and_stream_are_independent(
    owner: Account, other: Account, table: str, stream: str
) -> None:
    """The stream has a policy and revisions of its own."""
    revision = owner.put_policy(stream, other.allow(stream, "GetRecords"))
    missing = refusal(owner.dynamodb.get_resource_policy, ResourceArn=table)
    assert owner.dynamodb.get_resource_policy(ResourceArn=stream)["RevisionId"] == revision
    assert missing == ("PolicyNotFoundException", NOT_FOUND + table)


def test_get_resource_policy_of_a_stream_that_is_not_there_says_so(
    owner: Account, table: str, stream: str
) -> None:
    """A wrong label is told from a table that is gone, whose stream has just no policy."""
    name, label = table.rpartition("/")[2], "2000-01-01T00:00:00.000"
    get = owner.dynamodb.get_resource_policy
    wrong = refusal(get, ResourceArn=f"{table}/stream/{label}")
    owner.dynamodb.delete_table(TableName=table)
    gone = refusal(get, ResourceArn=stream)
    assert wrong == (
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {label} not found for Table: {name}",
    )
    assert gone == ("PolicyNotFoundException", NOT_FOUND + stream)


def test_get_resource_policy_of_a_table_made_anew_finds_none(
    owner: Account, other: Account, table: str
) -> None:
    """A policy goes with its table."""
    owner.put_policy(table, other.allow(table, "GetItem"))
    name = table.rpartition("/")[2]
    owner.dynamodb.delete_table(TableName=name)
    owner.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    missing = refusal(owner.dynamodb.get_resource_policy, ResourceArn=table)
    assert missing == ("PolicyNotFoundException", NOT_FOUND + table)


def test_get_resource_policy_after_a_restart_is_what_was_put(
    data_server: Callable[..., Server],
) -> None:
    """Policies are stored with their table."""
    document = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",'
        '"Action":"dynamodb:PutItem","Resource":"*"}]}'
    )
    with data_server() as running:
        target = Target(running.endpoint)
        made = target.client().create_table(
            TableName="Thread",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            ResourcePolicy=document,
        )["TableDescription"]["TableArn"]
        before = target.client().get_resource_policy(ResourceArn=made)
        target.close()
    with data_server() as running:
        target = Target(running.endpoint)
        after = target.client().get_resource_policy(ResourceArn=made)
        refused = refusal(target.client().put_item, TableName=made, Item={"pk": {"S": "a"}})
        target.close()
    assert (before["Policy"], after["Policy"]) == (document, document)
    assert after["RevisionId"] == before["RevisionId"]
    assert refused[0] == "AccessDeniedException"
