"""UpdateKinesisStreamingDestination, seen from outside."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

MakeDestination = Callable[..., Any]
INVALID_STATE = "Table is not in a valid state to enable Kinesis Streaming Destination: "
NO_CONFIGURATION = (
    "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be null "
    "or contain only null values"
)


def refusal(call: Callable[[], Any]) -> tuple[str | None, str | None]:
    """Return code and text of the refusal of a call."""
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return error.get("Code"), error.get("Message")


def test_update_answers_updating_and_later_records_have_the_precision(
    make_destination: MakeDestination,
) -> None:
    """Changes that were committed before keep the precision of then."""
    destination = make_destination()
    destination.enable()
    destination.put("a")

    answer = destination.update("MICROSECOND")
    destination.put("b")

    precision = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    assert (destination.table, destination.arn, "UPDATING", precision) == (
        answer["TableName"],
        answer["StreamArn"],
        answer["DestinationStatus"],
        answer["UpdateKinesisStreamingConfiguration"],
    )
    assert [
        {"StreamArn": destination.arn, "DestinationStatus": "ACTIVE", **precision}
    ] == destination.described()
    assert [("a", 13), ("b", 16)] == [
        (
            record["dynamodb"]["Keys"]["pk"]["S"],
            len(str(record["dynamodb"]["ApproximateCreationDateTime"])),
        )
        for record in destination.records(2)
    ]


@pytest.mark.parametrize("configuration", [None, {}])
def test_update_without_a_precision_is_refused(
    make_destination: MakeDestination, configuration: dict[str, str] | None
) -> None:
    """There is nothing else to be updated."""
    destination = make_destination()
    destination.enable()
    members = (
        {} if configuration is None else {"UpdateKinesisStreamingConfiguration": configuration}
    )

    assert ("ValidationException", NO_CONFIGURATION) == refusal(
        lambda: destination.client.update_kinesis_streaming_destination(
            TableName=destination.table, StreamArn=destination.arn, **members
        )
    )


def test_update_to_the_same_precision_is_refused(make_destination: MakeDestination) -> None:
    """Milliseconds are what a destination has that was enabled without a word."""
    destination = make_destination()
    destination.enable()
    table = destination.client.describe_table(TableName=destination.table)["Table"]

    for precision in ("MILLISECOND", "MICROSECOND"):
        assert (
            "ValidationException",
            f"Invalid Request: Precision is already set to the desired value of {precision} "
            f"for tableId: {table['TableId']}, kdsArn: {destination.arn}",
        ) == refusal(partial(destination.update, precision))
        if precision == "MILLISECOND":
            destination.update("MICROSECOND")


def test_update_of_a_stream_that_was_never_enabled_is_refused(
    make_destination: MakeDestination,
) -> None:
    """The refusal names stream and table."""
    destination = make_destination()

    assert (
        "ValidationException",
        f"{INVALID_STATE}No streaming destination with streamArn: {destination.arn} "
        f"found for table with tableName: {destination.table}",
    ) == refusal(lambda: destination.update("MICROSECOND"))


def test_update_of_a_disabled_stream_is_refused(make_destination: MakeDestination) -> None:
    """The refusal names table and stream."""
    destination = make_destination()
    destination.enable()
    destination.disable()

    assert (
        "ValidationException",
        f"{INVALID_STATE}Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. "
        f"TableName: {destination.table}, kdsArn: {destination.arn}",
    ) == refusal(lambda: destination.update("MICROSECOND"))


def test_update_missing_table_is_named(client: Callable[..., Any]) -> None:
    """The refusal names the table."""
    with pytest.raises(ClientError, match="Table: no-such-table not found"):
        client().update_kinesis_streaming_destination(
            TableName="no-such-table",
            StreamArn="arn:aws:kinesis:us-east-1:123456789012:stream/any",
            UpdateKinesisStreamingConfiguration={
                "ApproximateCreationDateTimePrecision": "MICROSECOND"
            },
        )
