"""A server whose policies decide, and the people who use it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.target import REGION

ACCOUNT = "123456789012"
ROOT_KEY = "AKIDROOTOFTHEACCOUNT"
ROOT_SECRET = "the-secret-of-the-root"
#: The root of another account.
OTHER = "444455556666"
AUTH_OPTIONS = (
    *("--auth", "iam"),
    *("--access-key", f"{ROOT_KEY}:{ROOT_SECRET}"),
    *("--access-key", f"{OTHER}:{ROOT_SECRET}"),
)


@dataclass(frozen=True)
class Person:
    """Whoever holds credentials; the clients are boto3's, untyped because most requests are built.

    Attributes:
        endpoint: of the server.
        credentials: id, secret, and the token of a session.
        arn: as policies name them.
    """

    endpoint: str
    credentials: tuple[str, str, str | None]
    arn: str = ""
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str = "dynamodb", region: str = REGION) -> Any:
        """Return a client without retries."""
        if (service, region) not in self._clients:
            make: Callable[..., Any] = boto3.client
            key, secret, token = self.credentials
            self._clients[service, region] = make(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                aws_session_token=token,
                config=Config(retries={"total_max_attempts": 1}),
            )
        return self._clients[service, region]

    @property
    def name(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]

    def session(self, credentials: dict[str, Any], arn: str = "") -> "Person":
        """Return who holds temporary credentials."""
        return holder(self.endpoint, credentials, arn)


def holder(endpoint: str, credentials: dict[str, Any], arn: str = "") -> Person:
    """Return who holds credentials as IAM and STS answer them."""
    key, secret = credentials["AccessKeyId"], credentials["SecretAccessKey"]
    return Person(endpoint, (key, secret, credentials.get("SessionToken")), arn)


@dataclass
class World:
    """A server with its root.

    Attributes:
        endpoint: of the server.
        root: of the account.
        other: the root of another account.
    """

    endpoint: str
    root: Person
    other: Person
    _numbers: count = field(default_factory=lambda: count(1))  # type: ignore[type-arg]

    @property
    def iam(self) -> Any:
        """The root's client of IAM."""
        return self.root.client("iam")

    def user(self, *statements: dict[str, Any], **members: Any) -> Person:
        """Make a user with an access key and one inline policy of these statements."""
        name = members.pop("UserName", f"user-{next(self._numbers)}")
        made = self.iam.create_user(UserName=name, **members)["User"]
        if statements:
            self.iam.put_user_policy(
                UserName=name, PolicyName="own", PolicyDocument=document(*statements)
            )
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return holder(self.endpoint, key, made["Arn"])

    def role(self, trusted: dict[str, Any], *statements: dict[str, Any], **members: Any) -> str:
        """Make a role that trusts a Principal element, with one inline policy; return its ARN."""
        name = f"role-{next(self._numbers)}"
        trust = members.pop("trust", {})
        role = self.iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=document(
                {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole", **trust}
            ),
            **members,
        )["Role"]
        if statements:
            self.iam.put_role_policy(
                RoleName=name, PolicyName="own", PolicyDocument=document(*statements)
            )
        return str(role["Arn"])

    def table(self, **members: Any) -> str:
        """Make a table with the key pk and the sort key sk; return its name."""
        name = f"table-{next(self._numbers)}"
        keys = (("pk", "HASH"), ("sk", "RANGE"))
        self.root.client().create_table(
            **{
                "TableName": name,
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in keys],
                "AttributeDefinitions": [
                    {"AttributeName": key, "AttributeType": "S"} for key, _ in keys
                ],
                **members,
            }
        )
        return name


def world_of(endpoint: str) -> World:
    """Return the world of a server that was started with `AUTH_OPTIONS`."""
    root = Person(endpoint, (ROOT_KEY, ROOT_SECRET, None), f"arn:aws:iam::{ACCOUNT}:root")
    other = Person(endpoint, (OTHER, ROOT_SECRET, None), f"arn:aws:iam::{OTHER}:root")
    return World(endpoint, root, other)


def document(*statements: dict[str, Any]) -> str:
    """Return the JSON of a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, on: str = "*", **elements: Any) -> dict[str, Any]:
    """Return a statement that allows actions."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **elements}


def deny(*actions: str, on: str = "*", **elements: Any) -> dict[str, Any]:
    """Return a statement that denies actions."""
    return {**allow(*actions, on=on, **elements), "Effect": "Deny"}


def table_arn(name: str, account: str = ACCOUNT, region: str = REGION) -> str:
    """Return the ARN of a table."""
    return f"arn:aws:dynamodb:{region}:{account}:table/{name}"


def refusal(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    """Return code and text of the refusal of a call."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def not_allowed(person: Person, action: str, resource: str) -> tuple[str, str]:
    """Return AWS's refusal of what no policy of a person allows."""
    return (
        "AccessDeniedException" if action.startswith("dynamodb:") else "AccessDenied",
        f"User: {person.arn} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action",
    )
