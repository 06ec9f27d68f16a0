"""Services of the tail: they answer, keep what they were told, and say what they do not have."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.server import Server


@pytest.fixture
def tail_server(tmp_path: Path) -> Iterator[Server]:
    """A server with a data folder of its own."""
    with Server("--data-dir", str(tmp_path)) as server:
        yield server


def _client(server: Server, service: str, region: str = "us-east-1", account: str = "") -> Any:
    client: Any = boto3.client  # overloaded for every service by name
    return client(
        service,
        endpoint_url=server.endpoint,
        region_name=region,
        aws_access_key_id=account or "local",
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 1, "mode": "standard"}),
    )


def test_tail_answers_by_account_and_region_and_survives_a_kill(tail_server: Server) -> None:
    """What was acknowledged is there after kill -9, and the process of the tail is started again."""
    _client(tail_server, "ssm").put_parameter(Name="/a", Value="1", Type="String")
    vpc = _client(tail_server, "ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    tail_server.kill()
    tail_server.start()

    read = _client(tail_server, "ssm").get_parameter(Name="/a")["Parameter"]
    found = _client(tail_server, "ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]

    assert ("1", "arn:aws:ssm:us-east-1:123456789012:parameter/a") == (read["Value"], read["ARN"])
    assert ["10.1.0.0/16"] == [one["CidrBlock"] for one in found]
    for elsewhere in (
        _client(tail_server, "ssm", region="eu-west-1"),
        _client(tail_server, "ssm", account="111122223333"),
    ):
        with pytest.raises(ClientError, match="ParameterNotFound"):
            elsewhere.get_parameter(Name="/a")


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("ssm", "start_automation_execution", {"DocumentName": "d"}),
        ("rds", "describe_db_instances", {}),
        ("athena", "list_work_groups", {}),
        ("batch", "describe_job_queues", {}),
    ],
)
def test_what_is_not_served_is_refused_by_name_and_at_once(
    server: Server, service: str, operation: str, request_: dict[str, str]
) -> None:
    """With a status that clients do not try again."""
    client = _client(server, service)

    with pytest.raises(ClientError, match=r"not (supported|served) by globaltables") as refused:
        getattr(client, operation)(**request_)

    metadata = refused.value.response["ResponseMetadata"]
    assert (501, 0) == (metadata["HTTPStatusCode"], metadata["RetryAttempts"])
