"""Document 003, tasks 11 and 12: its policies, by the AWS CLI, on a server that enforces them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.document_rows import command
from tests.support.documents import Reader
from tests.support.identities import (
    AUTH_OPTIONS,
    ROOT_KEY,
    ROOT_SECRET,
    Person,
    World,
    holder,
    world_of,
)
from tests.support.server import Server

STUDENT = "s1234"
TABLE = f"transactions-global-{STUDENT}"
#: The addresses of the tests' clients come through this endpoint.
ENDPOINT = "vpce-0a1b2c3d"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A server that asks policies, with the document's table."""
    network = f"127.0.0.0/8={ENDPOINT}/vpc-11223344"
    with Server("--in-memory", *AUTH_OPTIONS, "--vpc-endpoint", network) as running:
        made = world_of(running.endpoint)
        keys = (("account_id", "HASH"), ("transaction_id", "RANGE"))
        made.root.client().create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name, _ in keys
            ],
        )
        made.root.client().put_item(TableName=TABLE, Item=_key("ACC001"))
        yield made


@pytest.fixture
def root(world: World, tmp_path: Path) -> Reader:
    """Who has the account's own keys."""
    return Reader(world.endpoint, tmp_path)


def _key(account: str) -> dict[str, Any]:
    return {"account_id": {"S": account}, "transaction_id": {"S": "TXN001"}}


def _hire(root: Reader, world: World, name: str, policy: str) -> Person:
    """Make a user who has the policy alone, by the AWS CLI."""
    (root.home / "policy.json").write_text(policy, encoding="utf-8")
    keys = f"AWS_ACCESS_KEY_ID={ROOT_KEY} AWS_SECRET_ACCESS_KEY={ROOT_SECRET}"
    made, user, _, key = root.aws(f"""
        export {keys}
        aws iam create-policy --policy-name {name} --policy-document file://policy.json | tee policy.out
        aws iam create-user --user-name {name}
        arn=$(python -c 'import json; print(json.load(open("policy.out"))["Policy"]["Arn"])')
        aws iam attach-user-policy --user-name {name} --policy-arn $arn
        echo '{{}}'
        aws iam create-access-key --user-name {name}
    """)
    assert made["Policy"]["Arn"].endswith(f":policy/{name}")
    return holder(world.endpoint, key["AccessKey"], user["User"]["Arn"])


def _code(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        call(TableName=TABLE, **members)
    return str(refusal.value.response["Error"]["Code"])


def test_analyst_reads_and_is_refused_a_put(root: Reader, world: World) -> None:
    """The document's read-only policy."""
    policy = command("003/analyst_policy.json", STUDENTID=STUDENT)
    client = _hire(root, world, "analyst", policy).client()

    assert _key("ACC001") == client.get_item(TableName=TABLE, Key=_key("ACC001"))["Item"]
    assert client.scan(TableName=TABLE)["Items"]
    assert "ACTIVE" == client.describe_table(TableName=TABLE)["Table"]["TableStatus"]
    assert "AccessDeniedException" == _code(client.put_item, Item=_key("written"))
    assert "AccessDeniedException" == _code(client.delete_table)
    assert "Item" not in world.root.client().get_item(TableName=TABLE, Key=_key("written"))


def test_users_have_only_their_own_rows(root: Reader, world: World) -> None:
    """The document's row-level policy: the partition key is the user's name."""
    policy = command("003/own_rows_policy.json", STUDENTID=STUDENT)
    client = _hire(root, world, "alice", policy).client()

    client.put_item(TableName=TABLE, Item=_key("alice"))
    assert _key("alice") == client.get_item(TableName=TABLE, Key=_key("alice"))["Item"]
    assert "AccessDeniedException" == _code(client.get_item, Key=_key("ACC001"))
    assert "AccessDeniedException" == _code(client.put_item, Item=_key("bob"))
    assert "AccessDeniedException" == _code(client.delete_item, Key=_key("ACC001"))
    client.delete_item(TableName=TABLE, Key=_key("alice"))
    assert "Item" not in world.root.client().get_item(TableName=TABLE, Key=_key("alice"))


@pytest.mark.parametrize(
    ("endpoint", "expected"), [(ENDPOINT, ""), ("vpce-elsewhere", "AccessDeniedException")]
)
def test_policy_lets_in_only_through_the_endpoint(
    root: Reader, world: World, endpoint: str, expected: str
) -> None:
    """The document's read-only policy with aws:SourceVpce, from an address that comes through an endpoint."""
    policy = json.loads(command("003/analyst_policy.json", STUDENTID=STUDENT))
    policy["Statement"][0]["Condition"] = {"StringEquals": {"aws:SourceVpce": endpoint}}
    client = _hire(root, world, f"through-{endpoint}", json.dumps(policy)).client()

    if expected:
        assert expected == _code(client.get_item, Key=_key("ACC001"))
    else:
        assert _key("ACC001") == client.get_item(TableName=TABLE, Key=_key("ACC001"))["Item"]
