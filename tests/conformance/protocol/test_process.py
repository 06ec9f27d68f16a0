"""The process: starting, stopping, what it refuses, and requests whose signature is verified."""

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.server import Server, clean_environment, executable


def refused(*arguments: str) -> str:
    """Run a command that ends at once with code 1, and return its error output."""
    done = subprocess.run(
        [executable(), "up", *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        env=clean_environment(),
        check=False,
    )
    assert 1 == done.returncode
    return done.stderr


def test_process_second_on_the_same_folder_is_refused(
    data_server: Callable[..., Server], tmp_path: Path
) -> None:
    """One sentence, exit code 1; the first goes on."""
    with data_server():
        error = refused("--port", "0", "--data-dir", str(tmp_path / "data"))

    assert (
        f"globaltables: another process is using the data folder {tmp_path / 'data'}; "
        "stop it, or choose another folder with --data-dir\n"
    ) == error


def test_process_port_in_use_is_refused(server: Server) -> None:
    """One sentence, exit code 1."""
    port = str(urlsplit(server.endpoint).port)

    error = refused("--in-memory", "--port", port)

    assert re.fullmatch(
        rf"globaltables: cannot listen on 127\.0\.0\.1 port {port}: .*; "
        r"choose another with --port, or --port 0 for a free one\n",
        error,
    ), error


def test_process_stops_cleanly_on_sigterm(data_server: Callable[..., Server]) -> None:
    """Exit code 0, nothing on the error stream, at once though a connection is open."""
    server = data_server().start()
    client = boto3.client(
        "dynamodb",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.list_tables()
    begin = time.monotonic()

    code = server.stop()

    client.close()
    assert 0 == code
    assert time.monotonic() - begin < 5
    assert not [line for line in server.output if "rror" in line]


def test_process_verifies_signatures() -> None:
    """The right secret is let in; a wrong one, an unknown key and another region are refused."""
    with Server(
        "--in-memory",
        "--auth",
        "signature",
        "--access-key",
        "AKID:secret",
        "--regions",
        "eu-west-1",
    ) as server:

        def code(key: str, secret: str, region: str) -> str:
            client = boto3.client(
                "dynamodb",
                endpoint_url=server.endpoint,
                region_name=region,
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                config=Config(retries={"total_max_attempts": 1}),
            )
            try:
                client.list_tables()
            except ClientError as error:
                return str(error.response["Error"]["Code"])
            finally:
                client.close()
            return ""

        assert "" == code("AKID", "secret", "eu-west-1")
        assert "InvalidSignatureException" == code("AKID", "wrong", "eu-west-1")
        assert "UnrecognizedClientException" == code("OTHER", "secret", "eu-west-1")
        assert "InvalidSignatureException" == code("AKID", "secret", "us-east-1")


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_process_tells_version_and_help(option: str) -> None:
    """Exit code 0."""
    done = subprocess.run(
        [executable(), option], capture_output=True, text=True, timeout=20, check=False
    )

    assert 0 == done.returncode
    assert done.stdout.startswith(("globaltables 0.", "usage: globaltables"))
