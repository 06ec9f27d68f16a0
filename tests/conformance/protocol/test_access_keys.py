"""Where the keys of `--auth signature` come from."""

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
