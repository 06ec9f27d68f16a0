"""Functions where policies decide: with the credentials of a role, for callers who may invoke them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.functions import RUNTIME, archive
from tests.support.identities import (
    ACCOUNT,
    AUTH_OPTIONS,
    World,
    allow,
    refusal,
    table_arn,
    world_of,
)
from tests.support.server import Server
from tests.support.waiting import eventually

_TRUSTED = {"Service": "lambda.amazonaws.com"}
_CODE = """
import boto3
def handler(event, context):
    try:
        key = {"pk": {"S": "x"}, "sk": {"S": "x"}}
        boto3.client("dynamodb").put_item(TableName=event["table"], Item=key)
    except Exception as error:
        return str(error)
    return boto3.client("sts").get_caller_identity()["Arn"]
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A server whose policies decide."""
    with Server("--in-memory", *AUTH_OPTIONS) as running:
        yield world_of(running.endpoint)


def _make(client: Any, name: str, role: str) -> str:
    made = client.create_function(
        FunctionName=name,
        Runtime=RUNTIME,
        Handler="index.handler",
        Role=role,
        Timeout=20,
        Code={"ZipFile": archive({"index.py": _CODE})},
    )
    return str(made["FunctionArn"])


def _answer(client: Any, name: str, table: str) -> str:
    payload = json.dumps({"table": table})
    answer = client.invoke(FunctionName=name, Payload=payload)["Payload"].read()
    return str(json.loads(answer))


def test_function_may_do_what_its_role_may(world: World) -> None:
    """The handler's clients have the role's session: one table may be written to, the other not; logs are written."""
    allowed, other = world.table(), world.table()
    role = world.role(_TRUSTED, allow("dynamodb:PutItem", on=table_arn(allowed)), allow("logs:*"))
    client = world.root.client("lambda")
    _make(client, "limited", role)
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/limited"
    assert session == _answer(client, "limited", allowed)
    refused = _answer(client, "limited", other)
    assert f"User: {session} is not authorized to perform: dynamodb:PutItem" in refused
    logs = world.root.client("logs")

    def has_logs() -> bool:
        groups = logs.describe_log_groups()["logGroups"]
        return "/aws/lambda/limited" in [group["logGroupName"] for group in groups]

    assert eventually(has_logs)


def test_role_that_lambda_may_not_assume_is_refused(world: World) -> None:
    """A role that trusts somebody else, and one that is not there, are none for a function."""
    role = world.role({"Service": "ec2.amazonaws.com"})
    for name in (role, f"{role}-not-there"):
        assert (
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        ) == refusal(_make, client=world.root.client("lambda"), name="trusting", role=name)


def test_invoke_is_for_those_who_may(world: World) -> None:
    """A user's policy names the function."""
    table = world.table()
    role = world.role(_TRUSTED, allow("dynamodb:PutItem", on=table_arn(table)))
    arn = _make(world.root.client("lambda"), "named", role)
    stranger, caller = world.user(), world.user(allow("lambda:InvokeFunction", on=arn))
    code, text = refusal(stranger.client("lambda").invoke, FunctionName="named")
    assert "AccessDeniedException" == code
    assert f"is not authorized to perform: lambda:InvokeFunction on resource: {arn}" in text
    assert "assumed-role" in _answer(caller.client("lambda"), "named", table)
