"""Fixtures that every test may ask for: servers, clients, tables."""

import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.server import Server
from tests.support.target import REGION, Target

if TYPE_CHECKING:  # the stubs are no package at run time
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodbstreams import DynamoDBStreamsClient

    MakeTable = Callable[..., str]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--target` and `--fuzz-rounds`."""
    parser.addoption(
        "--target",
        default="local",
        help="what tests/conformance talks to: local (a server of its own), aws, or an endpoint URL",
    )
    parser.addoption(
        "--fuzz-rounds",
        type=int,
        default=2,
        help="how many seeds every fuzzer of tests/properties is started with",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that asks for `fuzz_seed` one run per round; the seed is in the test's id."""
    if "fuzz_seed" in metafunc.fixturenames:
        metafunc.parametrize("fuzz_seed", range(metafunc.config.getoption("--fuzz-rounds")))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server in memory, one for the whole run of this worker."""
    with Server("--in-memory") as running:
        yield running


@pytest.fixture
def data_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Make servers on the disk; all on one folder of this test, so that a new one finds the old one's data.

    The server is not started: `start()`, `stop()` and `kill()` are the test's to call, or use it in a `with`.
    """
    made: list[Server] = []

    def make(*arguments: str) -> Server:
        made.append(Server("--data-dir", str(tmp_path / "data"), *arguments))
        return made[-1]

    yield make
    for one in made:
        one.__exit__()


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """What `--target` names; local unless told otherwise."""
    chosen = str(request.config.getoption("--target"))
    if chosen == "local":
        chosen = request.getfixturevalue("server").endpoint
    made = Target(None if chosen == "aws" else chosen)
    yield made
    made.close()


@pytest.fixture
def client(target: Target) -> Callable[..., "DynamoDBClient"]:
    """Make boto3 clients: `client()`, `client("eu-west-1")`, `client(validated=False)`."""
    return target.client


@pytest.fixture
def streams(target: Target) -> Callable[..., "DynamoDBStreamsClient"]:
    """Make boto3 clients of the streams API."""
    return target.streams


@pytest.fixture(scope="session")
def _table_numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def table_name(
    request: pytest.FixtureRequest, worker_id: str, _table_numbers: Iterator[int]
) -> str:
    """A table name that no other test uses."""
    test = re.sub(r"[^A-Za-z0-9_.-]", "-", request.node.name)[:80]
    return f"{test}-{worker_id}-{next(_table_numbers)}"


@pytest.fixture
def make_table(target: Target, table_name: str) -> Iterator["MakeTable"]:
    """Make tables that go away with the test: `make_table()` has the string key `pk`.

    `make_table(sort="N")` adds a sort key `sk` of that type; `region="eu-west-1"` makes it there; any other
    keyword is a member of CreateTable and replaces the default. The answer is the table's name.
    """
    made: list[tuple[str, str]] = []

    def make(*, key: str = "S", sort: str = "", region: str = REGION, **members: Any) -> str:
        schema = [{"AttributeName": "pk", "KeyType": "HASH"}]
        attributes = [{"AttributeName": "pk", "AttributeType": key}]
        if sort:
            schema.append({"AttributeName": "sk", "KeyType": "RANGE"})
            attributes.append({"AttributeName": "sk", "AttributeType": sort})
        name = table_name if not made else f"{table_name}-{len(made)}"
        request: dict[str, Any] = {
            "TableName": name,
            "KeySchema": schema,
            "AttributeDefinitions": attributes,
            "BillingMode": "PAY_PER_REQUEST",
            **members,
        }
        client = target.client(region)
        client.create_table(**request)
        made.append((region, request["TableName"]))
        client.get_waiter("table_exists").wait(
            TableName=request["TableName"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        return str(request["TableName"])

    yield make
    for region, name in made:
        client = target.client(region)
        try:
            client.delete_table(TableName=name)
        except client.exceptions.ResourceNotFoundException:
            continue  # the test deleted it
