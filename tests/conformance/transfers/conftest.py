"""Buckets for exports and imports: folders of the server that is tested."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.server import Server
from tests.support.transfers import enable_recovery

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient

    MakeTable = Callable[..., str]


@pytest.fixture
def bucket(request: pytest.FixtureRequest, table_name: str) -> Path:
    """An empty bucket; its name is the folder's."""
    if request.config.getoption("--target") != "local":
        pytest.skip("buckets are folders of a server that the tests have started")
    server: Server = request.getfixturevalue("server")
    [place] = re.findall(r"buckets: (.+)", "".join(server.output))
    path = Path(place) / re.sub(r"[^a-z0-9-]", "-", table_name.lower())[-60:].strip("-")
    path.mkdir()
    return path


@pytest.fixture
def table_arn(client: "Callable[..., DynamoDBClient]", make_table: "MakeTable") -> str:
    """A table with point-in-time recovery."""
    return enable_recovery(client(), make_table())


@pytest.fixture
def target_table(client: "Callable[..., DynamoDBClient]", table_name: str) -> Iterator[str]:
    """A name for a table that an import makes; it goes away with the test."""
    name = f"{table_name}-imported"
    yield name
    dynamodb = client()
    try:
        dynamodb.delete_table(TableName=name)
    except dynamodb.exceptions.ResourceNotFoundException:
        return
