"""A server that delivers to a Kinesis of the test run, and what every test of destinations does with both."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.kinesis import DataStream, KinesisEndpoint, stream_arn
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

MakeTable = Callable[..., str]


@pytest.fixture(scope="session")
def kinesis() -> Iterator[KinesisEndpoint]:
    """A Kinesis, one for the whole run of this worker."""
    with KinesisEndpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def target(kinesis: KinesisEndpoint) -> Iterator[Target]:
    """A server in memory that delivers to that Kinesis."""
    with Server("--in-memory", "--kinesis-endpoint", kinesis.url) as running:
        made = Target(running.endpoint)
        yield made
        made.close()


class Destination:
    """A table, and a Kinesis data stream of its name.

    Attributes:
        table: the table's name.
        arn: the stream's ARN.
        stream: the stream.
    """

    def __init__(self, client: Any, table: str, stream: DataStream, region: str) -> None:
        self.client = client
        self.table = table
        self.stream = stream
        self.arn = stream_arn(table, region)

    def enable(self, arn: str = "", **configuration: Any) -> dict[str, Any]:
        """Enable the stream, or another one, as destination."""
        members = {"EnableKinesisStreamingConfiguration": configuration} if configuration else {}
        answer: dict[str, Any] = self.client.enable_kinesis_streaming_destination(
            TableName=self.table, StreamArn=arn or self.arn, **members
        )
        return answer

    def disable(self, **members: Any) -> dict[str, Any]:
        """Disable the stream."""
        answer: dict[str, Any] = self.client.disable_kinesis_streaming_destination(
            TableName=self.table, StreamArn=self.arn, **members
        )
        return answer

    def update(self, precision: str) -> dict[str, Any]:
        """Change the precision."""
        answer: dict[str, Any] = self.client.update_kinesis_streaming_destination(
            TableName=self.table,
            StreamArn=self.arn,
            UpdateKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": precision},
        )
        return answer

    def described(self) -> list[dict[str, Any]]:
        """Return the table's destinations."""
        answer = self.client.describe_kinesis_streaming_destination(TableName=self.table)
        return list(answer["KinesisDataStreamDestinations"])

    def put(self, key: str, **attributes: str) -> None:
        """Write an item of strings."""
        item = {"pk": {"S": key}, **{name: {"S": text} for name, text in attributes.items()}}
        self.client.put_item(TableName=self.table, Item=item)

    def records(self, count: int) -> list[dict[str, Any]]:
        """Return the stream's records when there are that many."""
        eventually(lambda: len(self.stream.records) >= count)
        return self.stream.records


@pytest.fixture
def make_destination(
    make_table: MakeTable, client: Callable[..., Any], kinesis: KinesisEndpoint
) -> Callable[..., Destination]:
    """Make a table and a stream: `make_destination()`, `make_destination("eu-west-1")`."""

    def make(region: str = "us-east-1") -> Destination:
        name = make_table(region=region)
        return Destination(client(region), name, kinesis.create(name, region), region)

    return make
