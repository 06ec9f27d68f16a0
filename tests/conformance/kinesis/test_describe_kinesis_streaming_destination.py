"""DescribeKinesisStreamingDestination, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_describe_table_without_destinations_has_an_empty_list(
    client: Callable[..., Any], make_table: Callable[..., str]
) -> None:
    """The table may be named by its ARN; the answer has its name."""
    dynamodb, table = client(), make_table()
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]

    answer = dynamodb.describe_kinesis_streaming_destination(TableName=arn)

    assert (table, []) == (answer["TableName"], answer["KinesisDataStreamDestinations"])


def test_describe_missing_table_is_named(client: Callable[..., Any]) -> None:
    """The refusal names the table."""
    with pytest.raises(ClientError, match="Table: no-such-table not found") as refused:
        client().describe_kinesis_streaming_destination(TableName="no-such-table")
    assert "ResourceNotFoundException" == refused.value.response["Error"].get("Code")


def test_describe_new_table_of_an_old_name_has_no_destinations(
    make_destination: Callable[..., Any], make_table: Callable[..., str]
) -> None:
    """Destinations are gone with their table, and the stream gets nothing of the new one."""
    destination = make_destination()
    destination.enable()
    destination.put("a")
    destination.records(1)

    destination.client.delete_table(TableName=destination.table)
    make_table(TableName=destination.table)
    destination.put("b")

    assert [] == destination.described()
    assert 1 == len(destination.records(1))


def test_describe_is_independent_of_the_tables_stream(
    make_destination: Callable[..., Any],
) -> None:
    """Enabling and disabling DynamoDB Streams leaves a destination as it is."""
    destination = make_destination()
    destination.enable()
    table = destination.client.describe_table(TableName=destination.table)["Table"]
    assert "StreamSpecification" not in table

    for members in (
        {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        {"StreamEnabled": False},
    ):
        destination.client.update_table(TableName=destination.table, StreamSpecification=members)
        assert ["ACTIVE"] == [one["DestinationStatus"] for one in destination.described()]
    destination.put("a", v="x")

    assert {"pk": {"S": "a"}, "v": {"S": "x"}} == destination.records(1)[0]["dynamodb"]["NewImage"]
