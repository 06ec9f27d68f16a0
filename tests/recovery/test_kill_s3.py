"""A process that is killed while it stores objects: what was acknowledged is there, whole, with what was said of it."""

import hashlib
import threading
from collections.abc import Callable
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.support.server import Server

_KEYS = 4
_WRITERS = 3
_ROUNDS = 2
_PUTS = 40


class _Writer(threading.Thread):
    """Overwrites its own keys until the server is gone.

    Attributes:
        acknowledged: number of the last version of each key that the server answered for.
        begun: number of the last version of each key that was sent.
        count: of answers.
    """

    def __init__(self, endpoint: str, name: str, first: int) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, int] = {}
        self.begun: dict[str, int] = {}
        self.count = 0
        self._s3 = client_of(endpoint)
        self._writer = name
        self._numbers = count(first)

    def run(self) -> None:
        for number in self._numbers:
            key = f"{self._writer}/{number % _KEYS}"
            self.begun[key] = number
            try:
                self._s3.put_object(
                    Bucket="things",
                    Key=key,
                    Body=content_of(key, number),
                    Metadata=facts_of(number),
                )
            except (BotoCoreError, ClientError):
                return
            self.acknowledged[key] = number
            self.count += 1


def client_of(endpoint: str) -> Any:
    """Return a client that does not try again."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


def content_of(key: str, number: int) -> bytes:
    """Return the content of a version; some go through a file, most do not."""
    size = 1_200_000 if number % 5 == 0 else 2_000
    return f"{key} {number} ".encode() * (size // 10)


def facts_of(number: int) -> dict[str, str]:
    """Return the metadata of a version."""
    return {"number": str(number)}


@pytest.mark.slow
def test_objects_survive_a_kill_in_the_middle_of_puts(
    data_server: Callable[..., Server],
) -> None:
    """Content and metadata belong together; versions that were kept are all there; nothing half is listed."""
    server = data_server()
    first = 0
    for round_ in range(_ROUNDS):
        server.start()
        s3 = client_of(server.endpoint)
        if round_ == 0:
            s3.create_bucket(Bucket="things")
        else:
            s3.put_bucket_versioning(Bucket="things", VersioningConfiguration={"Status": "Enabled"})
        writers = [_Writer(server.endpoint, f"w{number}", first) for number in range(_WRITERS)]
        for writer in writers:
            writer.start()
        while sum(writer.count for writer in writers) < _PUTS:
            writers[0].join(0.02)
        server.kill()
        for writer in writers:
            writer.join()
        server.start()
        s3 = client_of(server.endpoint)
        for writer in writers:
            for key, number in writer.acknowledged.items():
                got = s3.get_object(Bucket="things", Key=key)
                found = int(got["Metadata"]["number"])
                content = got["Body"].read()
                assert found in (number, writer.begun[key]), key
                assert content_of(key, found) == content, key
                digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
                assert f'"{digest}"' == got["ETag"], key
        listed = s3.list_objects_v2(Bucket="things")["Contents"]
        assert len(listed) <= _WRITERS * _KEYS
        first = 10_000
        server.stop()
