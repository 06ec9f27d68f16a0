"""Functions under test: their code as archives, and short ways to make and run them."""

import io
import json
import zipfile
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from tests.support.waiting import eventually

ACCOUNT = "123456789012"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/function"
RUNTIME = "python3.12"
ECHO = "def handler(event, context):\n    return event\n"


def archive(files: Mapping[str, str], mode: int = 0o644) -> bytes:
    """Return a zip archive of some files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as written:
        for name, text in files.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            written.writestr(member, text)
    return target.getvalue()


def service_client(endpoint: str, service: str, region: str = REGION) -> Any:
    """Return a boto3 client that asks once."""
    make: Any = boto3.client  # overloaded for every service by name
    return make(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}),
    )


@dataclass(frozen=True)
class Answered:
    """What an invocation brought."""

    payload: Any
    error: str
    log: str
    version: str


@dataclass
class Functions:
    """Functions of one server, deleted with the test.

    Attributes:
        endpoint: of the server.
        client: boto3's.
    """

    endpoint: str
    client: Any = field(init=False)
    _made: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = service_client(self.endpoint, "lambda")

    def make(self, name: str, code: str = ECHO, **members: Any) -> str:
        """Make a function of Python code, and return its ARN."""
        request = {
            "FunctionName": name,
            "Runtime": RUNTIME,
            "Handler": "index.handler",
            "Role": ROLE,
            "Timeout": 10,
            "Code": {"ZipFile": archive({"index.py": code})},
            **members,
        }
        made = self.client.create_function(**request)
        self._made.append(name)
        return str(made["FunctionArn"])

    def run(self, name: str, event: Any = None, **members: Any) -> Answered:
        """Invoke a function and return what it answered."""
        payload = json.dumps({} if event is None else event)
        request = {"FunctionName": name, "Payload": payload, "LogType": "Tail", **members}
        answer = self.client.invoke(**request)
        return Answered(
            json.loads(answer["Payload"].read()),
            answer.get("FunctionError", ""),
            b64decode(answer["LogResult"]).decode(),
            answer["ExecutedVersion"],
        )

    def delete_all(self) -> None:
        """Delete what was made."""
        for name in self._made:
            try:
                self.client.delete_function(FunctionName=name)
            except self.client.exceptions.ResourceNotFoundException:
                continue  # the test deleted it


def received(sqs: Any, url: str, count: int, seconds_max: float = 15) -> list[Any]:
    """Return the bodies of the first messages of a queue, parsed."""
    found: list[Any] = []

    def look() -> bool:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        found.extend(json.loads(message["Body"]) for message in answer.get("Messages", ()))
        return len(found) >= count

    assert eventually(look, seconds_max=seconds_max), found
    return found
