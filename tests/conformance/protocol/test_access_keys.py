"""Where the keys of `--auth signature` come from."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.server import Server


def test_keys_of_the_environment_sign_beside_those_of_the_command_line() -> None:
    """A key in GLOBALTABLES_ACCESS_KEYS is accepted with its secret and refused with another."""
    keys = {"GLOBALTABLES_ACCESS_KEYS": "SECOND:hidden, 111122223333:other"}
    options = ("--in-memory", "--auth", "signature", "--access-key", "FIRST:shown")
    with Server(*options, environment=keys) as server:

        def list_tables(key: str, secret: str) -> list[str]:
            client = boto3.client(
                "dynamodb",
                endpoint_url=server.endpoint,
                region_name="us-east-1",
                aws_access_key_id=key,
                aws_secret_access_key=secret,
            )
            return client.list_tables()["TableNames"]

        assert [[], [], []] == [
            list_tables("FIRST", "shown"),
            list_tables("SECOND", "hidden"),
            list_tables("111122223333", "other"),
        ]
        with pytest.raises(ClientError) as caught:
            list_tables("SECOND", "shown")
        assert "InvalidSignatureException" == caught.value.response["Error"]["Code"]


def test_keys_sign_for_auto_scaling_too() -> None:
    """Application Auto Scaling's clients sign for their own service, and the signature is verified."""
    options = ("--in-memory", "--auth", "signature", "--access-key", "FIRST:shown")
    with Server(*options) as server:

        def describe(secret: str) -> int:
            make: Callable[..., Any] = boto3.client
            client = make(
                "application-autoscaling",
                endpoint_url=server.endpoint,
                region_name="us-east-1",
                aws_access_key_id="FIRST",
                aws_secret_access_key=secret,
            )
            found = client.describe_scalable_targets(ServiceNamespace="dynamodb")
            return len(found["ScalableTargets"])

        assert 0 == describe("shown")
        with pytest.raises(ClientError) as caught:
            describe("hidden")
        assert "InvalidSignatureException" == caught.value.response["Error"]["Code"]
