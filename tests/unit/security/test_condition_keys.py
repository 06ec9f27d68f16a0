"""Condition keys: what each is of a request, and what the request does not have."""

from dataclasses import replace
from typing import Any

import pytest

from globaltables.security.condition_keys import RequestKeys
from globaltables.security.principals import Principal, account_root, aws_service
from globaltables.tables.definitions import Index, KeyAttribute, KeySchema
from tests.support.policies import OTHER, session, user
from tests.support.regions import ACCOUNT, make_table

NOW_MS = 1_700_000_000_123


class Connection:
    """A connection as tests describe it."""

    source_ip = "192.0.2.7"
    user_agent = "aws-cli/2"
    encrypted = True


def keys_of(
    members: dict[str, Any],
    *,
    action: str = "GetItem",
    operation: str = "",
    caller: Principal | None = None,
    origin: Connection | None = None,
) -> RequestKeys:
    """Return the keys of a request to a table with the key pk, an index on team and a tag."""
    team = KeySchema((KeyAttribute("team", "S"),), (KeyAttribute("pk", "S"),))
    index = Index("teams", 1, "GLOBAL", team, "ALL")
    tagged = replace(make_table(), indexes=(index,), tags=(("Stage", "prod"),))
    return RequestKeys(
        caller or account_root(OTHER),
        operation or action,
        action,
        members,
        members,
        tagged,
        "eu-west-1",
        NOW_MS,
        origin,
    )


def text(value: str) -> dict[str, str]:
    """Return a string value."""
    return {"S": value}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"Key": {"pk": text("a")}}, ("a",)),
        ({"Item": {"pk": text("a"), "x": text("b")}}, ("a",)),
        ({"Item": {"pk": {"N": "5"}}}, ("5",)),
        ({"Keys": [{"pk": text("b")}, {"pk": text("a")}, {"pk": text("b")}]}, ("b", "a")),
        (
            {
                "Writes": [
                    {"PutRequest": {"Item": {"pk": text("a")}}},
                    {"DeleteRequest": {"Key": {"pk": text("b")}}},
                ]
            },
            ("a", "b"),
        ),
        (
            {
                "KeyConditionExpression": "#k = :v",
                "ExpressionAttributeNames": {"#k": "pk"},
                "ExpressionAttributeValues": {":v": text("a")},
            },
            ("a",),
        ),
        (
            {
                "IndexName": "teams",
                "KeyConditionExpression": "team = :t AND pk > :v",
                "ExpressionAttributeValues": {":v": text("a"), ":t": text("red")},
            },
            ("red",),
        ),
        (
            {
                "KeyConditions": {
                    "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [text("a")]}
                }
            },
            ("a",),
        ),
        ({}, None),
    ],
)
def test_leading_keys_are_the_partition_keys_of_a_request(
    members: dict[str, Any], expected: tuple[str, ...] | None
) -> None:
    """Those of items, keys, batches and queries; a Scan has none."""
    assert keys_of(members).values("dynamodb:leadingkeys") == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"Key": {"pk": text("a")}}, ("pk",)),
        ({"Key": {"pk": text("a")}, "ProjectionExpression": "x.y, z[0]"}, ("pk", "x", "z")),
        (
            {
                "Key": {"pk": text("a")},
                "UpdateExpression": "SET #a = b",
                "ConditionExpression": "attribute_exists(c)",
                "ExpressionAttributeNames": {"#a": "a"},
            },
            ("a", "b", "c", "pk"),
        ),
        ({"Item": {"pk": text("a"), "x": text("b")}}, ("pk", "x")),
        ({"AttributesToGet": ["x"], "ScanFilter": {"y": {}}}, ("x", "y")),
        ({"Expected": {"x": {}}, "AttributeUpdates": {"y": {}}}, ("x", "y")),
        ({"KeyConditionExpression": "pk = :v", "FilterExpression": "x > :v"}, ("pk", "x")),
        ({}, None),
    ],
)
def test_attributes_are_all_that_a_request_names(
    members: dict[str, Any], expected: tuple[str, ...] | None
) -> None:
    """Keys and conditions count, and of a path its first part."""
    assert keys_of(members).values("dynamodb:attributes") == expected


@pytest.mark.parametrize(
    ("action", "members", "expected"),
    [
        ("GetItem", {}, "ALL_ATTRIBUTES"),
        ("GetItem", {"ProjectionExpression": "x"}, "SPECIFIC_ATTRIBUTES"),
        ("Query", {"IndexName": "teams"}, "ALL_PROJECTED_ATTRIBUTES"),
        ("Scan", {"Select": "COUNT"}, "COUNT"),
        ("BatchGetItem", {"AttributesToGet": ["x"]}, "SPECIFIC_ATTRIBUTES"),
        ("PutItem", {}, None),
    ],
)
def test_select_says_what_a_read_returns(
    action: str, members: dict[str, Any], expected: str | None
) -> None:
    """Where the request does not say it, its parameters do; writes have none."""
    found = keys_of(members, action=action).values("dynamodb:select")
    assert found == (None if expected is None else (expected,))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("aws:currenttime", "2023-11-14T22:13:20.123Z"),
        ("aws:epochtime", "1700000000"),
        ("aws:principalaccount", OTHER),
        ("aws:principalarn", f"arn:aws:iam::{OTHER}:root"),
        ("aws:principaltype", "Account"),
        ("aws:userid", OTHER),
        ("aws:username", None),
        ("aws:principalisawsservice", "false"),
        ("aws:requestedregion", "eu-west-1"),
        ("aws:resourceaccount", ACCOUNT),
        ("aws:resourcetag/stage", "prod"),
        ("aws:resourcetag/team", None),
        ("aws:requesttag/owner", "me"),
        ("aws:tagkeys", "owner"),
        ("aws:sourceip", "192.0.2.7"),
        ("aws:useragent", "aws-cli/2"),
        ("aws:securetransport", "true"),
        ("aws:sourceaccount", None),
        ("dynamodb:returnvalues", "NONE"),
        ("dynamodb:returnconsumedcapacity", "TOTAL"),
        ("dynamodb:enclosingoperation", "TransactWriteItems"),
        ("dynamodb:fulltablescan", None),
        ("s3:prefix", None),
    ],
)
def test_request_key_has_its_value(key: str, expected: str | None) -> None:
    """The keys of one request."""
    members = {
        "ReturnConsumedCapacity": "TOTAL",
        "Tags": [{"Key": "owner", "Value": "me"}],
    }
    keys = keys_of(members, action="PutItem", operation="TransactWriteItems", origin=Connection())
    assert keys.values(key) == (None if expected is None else (expected,))


def test_request_inside_the_process_is_encrypted() -> None:
    """What one service asks another is heard by nobody."""
    assert keys_of({}, origin=None).values("aws:securetransport") == ("true",)


def test_request_keys_of_other_callers_are_theirs() -> None:
    """A session has its role's ARN, a user its name, a service its own name and for whom it acts."""
    role = keys_of({}, caller=session("app", "run"))
    alice = keys_of({}, caller=user("alice"))
    service = keys_of({}, caller=aws_service("fis.amazonaws.com", OTHER))
    assert role.values("aws:principalarn") == ("arn:aws:iam::111122223333:role/app",)
    assert role.values("aws:userid") == ("AROAapp:run",)
    assert alice.values("aws:username") == ("alice",)
    assert service.values("aws:principalservicename") == ("fis.amazonaws.com",)
    assert service.values("aws:sourceaccount") == (OTHER,)
